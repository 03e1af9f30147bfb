"""Drafts: sessions that hold their rooms and trainers, but are seen by those alone who run training."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import joinedload, selectinload

from app import clock, journal
from app.courses import Course, CourseTrainer
from app.db import db
from app.errors import NotFound, Refused
from app.people import Person
from app.timetable.scheduling import lock_all_for_change, remind_trainers
from app.timetable.tables import SessionTrainer, Slot, TrainingSession

MOST_DRAFTS = 200


def concerning(by: Person, *, only_own: bool = False) -> ColumnElement[bool]:
    """The sessions that somebody may manage: for a coordinator all of them, unless `only_own`.

    Their own are those that they run, and those of the courses that they own or teach.
    """
    if by.is_coordinator and not only_own:
        return true()
    runs = select(SessionTrainer.training_session_id).where(SessionTrainer.person_id == by.id)
    owns = select(Course.id).where(Course.owner_id == by.id)
    teaches = select(CourseTrainer.course_id).where(CourseTrainer.person_id == by.id)
    of_courses = TrainingSession.course_id.in_(owns.union_all(teaches))
    return TrainingSession.id.in_(runs) | of_courses


def drafts_of(by: Person, *, only_own: bool = False) -> Sequence[TrainingSession]:
    """The drafts that somebody may put on the timetable, with course, slots and rooms, in order of time."""
    query = (
        select(TrainingSession)
        .where(TrainingSession.state == "draft", concerning(by, only_own=only_own))
        .options(joinedload(TrainingSession.course), selectinload(TrainingSession.slots).joinedload(Slot.room))
    )
    return db.session.scalars(query.order_by(TrainingSession.starts_at, TrainingSession.id).limit(MOST_DRAFTS)).all()


def publish(refs: Collection[str], *, by: Person | None, now: datetime) -> list[TrainingSession]:
    """Put drafts on the timetable, open for booking: all of these, or none.

    One that is there already stays as it is. Returns those that are new. Raises NotFound, NotAllowed, and Refused,
    which names the session and says what is in the way.
    """
    ids = db.session.scalars(select(TrainingSession.id).where(TrainingSession.ref.in_(refs))).all()
    if len(ids) < len(set(refs)):
        raise NotFound("There is no such session. Somebody may have taken it away.")
    sessions, _ = lock_all_for_change(sorted(ids), by=by)
    new = [training_session for training_session in sessions if training_session.state != "scheduled"]
    for training_session in new:
        _refuse_unless_ready(training_session, now)
        training_session.state, training_session.changed_at = "scheduled", now
        journal.record(by, "published", training_session, now)
        remind_trainers(training_session, now)
    return new


def _refuse_unless_ready(draft: TrainingSession, now: datetime) -> None:
    why_not = _why_not(draft, now)
    if why_not:
        which = f"‘{draft.course.title}’ on {clock.say_day(draft.starts_at)} at {clock.say_time(draft.starts_at)}"
        raise Refused(f"{which} cannot go on the timetable: {why_not}", ref=draft.ref)


def _why_not(draft: TrainingSession, now: datetime) -> str:
    if draft.is_cancelled:
        return "it has been cancelled."
    if draft.starts_at <= now:
        return "it lies in the past. Move it to another day first."
    if not draft.course.is_published:
        return "its course is not published. Publish the course first."
    return ""
