"""Places counted, taken and freed; and what a session's trainers hear when it becomes full, or is full no longer.

Whoever calls holds the course and the session, so nobody counts at the same time. Places are counted in SQL, so that
the database's own guard sees each of them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update

from app import journal, settings
from app.bookings import letters, needs, trainer_letters
from app.bookings.tables import Booking, Invite
from app.db import db
from app.notices import invites, kinds, outbox
from app.people import Person
from app.timetable import TrainingSession


def take(training_session: TrainingSession, count: int = 1) -> None:
    """So many places are booked, or held for somebody."""
    _count(training_session, count)


def free(training_session: TrainingSession, count: int = 1) -> None:
    """So many are nobody's. Whoever calls passes them on."""
    _count(training_session, -count)


def _count(training_session: TrainingSession, change: int) -> None:
    query = update(TrainingSession).where(TrainingSession.id == training_session.id)
    taken = TrainingSession.places_taken + change
    db.session.execute(query.values(places_taken=taken).execution_options(synchronize_session="evaluate"))


def settle(training_session: TrainingSession, now: datetime) -> None:
    """At the end of a deed: a session that has become full is said to be, one that is no longer is not.

    A place that was freed and passed on in one deed changes nothing.
    """
    trainer_letters.note_last_places(training_session, now)
    if training_session.is_full:
        outbox.withdraw(training_session, kinds=(kinds.PlaceFree,), now=now)
    if training_session.is_full == training_session.is_said_full:
        return
    training_session.is_said_full = training_session.is_full
    if training_session.is_full:
        training_session.full_count += 1
        trainer_letters.tell_full(training_session, now)
    else:
        outbox.withdraw(training_session, kinds=(kinds.SessionFull,), now=now)


def give(
    person: Person,
    training_session: TrainingSession,
    *,
    asked_by: Person,
    by: Person | None,
    now: datetime,
    answers: Sequence[Sequence[str]] = (),
    access_needs: str = "",
    from_list: bool = False,
    changed_from: kinds.OtherDate | None = None,
) -> Booking:
    """A booking on a place that has been taken for it, with its entries, letters and reminders.

    asked_by: whoever booked it, or asked for it on the waiting list. by: whose deed it is, None for Roomful itself.
    from_list: booked because they had asked for that. changed_from: the date of the course that they give up for it.
    """
    booking = Booking(
        training_session=training_session,
        person=person,
        booked_by=asked_by,
        booked_at=now,
        answers=[list(pair) for pair in answers],
        access_needs=access_needs,
    )
    db.session.add(booking)
    sent = new_invites(booking, now)
    journal.record(by, "booked from the list" if from_list else "booked", booking, now, session=training_session.ref)
    letters.tell_booked(booking, sent, now, from_list=from_list, changed_from=changed_from)
    letters.remind(booking, now)
    if access_needs:
        needs.tell_unmet(training_session, now=now)
    return booking


def give_up(
    booking: Booking,
    *,
    by: Person | None,
    now: datetime,
    why: str = "",
    changed_to: kinds.OtherDate | None = None,
) -> None:
    """A booking is over, and its place is nobody's until whoever calls passes it on.

    by: None if nobody did it by hand. changed_to: the date of the course that they have instead.
    """
    training_session = booking.training_session
    booking.state, booking.cancelled_at = "cancelled", now
    free(training_session)
    journal.record(by, "cancelled" if by else "released", booking, now, why=why, session=training_session.ref)
    letters.tell_cancelled(booking, by=by, why=why, now=now, changed_to=changed_to)
    if booking.access_needs:
        needs.tell_unmet(training_session, now=now)


def new_invites(booking: Booking, now: datetime) -> list[Invite]:
    """An entry for each slot, with a UID of its own for life."""
    db.session.flush()  # the entries need the booking's id
    host = settings.current().host
    made = [
        Invite(booking_id=booking.id, slot=slot, uid=invites.new_uid(host), sequence=0, stamped_at=now)
        for slot in booking.training_session.slots
    ]
    db.session.add_all(made)
    return made
