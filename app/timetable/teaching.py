"""What somebody teaches: the sessions that they may manage, with how full they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Select, func, select

from app.courses import Course
from app.db import db
from app.paging import A_PAGE, Paged
from app.people import Person
from app.rooms import Room, Site
from app.timetable.drafts import concerning
from app.timetable.listing import ListedCourse, ListedSlot
from app.timetable.tables import Places, SessionTrainer, Slot, TrainingSession

MOST_PAGES = 1_000_000  # a number that databases can count to
View = Literal["coming", "past", "cancelled"]


class _Line(NamedTuple):
    """The columns of a session in these lists."""

    id: int
    ref: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    minimum: int
    places_taken: int
    state: str
    slug: str
    title: str
    language: str
    total: int


@dataclass(frozen=True)
class Taught(Places):
    """A session as those who run it see it in a list. trainers: their names, by name."""

    id: int
    ref: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    minimum: int
    places_taken: int
    state: str
    course: ListedCourse
    slots: Sequence[ListedSlot]
    trainers: Sequence[str]

    @property
    def is_draft(self) -> bool:
        return self.state == "draft"

    @property
    def missing_count(self) -> int:
        """How many people are missing for it to be worth running."""
        return max(0, self.minimum - self.places_taken)


@dataclass(frozen=True)
class Teaching(Paged):
    """What somebody teaches."""

    sessions: Sequence[Taught]

    @property
    def is_empty(self) -> bool:
        return not self.sessions and self.page == 1


def taught_by(by: Person, view: View, *, now: datetime, only_own: bool = False, page: int | None = 1) -> Teaching:
    """What somebody may manage, drafts too: what is to come in order of time, what is past or cancelled latest first.

    page: counted from 1, empty beyond the last; None gives all. In three statements, however many there are.
    """
    found = _found(by, view, now=now, only_own=only_own)
    if page is not None:
        page = min(max(page, 1), MOST_PAGES)
        found = found.limit(A_PAGE).offset((page - 1) * A_PAGE)
    lines = [_Line(*row) for row in db.session.execute(found)]
    ids = [line.id for line in lines]
    slots, trainers = _slots_of(ids), _trainers_of(ids)
    sessions = [_taught(line, slots.get(line.id, []), trainers.get(line.id, [])) for line in lines]
    return Teaching(sessions=sessions, total=lines[0].total if lines else 0, page=page or 1)


def _found(by: Person, view: View, *, now: datetime, only_own: bool) -> Select[Any]:
    columns: list[Any] = [
        TrainingSession.id,
        TrainingSession.ref,
        TrainingSession.starts_at,
        TrainingSession.ends_at,
        TrainingSession.capacity,
        TrainingSession.minimum,
        TrainingSession.places_taken,
        TrainingSession.state,
        Course.slug,
        Course.title,
        Course.language,
        func.count().over(),
    ]
    query = select(*columns).join(TrainingSession.course).where(concerning(by, only_own=only_own))
    latest_first = TrainingSession.starts_at.desc(), TrainingSession.id.desc()
    if view == "cancelled":
        return query.where(TrainingSession.state == "cancelled").order_by(*latest_first)
    query = query.where(TrainingSession.state != "cancelled")
    if view == "past":
        return query.where(TrainingSession.ends_at <= now).order_by(*latest_first)
    return query.where(TrainingSession.ends_at > now).order_by(TrainingSession.starts_at, TrainingSession.id)


def _slots_of(ids: Iterable[int]) -> dict[int, list[ListedSlot]]:
    query = (
        select(Slot.training_session_id, Slot.starts_at, Slot.ends_at, Room.name, Site.name)
        .outerjoin(Slot.room)
        .outerjoin(Room.site)
        .where(Slot.training_session_id.in_(ids))
        .order_by(Slot.starts_at)
    )
    found: dict[int, list[ListedSlot]] = {}
    for id_, starts_at, ends_at, room, site in db.session.execute(query):
        where = f"{room}, {site}" if room else "Online"
        found.setdefault(id_ or 0, []).append(ListedSlot(starts_at, ends_at, where))
    return found


def _trainers_of(ids: Iterable[int]) -> dict[int, list[str]]:
    query = (
        select(SessionTrainer.training_session_id, Person.name)
        .join(Person, Person.id == SessionTrainer.person_id)
        .where(SessionTrainer.training_session_id.in_(ids))
        .order_by(Person.name)
    )
    found: dict[int, list[str]] = {}
    for id_, name in db.session.execute(query):
        found.setdefault(id_, []).append(name)
    return found


def _taught(line: _Line, slots: Sequence[ListedSlot], trainers: Sequence[str]) -> Taught:
    return Taught(
        id=line.id,
        ref=line.ref,
        starts_at=line.starts_at,
        ends_at=line.ends_at,
        capacity=line.capacity,
        minimum=line.minimum,
        places_taken=line.places_taken,
        state=line.state,
        course=ListedCourse(line.slug, line.title, line.language),
        slots=slots,
        trainers=trainers,
    )
