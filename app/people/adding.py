"""Adding people, and describing them."""

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import journal
from app.db import db, locked
from app.errors import Faulty, NotFound, Refused
from app.people.addresses import give_address, known, tidy_address
from app.people.tables import MOST_NAME, Address, Person


def get(ref: str) -> Person:
    """Raises NotFound."""
    person = db.session.scalar(select(Person).where(Person.ref == ref))
    if person is None:
        raise NotFound("We do not know this person.")
    return person


def hold(*people: Person) -> list[Person]:
    """These people's records, held until the transaction ends, as they are now. Raises Refused if one is gone."""
    held = {person.id: person for person in locked(Person, [person.id for person in people])}
    if any(person.id not in held for person in people):
        raise Refused("This record is not there any more: somebody has just put it together with another one.")
    return [held[person.id] for person in people]


def hold_if_free(ids: Collection[int]) -> set[int]:
    """The ids of those whose records could be held at once; the others are in somebody else's hands just now.

    For whoever holds a course already, and must not wait for a person then (D56). SQLite has one writer anyway.
    """
    query = select(Person.id).where(Person.id.in_(ids)).order_by(Person.id)
    return set(db.session.scalars(query.with_for_update(of=Person, key_share=True, skip_locked=True)))


def trainers() -> list[Person]:
    """Everybody who may run sessions, by name."""
    return list(db.session.scalars(select(Person).where(Person.is_trainer).order_by(Person.name, Person.id)))


def who_run_training() -> list[Person]:
    """All trainers and coordinators, by name."""
    query = select(Person).where(Person.is_trainer | Person.is_coordinator)
    return list(db.session.scalars(query.order_by(Person.name, Person.id)))


def without_address(name: str, team: str) -> Person | None:
    """Somebody who has no address is known by name and team: two of them who share both are one person to us."""
    query = select(Person).where(Person.name == tidy_name(name), Person.team == team)
    has_address = select(Address).where(Address.person_id == Person.id).exists()
    return db.session.scalar(query.where(~has_address).order_by(Person.id).limit(1))


def add(
    name: str,
    *,
    address: str | None,
    by: Person | None,
    now: datetime,
    team: str = "",
    phone: str = "",
    is_trainer: bool = False,
    is_coordinator: bool = False,
) -> Person:
    """A new person; the address, if any, gets their letters. Raises Faulty if it is somebody's already."""
    roles = {"is_trainer": is_trainer, "is_coordinator": is_coordinator}
    person = Person(name=tidy_name(name), team=team, phone=phone, added_at=now, **roles)
    db.session.add(person)
    db.session.flush()  # the address and the journal need the person's id
    if address is not None:
        _take(tidy_address(address), person)
    db.session.refresh(person)
    journal.record(by, "added", person, now)
    return person


def _take(address: str, person: Person) -> None:
    """Somebody else may be adding the same address just now: whoever is second is told so."""
    taken = f"Somebody is known by the address {address} already."
    if known(address):
        raise Faulty(taken, field="email")
    try:
        with db.session.begin_nested():
            db.session.add(Address(address=address, person_id=person.id, gets_letters=True))
    except IntegrityError as fault:
        raise Faulty(taken, field="email") from fault


def join(address: str, *, now: datetime) -> Person:
    """Somebody new at one of our own domains has proved their address; their name is asked for next.

    Two pages at once, say: whoever is second finds the person that the first has made.
    """
    try:
        with db.session.begin_nested():
            person = Person(added_at=now)
            db.session.add(person)
            db.session.flush()  # the address and the journal need the person's id
            give_address(person, address, by=person, now=now)
            return person
    except (Faulty, IntegrityError):
        joined = known(address)
        if joined is None:
            raise
        return joined


def describe(person: Person, *, name: str, team: str, phone: str, by: Person | None, now: datetime) -> None:
    """Change what we know of somebody. Raises Faulty."""
    journal.describe(by, person, {"name": tidy_name(name), "team": team, "phone": phone}, now)


def tidy_name(typed: str) -> str:
    """A name on one line, as typed otherwise. Raises Faulty if there is none or it is overlong."""
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", typed)).strip()
    if not name:
        raise Faulty("Enter a name", field="name")
    if len(name) > MOST_NAME:
        raise Faulty(f"The name must be {MOST_NAME} characters or fewer", field="name")
    if any(unicodedata.category(letter) == "Cc" for letter in name):
        raise Faulty("The name must not include control characters", field="name")
    return name
