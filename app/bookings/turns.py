"""Whose turn it is when somebody presses Book: nobody jumps the queue by pressing it at the right moment (rule 3)."""

from datetime import datetime

from app import timetable, waiting_list
from app.bookings.passing_on import whose_turn
from app.bookings.refusing import ALL_TAKEN, OTHERS_FIRST
from app.bookings.tables import Booking
from app.errors import SessionFull
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import Offer, Wait


def may_cancel(by: Person, booking: Booking) -> bool:
    """Whoever has the place, the session's trainers and coordinators."""
    training_session = booking.training_session
    return by.id == booking.person_id or timetable.may_manage(by, training_session.course, training_session.trainers)


def offer_on(training_session: TrainingSession, wait: Wait | None, now: datetime) -> Offer | None:
    """The place of a session that is held for whoever waits, if there is one that has not run out."""
    offer = waiting_list.open_offer_of(wait) if wait else None
    is_there = offer is not None and offer.training_session_id == training_session.id
    return offer if offer is not None and is_there and offer.may_be_answered(now) else None


def refuse_if_full(training_session: TrainingSession, person: Person, kept: Booking | None, now: datetime) -> None:
    """Raises SessionFull, also while a free place is somebody else's turn. Not if one is kept for them."""
    if kept is not None:
        return
    if training_session.is_full:
        raise SessionFull(ALL_TAKEN)
    if is_others_turn(training_session, person, now):
        raise SessionFull(OTHERS_FIRST, is_others_turn=True)


def is_others_turn(training_session: TrainingSession, person: Person | None, now: datetime) -> bool:
    """Whether a free place goes to somebody else first. Not in the last 24 hours: then whoever is first has it."""
    if waiting_list.is_last_day(training_session.starts_at, now):
        return False
    first = next(iter(whose_turn(training_session, now=now, most=1)), None)
    return first is not None and (person is None or first.person_id != person.id)
