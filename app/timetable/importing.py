"""A service's timetable from its own file: CSV or XLSX, all of it or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import clock, courses, people, rooms, spreadsheets
from app.courses import Course
from app.courses.written import MOST_PLACES
from app.db import db, locked
from app.errors import Faulty, Refused, RoomTaken, TrainerBusy
from app.people import Person
from app.rooms import Room
from app.timetable.scheduling import (
    SlotPlan,
    is_link,
    refuse_if_rooms_taken,
    refuse_if_too_small,
    refuse_if_trainers_busy,
    refuse_sizes,
    schedule,
)
from app.timetable.tables import Slot, TrainingSession


@dataclass(frozen=True)
class PlannedLine:
    """A line on which everything is known. `session` is the same for the lines that are parts of one session."""

    number: int
    session: tuple[str, str]
    course: Course
    slot: SlotPlan
    room: Room | None
    capacity: int | None
    minimum: int
    trainers: tuple[Person, ...]

    @property
    def places(self) -> int:
        """As many as it says, else the course's usual number, or as many as the room holds."""
        usual = self.course.places
        return self.capacity or (min(usual, self.room.capacity) if self.room else usual)

    @property
    def takes(self) -> set[Room | Person]:
        """What nobody else can have at that time."""
        return {*self.trainers, *([self.room] if self.room else [])}


def import_file(file: Path, *, by: Person | None, now: datetime) -> int:
    """Put the sessions of a file on the timetable. Past dates are taken.

    Lines of a course with the same `part` are the slots of one session; a line equal to what is there changes
    nothing. Returns how many sessions are new. Raises FaultyFile, which names each faulty line and no other: of two
    that clash, the later.
    """
    faults: list[tuple[int, str]] = []
    known: list[PlannedLine] = []
    for line in spreadsheets.read(file, columns=("course", "date", "start", "end")):
        try:
            known.append(_plan(line))
        except Refused as refusal:
            faults.append((line.number, refusal.sentence))
    _hold(known)
    sessions = _by_session(known)
    new = [planned for planned in sessions.values() if not _is_there(planned)]
    faults += _faults_of([line for line in known if sessions[line.session] in new])
    if faults:
        raise spreadsheets.FaultyFile(faults)
    return sum(_put_on(planned, by=by, now=now) for planned in new)


def _plan(line: spreadsheets.Line) -> PlannedLine:
    capacity, minimum = line["capacity"], line["minimum"]
    course, room = courses.get(line["course"]), rooms.get(line["room"]) if line["room"] else None
    return PlannedLine(
        number=line.number,
        session=(course.slug, line["part"] or f"line {line.number}"),
        course=course,
        slot=_slot(line, room),
        room=room,
        capacity=line.whole_number("capacity", least=1, most=MOST_PLACES) if capacity else None,
        minimum=line.whole_number("minimum", least=0, most=MOST_PLACES) if minimum else 0,
        trainers=_trainers(line),
    )


def _hold(lines: Sequence[PlannedLine]) -> None:
    """Lock all that the file needs at once: session by session, two imports or moves could wait for each other."""
    locked(Person, (trainer.id for line in lines for trainer in line.trainers))
    rooms.lock(line.room.id for line in lines if line.room)
    locked(Course, (line.course.id for line in lines))


def _by_session(lines: Sequence[PlannedLine]) -> dict[tuple[str, str], list[PlannedLine]]:
    """The lines of each session, in order of time."""
    sessions: dict[tuple[str, str], list[PlannedLine]] = {}
    for line in sorted(lines, key=lambda line: line.slot.starts_at):
        sessions.setdefault(line.session, []).append(line)
    return sessions


def _faults_of(lines: Sequence[PlannedLine]) -> list[tuple[int, str]]:
    """What is wrong with lines in view of the timetable, of the lines before them and of their session's first."""
    faults: list[tuple[int, str]] = []
    taken: dict[Room | Person, list[PlannedLine]] = {}
    first_of: dict[tuple[str, str], PlannedLine] = {}
    for line in lines:
        try:
            _refuse_by_itself(line)
            _refuse_unless_alike(line, first_of.setdefault(line.session, line))
            _refuse_if_clashing(line, taken)
        except Refused as refusal:
            faults.append((line.number, refusal.sentence))
            continue
        for needed in line.takes:
            taken.setdefault(needed, []).append(line)
    return faults


def _refuse_by_itself(line: PlannedLine) -> None:
    refuse_sizes(line.places, line.minimum)
    refuse_if_too_small(line.places, [line.room] if line.room else [])
    standing = _session_with(line)
    if standing is not None:
        _refuse_unless_equal(line, standing)
    apart_from = standing.id if standing else None
    refuse_if_rooms_taken([line.slot], apart_from=apart_from)
    refuse_if_trainers_busy(line.trainers, [line.slot], apart_from=apart_from)


def _session_with(line: PlannedLine) -> TrainingSession | None:
    """The session of this course that has this very slot already: a line does not clash with itself."""
    slot = line.slot
    query = (
        select(TrainingSession)
        .join(TrainingSession.slots)
        .options(joinedload(TrainingSession.trainers))
        .where(
            TrainingSession.course_id == line.course.id,
            Slot.starts_at == slot.starts_at,
            Slot.ends_at == slot.ends_at,
            Slot.room_id.is_not_distinct_from(slot.room_id),
            Slot.joining_link == slot.joining_link,
            Slot.is_live,
        )
    )
    return db.session.scalars(query).unique().first()


def _refuse_unless_equal(line: PlannedLine, standing: TrainingSession) -> None:
    """A file puts sessions on the timetable; it does not change those that people may have booked."""
    trainers = {trainer.id for trainer in line.trainers}
    asked = (line.capacity or standing.capacity, line.minimum, trainers)
    if asked != (standing.capacity, standing.minimum, {trainer.id for trainer in standing.trainers}):
        names = ", ".join(trainer.name for trainer in standing.trainers)
        details = f"{standing.capacity} places, a minimum of {standing.minimum}, {names}"
        raise Faulty(f"this session is on the timetable already, otherwise: {details}.", field="course")


def _refuse_unless_alike(line: PlannedLine, first: PlannedLine) -> None:
    if (line.capacity, line.minimum, set(line.trainers)) != (first.capacity, first.minimum, set(first.trainers)):
        sentence = f"its places, minimum and trainers must be those of line {first.number}: it is the same session."
        raise Faulty(sentence, field="part")


def _refuse_if_clashing(line: PlannedLine, taken: Mapping[Room | Person, Sequence[PlannedLine]]) -> None:
    for needed in line.takes:
        for other in taken.get(needed, ()):
            overlaps = other.slot.starts_at < line.slot.ends_at and line.slot.starts_at < other.slot.ends_at
            if overlaps and replace(other, number=line.number, session=line.session) != line:
                refusal = RoomTaken if needed == line.room else TrainerBusy
                raise refusal(f"{needed.name} is needed at that time for line {other.number}.")


def _slot(line: spreadsheets.Line, room: Room | None) -> SlotPlan:
    starts_at, ends_at = _instant(line, "start"), _instant(line, "end")
    if ends_at <= starts_at:
        raise Faulty("it ends before it starts.", field="end")
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
    if typed and not is_link(typed):
        raise Faulty(f"'{typed}' is not a link: it starts with https://.", field="online_link")
    return typed


def _trainers(line: spreadsheets.Line) -> tuple[Person, ...]:
    addresses = dict.fromkeys(address.strip() for address in line["trainers"].split(";") if address.strip())
    if not addresses:
        raise Faulty("it has no trainer.", field="trainers")
    return tuple(dict.fromkeys(_trainer(address) for address in addresses))


def _trainer(address: str) -> Person:
    person = people.known(people.tidy_address(address))
    if person is None:
        raise Faulty(f"nobody here is known by the address {address.strip()}.", field="trainers")
    if not person.is_trainer:
        raise Faulty(f"{person.name} is not a trainer.", field="trainers")
    return person


def _put_on(planned: Sequence[PlannedLine], *, by: Person | None, now: datetime) -> bool:
    if _is_there(planned):  # by an equal line of the same file
        return False
    first = planned[0]
    courses.also_taught_by(first.course, first.trainers, by=by, now=now)
    try:
        schedule(
            first.course,
            slots=[line.slot for line in planned],
            trainers=first.trainers,
            capacity=first.capacity,
            minimum=first.minimum,
            by=by,
            now=now,
        )
    except Refused as refusal:
        line = planned[refusal.facts.get("slot", 0)]
        raise spreadsheets.FaultyFile([(line.number, refusal.sentence)]) from refusal
    return True


def _is_there(planned: Sequence[PlannedLine]) -> bool:
    """Whether the timetable has this very session, even if it was cancelled since: a file does not revive it."""
    first = planned[0]
    query = (
        select(TrainingSession)
        .where(TrainingSession.course_id == first.course.id, TrainingSession.starts_at == first.slot.starts_at)
        .options(joinedload(TrainingSession.slots), joinedload(TrainingSession.trainers))
    )
    slots = [line.slot for line in planned]
    return any(_equals(found, first, slots) for found in db.session.scalars(query).unique())


def _equals(found: TrainingSession, first: PlannedLine, slots: Sequence[SlotPlan]) -> bool:
    there = [SlotPlan(slot.starts_at, slot.ends_at, slot.room_id, slot.joining_link) for slot in found.slots]
    return (
        there == list(slots)
        and first.capacity in {None, found.capacity}
        and found.minimum == first.minimum
        and {trainer.id for trainer in found.trainers} == {trainer.id for trainer in first.trainers}
    )
