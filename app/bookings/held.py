"""Places that are taken without a booking: held for somebody who waits, or who declined a moment ago and may have
mistapped.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, func, select, union_all

from app.bookings.tables import Booking
from app.db import db
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import HasId, Offer


def kept_for(person: Person, training_session: TrainingSession) -> Booking | None:
    """The booking whose place is still held for somebody who declined it."""
    return next(iter(kept_on(training_session, Booking.person_id == person.id)), None)


def count_held(training_session: TrainingSession) -> int:
    """How many places are taken without a booking: held for somebody who waits, or who declined a moment ago."""
    return held_counts([training_session]).get(training_session.id, 0)


def held_counts(sessions: Collection[HasId]) -> dict[int, int]:
    """The same by session's id (absent = 0), in one statement."""
    ids = [each.id for each in sessions]
    offered = select(Offer.training_session_id).where(Offer.training_session_id.in_(ids), Offer.state == "open")
    declined = select(Booking.training_session_id).where(
        Booking.training_session_id.in_(ids), Booking.held_until.is_not(None)
    )
    held = union_all(offered, declined).subquery()
    query = select(held.c.training_session_id, func.count()).group_by(held.c.training_session_id)
    return dict(db.session.execute(query).all())


def kept_on(training_session: TrainingSession, *which: ColumnElement[bool]) -> Sequence[Booking]:
    """The bookings that were declined on a session and whose places are still held for them."""
    query = select(Booking).where(Booking.training_session_id == training_session.id, *which)
    return db.session.scalars(query.where(Booking.held_until.is_not(None)).order_by(Booking.id)).all()
