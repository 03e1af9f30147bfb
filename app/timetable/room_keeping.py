"""Changing a room that sessions count on: a smaller one, a retired one.

The room is locked first. Whoever puts a session into it, takes one out or makes one larger waits, and sees the change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from app import clock, history, journal, rooms
from app.courses import Course
from app.db import db
from app.errors import RoomTaken, TooSmall
from app.people import Person
from app.rooms import Description, Room
from app.timetable.tables import Slot, TrainingSession

MOST_NAMED = 3


@dataclass(frozen=True)
class InRoom:
    """A part of a session that is in a room, in plain values: a refusal carries it to a page."""

    ref: str
    title: str
    language: str
    starts_at: datetime
    ends_at: datetime
    places: int

    @property
    def when(self) -> str:
        return clock.say_span(self.starts_at, self.ends_at)

    @property
    def said(self) -> str:
        return f"‘{self.title}’ on {self.when}"


def describe_room(
    room_id: int, description: Description, *, by: Person | None, now: datetime, seen: int | None = None
) -> Room:
    """Change what people are told of a room; its address stays. Raises NotAllowed, NotFound, StaleEdit, Faulty.

    TooSmall if a coming session has more places than the room would hold: its facts have the `sessions`, and the
    sentence `in_short` for a page that lists them.
    """
    rooms.refuse_unless_coordinator(by)
    wanted, room = asdict(description), rooms.hold(room_id)
    history.refuse_if_changed(room, seen, columns=wanted)
    if description.name != room.name:
        rooms.refuse_if_known(description.name, site_id=room.site_id, apart_from=room)
    if description.capacity < room.capacity:
        _refuse_if_too_small_for_sessions(room, description.capacity, now)
    journal.describe(by, room, wanted, now)
    return room


def retire_room(room_id: int, *, by: Person | None, now: datetime, why: str = "") -> Room:
    """Offer a room no more. Raises NotAllowed, NotFound; RoomTaken with the coming `sessions` in it. Twice is once."""
    rooms.refuse_unless_coordinator(by)
    room = rooms.hold(room_id)
    if not room.is_retired:
        refuse_if_in_use(room, now, None, what_next="Find another room first.")
        room.is_retired = True
        journal.record(by, "retired", room, now, why=why, columns=["is_retired"])
    return room


def bring_back_room(room_id: int, *, by: Person | None, now: datetime) -> Room:
    """Offer a retired room again. Raises NotAllowed, NotFound. Twice is once."""
    rooms.refuse_unless_coordinator(by)
    room = rooms.hold(room_id)
    if room.is_retired:
        room.is_retired = False
        journal.record(by, "brought back", room, now, columns=["is_retired"])
    return room


def refuse_if_retired(held_rooms: Iterable[Room]) -> None:
    """The rooms are locked by now. Raises RoomTaken."""
    for room in held_rooms:
        if room.is_retired:
            raise RoomTaken(f"{room.name} is not used any more. Choose another room.")


def refuse_if_in_use(room: Room, starts_at: datetime, ends_at: datetime | None, *, what_next: str) -> None:
    """The room is locked by now. ends_at: None is for ever. Raises RoomTaken, naming what is in it then."""
    query = _in(room).where(Slot.ends_at > starts_at)
    found = _listed(query if ends_at is None else query.where(Slot.starts_at < ends_at))
    if found:
        needed = f"{room.name} is needed{' then' if ends_at else ''} for"
        in_short = f"{needed} {_counted(found)}. {what_next}"
        raise RoomTaken(
            f"{needed} {_named([one.said for one in found])}. {what_next}", sessions=found, in_short=in_short
        )


def sessions_in(room: Room, *, now: datetime) -> Sequence[InRoom]:
    """What is in a room from now on, drafts too, in order of time."""
    return _listed(_in(room).where(Slot.ends_at > now))


def _refuse_if_too_small_for_sessions(room: Room, capacity: int, now: datetime) -> None:
    larger = _listed(_in(room).where(Slot.ends_at > now, TrainingSession.capacity > capacity))
    if larger:
        named = _named([f"{one.said} ({one.places} places)" for one in larger])
        what_next = "Give fewer places or another room first."
        have_more = "has more places" if _is_one(larger) else "have more places"
        in_short = f"{room.name} cannot hold {capacity}: {_counted(larger)} {have_more}. {what_next}"
        raise TooSmall(f"{room.name} cannot hold {capacity}: {named}. {what_next}", sessions=larger, in_short=in_short)


def _is_one(parts: Sequence[InRoom]) -> bool:
    return len({part.ref for part in parts}) == 1


def _counted(parts: Sequence[InRoom]) -> str:
    """For a page, which lists them."""
    return "1 session" if _is_one(parts) else f"{len({part.ref for part in parts})} sessions"


def _in(room: Room) -> Select[Any]:
    """Sessions in a room, part by part; a closure is none."""
    columns: list[Any] = [
        TrainingSession.ref,
        Course.title,
        Course.language,
        Slot.starts_at,
        Slot.ends_at,
        TrainingSession.capacity,
    ]
    return (
        select(*columns)
        .join(Slot, Slot.training_session_id == TrainingSession.id)
        .join(TrainingSession.course)
        .where(Slot.room_id == room.id, Slot.is_live)
        .order_by(Slot.starts_at)
    )


def _listed(query: Select[Any]) -> list[InRoom]:
    return [InRoom(*row) for row in db.session.execute(query)]


def _named(sessions: Sequence[str]) -> str:
    """The first few of them, and how many more there are."""
    more = len(sessions) - MOST_NAMED
    return "; ".join(sessions[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
