"""People: everybody who books, teaches or coordinates.

A person is known by one or more email addresses, any of which signs them in; one of them gets their letters. A
person may have none: then letters go to whoever booked for them. Everyone may book; a trainer runs courses; a
coordinator runs the service's training. Addresses are the same in capitals and small letters.
"""

import re
import unicodedata
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from sqlalchemy import ForeignKey, Index, String, delete, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, aliased, column_property, mapped_column

from app import journal, spreadsheets
from app.db import Base, UTCDateTime, change, db, locked, new_ref
from app.errors import Faulty, Gone, NotFound, Refused, TooOften
from app.notices import kinds, outbox

MOST_NAME = 120
MOST_TEAM = 120
MOST_CLAIMS = 5
CLAIM_GOOD_FOR = timedelta(days=1)
BAD_ADDRESS = "Enter an email address in the correct format, like name@example.com"
ROLES = ("staff", "trainer", "coordinator")
if "local" in SPECIAL_USE_DOMAIN_NAMES:
    SPECIAL_USE_DOMAIN_NAMES.remove("local")  # an intranet's own domains are as good as any


class Address(Base):
    """One email address of a person, in small letters. At most one of a person's gets their letters."""

    __tablename__ = "addresses"
    __table_args__ = (
        Index(
            "uq_addresses_letters",
            "person_id",
            unique=True,
            sqlite_where=text("gets_letters"),
            postgresql_where=text("gets_letters"),
        ),
    )

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    gets_letters: Mapped[bool] = mapped_column(default=False)


class AddressClaim(Base):
    """Somebody says that an address is theirs; a link sent there proves it. `ref` is what the link names."""

    __tablename__ = "address_claims"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=new_ref)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    claimed_at: Mapped[datetime] = mapped_column(UTCDateTime)


_letters = aliased(Address)  # a name of its own: queries about people join addresses too


class Person(Base):
    """Somebody. `address` is where their letters go, None if they have no address."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=new_ref)
    name: Mapped[str] = mapped_column(String(MOST_NAME), default="")
    team: Mapped[str] = mapped_column(String(MOST_TEAM), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    is_trainer: Mapped[bool] = mapped_column(default=False)
    is_coordinator: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    address: Mapped[str | None] = column_property(
        select(_letters.address)
        .where(_letters.person_id == id, _letters.gets_letters)
        .correlate_except(_letters)
        .scalar_subquery()
    )

    @property
    def role(self) -> str:
        return "coordinator" if self.is_coordinator else "trainer" if self.is_trainer else "staff"

    @property
    def manages(self) -> bool:
        """May open the pages of trainers and coordinators at all."""
        return self.is_trainer or self.is_coordinator


def tidy_address(typed: str) -> str:
    """An address as we keep it: checked, in small letters, without asking the network. Raises Faulty."""
    try:
        # One without a dot is a slip.
        found = validate_email(
            typed.strip(), check_deliverability=False, allow_smtputf8=False, globally_deliverable=False
        )
    except EmailNotValidError as fault:
        raise Faulty(BAD_ADDRESS, field="email") from fault
    if "." not in found.domain:
        raise Faulty(BAD_ADDRESS, field="email")
    return (found.ascii_email or found.normalized).lower()  # mail servers know a domain's letters only as xn--…


def known(address: str) -> Person | None:
    """Whose address this is, if anybody's."""
    return db.session.scalar(
        select(Person).join(Address, Address.person_id == Person.id).where(Address.address == address.lower())
    )


def get(ref: str) -> Person:
    """Raises NotFound."""
    person = db.session.scalar(select(Person).where(Person.ref == ref))
    if person is None:
        raise NotFound("We do not know this person.")
    return person


def addresses_of(person: Person) -> list[Address]:
    """All their addresses, the one that gets letters first."""
    query = select(Address).where(Address.person_id == person.id)
    return list(db.session.scalars(query.order_by(Address.gets_letters.desc(), Address.address)))


def add(
    name: str,
    *,
    address: str | None,
    by: Person | None,
    now: datetime,
    team: str = "",
    is_trainer: bool = False,
    is_coordinator: bool = False,
) -> Person:
    """A new person; the address, if any, gets their letters. Raises Faulty if it is somebody's already."""
    person = Person(name=tidy_name(name), team=team, is_trainer=is_trainer, is_coordinator=is_coordinator, added_at=now)
    db.session.add(person)
    if address is not None:
        kept = tidy_address(address)
        if known(kept):
            raise Faulty(f"Somebody is known by the address {kept} already.", field="email")
        db.session.flush()  # the address needs the person's id
        db.session.add(Address(address=kept, person_id=person.id, gets_letters=True))
    db.session.flush()  # the journal needs the person's id
    db.session.refresh(person)
    journal.record(by, "added", person, now)
    return person


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


def describe(person: Person, *, name: str, team: str, phone: str, by: Person, now: datetime) -> None:
    """Change what we know of somebody. Raises Faulty."""
    journal.describe(by, person, {"name": tidy_name(name), "team": team, "phone": phone}, now)


def claim_address(person: Person, address: str, *, now: datetime) -> None:
    """Send a link to an address that somebody says is theirs. The answer is the same if it is somebody else's.

    Raises Faulty, TooOften.
    """
    kept = tidy_address(address)
    lately = (AddressClaim.person_id == person.id) & (AddressClaim.claimed_at > now - timedelta(hours=1))
    if (db.session.scalar(select(func.count()).select_from(AddressClaim).where(lately)) or 0) >= MOST_CLAIMS:
        raise TooOften("You have asked for many links. Wait an hour, then try again.")
    claim = AddressClaim(person_id=person.id, address=kept, claimed_at=now)
    db.session.add(claim)
    db.session.flush()  # the link names the claim
    if known(kept) is None:
        outbox.queue(
            kinds.ConfirmAddress(claim_ref=claim.ref, person_name=person.name),
            to=outbox.Recipient(kept, person.name, person.id),
            about=person,
            now=now,
            dedupe_key=f"confirm_address:{claim.ref}",
        )


def claim_of(ref: str, now: datetime) -> AddressClaim:
    """Raises Gone once it has been used or is older than a day."""
    claim = db.session.scalar(select(AddressClaim).where(AddressClaim.ref == ref))
    if claim is None or claim.claimed_at <= now - CLAIM_GOOD_FOR:
        raise Gone(
            "This link has been used, or is more than a day old.",
            what_next="Add the address again on your details page.",
        )
    return claim


def prove_address(ref: str, *, now: datetime) -> Person:
    """Whoever opened the link reads letters at that address: it is theirs. Raises Gone, Faulty."""
    held = locked(AddressClaim, [claim_of(ref, now).id])
    if not held:
        raise Gone("This link has just been used.")
    claim = held[0]
    person = db.session.get_one(Person, claim.person_id)
    give_address(person, claim.address, by=person, now=now)
    db.session.delete(claim)
    return person


def forget_claims(now: datetime) -> int:
    """Claims that nobody proved within a day; says how many."""
    return change(delete(AddressClaim).where(AddressClaim.claimed_at < now - CLAIM_GOOD_FOR))


def give_address(person: Person, address: str, *, by: Person | None, now: datetime) -> None:
    """Add an address that has been proved to be theirs. The first one gets their letters. Raises Faulty."""
    kept = tidy_address(address)
    owner = known(kept)
    if owner is not None:
        if owner.id != person.id:
            raise Faulty("This address belongs to somebody else here. Ask us to put the two together.", field="email")
        return
    db.session.add(Address(address=kept, person_id=person.id, gets_letters=person.address is None))
    db.session.flush()  # so that the person's letters find it
    db.session.refresh(person)
    journal.record(by, "added an address of", person, now)


def send_letters_to(person: Person, address: str, *, by: Person, now: datetime) -> None:
    """Choose which of their addresses gets letters. Raises NotFound.

    Entries already in somebody's calendar belong to the old address: `changes.send_letters_to`, which locks the person
    before their bookings, moves them too.
    """
    theirs = {row.address: row for row in addresses_of(person)}
    if address not in theirs:
        raise NotFound("This is not one of your addresses.")
    for row in theirs.values():
        row.gets_letters = False
    db.session.flush()  # one at a time may get letters, and the database checks each row as it changes
    theirs[address].gets_letters = True
    db.session.flush()
    db.session.refresh(person)
    journal.record(by, "chose an address of", person, now)


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
