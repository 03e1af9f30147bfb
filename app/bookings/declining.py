"""A place given up by declining its entry in one's own calendar, and the way back.

- Declining is cancelling, but people mistap: for a quarter of an hour the place is held for them, and counts as taken.
  One link brings it back.
- In the last 24 hours there is no time for that: the place is free at once, for whoever is first.
- When the quarter of an hour is over, the place goes to whoever is next in line. From then on the link gives them a
  place that is free and nobody else's turn; otherwise they wait for that date as from the day they booked.
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, select

from app import journal, people, timetable, waiting_list
from app.bookings import letters, places
from app.bookings.held import kept_for
from app.bookings.passing_on import pass_on
from app.bookings.reading import lock, of_person_on
from app.bookings.refusing import why_closed
from app.bookings.tables import Booking
from app.bookings.turns import is_others_turn, may_cancel
from app.bookings.waiting import end_for_place, give_back, wait_as_from
from app.db import db
from app.errors import BookingClosed, NotAllowed, Refused
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import Wait

HELD_FOR = timedelta(minutes=15)


def decline_by_calendar(booking: Booking, *, by: Person, now: datetime) -> None:
    """Give up a place as its owner's calendar asks. Declining what is given up already changes nothing.

    by: the person, or the coordinator who let it through. Raises NotAllowed, BookingClosed once the session has begun.
    """
    training_session = timetable.lock(booking.training_session_id)
    booking = lock(booking)
    if not may_cancel(by, booking):
        raise NotAllowed("This booking belongs to somebody else.")
    if not booking.is_live:
        return
    if training_session.starts_at <= now:
        raise BookingClosed("The session has started, so the place cannot be given up any more.")
    is_too_near = waiting_list.is_last_day(training_session.starts_at, now)
    places.give_up_by_calendar(booking, by=by, held_until=None if is_too_near else now + HELD_FOR, now=now)
    give_back(booking)
    if is_too_near:
        pass_on(training_session.course_id, now=now, freed=[training_session])


def undo(booking: Booking, *, by: Person, now: datetime) -> Booking | Wait:
    """Take back a decline: the place, or if it has gone on, a place in line as from the day they booked.

    Twice is once. Raises NotAllowed, BookingClosed, AlreadyBooked if they have another date of the course, and Refused
    if the place was not given up by declining.
    """
    people.hold(booking.person)
    training_session = timetable.lock(booking.training_session_id)
    booking = lock(booking)
    if not may_cancel(by, booking):
        raise NotAllowed("This booking belongs to somebody else.")
    own = booking if booking.is_live else of_person_on(booking.person, training_session)
    if own is not None:
        return own
    kept = kept_for(booking.person, training_session)
    if kept is not None:  # declined again since
        booking = lock(kept)
    if not was_declined(booking) or has_booked_since(booking):
        raise Refused("This place was not given up by declining, so that cannot be taken back. Book again instead.")
    why_not = why_closed(training_session, by, now)
    if why_not and (booking.held_until is None or training_session.starts_at <= now):
        raise BookingClosed(why_not)
    if booking.held_until is None and _has_gone(training_session, booking.person, now):
        return wait_as_from(booking, training_session, by=by, now=now)
    return _given_back(booking, training_session, by=by, now=now)


def was_declined(booking: Booking) -> bool:
    """Whether a place was given up by declining, not in any other way."""
    return not booking.is_live and any(deed.did == places.BY_CALENDAR for deed in journal.deeds_about(booking))


def has_booked_since(booking: Booking) -> bool:
    """Whether they had another place on that session afterwards: what they did with that one counts."""
    later = (Booking.person_id == booking.person_id) & (Booking.training_session_id == booking.training_session_id)
    return db.session.scalar(select(Booking.id).where(later, Booking.id > booking.id).limit(1)) is not None


def end_holds(course_id: int, now: datetime) -> list[TrainingSession]:
    """The places of a course that were held long enough are nobody's. The course is held.

    Returns the sessions on which places are free now: whoever calls passes them on.
    """
    freed: dict[int, TrainingSession] = {}
    for booking_id in db.session.scalars(_run_out(now, Booking.id).where(TrainingSession.course_id == course_id)).all():
        booking = db.session.get_one(Booking, booking_id)
        training_session = timetable.by_id(booking.training_session_id)
        if training_session is not None:
            booking.held_until = None
            places.free(training_session)
            journal.record(None, "let go", booking, now, session=training_session.ref)
            freed[training_session.id] = training_session
    return list(freed.values())


def courses_with_holds_run_out(now: datetime) -> Select[int]:
    return _run_out(now, TrainingSession.course_id)


def _run_out(now: datetime, what: object) -> Select[int]:
    query: Select[int] = select(what).select_from(Booking).join(Booking.training_session)  # type: ignore[call-overload]
    return query.where(Booking.held_until <= now).order_by(Booking.held_until, Booking.id)


def _has_gone(training_session: TrainingSession, person: Person, now: datetime) -> bool:
    return training_session.is_full or is_others_turn(training_session, person, now)


def _given_back(booking: Booking, training_session: TrainingSession, *, by: Person, now: datetime) -> Booking:
    """A new booking with entries of its own, on the place that was held, or on a free one, as if nothing had been."""
    places.take_kept(training_session, booking if booking.held_until else None)
    letters.take_back_cancelled(booking, now)
    again = places.give(
        booking.person,
        training_session,
        asked_by=booking.booked_by,
        by=by,
        now=now,
        answers=booking.answers,
        access_needs=booking.access_needs,
    )
    again.booked_at, again.confirmed_at = booking.booked_at, booking.confirmed_at
    freed = _settle_wait(booking, training_session, by=by, now=now)
    if freed:
        pass_on(training_session.course_id, now=now, freed=freed)
    places.settle(training_session, now)
    return again


def _settle_wait(
    booking: Booking, training_session: TrainingSession, *, by: Person, now: datetime
) -> list[TrainingSession]:
    """What they wait for since they declined is over; who waited before, waits to change that date, as before.

    Returns the session on which an offer fell, if any.
    """
    own = waiting_list.of_person(booking.person, training_session.course_id)
    if own is None or own.instead_of_id is not None or booking.cancelled_at is None:
        return []
    if own.asked_at >= booking.cancelled_at or waiting_list.open_offer_of(own) is not None:
        return end_for_place(own, by=by, now=now)
    own.instead_of_id = training_session.id
    return []
