"""Reading the timetable: what is on, one session, the other dates of a course."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app import clock, courses
from app.courses import Course
from app.db import db
from app.errors import NotFound
from app.rooms import Room
from app.timetable.tables import Slot, TrainingSession

A_PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What somebody looks for. Empty means all. `site` is a site's id; `places` asks for sessions with places left."""

    q: str = ""
    topic: str = ""
    site: int | None = None
    form: Literal["", "room", "online"] = ""
    from_on: date | None = None
    has_places: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Filters()


@dataclass(frozen=True)
class Listing:
    """One page of sessions in order of time, and how many there are in all."""

    sessions: Sequence[TrainingSession]
    total: int
    page: int

    @property
    def page_count(self) -> int:
        return max(1, -(-self.total // A_PAGE))


def coming(filters: Filters, *, now: datetime, page: int = 1) -> Listing:
    """Sessions that are still to come or under way, with course, slots and rooms, in three statements.

    page: counted from 1; one beyond the last gives the last.
    """
    starting = max(now, clock.midnight(filters.from_on)) if filters.from_on else now
    found = _filtered(filters).where(TrainingSession.ends_at > starting)
    total = db.session.scalar(select(func.count()).select_from(found.with_only_columns(TrainingSession.id).subquery()))
    page = min(max(page, 1), max(1, -(-(total or 0) // A_PAGE)))
    query = found.order_by(TrainingSession.starts_at, TrainingSession.id).limit(A_PAGE).offset((page - 1) * A_PAGE)
    return Listing(_with_slots(query), total or 0, page)


def between(first: date, following: date, filters: Filters) -> Sequence[TrainingSession]:
    """Sessions that start on these days of the service's wall clock; `following` is the day after the last."""
    found = _filtered(filters).where(
        TrainingSession.starts_at >= clock.midnight(first), TrainingSession.starts_at < clock.midnight(following)
    )
    return _with_slots(found.order_by(TrainingSession.starts_at, TrainingSession.id))


def dates_of(course_id: int, *, now: datetime, apart_from: int | None = None) -> Sequence[TrainingSession]:
    """The coming sessions of a course, with slots and rooms, in order of time."""
    query = (
        select(TrainingSession)
        .where(TrainingSession.course_id == course_id, TrainingSession.state == "scheduled")
        .where(TrainingSession.starts_at > now, TrainingSession.id != (apart_from or 0))
        .order_by(TrainingSession.starts_at, TrainingSession.id)
        .options(joinedload(TrainingSession.course), joinedload(TrainingSession.slots).joinedload(Slot.room))
    )
    return db.session.scalars(query).unique().all()


def next_dates(*, now: datetime) -> dict[int, tuple[datetime, int]]:
    """When each course comes next and how many coming dates it has, by course's id (absent = none)."""
    query = (
        select(TrainingSession.course_id, func.min(TrainingSession.starts_at), func.count())
        .where(TrainingSession.state == "scheduled", TrainingSession.starts_at > now)
        .group_by(TrainingSession.course_id)
    )
    return {course_id: (starts_at, count) for course_id, starts_at, count in db.session.execute(query).tuples()}


def get(ref: str) -> TrainingSession:
    """A session with its course, slots, rooms and trainers, whatever its state, in one statement. Raises NotFound."""
    found = _whole(TrainingSession.ref == ref.upper())
    if found is None:
        raise NotFound("There is no such session. The address may have been cut short.")
    return found


def by_id(training_session_id: int | None) -> TrainingSession | None:
    """The same by id, for letters that are written later; None if it is gone."""
    return _whole(TrainingSession.id == training_session_id)


def visible(ref: str) -> TrainingSession:
    """A session that staff may see: scheduled or cancelled, of a course that is not a draft. Raises NotFound."""
    training_session = get(ref)
    if training_session.state == "draft" or training_session.course.state == "draft":
        raise NotFound("There is no such session. The address may have been cut short.")
    return training_session


def _whole(which: ColumnElement[bool]) -> TrainingSession | None:
    query = (
        select(TrainingSession)
        .where(which)
        .options(
            joinedload(TrainingSession.course).joinedload(Course.owner),
            joinedload(TrainingSession.slots).joinedload(Slot.room),
            joinedload(TrainingSession.trainers),
        )
    )
    return db.session.scalars(query).unique().one_or_none()


def _filtered(filters: Filters) -> Select[TrainingSession]:
    found = (
        select(TrainingSession)
        .join(TrainingSession.course)
        .options(contains_eager(TrainingSession.course))
        .where(TrainingSession.state == "scheduled", Course.state == "published")
    )
    if filters.q:
        found = found.where(courses.matches(filters.q))
    if filters.topic:
        found = found.where(Course.topic == filters.topic)
    if filters.has_places:
        found = found.where(TrainingSession.places_taken < TrainingSession.capacity)
    if filters.site is not None:
        at_site = select(Slot.training_session_id).join(Room).where(Room.site_id == filters.site)
        found = found.where(TrainingSession.id.in_(at_site))
    if filters.form:
        in_room = select(Slot.training_session_id).where(Slot.room_id.is_not(None))
        chosen = TrainingSession.id.in_(in_room)
        found = found.where(chosen if filters.form == "room" else ~chosen)
    return found


def _with_slots(query: Select[TrainingSession]) -> Sequence[TrainingSession]:
    slots = selectinload(TrainingSession.slots).joinedload(Slot.room).joinedload(Room.site)
    return db.session.scalars(query.options(slots)).all()
