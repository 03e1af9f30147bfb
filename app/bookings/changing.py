"""Another date of the same course instead of the one somebody has, in one act: nobody loses what they have (rule 6).

The new place is taken first. If it cannot be had, everything stays as it was: then they may wait for it and keep what
they have (`waiting.wait` with `instead_of`).
"""

from datetime import datetime

from app import people, timetable, waiting_list
from app.bookings import places
from app.bookings.facts import other_date
from app.bookings.offers import accept
from app.bookings.passing_on import pass_on
from app.bookings.reading import lock, own_beside
from app.bookings.refusing import question, refuse_if_already_booked, refuse_if_closed
from app.bookings.tables import Booking
from app.bookings.turns import may_cancel, offer_on, refuse_if_full
from app.bookings.waiting import end_for_place, may_act
from app.db import db
from app.errors import BookingClosed, NotAllowed, NotFound
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import Offer, Wait


def change(
    booking: Booking, training_session_id: int, *, by: Person, now: datetime, despite_overlaps: bool = False
) -> Booking:
    """Give up a place for one on another date of the course; returns the new booking.

    Raises NotFound, NotAllowed, BookingClosed, AlreadyBooked, SessionFull, and Overlaps unless despite_overlaps.
    """
    people.hold(booking.person)
    training_session = timetable.lock(training_session_id)
    if training_session.course_id != booking.training_session.course_id:
        raise NotFound("This date is of another course.")
    booking = lock(booking)
    person, had = booking.person, booking.training_session
    if not may_cancel(by, booking):
        raise NotAllowed("This booking belongs to somebody else.")
    if not booking.is_live:
        raise BookingClosed("This booking has been cancelled, so it cannot be changed any more.")
    if had.starts_at <= now:
        raise BookingClosed("The session has started, so the booking cannot be changed any more.")
    wait = waiting_list.of_person(person, training_session.course_id)
    offer = _held_instead(wait, had, training_session, by, now)
    if offer is None:  # when booking closes, newcomers are stopped, not offers
        refuse_if_closed(training_session, by, now)
    beside = own_beside(person, training_session, now=now)
    own = [each for each in beside.overlapping if each.id != booking.id]
    refuse_if_already_booked(own if training_session.id != had.id else [booking], training_session, by)
    if own and not despite_overlaps:
        raise question(own, training_session, person=person, by=by)
    if offer is not None:
        return accept(offer, by=by, now=now, despite_overlaps=True)
    _take(training_session, person, beside.kept, now)
    new = places.give(
        person,
        training_session,
        asked_by=booking.booked_by,
        by=by,
        now=now,
        answers=booking.answers,
        access_needs=booking.access_needs,
        changed_from=other_date(had),
    )
    freed = end_for_place(wait, by=by, now=now) if wait else []
    places.give_up(booking, by=by, now=now, changed_to=other_date(training_session))
    db.session.flush()  # who is next in line is read from there
    pass_on(training_session.course_id, now=now, freed=[had, *freed])
    places.settle(training_session, now)
    return new


def _take(training_session: TrainingSession, person: Person, kept: Booking | None, now: datetime) -> None:
    """Raises SessionFull."""
    refuse_if_full(training_session, person, kept, now)
    places.take_kept(training_session, kept)


def _held_instead(
    wait: Wait | None, had: TrainingSession, training_session: TrainingSession, by: Person, now: datetime
) -> Offer | None:
    """The place that is held for them instead of the one they have, if there is one."""
    if wait is None or wait.instead_of_id != had.id or not may_act(by, wait):
        return None
    return offer_on(training_session, wait, now)
