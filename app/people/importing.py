"""A service's people from its own file."""

import re
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import select

from app import journal, spreadsheets
from app.db import db
from app.errors import Faulty, Refused
from app.people.adding import add, tidy_name
from app.people.addresses import known, tidy_address
from app.people.tables import MOST_TEAM, Address, Person

ROLES = ("staff", "trainer", "coordinator")


def import_file(file: Path, *, by: Person | None, now: datetime) -> int:
    """Add or bring up to date the people of a CSV or XLSX file: email (may be empty), name, role, team.

    Returns how many were added or changed: the same file again changes nobody. Raises FaultyFile.
    """
    lines = spreadsheets.read(file, columns=("email", "name", "role"))
    had_coordinators = _has_coordinators()
    changed_count = spreadsheets.keep_all(lines, partial(_keep_line, by=by, now=now))
    if had_coordinators and not _has_coordinators():
        raise Refused("This file would leave the service without a coordinator. Keep the role of at least one.")
    return changed_count


def _has_coordinators() -> bool:
    return db.session.scalar(select(Person.id).where(Person.is_coordinator).limit(1)) is not None


def _keep_line(line: spreadsheets.Line, *, by: Person | None, now: datetime) -> bool:
    """A column that the file does not have stays as it is; an empty cell clears."""
    roles, name, team = _roles(line["role"]), tidy_name(line["name"]), line.text("team", most=MOST_TEAM)
    is_trainer, is_coordinator = "trainer" in roles, "coordinator" in roles
    address = tidy_address(line["email"]) if line["email"] else None
    person = known(address) if address else _nameless(name, team)
    if person is None:
        add(name, address=address, team=team, is_trainer=is_trainer, is_coordinator=is_coordinator, by=by, now=now)
        return True
    wanted = {"name": name, "is_trainer": is_trainer, "is_coordinator": is_coordinator}
    if "team" in line.cells:
        wanted["team"] = team
    return journal.describe(by, person, wanted, now)


def _roles(said: str) -> set[str]:
    roles = {role for role in re.split(r"[;,\s]+", said.lower()) if role}
    strangers = roles - set(ROLES)
    if strangers:
        raise Faulty(f"'{', '.join(sorted(strangers))}' is not a role: use {', '.join(ROLES)}.", field="role")
    return roles


def _nameless(name: object, team: object) -> Person | None:
    """Somebody without an address, known by name and team only."""
    query = select(Person).where(Person.name == name, Person.team == team)
    return db.session.scalar(query.where(~select(Address).where(Address.person_id == Person.id).exists()).limit(1))
