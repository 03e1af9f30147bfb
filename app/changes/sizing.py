"""How many people a session takes, and when they may book it. Those who are booked need not be told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from app import bookings, clock, history, journal, timetable
from app.changes.checking import plans_of, refuse_if_past_change, refuse_places, refuse_rooms
from app.db import db
from app.people import Person
from app.timetable import TrainingSession


@dataclass(frozen=True)
class BookingRules:
    """minimum: fewer people and it is not worth running. opens_at: None means at once; closes_at: at the start."""

    capacity: int
    minimum: int
    opens_at: datetime | None
    closes_at: datetime | None

    @classmethod
    def of(cls, training_session: TrainingSession) -> "BookingRules":
        return cls(
            training_session.capacity,
            training_session.minimum,
            training_session.booking_opens_at,
            training_session.booking_closes_at,
        )


def change_booking_rules(
    training_session_id: int,
    rules: BookingRules,
    *,
    by: Person | None,
    now: datetime,
    words: str = "",
    seen: int | None = None,
) -> TrainingSession:
    """Set a session's places, minimum and booking window.

    words: why, for the journal. Raises NotFound, NotAllowed, StaleEdit, BookingClosed, Faulty, TooSmall.
    """
    return _set(training_session_id, lambda _: rules, by=by, now=now, words=words, seen=seen)


def change_capacity(
    training_session_id: int, capacity: int, *, by: Person | None, now: datetime, seen: int | None = None
) -> TrainingSession:
    """Give a session more or fewer places, and leave the rest. Raises as `change_booking_rules` does."""
    return _set(
        training_session_id, lambda rules: replace(rules, capacity=capacity), by=by, now=now, words="", seen=seen
    )


def _set(
    training_session_id: int,
    plan: Callable[[BookingRules], BookingRules],
    *,
    by: Person | None,
    now: datetime,
    words: str,
    seen: int | None,
) -> TrainingSession:
    """plan: makes of the rules as they are under the lock what they are to be."""
    training_session, held_rooms = timetable.lock_for_change(training_session_id, by=by)
    refuse_if_past_change(training_session, now)
    present = BookingRules.of(training_session)
    rules = plan(present)
    if rules == present:
        return training_session
    history.refuse_if_changed(training_session, seen)
    refuse_places(training_session, rules.capacity, rules.minimum)
    if rules.capacity > present.capacity:
        refuse_rooms(training_session, plans_of(training_session), held_rooms, rules.capacity, now)
    if (rules.opens_at, rules.closes_at) != (present.opens_at, present.closes_at):
        timetable.refuse_window(rules.opens_at, rules.closes_at, training_session.starts_at)
    training_session.changed_at = now
    training_session.minimum = rules.minimum
    training_session.booking_opens_at, training_session.booking_closes_at = rules.opens_at, rules.closes_at
    resize(training_session, rules.capacity, by=by, now=now, words=words)
    _note(training_session, present, rules, by=by, now=now, words=words)
    if rules.minimum != present.minimum:
        timetable.remind_trainers(training_session, now)
    freed = [training_session] if rules.capacity > present.capacity else []
    bookings.pass_on(training_session.course_id, now=now, freed=freed)
    bookings.places.settle(training_session, now)
    return training_session


def resize(
    training_session: TrainingSession, capacity: int, *, by: Person | None, now: datetime, words: str = ""
) -> None:
    """Another number of places. Whoever calls passes on those that are free by then, which also says if it is full."""
    was = training_session.capacity
    training_session.capacity = capacity
    if capacity != was:
        journal.record(by, "resized", training_session, now, why=words, was=was, to=capacity)
        db.session.flush()  # what is free is read from there


def _note(
    training_session: TrainingSession,
    was: BookingRules,
    rules: BookingRules,
    *,
    by: Person | None,
    now: datetime,
    words: str,
) -> None:
    """For the journal: what else differs."""
    told = [
        ("the smallest number worth running", str(was.minimum), str(rules.minimum)),
        ("when booking opens", _said(was.opens_at, "at once"), _said(rules.opens_at, "at once")),
        ("when booking closes", _said(was.closes_at, "the start"), _said(rules.closes_at, "the start")),
    ]
    for what, before, after in told:
        if before != after:
            journal.record(by, "reset", training_session, now, why=words, what=what, was=before, to=after)


def _said(at: datetime | None, otherwise: str) -> str:
    return clock.say_short(at) if at else otherwise
