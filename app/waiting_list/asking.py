"""What becomes of a wait and of an offer: their rows and the journal. Places and letters are the bookings' (above).

Whoever calls holds the course, so that two of its sessions cannot give a place to one person at once (D10).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from app import clock, journal
from app.courses import Course
from app.db import db
from app.notices import kinds
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list.deadlines import BEFORE_THE_START, deadline
from app.waiting_list.line import LIVE
from app.waiting_list.tables import Offer, Wait, WaitDate

A_STEP = timedelta(microseconds=1)  # the least by which one place in line is before another


def add(person: Person, course: Course, *, asked_by: Person, now: datetime) -> Wait:
    """A place at the end of the line, for any date until something else is said."""
    wait = Wait(course=course, person=person, asked_by=asked_by, asked_at=now, ranked_at=now, heard_at=now, wants="any")
    db.session.add(wait)
    db.session.flush()  # its dates and the journal need its id
    journal.record(asked_by, "waited", wait, now)
    return wait


def name_dates(wait: Wait, wants: kinds.Wants, session_ids: Iterable[int] = ()) -> None:
    """Say which dates somebody waits for.

    session_ids: of 'these' the dates wanted; of 'new' the dates that are there already, which are not meant.
    """
    db.session.execute(delete(WaitDate).where(WaitDate.wait_id == wait.id))
    wait.wants = wants
    is_wanted = wants == "these"
    db.session.add_all(
        WaitDate(wait_id=wait.id, training_session_id=id_, is_wanted=is_wanted)
        for id_ in sorted(set(session_ids) if wants != "any" else ())
    )
    db.session.flush()  # who is next in line is read from there


def give_back(wait: Wait, training_session: TrainingSession) -> None:
    """They had a place on it and do not want it: it is not to come back to them. If they wanted to change it, they wait
    like everybody else.
    """
    if wait.instead_of_id == training_session.id:
        wait.instead_of_id = None
    rule_out(wait, training_session)


def say(wait: Wait, *, answers: Sequence[Sequence[str]], access_needs: str) -> None:
    """What the course asks, and what would help them, for the booking that comes of it."""
    wait.answers, wait.access_needs = [list(pair) for pair in answers], access_needs


def rule_out(wait: Wait, training_session: TrainingSession) -> None:
    """Not this date, whatever else they wait for."""
    said = (WaitDate.wait_id == wait.id) & (WaitDate.training_session_id == training_session.id)
    db.session.execute(delete(WaitDate).where(said))
    db.session.add(WaitDate(wait_id=wait.id, training_session_id=training_session.id, is_wanted=False))
    db.session.flush()  # who is next in line is read from there


def want(wait: Wait, training_session: TrainingSession) -> None:
    """This date too, if it was not among those that they wait for."""
    said = (WaitDate.wait_id == wait.id) & (WaitDate.training_session_id == training_session.id)
    db.session.execute(delete(WaitDate).where(said))
    if wait.wants == "these":
        db.session.add(WaitDate(wait_id=wait.id, training_session_id=training_session.id))
    db.session.flush()  # who is next in line is read from there


def go_on_waiting(wait: Wait, now: datetime) -> None:
    """The dates that somebody named are gone: they wait for a new one, and are asked first (D58)."""
    there = (TrainingSession.course_id == wait.course_id) & (TrainingSession.state == "scheduled")
    name_dates(
        wait, "new", db.session.scalars(select(TrainingSession.id).where(there, TrainingSession.starts_at > now))
    )
    wait.books_at_once = False
    journal.record(None, "went on waiting", wait, now)


def forget_change(training_session: TrainingSession) -> None:
    """A date that people wanted to change is off: they wait like everybody else."""
    wanted = update(Wait).where(Wait.instead_of_id == training_session.id, LIVE)
    db.session.execute(wanted.values(instead_of_id=None).execution_options(synchronize_session="fetch"))


def end(wait: Wait, state: str, *, by: Person | None, now: datetime, did: str, why: str = "") -> None:
    """Their place in line is gone, and what would help them is forgotten: a booking has it by now."""
    wait.state, wait.ended_at, wait.access_needs = state, now, ""
    journal.record(by, did, wait, now, why=why)


def hear(wait: Wait, now: datetime) -> None:
    """They said something, whatever it was."""
    wait.heard_at, wait.asked_still_at, wait.paused_at = now, None, None


def put_first(wait: Wait, *, by: Person, now: datetime, why: str) -> None:
    """Before everybody else who waits for the course."""
    first = db.session.scalar(select(func.min(Wait.ranked_at)).where(Wait.course_id == wait.course_id, LIVE))
    wait.ranked_at = min(wait.ranked_at, first or wait.ranked_at) - A_STEP
    db.session.flush()  # who is next in line is read from there
    journal.record(by, "moved up", wait, now, why=why)


def add_offer(wait: Wait, training_session: TrainingSession, now: datetime) -> Offer:
    """A place held until a deadline. Whoever calls has counted it as taken."""
    lapses_at = deadline(training_session.course, training_session.starts_at, now)
    offer = _offer(wait, training_session, now, how="asked", lapses_at=lapses_at)
    until = clock.say_short(lapses_at)
    journal.record(None, "offered", wait, now, session=training_session.ref, when=_when(training_session), until=until)
    return offer


def add_gift(
    wait: Wait,
    training_session: TrainingSession,
    now: datetime,
    *,
    how: str,
    given_by: Person | None = None,
    why: str = "",
) -> Offer:
    """A place that somebody got without being asked first: for the record, beside their booking."""
    offer = _offer(wait, training_session, now, how=how, lapses_at=now)
    offer.state, offer.answered_at = "accepted", now
    offer.given_by_id, offer.why = (given_by.id if given_by else None), why
    return offer


def answer(offer: Offer, state: str, *, by: Person | None, now: datetime, did: str) -> None:
    """An open offer is answered, or runs out, or falls."""
    offer.state, offer.answered_at = state, now
    session = offer.training_session
    journal.record(by, did, offer.wait, now, session=session.ref, when=_when(session))
    db.session.flush()  # who is next in line is read from there


def shorten(offers: Sequence[Offer], now: datetime) -> None:
    """Their session has moved: an offer keeps its deadline, unless the session comes too soon for it now."""
    for offer in offers:
        latest = offer.training_session.starts_at - BEFORE_THE_START
        offer.lapses_at = min(offer.lapses_at, max(now, latest))


def _offer(wait: Wait, training_session: TrainingSession, now: datetime, *, how: str, lapses_at: datetime) -> Offer:
    offer = Offer(
        wait=wait,
        training_session=training_session,
        how=how,
        offered_at=now,
        lapses_at=lapses_at,
        ranked_at=wait.ranked_at,
    )
    db.session.add(offer)
    return offer


def _when(training_session: TrainingSession) -> str:
    return clock.say_short(training_session.starts_at)
