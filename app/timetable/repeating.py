"""The same session again, on dates to come: each is a session of its own, and can be changed or cancelled alone.

- Days are local, and times stay as they are on the wall clock. A day whose time the clocks skip, or that has it twice,
  is left out and said so.
- All else is as it is now: rooms, trainers, places, minimum, joining links, and booking as long beforehand. What comes
  of a draft is a draft, and so it is while the course is not published.
- All of the days, or none.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app import clock, courses, history
from app.errors import Faulty, NotAllowed, Refused
from app.people import Person
from app.timetable import finding
from app.timetable.scheduling import SlotPlan, lock_for_change, schedule
from app.timetable.tables import Slot, TrainingSession
from app.timetable.windows import window_like

MOST_REPEATS = 26  # all of them are locked, looked at and saved in one transaction


@dataclass(frozen=True)
class Repeat:
    """A session once more. on: the day of its first part. why_not: the sentence that says why it cannot be, or ''.

    slots: () if the clocks do not have its times.
    """

    on: date
    slots: tuple[SlotPlan, ...] = ()
    why_not: str = ""


def repeats_on(training_session: TrainingSession, days: Sequence[date], now: datetime) -> list[Repeat]:
    """The session on each of these days, and what is in the way, in two statements whatever their number.

    Of two days that get in each other's way, the earlier counts.
    """
    repeats = [_on(training_session, on) for on in days]
    wholes = [(repeat.slots[0].starts_at, repeat.slots[-1].ends_at) for repeat in repeats if repeat.slots]
    if not wholes:
        return repeats
    room_ids = {slot.room_id for slot in training_session.slots if slot.room_id is not None}
    in_rooms = finding.clashes_in(room_ids, wholes)
    of_trainers = finding.clashes_of([trainer.id for trainer in training_session.trainers], wholes)
    found: list[Repeat] = []
    for repeat in repeats:
        faults = [
            *_faults_of_itself(repeat, training_session, now),
            *_clashes(repeat, training_session, in_rooms, of_trainers),
            *_overlaps(repeat, [each for each in found if not each.why_not]),
        ]
        found.append(replace(repeat, why_not=next(iter(faults), "")))
    return found


def repeat(
    training_session_id: int, days: Collection[date], *, by: Person | None, now: datetime, seen: int | None = None
) -> list[TrainingSession]:
    """Put a session on the timetable again, on each of these days. Returns the new sessions in order of time.

    Raises NotAllowed, NotFound, StaleEdit, Faulty, and Refused if something is in the way: `why_not` in its facts says
    what, by day.
    """
    # Holds its people, rooms and course, in this order: all that the new ones need. Day by day, two who repeat sessions
    # could wait for each other.
    held, _ = lock_for_change(training_session_id, by=by)
    history.refuse_if_changed(held, seen)
    refuse_unless_repeatable(held, by)
    if not 0 < len(set(days)) <= MOST_REPEATS:
        raise Faulty(f"Choose between 1 and {MOST_REPEATS} dates.", field="dates")
    repeats = repeats_on(held, sorted(set(days)), now)
    why_not = {each.on: each.why_not for each in repeats if each.why_not}
    if why_not:
        named = clock.say_date(next(iter(why_not))) if len(why_not) == 1 else f"{len(why_not)} of these dates"
        raise Refused(f"{named} cannot be had. Nothing has been put on the timetable.", why_not=why_not)
    return [_put_on(held, each, by=by, now=now) for each in repeats]


def refuse_unless_repeatable(training_session: TrainingSession, by: Person | None) -> None:
    """The session has its course and trainers. Raises NotAllowed, Refused."""
    course = training_session.course
    if not courses.may_edit(by, course):
        raise NotAllowed("Only a trainer of this course or a coordinator can timetable it.")
    if course.state == "archived":
        raise Refused(f"‘{course.title}’ is archived. Bring it back before you put a session of it on the timetable.")
    if not still_trainers(training_session):
        raise Refused("Nobody who runs this session is a trainer any more. Change its trainers first.")


def still_trainers(training_session: TrainingSession) -> list[Person]:
    """Who runs a session, and may run another."""
    return [trainer for trainer in training_session.trainers if trainer.is_trainer]


def _put_on(held: TrainingSession, again: Repeat, *, by: Person | None, now: datetime) -> TrainingSession:
    opens_at, closes_at = window_like(held, again.slots[0].starts_at, now)
    return schedule(
        held.course,
        slots=again.slots,
        trainers=still_trainers(held),
        capacity=held.capacity,
        minimum=held.minimum,
        booking_opens_at=opens_at,
        booking_closes_at=closes_at,
        is_draft=held.state == "draft" or not held.course.is_published,
        by=by,
        now=now,
    )


def _on(training_session: TrainingSession, on: date) -> Repeat:
    later = on - clock.today(training_session.slots[0].starts_at)
    try:
        return Repeat(on, tuple(_later(slot, later) for slot in training_session.slots))
    except clock.NoSuchTime as fault:
        return Repeat(on, why_not=f"{_said(fault)}: the clocks go forward over it.")
    except clock.HappensTwice as fault:
        return Repeat(on, why_not=f"{_said(fault, 'comes twice')}, as the clocks go back.")


def _later(slot: Slot, later: timedelta) -> SlotPlan:
    starts_at, ends_at = (clock.to_utc(clock.wall(at) + later) for at in (slot.starts_at, slot.ends_at))
    return SlotPlan(starts_at, ends_at, slot.room_id, slot.joining_link)


def _said(fault: ValueError, is_what: str = "does not exist") -> str:
    [at] = fault.args
    return f"{clock.say_wall_time(at.time())} {is_what} on {clock.say_date(at.date())}"


def _faults_of_itself(again: Repeat, training_session: TrainingSession, now: datetime) -> Iterator[str]:
    if again.why_not:
        yield again.why_not
    elif again.slots[0].starts_at <= now:
        yield "It has gone by."
    for slot in training_session.slots:
        if slot.room and slot.room.is_retired:
            yield f"{slot.room.name} is not used any more."


def _clashes(
    again: Repeat,
    training_session: TrainingSession,
    in_rooms: Mapping[int, Sequence[Slot]],
    of_trainers: Mapping[int, Sequence[Slot]],
) -> Iterator[str]:
    for slot in again.slots:
        yield from (finding.say_taken(clash) for clash in in_rooms.get(slot.room_id or 0, ()) if _meet(slot, clash))
        for trainer in still_trainers(training_session):
            clashes = (clash for clash in of_trainers.get(trainer.id, ()) if _meet(slot, clash))
            yield from (f"{trainer.name} is busy {finding.in_the_way(clash)}." for clash in clashes)


def _overlaps(again: Repeat, others: Sequence[Repeat]) -> Iterator[str]:
    """A session of several parts may still be going on when it comes again."""
    for other in others:
        if any(_meet(slot, another) for slot in again.slots for another in other.slots):
            yield f"It would overlap with the one that begins on {clock.say_date(other.on)}."


def _meet(slot: SlotPlan, other: SlotPlan | Slot) -> bool:
    return slot.starts_at < other.ends_at and other.starts_at < slot.ends_at
