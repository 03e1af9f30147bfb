"""A day in the rooms: what is in each of them, and when each is closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, select, true
from sqlalchemy.orm import contains_eager

from app import clock
from app.courses import Course, CourseTrainer
from app.db import db
from app.people import Person
from app.rooms import Room, Site
from app.timetable.tables import SessionTrainer, Slot, TrainingSession


@dataclass(frozen=True)
class Stretch:
    """A part of a day that a room is taken for, by a session or a closure; it may begin before and end after the day.

    ref, title, language: of the session, '' for a closure. closed_why: of a closure, '' for a session.
    may_manage: whether whoever looks may open the session's page for its trainers.
    """

    starts_at: datetime
    ends_at: datetime
    closed_why: str
    ref: str
    title: str
    language: str
    is_draft: bool
    may_manage: bool

    @property
    def said(self) -> str:
        """'Copyright', or 'Closed: Decorating'."""
        return f"Closed: {self.closed_why}" if self.closed_why else self.title


@dataclass(frozen=True)
class RoomDay:
    room: Room
    stretches: Sequence[Stretch]


def in_rooms(on: date, *, by: Person, site_id: int | None = None) -> list[RoomDay]:
    """Every room with what is in it on that day of the wall clock, by site and name, in two statements.

    A retired room is among them only if something is in it.
    """
    live = _live_on(on)
    taken = select(Slot.room_id).where(live)
    query = select(Room).join(Room.site).options(contains_eager(Room.site)).order_by(Site.name, Room.name, Room.id)
    query = query.where(~Room.is_retired | Room.id.in_(taken))
    if site_id is not None:
        query = query.where(Room.site_id == site_id)
    found = db.session.scalars(query).all()
    stretches: dict[int, list[Stretch]] = {}
    for room_id, *stretch in db.session.execute(_stretches(live, by)):
        stretches.setdefault(room_id, []).append(Stretch(*stretch))
    return [RoomDay(room, stretches.get(room.id, [])) for room in found]


def _live_on(on: date) -> ColumnElement[bool]:
    begins, ends = clock.midnight(on), clock.midnight(on + timedelta(days=1))
    return Slot.room_id.is_not(None) & Slot.is_live & (Slot.starts_at < ends) & (Slot.ends_at > begins)


def _stretches(live: ColumnElement[bool], by: Person) -> Select[Any]:
    """The room's id and the columns of a `Stretch`. A closure has neither session nor course."""
    columns: list[Any] = [
        Slot.room_id,
        Slot.starts_at,
        Slot.ends_at,
        Slot.closed_why,
        func.coalesce(TrainingSession.ref, ""),
        func.coalesce(Course.title, ""),
        func.coalesce(Course.language, ""),
        func.coalesce(TrainingSession.state == "draft", false()),
        func.coalesce(_managed_by(by), false()),
    ]
    return (
        select(*columns)
        .outerjoin(TrainingSession, TrainingSession.id == Slot.training_session_id)
        .outerjoin(Course, Course.id == TrainingSession.course_id)
        .where(live)
        .order_by(Slot.starts_at)
    )


def _managed_by(person: Person) -> ColumnElement[bool]:
    """The same as `may_manage`, said to the database: a grid of many sessions asks once."""
    if person.is_coordinator:
        return true()
    if not person.is_trainer:
        return false()
    runs_it = exists().where(
        SessionTrainer.training_session_id == TrainingSession.id, SessionTrainer.person_id == person.id
    )
    teaches_it = exists().where(CourseTrainer.course_id == Course.id, CourseTrainer.person_id == person.id)
    return runs_it | teaches_it | (Course.owner_id == person.id)
