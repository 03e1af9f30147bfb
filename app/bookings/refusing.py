"""Why somebody cannot have a place just now: guards that several verbs share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from app import timetable
from app.bookings.tables import Booking
from app.errors import AlreadyBooked, BookingClosed, Overlaps
from app.people import Person
from app.timetable import TrainingSession

ASK_US = "We cannot book this place for them from here. Ask us."
ALL_TAKEN = "All the places on this session have been taken."
OTHERS_FIRST = "There is a free place, but other people have been waiting for it. It goes to them first."


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


def may_decide(by: Person, person: Person, training_session: TrainingSession) -> bool:
    """Whether a place may be booked that overlaps others: whoever it is for, the session's trainers, coordinators."""
    return by.id == person.id or timetable.may_manage(by, training_session.course, training_session.trainers)


def why_closed(training_session: TrainingSession, by: Person, now: datetime) -> str:
    """The sentence that says why they can book nobody on it now, '' if they can."""
    why_not = timetable.why_not_bookable(training_session, now)
    if why_not and timetable.may_manage(by, training_session.course, training_session.trainers):
        return timetable.why_nobody_can_be_added(training_session, now)
    return why_not


def refuse_if_closed(training_session: TrainingSession, by: Person, now: datetime) -> None:
    """Raises BookingClosed."""
    why_not = why_closed(training_session, by, now)
    if why_not:
        raise BookingClosed(why_not)


def refuse_if_already_booked(own: Sequence[Booking], training_session: TrainingSession, by: Person) -> None:
    """own: somebody's bookings that this one would overlap or repeat. Raises AlreadyBooked."""
    for booking in own:
        if booking.training_session_id == training_session.id:
            if booking.person_id != by.id:
                raise AlreadyBooked("This person has a place on this session already.")
            raise AlreadyBooked("You have a place on this session already.", booking_ref=booking.ref)


def question(own: Sequence[Booking], training_session: TrainingSession, *, person: Person, by: Person) -> Overlaps:
    """Whoever it is for hears of which bookings; those who run the session of what kind; others that they ask us."""
    is_another_date = any(booking.training_session.course_id == training_session.course_id for booking in own)
    if by.id == person.id:
        what = "another date of this course" if is_another_date else "something else at this time"
        return Overlaps(f"You already have a place on {what}.", clashes=[Clash.of(booking) for booking in own])
    if not may_decide(by, person, training_session):
        return Overlaps(ASK_US)
    what = "another date of this course" if is_another_date else "something else of their own at that time"
    return Overlaps(f"{person.known_as} has {what}.")
