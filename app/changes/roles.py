"""Somebody's record and roles changed by a coordinator. Whoever still runs sessions stays a trainer (D46)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import clock, history, people
from app.db import db
from app.errors import Refused
from app.people import Person
from app.timetable import SessionTrainer, TrainingSession

MOST_NAMED = 3
# What the form of a record changes; an address that was added meanwhile is not in its way.
COLUMNS = ("name", "team", "phone", "is_trainer", "is_coordinator")


def describe_person(
    person: Person,
    *,
    name: str,
    team: str,
    phone: str,
    is_trainer: bool,
    is_coordinator: bool,
    by: Person | None,
    now: datetime,
    seen: int | None = None,
) -> None:
    """Change what we know of somebody and what they may do. Pages obey at once.

    Raises NotAllowed, StaleEdit, Faulty, and Refused if they still run sessions, are the last coordinator, or are gone.
    """
    ids = {person.id, by.id} if by else {person.id}
    with people.keeping_a_coordinator(with_ids=ids):
        people.hold(person)
        people.refuse_unless_coordinator(by)
        history.refuse_if_changed(person, seen, columns=COLUMNS)
        if person.is_trainer and not is_trainer:
            _refuse_if_needed(person, now)
        people.describe(person, name=name, team=team, phone=phone, by=by, now=now)
        people.set_roles(person, is_trainer=is_trainer, is_coordinator=is_coordinator, by=by, now=now)


def import_people(file: Path, *, by: Person | None, now: datetime) -> int:
    """As `people.import_file`; a line that takes the trainer role from somebody who still runs sessions is refused."""
    return people.import_file(file, by=by, now=now, before_losing=partial(_refuse_if_needed, now=now))


def still_run_by(person: Person, *, now: datetime) -> Sequence[TrainingSession]:
    """The sessions that somebody runs and that are not over, drafts included, by time; each with its course."""
    query = (
        select(TrainingSession)
        .join(SessionTrainer, SessionTrainer.training_session_id == TrainingSession.id)
        .where(SessionTrainer.person_id == person.id)
        .where(TrainingSession.state != "cancelled", TrainingSession.ends_at > now)
        .order_by(TrainingSession.starts_at, TrainingSession.id)
        .options(joinedload(TrainingSession.course))
    )
    return db.session.scalars(query).all()


def _refuse_if_needed(person: Person, now: datetime) -> None:
    """Called with the person held: whoever puts them on a session meanwhile waits."""
    found = still_run_by(person, now=now)
    if found:
        raise Refused(
            f"{person.known_as} still runs {said_sessions(found)}. Give these to another trainer first.",
            sessions=[session.ref for session in found],
        )


def said_sessions(sessions: Sequence[TrainingSession]) -> str:
    """'‘Copyright’ (Tue 15 Dec 2026, 10am) and 2 more'."""
    named = [f"‘{each.course.title}’ ({clock.say_short(each.starts_at)})" for each in sessions[:MOST_NAMED]]
    left_out = len(sessions) - len(named)
    if left_out:
        return f"{', '.join(named)} and {left_out} more"
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
