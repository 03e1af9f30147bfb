"""Places counted, taken and freed; and what a session's trainers hear when it becomes full, or is full no longer.

Whoever calls holds the course and the session, so nobody counts at the same time. Places are counted in SQL, so that
the database's own guard sees each of them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update

from app import journal, settings
from app.bookings import letters, needs, trainer_letters
from app.bookings.held import kept_on
from app.bookings.tables import Booking, Invite
from app.db import db
from app.notices import invites, kinds, outbox
from app.people import Person
from app.timetable import TrainingSession

BY_CALENDAR = "declined"  # the deed, in the journal


def take(training_session: TrainingSession, count: int = 1) -> None:
    """So many places are booked, or held for somebody."""
    _count(training_session, count)


def take_kept(training_session: TrainingSession, kept: Booking | None) -> None:
    """A place for somebody: the one that is still held for them because they declined it, else a free one."""
    if kept is None:
        take(training_session)
    else:
        kept.held_until = None


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
    booking.state, booking.cancelled_at = "cancelled", now
    free(booking.training_session)
    did = "cancelled" if by else "released"
    journal.record(by, did, booking, now, why=why, session=booking.training_session.ref)
    letters.tell_cancelled(booking, by=by, why=why, now=now, changed_to=changed_to)
    _take_back_needs(booking, now)


def give_up_by_calendar(booking: Booking, *, by: Person, held_until: datetime | None, now: datetime) -> None:
    """The same by declining. The place stays taken until held_until; without that it is nobody's at once."""
    booking.state, booking.cancelled_at, booking.held_until = "cancelled", now, held_until
    if held_until is None:
        free(booking.training_session)
    journal.record(by, BY_CALENDAR, booking, now, session=booking.training_session.ref)
    letters.tell_cancelled(booking, by=by, why="", now=now, by_calendar=True)
    _take_back_needs(booking, now)


def _take_back_needs(booking: Booking, now: datetime) -> None:
    """What would help somebody who does not come any more concerns nobody."""
    if booking.access_needs:
        needs.tell_unmet(booking.training_session, now=now)


def let_go(training_session: TrainingSession) -> None:
    """The session will not take place: nothing is held on it any more. Its places are counted elsewhere."""
    for booking in kept_on(training_session):
        booking.held_until = None


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
