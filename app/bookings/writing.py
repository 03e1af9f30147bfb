"""A message from a session's trainers to everybody who has a place on it."""

from datetime import datetime

from app import journal, timetable
from app.bookings.facts import about, for_name, recipient_of
from app.bookings.reading import live_on
from app.bookings.tables import Booking
from app.errors import NotAllowed, Refused
from app.notices import kinds, outbox
from app.people import Person
from app.timetable import TrainingSession


def write_to_everybody(training_session_id: int, *, headline: str, words: str, by: Person, now: datetime) -> None:
    """Send everybody who has a place the same words. Whoever has had them already does not get them again.

    Raises NotFound, NotAllowed, and Refused if there is nobody to write to.
    """
    training_session = timetable.lock(training_session_id)
    if not timetable.may_manage(by, training_session.course, training_session.trainers):
        raise NotAllowed("Only this session's trainers or a coordinator can write to those who have a place.")
    booked = live_on(training_session)
    if not booked:
        raise Refused("Nobody has a place on this session, so there is nobody to write to.")
    queued = [_queue(booking, training_session, headline=headline, words=words, by=by, now=now) for booking in booked]
    if not any(queued):
        raise Refused("Everybody who can be reached by email has had this message already.")
    # Named as a column, so that whoever is changing the session itself need not hear of it (D33).
    journal.record(by, "wrote", training_session, now, why=words, headline=headline, columns=["message"])


def _queue(
    booking: Booking, training_session: TrainingSession, *, headline: str, words: str, by: Person, now: datetime
) -> bool:
    to = recipient_of(booking)
    if to is None:
        return False
    facts = kinds.Written(
        about=about(training_session),
        booking_ref=booking.ref,
        for_name=for_name(booking),
        has_entry=booking.person.gets_invites,
        headline=headline,
        words=words,
        written_by=by.name,
        has_begun=training_session.starts_at <= now,
    )
    news = outbox.digest(f"{headline}\n{words}")
    return outbox.queue(facts, to=to, about=booking, now=now, dedupe_key=f"written:{booking.id}:{news}")
