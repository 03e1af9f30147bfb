"""Every 'no' that Roomful gives, each with its facts and one plain sentence.

    Refused(Exception)       409
    ├─ NotAllowed            403
    ├─ NotFound              404   also for what the person may not know exists
    ├─ Gone                  410   a used link
    ├─ TooOften              429   asked again and again
    ├─ Faulty                422   what was given cannot be used: names the field
    ├─ BookingClosed, SessionFull, AlreadyBooked, RoomTaken, TrainerBusy, TooSmall
    ├─ Overlaps                    a question, not a no: the same form with 'go ahead'
    └─ StaleEdit                   somebody saved first: who changed what, and nothing typed is lost

The sentence is the same on a page, in the API and from a command. Anything not `Refused` is a bug, and the log
keeps its `traces`.
"""

import traceback
from collections.abc import Iterator
from typing import Any


class Refused(Exception):
    """A refusal that a person can read. `facts` are for pages that say more than the sentence."""

    status = 409
    title = "We could not do that"

    def __init__(self, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts


class NotAllowed(Refused):
    status = 403
    title = "You cannot open this page"


class NotFound(Refused):
    status = 404
    title = "Page not found"


class Gone(Refused):
    status = 410
    title = "This link no longer works"


class TooOften(Refused):
    status = 429
    title = "Please wait a little"


class Faulty(Refused):
    """What was given cannot be used. `field` is the name of what to put right."""

    status = 422
    title = "There is a problem"

    def __init__(self, sentence: str, *, field: str, **facts: Any) -> None:
        super().__init__(sentence, **facts)
        self.field = field


class BookingClosed(Refused):
    title = "This session cannot be booked"


class SessionFull(Refused):
    title = "This session is full"


class AlreadyBooked(Refused):
    title = "You already have a place"


class RoomTaken(Refused):
    title = "The room is taken"


class TrainerBusy(Refused):
    title = "The trainer is busy then"


class TooSmall(Refused):
    title = "There is not enough room"


class Overlaps(Refused):
    """A person's own bookings would overlap, or they have a coming date of the course: asked, not refused."""

    title = "Check your other bookings"


class StaleEdit(Refused):
    """Somebody changed the same thing meanwhile. `facts["lines"]` say who and what, `facts["newest"]` how far."""

    title = "Somebody else has changed this"


def traces(fault: BaseException) -> str:
    """Where a fault and its causes come from, the first cause first, for the log: kinds and lines of code only.

    Without their own words: those of a database hold names and addresses.
    """
    chain = [f"{type(one).__name__}\n{''.join(traceback.format_tb(one.__traceback__))}" for one in _with_causes(fault)]
    return "which led to ".join(reversed(chain)).rstrip()


def _with_causes(fault: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()  # a fault that was raised again by hand can be its own context
    one: BaseException | None = fault
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
