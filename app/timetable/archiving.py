"""Taking a course out of what is on offer, which its dates may forbid: people may count on them (D36)."""

from datetime import datetime

from sqlalchemy import func, select

from app import courses, journal
from app.db import db
from app.errors import Refused
from app.people import Person
from app.timetable.tables import TrainingSession


def archive_course(course_id: int, *, by: Person | None, now: datetime) -> None:
    """Nobody can see or book the course any more; what was in it stays on record.

    Raises NotAllowed, NotFound, Refused while people have a place on a date that is not over.
    """
    course = courses.held(course_id, by)
    _, people_count = coming_of(course_id, now=now)
    if people_count:
        have = "1 person has a place" if people_count == 1 else f"{people_count} people have a place"
        raise Refused(f"{have} on its coming dates. Cancel those dates first, or wait until they are over.")
    if course.state != "archived":
        was, course.state = course.state, "archived"
        journal.record(by, "archived", course, now, was=was)


def take_back_course(course_id: int, *, by: Person | None, now: datetime) -> None:
    """A published course is a draft again, as if it had never been published.

    Raises NotAllowed, NotFound, Refused if it has ever had a date: people have letters that lead to it.
    """
    course = courses.held(course_id, by)
    if has_had_dates(course_id):
        raise Refused("People may know its pages: it has, or had, dates on the timetable. Archive it instead.")
    if course.is_published:
        course.state = "draft"
        journal.record(by, "taken back", course, now)


def coming_of(course_id: int, *, now: datetime) -> tuple[int, int]:
    """How many dates of a course are to come or under way, and how many people have a place on them."""
    query = select(func.count(), func.coalesce(func.sum(TrainingSession.places_taken), 0)).where(
        TrainingSession.course_id == course_id, TrainingSession.state == "scheduled", TrainingSession.ends_at > now
    )
    dates, people_count = db.session.execute(query).one()
    return dates, people_count


def has_had_dates(course_id: int) -> bool:
    """Whether a session of it is or was on the timetable for all to see, a cancelled one too."""
    seen = select(TrainingSession.id).where(TrainingSession.course_id == course_id, TrainingSession.state != "draft")
    return db.session.scalar(seen.limit(1)) is not None
