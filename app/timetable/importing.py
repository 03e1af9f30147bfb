"""A service's timetable from its own file: CSV or XLSX, all of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import clock, courses, people, rooms, spreadsheets
from app.courses import Course
from app.db import db
from app.errors import Faulty, Refused
from app.people import Person
from app.timetable.scheduling import SlotPlan, schedule
from app.timetable.tables import TrainingSession

MOST_PLACES = 2_000


@dataclass(frozen=True)
class PlannedLine:
    """A sound line: everything on it is known and in range."""

    number: int
    course: Course
    slot: SlotPlan
    capacity: int | None
    minimum: int
    trainers: tuple[Person, ...]


def import_file(file: Path, *, by: Person | None, now: datetime) -> int:
    """Put the sessions of a file on the timetable. Past dates are taken.

    Lines of a course with the same `part` are the slots of one session; a line equal to what is there changes
    nothing. Returns how many sessions are new. Raises FaultyFile, which names each faulty line and no other: of two
    that clash, the later.
    """
    lines = spreadsheets.read(file, columns=("course", "date", "start", "end"))
    faults: list[tuple[int, str]] = []
    sessions: dict[tuple[str, str], list[PlannedLine]] = {}
    broken: set[tuple[str, str]] = set()
    for line in lines:
        key = (line["course"], line["part"] or f"line {line.number}")
        try:
            sessions.setdefault(key, []).append(_plan(line))
        except Refused as refusal:
            faults.append((line.number, refusal.sentence))
            broken.add(key)
    new_count = 0
    for key, planned in sessions.items():
        if key in broken or not planned:
            continue  # its faulty line is named already; the others of the session are sound
        try:
            new_count += _put_on(planned, by=by, now=now)
        except Refused as refusal:
            faults.append((_line_of(planned, refusal), refusal.sentence))
    if faults:
        raise spreadsheets.FaultyFile(faults)
    return new_count


def _plan(line: spreadsheets.Line) -> PlannedLine:
    capacity, minimum = line["capacity"], line["minimum"]
    return PlannedLine(
        number=line.number,
        course=courses.get(line["course"]),
        slot=_slot(line),
        capacity=line.whole_number("capacity", least=1, most=MOST_PLACES) if capacity else None,
        minimum=line.whole_number("minimum", least=0, most=MOST_PLACES) if minimum else 0,
        trainers=tuple(_trainer(address) for address in line["trainers"].split(";") if address.strip()),
    )


def _slot(line: spreadsheets.Line) -> SlotPlan:
    starts_at, ends_at = _instant(line, "start"), _instant(line, "end")
    if ends_at <= starts_at:
        raise Faulty("it ends before it starts.", field="end")
    room = rooms.get(line["room"]) if line["room"] else None
    link = _link(line.text("online_link", most=500))
    if room is None and not link:
        raise Faulty("it has neither a room nor an online link.", field="room")
    return SlotPlan(starts_at, ends_at, room.id if room else None, link)


def _instant(line: spreadsheets.Line, column: str) -> datetime:
    wall = datetime.combine(line.day("date"), line.time_of_day(column))
    try:
        return clock.to_utc(wall)
    except clock.NoSuchTime as fault:
        sentence = f"{wall:%H:%M} does not exist on {clock.say_date(wall.date())}: the clocks go forward over it."
        raise Faulty(sentence, field=column) from fault
    except clock.HappensTwice as fault:
        sentence = (
            f"{wall:%H:%M} comes twice on {clock.say_date(wall.date())}: the clocks go back. Choose another time."
        )
        raise Faulty(sentence, field=column) from fault


def _link(typed: str) -> str:
    if typed and (urlsplit(typed).scheme not in {"http", "https"} or not urlsplit(typed).hostname or " " in typed):
        raise Faulty(f"'{typed}' is not a link: it starts with https://.", field="online_link")
    return typed


def _trainer(address: str) -> Person:
    person = people.known(people.tidy_address(address))
    if person is None:
        raise Faulty(f"nobody here is known by the address {address.strip()}.", field="trainers")
    if not person.is_trainer:
        raise Faulty(f"{person.name} is not a trainer.", field="trainers")
    return person


def _put_on(planned: list[PlannedLine], *, by: Person | None, now: datetime) -> bool:
    planned.sort(key=lambda line: line.slot.starts_at)
    first = planned[0]
    for line in planned[1:]:
        if (line.capacity, line.minimum, line.trainers) != (first.capacity, first.minimum, first.trainers):
            sentence = f"its places, minimum and trainers must be those of line {first.number}: it is the same session."
            raise Faulty(sentence, field="part", line=line.number)
    slots = [line.slot for line in planned]
    if _is_there(first, slots):
        return False
    schedule(
        first.course,
        slots=slots,
        trainers=first.trainers,
        capacity=first.capacity,
        minimum=first.minimum,
        by=by,
        now=now,
    )
    return True


def _is_there(first: PlannedLine, slots: Sequence[SlotPlan]) -> bool:
    """Whether the timetable has this very session, even if it was cancelled since: a file does not revive it."""
    query = (
        select(TrainingSession)
        .where(TrainingSession.course_id == first.course.id, TrainingSession.starts_at == slots[0].starts_at)
        .options(joinedload(TrainingSession.slots), joinedload(TrainingSession.trainers))
    )
    return any(_equals(found, first, slots) for found in db.session.scalars(query).unique())


def _equals(found: TrainingSession, first: PlannedLine, slots: Sequence[SlotPlan]) -> bool:
    there = [SlotPlan(slot.starts_at, slot.ends_at, slot.room_id, slot.joining_link) for slot in found.slots]
    return (
        there == list(slots)
        and first.capacity in {None, found.capacity}
        and found.minimum == first.minimum
        and {trainer.id for trainer in found.trainers} == {trainer.id for trainer in first.trainers}
    )


def _line_of(planned: list[PlannedLine], refusal: Refused) -> int:
    """The line that a refusal is about: it names the line itself, or the slot by its place."""
    slot: int = refusal.facts.get("slot", 0)
    line: int = refusal.facts.get("line", planned[slot].number)
    return line
