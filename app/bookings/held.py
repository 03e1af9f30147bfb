"""Places that are taken without a booking: held for somebody who waits, or who declined a moment ago and may have
mistapped.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, func, select

from app import waiting_list
from app.bookings.tables import Booking
from app.db import db
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import HasId


def kept_for(person: Person, training_session: TrainingSession) -> Booking | None:
    """The booking whose place is still held for somebody who declined it."""
    return next(iter(kept_on(training_session, Booking.person_id == person.id)), None)


def count_held(training_session: TrainingSession) -> int:
    """How many places are taken without a booking: held for somebody who waits, or who declined a moment ago."""
    return held_counts([training_session]).get(training_session.id, 0)


def held_counts(sessions: Collection[HasId]) -> dict[int, int]:
    """The same by session's id (absent = 0), in two statements."""
    kept = (
        select(Booking.training_session_id, func.count())
        .where(Booking.training_session_id.in_([each.id for each in sessions]), Booking.held_until.is_not(None))
        .group_by(Booking.training_session_id)
    )
    found = Counter(waiting_list.held_counts(sessions))
    found.update(dict(db.session.execute(kept).all()))
    return dict(found)


def kept_on(training_session: TrainingSession, *which: ColumnElement[bool]) -> Sequence[Booking]:
    """The bookings that were declined on a session and whose places are still held for them."""
    query = select(Booking).where(Booking.training_session_id == training_session.id, *which)
    return db.session.scalars(query.where(Booking.held_until.is_not(None)).order_by(Booking.id)).all()
