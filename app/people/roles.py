"""What people may do: a trainer runs courses, a coordinator runs the service's training.

The service keeps a coordinator, whoever takes that role away and however: on a page or in a file.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select

from app import journal
from app.db import db, locked
from app.errors import NotAllowed, Refused
from app.people.tables import Person


def refuse_unless_coordinator(by: Person | None) -> None:
    """None is the command line. Raises NotAllowed."""
    if by is not None and not by.is_coordinator:
        raise NotAllowed("Only a coordinator can change people’s records.")


@contextmanager
def keeping_a_coordinator(*, with_ids: Iterable[int] = ()) -> Iterator[None]:
    """Around whatever takes roles away. Raises Refused at its end if nobody would be left to run the service.

    All coordinators are held: two of them who take the role from each other at once wait here, and the second sees what
    the first has done. with_ids: of further people to hold, for locks are taken in the order of ids.
    """
    coordinators = db.session.scalars(select(Person.id).where(Person.is_coordinator)).all()
    held = locked(Person, {*coordinators, *with_ids})
    had_coordinators = any(person.is_coordinator for person in held)
    yield
    db.session.flush()  # so that the question below sees who has lost the role
    if had_coordinators and db.session.scalar(select(Person.id).where(Person.is_coordinator).limit(1)) is None:
        raise Refused("This would leave the service without a coordinator. Give somebody else that role first.")


def set_roles(person: Person, *, is_trainer: bool, is_coordinator: bool, by: Person | None, now: datetime) -> bool:
    """Within `keeping_a_coordinator`. Says whether anything changed."""
    wanted = {"trainer": is_trainer, "coordinator": is_coordinator}
    changed = {role: has for role, has in wanted.items() if getattr(person, f"is_{role}") != has}
    for role, has in changed.items():
        setattr(person, f"is_{role}", has)
        did = "gave a role to" if has else "took a role from"
        journal.record(by, did, person, now, role=role, columns=[f"is_{role}"])
    return bool(changed)


def hear_of_full(person: Person, *, hears: bool, by: Person, now: datetime) -> None:
    """Whether a coordinator is told of every session that becomes full, not only of their own. Raises NotAllowed."""
    if not person.is_coordinator or person.id != by.id:
        raise NotAllowed("Coordinators choose for themselves whether they hear of every full session.")
    journal.describe(by, person, {"hears_of_full": hears}, now)
