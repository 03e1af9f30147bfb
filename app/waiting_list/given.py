"""What the waiting list holds and has given, for those who run training: counted, and listed with who got it."""

from collections.abc import Collection

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from app.db import db
from app.timetable import TrainingSession
from app.waiting_list.line import LIVE, suits
from app.waiting_list.tables import Offer, Wait, WaitDate


def newest_offer_id() -> int:
    """The id of the place that was given last: those after it are what a verb is about to give. 0 if there is none."""
    return db.session.scalar(select(func.max(Offer.id))) or 0


def given_since(last_id: int, course_ids: Collection[int]) -> list[Offer]:
    """The places of these courses that were given after one, in order, each with the person and the session."""
    query = (
        select(Offer)
        .join(Offer.wait)
        .where(Offer.id > last_id, Wait.course_id.in_(course_ids))
        .order_by(Offer.id)
        .options(
            joinedload(Offer.wait).joinedload(Wait.person),
            joinedload(Offer.training_session).joinedload(TrainingSession.course),
        )
    )
    return list(db.session.scalars(query, execution_options={"populate_existing": True}))


def concerning(training_session: TrainingSession) -> list[Wait]:
    """Everybody who waits for a session, named it or was given a place of it, whatever became of that."""
    named = select(WaitDate.wait_id).where(WaitDate.training_session_id == training_session.id, WaitDate.is_wanted)
    given = select(Offer.wait_id).where(Offer.training_session_id == training_session.id)
    in_line = select(Wait.id).join(TrainingSession, suits()).where(TrainingSession.id == training_session.id, LIVE)
    query = select(Wait).where(or_(Wait.id.in_(named), Wait.id.in_(given), Wait.id.in_(in_line)))
    return list(db.session.scalars(query.order_by(Wait.id).options(joinedload(Wait.person))))
