"""A session that will not take place."""

from datetime import datetime

from app import bookings, history, journal, timetable
from app.bookings import letters, news, under_change
from app.errors import BookingClosed
from app.people import Person


def cancel_session(
    training_session_id: int, *, by: Person | None, now: datetime, words: str = "", seen: int | None = None
) -> None:
    """Take a session off the timetable and tell everybody who has a place, and who runs it. Twice is once.

    Raises NotFound, NotAllowed, StaleEdit, BookingClosed if it is over.
    """
    training_session, _ = timetable.lock_for_change(training_session_id, by=by)
    if training_session.is_cancelled:
        return
    if training_session.ends_at <= now:
        raise BookingClosed("The session is over, so it cannot be cancelled any more.")
    history.refuse_if_changed(training_session, seen)
    before, was_draft = bookings.about(training_session), training_session.state == "draft"
    booked = bookings.locked_bookings(training_session)
    training_session.state, training_session.changed_at = "cancelled", now
    training_session.places_taken, training_session.is_said_full = 0, False
    bookings.places.let_go(training_session)
    timetable.take_off(training_session)
    journal.record(by, "cancelled", training_session, now, why=words)
    for booking in booked:
        booking.state, booking.cancelled_at = "cancelled", now
    letters.tell_session_cancelled(training_session, booked, words, now)
    under_change.drop(training_session, words=words, now=now)
    if not was_draft:
        news.tell_trainers(
            training_session, before=before, run_by=training_session.trainers, by=by, now=now, words=words
        )
