"""What a feed shows: the parts of sessions from 60 days ago until 18 months from now, for calendars to fetch.

Whatever staff may see is in it, and stays when it is over or its course is archived. A cancelled session stays for 60
days after it was cancelled, so that nobody wonders where it has gone. A draft that was cancelled was never seen.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app import clock
from app.courses import Course
from app.db import db
from app.journal import Deed
from app.people import Person
from app.rooms import Room, Site
from app.timetable.listing import Filters, narrowed
from app.timetable.tables import SessionTrainer, Slot, TrainingSession

BACK = timedelta(days=60)
AHEAD = timedelta(days=548)


class FeedPart(NamedTuple):
    """One slot of a session. number: which part it is by time, of parts_count. position: its own for good.

    room, site, address: '' if it is online only.
    """

    session_id: int
    ref: str
    is_cancelled: bool
    changed_at: datetime
    position: int
    number: int
    parts_count: int
    starts_at: datetime
    ends_at: datetime
    room_id: int | None
    room: str
    site: str
    address: str
    joining_link: str
    directions: str
    access: str
    title: str
    summary: str
    bring: str


def whats_on_feed(filters: Filters, *, now: datetime) -> list[FeedPart]:
    """The parts of all sessions that fit, in order of time, in one statement."""
    found = narrowed(_seen(now), filters)
    if filters.from_on:
        found = found.where(TrainingSession.ends_at > clock.midnight(filters.from_on))
    return _parts(found)


def course_feed(course_id: int, *, now: datetime) -> list[FeedPart]:
    return _parts(_seen(now).where(TrainingSession.course_id == course_id))


def room_feed(room: Room, *, now: datetime) -> list[FeedPart]:
    """The parts that are in a room, without those of the same sessions that are elsewhere."""
    here = select(Slot.training_session_id).where(Slot.room_id == room.id, Slot.closed_why == "")
    parts = _parts(_seen(now).where(TrainingSession.id.in_(here)))
    return [part for part in parts if part.room_id == room.id]


def trainer_feed(trainer: Person, *, now: datetime) -> list[FeedPart]:
    return _parts(_seen(now).where(TrainingSession.id.in_(run_by(trainer))))


def feed_of(which: ColumnElement[bool], *, now: datetime) -> list[FeedPart]:
    """Of sessions that were chosen otherwise, the parts that a feed shows, in order of time, in one statement."""
    return _parts(_seen(now).where(which))


def run_by(trainer: Person) -> Select[Any]:
    """The ids of the sessions that somebody runs."""
    return select(SessionTrainer.training_session_id).where(SessionTrainer.person_id == trainer.id)


def _seen(now: datetime) -> Select[Any]:
    """The sessions that staff may see and whose time a feed covers, with their courses.

    By days: what a feed shows changes when something is done, and at midnight, but not from minute to minute.
    """
    midnight = clock.midnight(clock.today(now))
    lately_cancelled = and_(
        TrainingSession.state == "cancelled", TrainingSession.changed_at >= midnight - BACK, _was_on_the_timetable()
    )
    return (
        select(TrainingSession.id)
        .join(TrainingSession.course)
        .where(Course.state != "draft", or_(TrainingSession.state == "scheduled", lately_cancelled))
        .where(TrainingSession.ends_at >= midnight - BACK, TrainingSession.starts_at < midnight + AHEAD)
    )


def _was_on_the_timetable() -> ColumnElement[bool]:
    deeds = select(Deed.about_id).where(Deed.about == TrainingSession.__tablename__)
    drafted, published = deeds.where(Deed.did == "drafted"), deeds.where(Deed.did == "published")
    return or_(TrainingSession.id.not_in(drafted), TrainingSession.id.in_(published))


def _parts(found: Select[Any]) -> list[FeedPart]:
    number = func.row_number().over(partition_by=TrainingSession.id, order_by=Slot.starts_at)
    columns: list[Any] = [
        TrainingSession.id,
        TrainingSession.ref,
        TrainingSession.state == "cancelled",
        TrainingSession.changed_at,
        Slot.position,
        number,
        func.count().over(partition_by=TrainingSession.id),
        Slot.starts_at,
        Slot.ends_at,
        Slot.room_id,
        func.coalesce(Room.name, ""),
        func.coalesce(Site.name, ""),
        func.coalesce(Site.address, ""),
        Slot.joining_link,
        func.coalesce(Room.directions, ""),
        func.coalesce(Room.access, ""),
        Course.title,
        Course.summary,
        Course.bring,
    ]
    query = (
        select(*columns)
        .join(TrainingSession.course)
        .join(Slot, Slot.training_session_id == TrainingSession.id)
        .outerjoin(Slot.room)
        .outerjoin(Room.site)
        .where(TrainingSession.id.in_(found))
        .order_by(TrainingSession.starts_at, TrainingSession.id, Slot.starts_at)
    )
    return [FeedPart(*row) for row in db.session.execute(query)]
