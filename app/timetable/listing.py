"""Reading the timetable: what is on, one session, the other dates of a course."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from app import clock, courses
from app.courses import Course
from app.db import db
from app.errors import NotFound
from app.paging import A_PAGE, Paged, pages_for
from app.people import Person
from app.rooms import Room, Site
from app.timetable.tables import Places, SessionTrainer, Slot, TrainingSession, why_not_bookable

MOST_WORDS = 12
MOST_PAGES = 1_000_000  # a number that databases can count to


@dataclass(frozen=True)
class Filters:
    """What somebody looks for; empty means all. `site` is a site's name, `format` in a room or online."""

    q: str = ""
    topic: str = ""
    site: str = ""
    format: Literal["", "room", "online"] = ""
    from_on: date | None = None
    has_places: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Filters()


class ListedCourse(NamedTuple):
    slug: str
    title: str
    language: str


class ListedSlot(NamedTuple):
    starts_at: datetime
    ends_at: datetime
    where: str


@dataclass(frozen=True, slots=True)
class Listed(Places):
    """A session as a list shows it: what is needed of the record and no more, for lists are what people wait for."""

    id: int
    ref: str
    starts_at: datetime
    capacity: int
    places_taken: int
    state: str
    course: ListedCourse
    slots: list[ListedSlot]


@dataclass(frozen=True)
class Listing(Paged):
    """Sessions in order of time."""

    sessions: Sequence[Listed]


def choices() -> tuple[list[str], list[str]]:
    """The topics and the sites that sessions can be looked for by, by name, in one statement."""
    is_topic, is_site = literal(1), literal(0)
    topics = select(is_topic, Course.topic).where(Course.state == "published", Course.topic != "").distinct()
    rows = db.session.execute(union_all(topics, select(is_site, Site.name))).all()
    return sorted(name for topic, name in rows if topic), sorted(name for topic, name in rows if not topic)


def coming(filters: Filters, *, now: datetime, page: int = 1) -> Listing:
    """Sessions that are still to come or under way, in one statement.

    page: counted from 1; one beyond the last gives the last.
    """
    starting = max(now, clock.midnight(filters.from_on)) if filters.from_on else now
    found = _filtered(filters).where(TrainingSession.ends_at > starting)
    page = min(max(page, 1), MOST_PAGES)
    sessions, total = _listed(found.limit(A_PAGE).offset((page - 1) * A_PAGE))
    if not sessions and page > 1:
        total = db.session.scalar(found.with_only_columns(func.count())) or 0
        return coming(filters, now=now, page=pages_for(total))
    return Listing(sessions=sessions, total=total, page=page)


def between(first: date, following: date, filters: Filters) -> Sequence[Listed]:
    """Sessions that start on these days of the service's wall clock; `following` is the day after the last."""
    found = _filtered(filters).where(
        TrainingSession.starts_at >= clock.midnight(first), TrainingSession.starts_at < clock.midnight(following)
    )
    return _listed(found)[0]


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


def open_dates_of(course_id: int, *, now: datetime, apart_from: int | None = None) -> list[TrainingSession]:
    """The coming sessions of a course that can be booked now, full ones among them."""
    dates = dates_of(course_id, now=now, apart_from=apart_from)
    return [date for date in dates if not why_not_bookable(date, now)]


def with_free_places(course_id: int, *, now: datetime) -> list[TrainingSession]:
    """The coming sessions of a course that have a free place for whoever waits, in order of time, as they are now.

    One whose booking has closed is among them: that stops newcomers, not those who wait. The course is locked by now.
    """
    query = (
        select(TrainingSession)
        .join(TrainingSession.course)
        .where(TrainingSession.course_id == course_id, TrainingSession.state == "scheduled")
        .where(Course.state == "published", TrainingSession.starts_at > now)
        .where(TrainingSession.places_taken < TrainingSession.capacity)
        .where(or_(TrainingSession.booking_opens_at.is_(None), TrainingSession.booking_opens_at <= now))
        .order_by(TrainingSession.starts_at, TrainingSession.id)
        .options(*whole())
    )
    return list(db.session.scalars(query, execution_options={"populate_existing": True}))


def newest_id() -> int:
    """The id of the session put on the timetable last: those after it are what a verb is about to add. 0 if none."""
    return db.session.scalar(select(func.max(TrainingSession.id))) or 0


def since(last_id: int) -> list[TrainingSession]:
    """The sessions that were added after one, each with course, slots, rooms and trainers."""
    query = select(TrainingSession).where(TrainingSession.id > last_id).order_by(TrainingSession.id)
    return list(db.session.scalars(query.options(*whole()), execution_options={"populate_existing": True}))


def coming_whole(course_id: int, *, now: datetime) -> list[TrainingSession]:
    """The coming sessions of a course with course, slots, rooms and trainers, in order of time, as they are now."""
    query = (
        select(TrainingSession)
        .where(TrainingSession.course_id == course_id, TrainingSession.state == "scheduled")
        .where(TrainingSession.starts_at > now)
        .order_by(TrainingSession.starts_at, TrainingSession.id)
        .options(*whole())
    )
    return list(db.session.scalars(query, execution_options={"populate_existing": True}))


def whole() -> list[_AbstractLoad]:
    """What a query about sessions is to load with them: course, slots, rooms and trainers."""
    return [
        joinedload(TrainingSession.course),
        selectinload(TrainingSession.slots).joinedload(Slot.room),
        selectinload(TrainingSession.trainers),
    ]


def next_dates(*, now: datetime) -> dict[int, tuple[datetime, int]]:
    """When each course comes next and how many coming dates it has, by course's id (absent = none)."""
    query = (
        select(TrainingSession.course_id, func.min(TrainingSession.starts_at), func.count())
        .where(TrainingSession.state == "scheduled", TrainingSession.starts_at > now)
        .group_by(TrainingSession.course_id)
    )
    return {course_id: (starts_at, count) for course_id, starts_at, count in db.session.execute(query)}


def get(ref: str) -> TrainingSession:
    """A session with its course, slots, rooms and trainers, whatever its state, in one statement. Raises NotFound."""
    found = _whole(TrainingSession.ref == ref.upper())
    if found is None:
        raise NotFound("There is no such session. The address may have been cut short.")
    return found


def by_id(training_session_id: int | None) -> TrainingSession | None:
    """The same by id as the database has it now, whatever was read before; None if it is gone."""
    return _whole(TrainingSession.id == training_session_id, afresh=True)


def visible(ref: str) -> TrainingSession:
    """A session that staff may see: scheduled or cancelled, of a course that is not a draft. Raises NotFound."""
    training_session = get(ref)
    if training_session.state == "draft" or training_session.course.state == "draft":
        raise NotFound("There is no such session. The address may have been cut short.")
    return training_session


def _whole(which: ColumnElement[bool], *, afresh: bool = False) -> TrainingSession | None:
    query = (
        select(TrainingSession)
        .where(which)
        .options(
            joinedload(TrainingSession.course).joinedload(Course.owner),
            joinedload(TrainingSession.slots).joinedload(Slot.room),
            joinedload(TrainingSession.trainers),
        )
        .execution_options(populate_existing=afresh)
    )
    return db.session.scalars(query).unique().one_or_none()


def _filtered(filters: Filters) -> Select[Any]:
    found = _line().join(TrainingSession.course)
    return narrowed(found.where(TrainingSession.state == "scheduled", Course.state == "published"), filters)


def narrowed(found: Select[Any], filters: Filters) -> Select[Any]:
    """Of a query for sessions and their courses, only what somebody looks for, whenever it is."""
    for word in filters.q.split()[:MOST_WORDS]:
        found = found.where(courses.matches(word) | _is_where(word) | _is_run_by(word))
    if filters.topic:
        found = found.where(Course.topic == filters.topic)
    if filters.has_places:
        found = found.where(TrainingSession.places_taken < TrainingSession.capacity)
    if filters.site:
        at_site = select(Slot.training_session_id).join(Slot.room).join(Room.site).where(Site.name == filters.site)
        found = found.where(TrainingSession.id.in_(at_site))
    if filters.format:
        # A closure belongs to no session (D34), and nothing is 'not in' a list with an unknown.
        in_room = select(Slot.training_session_id).where(Slot.room_id.is_not(None), Slot.closed_why == "")
        chosen = TrainingSession.id.in_(in_room)
        found = found.where(chosen if filters.format == "room" else ~chosen)
    return found


def _is_where(word: str) -> ColumnElement[bool]:
    """A room or a site of the session is called so."""
    called_so = Room.name.icontains(word, autoescape=True) | Site.name.icontains(word, autoescape=True)
    there = select(Slot.training_session_id).join(Slot.room).join(Room.site).where(called_so)
    return TrainingSession.id.in_(there)


def _is_run_by(word: str) -> ColumnElement[bool]:
    by_them = select(SessionTrainer.training_session_id).join(Person, Person.id == SessionTrainer.person_id)
    return TrainingSession.id.in_(by_them.where(Person.name.icontains(word, autoescape=True)))


def _line() -> Select[Any]:
    """What a list shows of a session and its course, and how many sessions were found in all."""
    columns: list[Any] = [
        TrainingSession.id,
        TrainingSession.ref,
        TrainingSession.starts_at,
        TrainingSession.capacity,
        TrainingSession.places_taken,
        TrainingSession.state,
        Course.slug,
        Course.title,
        Course.language,
        func.count().over().label("total"),
    ]
    return select(*columns)


def _listed(found: Select[Any]) -> tuple[list[Listed], int]:
    """The sessions of one page with their slots, in one statement, and how many there are on all pages.

    The latter is 0 if this page is empty.
    """
    lines = found.order_by(TrainingSession.starts_at, TrainingSession.id).subquery()
    query = (
        select(lines, Slot.starts_at, Slot.ends_at, Room.name, Site.name)
        .join(Slot, Slot.training_session_id == lines.c.id)
        .outerjoin(Slot.room)
        .outerjoin(Room.site)
        .order_by(lines.c.starts_at, lines.c.id, Slot.starts_at)
    )
    rows = db.session.execute(query).all()
    sessions: dict[int, Listed] = {}
    for id_, ref, starts_at, capacity, taken, state, slug, title, language, _, *slot in rows:
        if id_ not in sessions:
            course = ListedCourse(slug, title, language)
            sessions[id_] = Listed(id_, ref, starts_at, capacity, taken, state, course, [])
        sessions[id_].slots.append(_slot(*slot))
    return list(sessions.values()), rows[0].total if rows else 0


def _slot(starts_at: datetime, ends_at: datetime, room: str | None, site: str | None) -> ListedSlot:
    return ListedSlot(starts_at, ends_at, f"{room}, {site}" if room else "Online")
