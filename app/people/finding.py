"""Finding people: by a part of their name, their team or any of their addresses, accents and capitals aside."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from app.db import db
from app.paging import A_PAGE, Paged, pages_for
from app.people.tables import Address, Person
from app.wording import plain

MOST_WORDS = 12


@dataclass(slots=True)
class Listed:
    """Somebody as a list shows them. address: where their letters go, '' if they have none. addresses: all of them."""

    ref: str
    name: str
    team: str
    is_trainer: bool
    is_coordinator: bool
    address: str = ""
    addresses: list[str] = field(default_factory=list)

    @property
    def known_as(self) -> str:
        return self.name or self.address

    @property
    def roles(self) -> list[str]:
        """As a people file has them: 'trainer', 'coordinator', both, or 'staff'."""
        held = [("trainer", self.is_trainer), ("coordinator", self.is_coordinator)]
        return [role for role, has in held if has] or ["staff"]


@dataclass(frozen=True)
class Listing(Paged):
    """People, by name."""

    people: Sequence[Listed]


def listing(q: str = "", *, role: str = "", page: int = 1) -> Listing:
    """page: counted from 1; one beyond the last gives the last."""
    found = search(q, role=role)
    page = min(max(page, 1), pages_for(len(found)))
    return Listing(people=found[(page - 1) * A_PAGE : page * A_PAGE], total=len(found), page=page)


def search(q: str = "", *, role: str = "") -> list[Listed]:
    """Everybody who matches every word of the question, by name, in one statement. role: one of theirs, or all.

    Read whole and looked through here: neither database can set accents aside, and a service has thousands of people,
    not millions.
    """
    words = plain(q).split()[:MOST_WORDS]
    found = [person for person in _everybody() if (not role or role in person.roles) and _has(person, words)]
    return sorted(found, key=lambda person: (plain(person.known_as), person.ref))


def _everybody() -> list[Listed]:
    query = (
        select(Person.ref, Person.name, Person.team, Person.is_trainer, Person.is_coordinator)
        .add_columns(Address.address, Address.gets_letters)
        .outerjoin(Address, Address.person_id == Person.id)
        .order_by(Address.address)
    )
    people: dict[str, Listed] = {}
    for ref, name, team, is_trainer, is_coordinator, address, gets_letters in db.session.execute(query):
        person = people.setdefault(ref, Listed(ref, name, team, is_trainer, is_coordinator))
        if address:
            person.addresses.append(address)
        if gets_letters:
            person.address = address
    return list(people.values())


def _has(person: Listed, words: Sequence[str]) -> bool:
    if not words:
        return True
    found_by = plain(" ".join([person.name, person.team, *person.addresses]))
    return all(word in found_by for word in words)
