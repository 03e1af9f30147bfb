"""What comes on offer: sessions put on the timetable, courses published. Places go to those who wait, in order.

The timetable and the courses below do the thing itself, and know nobody who waits.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app import bookings, courses, timetable, waiting_list
from app.bookings import trainer_entries, under_change
from app.courses import Course
from app.errors import Refused
from app.people import Person
from app.timetable import SlotPlan, TrainingSession


def schedule(
    course: Course,
    *,
    slots: Sequence[SlotPlan],
    trainers: Sequence[Person],
    by: Person | None,
    now: datetime,
    **rules: Any,
) -> TrainingSession:
    """As `timetable.schedule`, and whoever waits for such a date gets its places, in order."""
    made = timetable.schedule(course, slots=slots, trainers=trainers, by=by, now=now, **rules)
    _offer([made], now)
    return made


def publish(refs: Collection[str], *, by: Person | None, now: datetime) -> list[TrainingSession]:
    """As `timetable.publish`, and whoever waits for such a date gets its places, in order."""
    new = timetable.publish(refs, by=by, now=now)
    _offer(new, now)
    return new


def repeat(
    training_session_id: int, days: Collection[date], *, by: Person | None, now: datetime, seen: int | None = None
) -> list[TrainingSession]:
    """As `timetable.repeat`, and whoever waits for such a date gets its places, in order."""
    new = timetable.repeat(training_session_id, days, by=by, now=now, seen=seen)
    _offer(new, now)
    return new


def import_timetable(file: Path, *, by: Person | None, now: datetime) -> int:
    """As `timetable.import_file`, and whoever waits for such a date gets its places, in order."""
    last = timetable.newest_id()
    count = timetable.import_file(file, by=by, now=now)
    _offer(timetable.since(last), now)
    return count


def publish_course(course_id: int, *, by: Person | None, now: datetime) -> None:
    """As `courses.publish`: dates that a file put on the timetable before can be had now."""
    courses.publish(course_id, by=by, now=now)
    bookings.pass_on(course_id, now=now)


def restore_course(course_id: int, *, by: Person | None, now: datetime) -> None:
    """As `courses.restore`, and whoever waited for it all the time gets what is free, in order."""
    courses.restore(course_id, by=by, now=now)
    bookings.pass_on(course_id, now=now)


def take_back_course(course_id: int, *, by: Person | None, now: datetime) -> None:
    """As `timetable.take_back_course`; not while people wait for it, who have letters that lead to it."""
    courses.held(course_id, by)
    if waiting_list.is_waited_for(course_id):
        raise Refused("People wait for a place on it, so it stays where they can see it. Archive it instead.")
    timetable.take_back_course(course_id, by=by, now=now)


def _offer(sessions: Sequence[TrainingSession], now: datetime) -> None:
    """The courses are held. Trainers get their entries.

    Whoever waits for such a date and is not given a place on it hears of it all the same.
    """
    shown = [each for each in sessions if each.state == "scheduled" and each.course.is_published]
    for course_id in sorted({each.course_id for each in shown}):
        if waiting_list.is_waited_for(course_id):
            bookings.pass_on(course_id, now=now)
    for made in sessions:
        training_session = timetable.by_id(made.id)  # with all that a letter says
        if training_session is None or training_session.starts_at <= now:
            continue
        trainer_entries.bring_up_to_date(training_session, now)
        if made in shown:
            under_change.tell_waiting_of_new_date(training_session, now)
