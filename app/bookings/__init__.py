"""Bookings: people's places on sessions.

- A place is taken by a booking. There are never more than the session's capacity: the session is locked before
  its places are counted, and the database refuses the one too many whatever the code does.
- First come, first served. The last place goes to whoever commits first; the others are told that it is full.
- A person has at most one live booking on a session. If it overlaps another of theirs, or is a second coming date
  of the same course, they are asked first, not refused.
- Each booking has a calendar entry for each slot, with a UID of its own for life; booking again makes new ones.
- Any member of staff books for a colleague by email, those who run the session for anybody (`others`).
- A place can be given up until the session starts, by whoever has it, its trainers or a coordinator.
- What helps somebody take part is seen by trainers and coordinators only, and is erased 28 days after the session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import update

from app import journal, people, settings, timetable
from app.bookings import letters, needs
from app.bookings.facts import about, other_dates, reminder_now, standing_messages, trainer_reminder_now
from app.bookings.reading import (
    NEEDS_KEPT,
    cancelled_by,
    coming_of,
    count_notices,
    courses_of,
    erase_needs,
    everybody_on,
    get,
    hold_bookings,
    invites_of,
    live_on,
    lock,
    locked_bookings,
    mine,
    notice_about,
    notices_about,
    of_person_on,
    overlapping,
)
from app.bookings.tables import Booking, Invite
from app.bookings.writing import write_to_everybody
from app.db import db
from app.errors import AlreadyBooked, BookingClosed, NotAllowed, Overlaps, SessionFull
from app.notices import invites
from app.people import Person
from app.timetable import TrainingSession

__all__ = [
    "NEEDS_KEPT",
    "Booking",
    "Clash",
    "Invite",
    "about",
    "book",
    "cancel",
    "cancelled_by",
    "coming_of",
    "count_notices",
    "courses_of",
    "erase_needs",
    "everybody_on",
    "get",
    "hold_bookings",
    "invites_of",
    "letters",
    "live_on",
    "locked_bookings",
    "may_book",
    "may_cancel",
    "may_decide",
    "may_see_needs",
    "mine",
    "needs",
    "new_invites",
    "notice_about",
    "notices_about",
    "of_person_on",
    "other_dates",
    "overlapping",
    "reminder_now",
    "standing_messages",
    "trainer_reminder_now",
    "why_closed",
    "write_to_everybody",
]


ASK_US = "We cannot book this place for them from here. Ask us."


@dataclass(frozen=True)
class Clash:
    """A booking of somebody's own that a new one would overlap or repeat."""

    booking_ref: str
    course: str
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, booking: Booking) -> Self:
        other = booking.training_session
        return cls(booking.ref, other.course.title, other.starts_at, other.ends_at)


def may_book(by: Person, person: Person, training_session: TrainingSession) -> bool:
    """Everybody for themselves and for a colleague with an address; a coordinator or its trainer for anybody."""
    return person.address is not None or may_decide(by, person, training_session)


def may_decide(by: Person, person: Person, training_session: TrainingSession) -> bool:
    """Whether a place may be booked that overlaps others: whoever it is for, the session's trainers, coordinators."""
    return by.id == person.id or timetable.may_manage(by, training_session.course, training_session.trainers)


def may_cancel(by: Person, booking: Booking) -> bool:
    """Whoever has the place, the session's trainers and coordinators."""
    training_session = booking.training_session
    return by.id == booking.person_id or timetable.may_manage(by, training_session.course, training_session.trainers)


def may_see_needs(by: Person, training_session: TrainingSession) -> bool:
    """What would help somebody is for the session's own trainers and coordinators, not for the course's owner."""
    return by.is_coordinator or any(trainer.id == by.id for trainer in training_session.trainers)


def book(
    person: Person,
    training_session_id: int,
    *,
    by: Person,
    now: datetime,
    answers: Sequence[Sequence[str]] = (),
    access_needs: str = "",
    despite_overlaps: bool = False,
) -> Booking:
    """Give a person a place. The last place goes to whoever commits first.

    The booking window does not bind those who run the session. Refusals tell whoever books for somebody else nothing
    of that person's bookings (rule 7). Raises NotFound, NotAllowed, BookingClosed, AlreadyBooked, SessionFull, Overlaps
    unless despite_overlaps, and Refused if the person's record is gone.
    """
    people.hold(person)  # letters go where they go now, whatever the page had read
    training_session = timetable.lock(training_session_id)
    if not may_book(by, person, training_session):
        raise NotAllowed("Only this session’s trainers and our coordinators book for people without an email address.")
    _refuse_if_closed(training_session, by, now)
    own = overlapping(person, training_session, now=now)
    _refuse_if_already_booked(own, training_session, by)
    _refuse_if_full(training_session)
    if own and not (despite_overlaps and may_decide(by, person, training_session)):
        raise _question(own, training_session, person=person, by=by)
    booking = Booking(
        training_session=training_session,
        person=person,
        booked_by=by,
        booked_at=now,
        answers=[list(pair) for pair in answers],
        access_needs=access_needs,
    )
    db.session.add(booking)
    _take_place(training_session)
    sent = new_invites(booking, now)
    journal.record(by, "booked", booking, now, session=training_session.ref)
    letters.tell_booked(booking, sent, now)
    letters.remind(booking, now)
    if training_session.is_full:
        letters.tell_full(training_session, now)
    if access_needs:
        needs.tell_unmet(training_session, now=now)
    return booking


def cancel(booking: Booking, *, by: Person, now: datetime, why: str = "") -> None:
    """Give up a place. Cancelling what is cancelled already changes nothing: a button may be pressed twice.

    why: shown to the person if somebody else cancels. Raises NotAllowed, BookingClosed.
    """
    training_session = timetable.lock(booking.training_session_id)
    booking = lock(booking)
    if not may_cancel(by, booking):
        raise NotAllowed("This booking belongs to somebody else.")
    if not booking.is_live:
        return
    if training_session.starts_at <= now:
        raise BookingClosed("The session has started, so the place cannot be given up any more.")
    booking.state, booking.cancelled_at = "cancelled", now
    _free_place(training_session)
    journal.record(by, "cancelled", booking, now, why=why, session=training_session.ref)
    letters.tell_cancelled(booking, by=by, why=why, now=now)
    if booking.access_needs:
        needs.tell_unmet(training_session, now=now)


def why_closed(training_session: TrainingSession, by: Person, now: datetime) -> str:
    """The sentence that says why they can book nobody on it now, '' if they can."""
    why_not = timetable.why_not_bookable(training_session, now)
    if why_not and timetable.may_manage(by, training_session.course, training_session.trainers):
        return timetable.why_nobody_can_be_added(training_session, now)
    return why_not


def _refuse_if_closed(training_session: TrainingSession, by: Person, now: datetime) -> None:
    why_not = why_closed(training_session, by, now)
    if why_not:
        raise BookingClosed(why_not)


def _refuse_if_already_booked(own: Sequence[Booking], training_session: TrainingSession, by: Person) -> None:
    for booking in own:
        if booking.training_session_id == training_session.id:
            if booking.person_id != by.id:
                raise AlreadyBooked("This person has a place on this session already.")
            raise AlreadyBooked("You have a place on this session already.", booking_ref=booking.ref)


def _refuse_if_full(training_session: TrainingSession) -> None:
    if training_session.is_full:
        raise SessionFull("All the places on this session have been taken.")


def _question(own: Sequence[Booking], training_session: TrainingSession, *, person: Person, by: Person) -> Overlaps:
    """Whoever it is for hears of which bookings; those who run the session of what kind; others that they ask us."""
    is_another_date = any(booking.training_session.course_id == training_session.course_id for booking in own)
    if by.id == person.id:
        what = "another date of this course" if is_another_date else "something else at this time"
        return Overlaps(f"You already have a place on {what}.", clashes=[Clash.of(booking) for booking in own])
    if not may_decide(by, person, training_session):
        return Overlaps(ASK_US)
    what = "another date of this course" if is_another_date else "something else of their own at that time"
    return Overlaps(f"{person.known_as} has {what}.")


def _take_place(training_session: TrainingSession) -> None:
    """Counted in SQL, under the lock that `timetable.lock` holds."""
    _count(training_session, +1)


def _free_place(training_session: TrainingSession) -> None:
    _count(training_session, -1)


def _count(training_session: TrainingSession, change: int) -> None:
    taken = TrainingSession.places_taken + change
    becomes_full = change > 0 and training_session.places_taken + change >= training_session.capacity
    query = update(TrainingSession).where(TrainingSession.id == training_session.id)
    db.session.execute(
        query.values(places_taken=taken, full_count=TrainingSession.full_count + int(becomes_full)).execution_options(
            synchronize_session="evaluate"
        )
    )


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
