"""One booking, for those who run its session: whose it is, what their calendar believes, and putting that right.

What would help somebody take part is not on this page: it has places of its own, for fewer people.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from app import bookings, clock, replies, timetable
from app.bookings import Booking, believing
from app.bookings.believing import Standing, Verdict
from app.db import transaction
from app.door import must_be_me, trainer
from app.errors import NotAllowed
from app.notices import ledger
from app.notices.ledger import Belief, Shown
from app.notices.outbox import Notice
from app.pages import page, plural
from app.pages.forms import require_own_page
from app.pages.manage import answers
from app.pages.manage.notices import STATES

bp = Blueprint("manage_bookings", __name__)

TAGS: Mapping[Verdict, tuple[str, str]] = {
    "true": ("green", "Right"),
    "on its way": ("blue", "On its way"),
    "untrue": ("red", "Not right"),
    "over": ("grey", "Over"),
    "none": ("grey", "No entry"),
}
SENTENCES: Mapping[Verdict, str] = {
    "true": "Their calendar was told what is so.",
    "on its way": "News is about to leave. Look again in a few minutes.",
    "over": "It is over, so we tell their calendar no more.",
    "none": "We took the entry out of their calendar.",
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """How one part stands in somebody's calendar, in words. tag: (colour, word). told: (what, value) lines.

    number: of the part, from 1. is_former: of an entry that was withdrawn for good, as from another mailbox.
    """

    number: int
    is_former: bool
    tag: tuple[str, str]
    said: str
    told: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One calendar message. did: what it does to the entry. version: its SEQUENCE."""

    at: datetime
    kind: str
    number: int
    did: str
    version: int
    address: str
    state: str
    has_failed: bool


@bp.get("/manage/bookings/<ref>")
@trainer
def one_booking(ref: str) -> Response:
    booking, now = _managed(ref), clock.now()
    standing, by_hand = believing.standing(booking, now), bookings.cancelled_by([booking])
    verdicts = {each.verdict for each in standing}
    return page(
        "manage/bookings/one.html",
        booking=booking,
        training_session=booking.training_session,
        person=booking.person,
        cancelled_by=by_hand.get(booking.id, ("", ""))[0],
        fell_with_session=booking.cancelled_at is not None and booking.id not in by_hand,
        was_declined=bookings.was_declined(booking),
        own=None if booking.is_live else bookings.of_person_on(booking.person, booking.training_session),
        entries=[_entry(each) for each in standing if _is_worth_a_line(each)],
        is_untrue="untrue" in verdicts,
        may_send=bool(verdicts & {"true", "untrue"}),
        messages=list(_messages(standing)),
        answered=replies.about_booking(booking),
        say_done=replies.say,
        may_open_replies=must_be_me().is_coordinator,
    )


@bp.post("/manage/bookings/<ref>/put-right")
@trainer
def put_right(ref: str) -> Response:
    require_own_page()
    with transaction():
        count = believing.put_right(_managed(ref), by=must_be_me(), now=clock.now())
    flash(f"{plural(count, 'calendar message is', 'calendar messages are')} on the way.")
    return redirect(url_for(".one_booking", ref=ref), 303)


def _managed(ref: str) -> Booking:
    """Raises NotFound, NotAllowed."""
    booking = bookings.get(ref)
    training_session = booking.training_session
    if not timetable.may_manage(must_be_me(), training_session.course, training_session.trainers):
        raise NotAllowed("This page is for the session’s own trainers and for coordinators.")
    return booking


def _is_worth_a_line(standing: Standing) -> bool:
    """Not what was never sent and should not be there."""
    return standing.verdict != "none" or standing.belief is not None


def _entry(standing: Standing) -> Entry:
    belief, entry = standing.belief, standing.entry
    told: list[tuple[str, str]] = []
    if belief is not None:
        what = "It shows" if belief.is_in_calendar else "It showed"
        names_title = standing.shown is not None and not belief.says(standing.shown)
        told = [(what, _said(belief.shown, names_title=names_title))]
        if standing.verdict == "untrue" and standing.shown is not None:
            told.append(("It should show", _said(standing.shown, names_title=names_title)))
        sent = clock.say_short(belief.sent_at) if belief.sent_at else "Perhaps: the mail server did not answer"
        told += [("Last told", sent), ("To", belief.address)]
    if entry.answer:
        at = f", {clock.say_short(entry.answered_at)}" if entry.answered_at else ""
        told.append(("They answered", answers.SAID[entry.answer] + at))
    return Entry(
        number=standing.part + 1,
        is_former=not entry.is_current,
        tag=TAGS[standing.verdict],
        said=_sentence(standing),
        told=told,
    )


def _sentence(standing: Standing) -> str:
    said = SENTENCES.get(standing.verdict)
    return said if said is not None else _what_is_untrue(standing.belief, standing.shown)


def _what_is_untrue(belief: Belief | None, shown: Shown | None) -> str:
    if shown is None:
        return "The entry should not be in their calendar any more."
    if belief is None:
        return "Their calendar has not been told of it."
    if not belief.is_in_calendar:
        return "We took the entry out of their calendar, but it should be there."
    return "Their calendar was told something else."


def _said(shown: Shown, *, names_title: bool) -> str:
    """'Tuesday 15 December 2026, 10am to midday; IT training room', after the title if that may be what is wrong."""
    title = shown.title if names_title else ""
    return "; ".join(filter(None, (title, clock.say_span(shown.starts_at, shown.ends_at), shown.place)))


def _messages(standing: Sequence[Standing]) -> Iterator[Message]:
    """Newest first."""
    numbers = {each.entry.uid: each.part + 1 for each in standing}
    for message, notice in reversed(ledger.history(numbers)):
        yield Message(
            at=notice.sent_at or notice.queued_at,
            kind=notice.kind,
            number=numbers[message.uid],
            did="Takes the entry out" if message.method == "CANCEL" else "Puts the entry in, or changes it",
            version=message.sequence,
            address=notice.address,
            state=_state(notice),
            has_failed=notice.state == "failed",
        )


def _state(notice: Notice) -> str:
    return dict(STATES)[notice.state]
