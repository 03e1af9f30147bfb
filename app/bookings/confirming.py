"""Still coming? Where a course asks, everybody is asked a week ahead, and once more two days later.

Silence frees a place only if somebody is waiting for it, from three days before the session until the last day, and
only after both letters have left a day ago or more. Never that of somebody without an address of their own. The page to
book says so beforehand.
"""

from datetime import datetime, timedelta

from app import clock, journal, timetable, waiting_list
from app.bookings import places
from app.bookings.letters import ASKED_DAYS
from app.bookings.passing_on import whose_turn
from app.bookings.reading import lock, unconfirmed_on
from app.bookings.tables import Booking
from app.bookings.turns import may_cancel
from app.bookings.waiting import give_back
from app.errors import BookingClosed, NotAllowed
from app.notices import kinds, outbox
from app.people import Person
from app.timetable import TrainingSession

RELEASED_DAYS = 3  # before the session, from nine in the morning on
HEARD_FOR = timedelta(days=1)  # how long the last letter has been there at least


def confirm(booking: Booking, *, by: Person, now: datetime) -> None:
    """They are coming. Saying so twice is saying so once. Raises NotAllowed, BookingClosed if the place is gone."""
    timetable.lock(booking.training_session_id)
    booking = lock(booking)
    if not may_cancel(by, booking):
        raise NotAllowed("This booking belongs to somebody else.")
    if not booking.is_live:
        raise BookingClosed("You have no place on this session any more.")
    if booking.confirmed_at is None:
        booking.confirmed_at = now
        journal.record(by, "confirmed", booking, now, session=booking.training_session.ref)
        outbox.withdraw(booking, kinds=(kinds.StillComing,), now=now)


def is_asked(booking: Booking, now: datetime) -> bool:
    """Whether they are to tell us that they are coming: where the course asks, from the first letter to the start."""
    training_session = booking.training_session
    asked_on = clock.today(training_session.starts_at) - timedelta(days=max(ASKED_DAYS))
    is_time = clock.morning_of(asked_on) <= now < training_session.starts_at
    return training_session.course.asks_to_confirm and booking.is_live and booking.confirmed_at is None and is_time


def release_silent(training_session: TrainingSession, now: datetime) -> bool:
    """Free the places of those who have not answered, as many as there are people to have them, the last to book first.

    The course is held, and what was free has been passed on. Whoever calls passes these places on, before another
    session is looked at: the same people may wait for both. Returns whether any was freed.
    """
    if not _may_release(training_session, now):
        return False
    silent = [each for each in unconfirmed_on(training_session) if _has_been_asked(each, now)]
    waits = whose_turn(training_session, now=now, most=len(silent)) if silent else []
    for booking in silent[: len(waits)]:
        held = lock(booking)  # where their letters go may just be changing
        if held.is_live:
            places.give_up(held, by=None, now=now)
            give_back(held)
    return bool(waits)


def _may_release(training_session: TrainingSession, now: datetime) -> bool:
    on = clock.today(training_session.starts_at) - timedelta(days=RELEASED_DAYS)
    is_time = clock.morning_of(on) <= now and not waiting_list.is_last_day(training_session.starts_at, now)
    opens_at = training_session.booking_opens_at
    if opens_at is not None and opens_at > now:  # nobody could be given the place
        return False
    return is_time and training_session.course.asks_to_confirm


def _has_been_asked(booking: Booking, now: datetime) -> bool:
    return outbox.count_sent(booking, kinds.StillComing, before=now - HEARD_FOR) >= len(ASKED_DAYS)
