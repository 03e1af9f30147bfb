"""The people in a line, as those who run training see them: in a list, and in a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app import clock, timetable, waiting_list
from app.pages import plural
from app.pages.manage import files
from app.timetable import TrainingSession
from app.waiting_list import Offer, Wait

COLUMNS = (
    *("Place in line", "Name", "Team", "Email", "Phone", "Waiting since", "Put on the list by"),
    *("How", "Waits for", "Would suit", "Would give up", "Place held on", "Held until", "No offers since"),
)
MOST_NAMED = 3  # dates in a line of the list


@dataclass(frozen=True)
class InLine:
    """Somebody who waits. number: their place in this line. offer: what is held for them just now.

    waits_for: which dates, in words. gives_up: the date that they have, and would give up for another.
    """

    wait: Wait
    number: int
    offer: Offer | None
    waits_for: str
    gives_up: str


def in_line(waits: Sequence[Wait], now: datetime, *, this: TrainingSession | None = None) -> list[InLine]:
    """Those who wait, in their order. this: the session whose page it is, where it is the line of one."""
    if not waits:
        return []
    offers, wanted = waiting_list.open_offers(waits), waiting_list.wanted_dates(waits)
    own = {each.instead_of_id for each in waits if each.instead_of_id}
    coming = timetable.dates_of(waits[0].course_id, now=now) if own else []
    given_up = {date.id: clock.say_short(date.starts_at) for date in coming}
    return [
        InLine(
            wait,
            number,
            offers.get(wait.id),
            _say_wants(wait, wanted.get(wait.id, []), now, this),
            given_up.get(wait.instead_of_id or 0, ""),
        )
        for number, wait in enumerate(waits, start=1)
    ]


def in_line_of(training_session: TrainingSession, now: datetime) -> list[InLine]:
    """Those who wait for a session, in their order; nobody once it has begun, or while it is not on the timetable."""
    if training_session.state != "scheduled" or training_session.starts_at <= now:
        return []
    return in_line(waiting_list.line_of(training_session), now, this=training_session)


def cells(line: InLine) -> list[object]:
    """Somebody in line, as a line of a file."""
    wait, person, offer = line.wait, line.wait.person, line.offer
    asked_by = "" if wait.asked_by_id == wait.person_id else wait.asked_by.name
    return [
        line.number,
        *(person.name, person.team, person.address or "", person.phone, files.said(wait.asked_at), asked_by),
        "Book it for them" if wait.books_at_once else "Ask first",
        line.waits_for,
        wait.would_suit,
        line.gives_up,
        files.said(offer.training_session.starts_at if offer else None),
        files.said(offer.lapses_at if offer else None),
        files.said(wait.paused_at),
    ]


def _say_wants(wait: Wait, named: Sequence[TrainingSession], now: datetime, this: TrainingSession | None) -> str:
    if wait.wants == "any":
        return "Any date"
    if wait.wants == "new":
        return "A new date"
    coming = [date for date in named if date.starts_at > now and date.state == "scheduled"]
    others = [clock.say_short(date.starts_at) for date in coming if this is None or date.id != this.id]
    said = "; ".join(others[:MOST_NAMED])
    if len(others) > MOST_NAMED:
        said += f" and {plural(len(others) - MOST_NAMED, 'more date')}"
    if len(others) == len(coming):
        return said or "Dates that are over"
    return f"This date, or {said}" if said else "This date only"
