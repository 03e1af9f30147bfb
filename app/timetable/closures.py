"""A room that is closed for a while, for decorating or an inspection.

- A closure is an entry on the timetable that belongs to no session (D34). Nothing else may be in the room meanwhile,
  and nothing that is there already gives way to it: such sessions are moved first.
- Nobody is told: nobody's session is in the room then.
- Whole days are from midnight to midnight on the service's wall clock.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app import clock, journal, rooms
from app.db import change, db
from app.errors import Faulty, Refused, RoomTaken
from app.people import Person
from app.rooms import Room
from app.timetable.room_keeping import refuse_if_in_use
from app.timetable.tables import Slot

MOST_WHY = 200
NOT_EDITED = ["closures"]  # so that somebody who describes the room meanwhile is not in the way (D33)


@dataclass(frozen=True)
class Closure:
    """Why and when a room is closed."""

    id: int
    room_id: int
    starts_at: datetime
    ends_at: datetime
    why: str

    @property
    def when(self) -> str:
        return say_closed(self.starts_at, self.ends_at)

    def is_now(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at


def close_room(
    room_id: int, starts_at: datetime, ends_at: datetime, *, why: str, by: Person | None, now: datetime
) -> Closure:
    """Raises NotAllowed, NotFound, Faulty; RoomTaken with `sessions` in its facts if there are any in the room then."""
    rooms.refuse_unless_coordinator(by)
    if not why:
        raise Faulty("Enter why the room is closed", field="why")
    _refuse_span(starts_at, ends_at, now)
    room = rooms.hold(room_id)
    if room.is_retired:
        raise Refused(f"{room.name} has been retired, so nothing is put in it anyway.")
    _refuse_if_closed(room, starts_at, ends_at)
    refuse_if_in_use(
        room, starts_at, ends_at, what_next="Find another room or time first, or close this room at another time."
    )
    slot = Slot(room_id=room.id, position=0, starts_at=starts_at, ends_at=ends_at, closed_why=why)
    db.session.add(slot)
    db.session.flush()  # the closure needs its id
    closure = _closure(slot)
    journal.record(by, "closed", room, now, why=why, when=closure.when, columns=NOT_EDITED)
    return closure


def reopen_room(room_id: int, closure_id: int, *, by: Person | None, now: datetime) -> Closure:
    """Take back a closure that has not begun, or end one that has: what it was stays on record.

    Returns it as it was. Raises NotAllowed, NotFound; Refused if it is over or somebody has taken it back.
    """
    rooms.refuse_unless_coordinator(by)
    room = rooms.hold(room_id)
    standing = (Slot.room_id == room.id) & (Slot.closed_why != "") & (Slot.ends_at > now)
    slot = db.session.scalar(select(Slot).where(Slot.id == closure_id, standing))
    if slot is None:
        raise Refused("The room is open again already.")
    closure, minute = _closure(slot), now.replace(second=0, microsecond=0)
    if slot.starts_at < minute:
        slot.ends_at = minute
    else:
        change(delete(Slot).where(Slot.id == slot.id))
    journal.record(by, "reopened", room, now, when=closure.when, closed_why=closure.why, columns=NOT_EDITED)
    return closure


def closures(
    *, now: datetime, until: datetime | None = None, room_ids: Collection[int] | None = None
) -> dict[int, list[Closure]]:
    """Closures that are not over, by room's id, in order of time (absent = none).

    until: only those that begin before then.
    """
    query = select(Slot).where(Slot.closed_why != "", Slot.is_live, Slot.ends_at > now).order_by(Slot.starts_at)
    if until is not None:
        query = query.where(Slot.starts_at < until)
    if room_ids is not None:
        query = query.where(Slot.room_id.in_(room_ids))
    found: dict[int, list[Closure]] = {}
    for slot in db.session.scalars(query):
        found.setdefault(slot.room_id or 0, []).append(_closure(slot))
    return found


def say_closed(starts_at: datetime, ends_at: datetime) -> str:
    """'all day on Monday 5 October 2026', 'from Monday … to Friday …', 'from 2pm on Monday … to the end of Friday …'.

    As it follows 'closed': within a day 'on Monday 5 October 2026, 9am to 5pm'.
    """
    first, last = clock.today(starts_at), clock.today(ends_at - timedelta(seconds=1))
    from_midnight, to_midnight = starts_at == clock.midnight(first), ends_at == clock.midnight(last + timedelta(days=1))
    if from_midnight and to_midnight:
        days = clock.say_date(first)
        return f"all day on {days}" if first == last else f"from {days} to {clock.say_date(last)}"
    if first == last:
        until = "midnight" if to_midnight else clock.say_time(ends_at)
        return f"on {clock.say_date(first)}, {clock.say_time(starts_at)} to {until}"
    begins = clock.say_date(first) if from_midnight else f"{clock.say_time(starts_at)} on {clock.say_date(first)}"
    ends = (
        f"the end of {clock.say_date(last)}" if to_midnight else f"{clock.say_time(ends_at)} on {clock.say_date(last)}"
    )
    return f"from {begins} to {ends}"


def _refuse_span(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        raise Faulty("The end of the closure must come after its beginning", field="until_on")
    if starts_at < now.replace(second=0, microsecond=0):
        raise Faulty("The beginning of the closure must be still to come", field="from_on")


def _refuse_if_closed(room: Room, starts_at: datetime, ends_at: datetime) -> None:
    for closure in closures(now=starts_at, until=ends_at, room_ids=[room.id]).get(room.id, ()):
        raise RoomTaken(f"{room.name} is closed {closure.when} already: {closure.why}.")


def _closure(slot: Slot) -> Closure:
    return Closure(slot.id, slot.room_id or 0, slot.starts_at, slot.ends_at, slot.closed_why)
