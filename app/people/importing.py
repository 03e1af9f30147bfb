"""A service's people from its own file, and as such a file."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import select

from app import journal, spreadsheets
from app.db import db
from app.errors import Faulty
from app.people.adding import add, tidy_name, without_address
from app.people.addresses import known, tidy_address
from app.people.finding import Listed
from app.people.roles import keeping_a_coordinator, set_roles
from app.people.tables import MOST_TEAM, Person

ROLES = ("staff", "trainer", "coordinator")
COLUMNS = ("email", "name", "role", "team")


def import_file(
    file: Path, *, by: Person | None, now: datetime, before_losing: Callable[[Person], object] | None = None
) -> int:
    """Add or bring up to date the people of a CSV or XLSX file: email (may be empty), name, role, team.

    before_losing: is given whoever is about to lose the trainer role, and refuses if they must keep it.
    Returns how many were added or changed: the same file again changes nobody. Raises FaultyFile, Refused.
    """
    lines = spreadsheets.read(file, columns=("email", "name", "role"))
    keep = partial(_keep_line, by=by, now=now, before_losing=before_losing or (lambda _person: None))
    with keeping_a_coordinator(with_ids=db.session.scalars(select(Person.id).where(Person.is_trainer)).all()):
        return spreadsheets.keep_all(lines, keep)


def line_of(person: Listed) -> tuple[str, ...]:
    """Somebody as a line of such a file, in the order of `COLUMNS`."""
    return person.address, person.name, ";".join(person.roles), person.team


def _keep_line(
    line: spreadsheets.Line, *, by: Person | None, now: datetime, before_losing: Callable[[Person], object]
) -> bool:
    """A column that the file does not have stays as it is; an empty cell clears."""
    roles, team = _roles(line["role"]), line.text("team", most=MOST_TEAM)
    is_trainer, is_coordinator = "trainer" in roles, "coordinator" in roles
    address = tidy_address(line["email"]) if line["email"] else None
    person = known(address) if address else None
    # Somebody who has proved an address may not have said who they are yet.
    name = "" if person and not (person.name or line["name"]) else tidy_name(line["name"])
    person = person or (None if address else without_address(name, team))
    if person is None:
        add(name, address=address, team=team, is_trainer=is_trainer, is_coordinator=is_coordinator, by=by, now=now)
        return True
    if person.is_trainer and not is_trainer:
        before_losing(person)
    wanted = {"name": name} | ({"team": team} if "team" in line.cells else {})
    is_described = journal.describe(by, person, wanted, now)
    return set_roles(person, is_trainer=is_trainer, is_coordinator=is_coordinator, by=by, now=now) or is_described


def _roles(said: str) -> set[str]:
    roles = {role for role in re.split(r"[;,\s]+", said.lower()) if role}
    strangers = roles - set(ROLES)
    if strangers:
        raise Faulty(f"'{', '.join(sorted(strangers))}' is not a role: use {', '.join(ROLES)}.", field="role")
    return roles
