"""The demo service: rooms, people and courses as a library would hand them over, and sessions around today.

It goes through the same verbs as everything else. Nobody in it is real: all addresses are at example.org.
"""

import csv
import tempfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from app import bookings, changes, clock, courses, people, rooms
from app.db import db
from app.errors import Refused
from app.people import Person
from app.timetable import TrainingSession

HERE = Path(__file__).parent
WAITING = 3
ROLES = {
    "staff": "hca1@example.org",
    "trainer": "outreach@example.org",
    "coordinator": "coordinator@example.org",
}


def is_empty() -> bool:
    return db.session.scalar(select(Person.id).limit(1)) is None


def person_for(role: str) -> Person | None:
    """Who a visitor of the demo is: a key of ROLES."""
    return people.known(ROLES[role]) if role in ROLES else None


def fill(now: datetime) -> None:
    """Raises Refused if the database holds anything."""
    if not is_empty():
        raise Refused("The demo goes into an empty database only, and this one holds a service already.")
    people.import_file(HERE / "people.csv", by=None, now=now)
    rooms.import_file(HERE / "rooms.csv", by=None, now=now)
    courses.import_file(HERE / "courses.toml", by=None, now=now)
    with tempfile.TemporaryDirectory() as folder:
        changes.import_timetable(_around(clock.today(now), Path(folder) / "timetable.csv"), by=None, now=now)
    _fill_some_places(now)


def _around(today: date, file: Path) -> Path:
    """The sample timetable moved by whole weeks, so that its first session is next week."""
    with (HERE / "timetable.csv").open(encoding="utf-8", newline="") as sample:
        lines = list(csv.DictReader(sample))
    first = min(date.fromisoformat(line["date"]) for line in lines)
    weeks = (today + timedelta(days=9) - first).days // 7
    for line in lines:
        line["date"] = (date.fromisoformat(line["date"]) + timedelta(weeks=weeks)).isoformat()
    with file.open("w", encoding="utf-8", newline="") as moved:
        writer = csv.DictWriter(moved, lines[0].keys())
        writer.writeheader()
        writer.writerows(lines)
    return file


def _fill_some_places(now: datetime) -> None:
    """One session full, with people waiting for it, one with its last places, the others with a few people."""
    visitors = set(ROLES.values())
    colleagues = [
        person for person in db.session.scalars(select(Person).order_by(Person.id)) if person.address not in visitors
    ]
    by = people.known(ROLES["coordinator"])
    if by is None:
        raise LookupError("The demo's people have no coordinator.")
    coming = db.session.scalars(select(TrainingSession).order_by(TrainingSession.starts_at, TrainingSession.id)).all()
    for number, training_session in enumerate(coming):
        is_to_be_full = number == 1
        wanted = training_session.capacity if is_to_be_full else (number * 3) % 8
        for person in colleagues[:wanted]:
            bookings.book(person, training_session.id, by=by, now=now, despite_overlaps=True)
        if is_to_be_full:
            _wait_for(training_session, colleagues[wanted : wanted + WAITING], by, now)


def _wait_for(training_session: TrainingSession, waiting: Sequence[Person], by: Person, now: datetime) -> None:
    """Each asks for themselves, if they have an address to be told at."""
    for person in waiting:
        asks, dates = person if person.address else by, [training_session.id]
        bookings.wait(person, training_session.course_id, wants="these", session_ids=dates, by=asks, now=now)
