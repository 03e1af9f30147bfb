"""Words that stand in people's calendars: a course's title, a room's name, where a building is.

The courses and rooms below change the record and know nobody who is booked. Whoever has an entry that shows those words
gets it once more as it now is: the same SEQUENCE, a later DTSTAMP. Everything else that we say of a course or a room
reaches calendars with the next message.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import joinedload

from app import bookings, courses, rooms, timetable
from app.bookings import letters, trainer_entries
from app.db import db
from app.people import Person
from app.rooms import Description, Room, Site
from app.timetable import Slot, TrainingSession

Done = TypeVar("Done")
Words = dict[int, tuple[object, ...]]


def describe_course(
    course_id: int, wanted: Mapping[str, Any], *, by: Person | None, now: datetime, seen: int | None = None
) -> bool:
    """As `courses.describe`; says whether anything changed."""
    of_course = TrainingSession.course_id == course_id
    return _telling(of_course, lambda: courses.describe(course_id, wanted, by=by, now=now, seen=seen), now)


def describe_room(
    room_id: int, description: Description, *, by: Person | None, now: datetime, seen: int | None = None
) -> Room:
    """As `timetable.describe_room`."""
    in_room = _in_rooms(Room.id == room_id)
    return _telling(in_room, lambda: timetable.describe_room(room_id, description, by=by, now=now, seen=seen), now)


def describe_site(
    site_id: int, *, name: str, address: str, by: Person | None, now: datetime, seen: int | None = None
) -> Site:
    """As `rooms.describe_site`."""
    return _telling(
        _in_rooms(Room.site_id == site_id),
        lambda: rooms.describe_site(site_id, name=name, address=address, by=by, now=now, seen=seen),
        now,
    )


def import_courses(file: Path, *, by: Person | None, now: datetime) -> int:
    """As `courses.import_file`."""
    return _telling(true(), lambda: courses.import_file(file, by=by, now=now), now)


def import_rooms(file: Path, *, by: Person | None, now: datetime) -> int:
    """As `rooms.import_file`."""
    return _telling(_in_rooms(true()), lambda: rooms.import_file(file, by=by, now=now), now)


def _telling(which: ColumnElement[bool], verb: Callable[[], Done], now: datetime) -> Done:
    """Do it, and tell everybody in whose calendar it shows."""
    before = _words(_coming(which, now))
    done = verb()
    there = {each.id: each for each in _coming(which, now)}
    changed = sorted(id_ for id_, words in _words(there.values()).items() if before.get(id_, words) != words)
    courses.lock_all([there[id_].course_id for id_ in changed])  # all before the first of their sessions
    for id_ in changed:
        training_session = timetable.lock(id_)
        training_session.changed_at = now
        booked = bookings.locked_bookings(training_session)
        letters.tell_reworded(training_session, booked, why="words", now=now)
        trainer_entries.bring_up_to_date(training_session, now)
    return done


def _words(sessions: Iterable[TrainingSession]) -> Words:
    """What entries show of each session, apart from its times, by session's id."""
    return {each.id: (each.course.title, *(_place(slot.room) for slot in each.slots)) for each in sessions}


def _place(room: Room | None) -> tuple[str, str, str] | None:
    return (room.name, room.site.name, room.site.address) if room else None


def _coming(which: ColumnElement[bool], now: datetime) -> Sequence[TrainingSession]:
    query = (
        select(TrainingSession)
        .where(TrainingSession.state == "scheduled", TrainingSession.ends_at > now, which)
        .options(joinedload(TrainingSession.course), joinedload(TrainingSession.slots).joinedload(Slot.room))
    )
    return db.session.scalars(query, execution_options={"populate_existing": True}).unique().all()


def _in_rooms(which: ColumnElement[bool]) -> ColumnElement[bool]:
    there = select(Slot.training_session_id).join(Slot.room).join(Site, Site.id == Room.site_id).where(which)
    return TrainingSession.id.in_(there.where(Slot.training_session_id.is_not(None)))
