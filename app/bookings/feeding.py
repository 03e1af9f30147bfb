"""What somebody's own feed shows: where they have a place, and what they run. Not what they wait for or are offered."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, or_, select

from app import timetable
from app.bookings.tables import Booking
from app.db import db
from app.people import Person
from app.timetable import FeedPart, TrainingSession


class OwnPart(NamedTuple):
    """booking_ref: '' if it is a session that they run. changed_at: the last change of it, for them."""

    part: FeedPart
    booking_ref: str
    changed_at: datetime


def own_feed(person: Person, *, now: datetime) -> list[OwnPart]:
    """In order of time, in two statements. No place that they gave up; but one that fell with its session."""
    fell = and_(TrainingSession.state == "cancelled", Booking.cancelled_at == TrainingSession.changed_at)
    booked = (
        select(Booking.training_session_id, Booking.ref, Booking.booked_at)
        .join(Booking.training_session)
        .where(Booking.person_id == person.id, or_(Booking.state == "booked", fell))
    )
    places = {session_id: (ref, booked_at) for session_id, ref, booked_at in db.session.execute(booked)}
    own = TrainingSession.id.in_(booked.with_only_columns(Booking.training_session_id))
    runs = TrainingSession.id.in_(timetable.run_by(person))
    parts = timetable.feed_of(own | runs, now=now)
    return [_own(part, *places.get(part.session_id, ("", part.changed_at))) for part in parts]


def _own(part: FeedPart, booking_ref: str, booked_at: datetime) -> OwnPart:
    return OwnPart(part, booking_ref, max(part.changed_at, booked_at))
