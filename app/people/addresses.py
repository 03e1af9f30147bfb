"""People's email addresses: kept tidy, proved by a link, one of them for letters."""

from datetime import datetime, timedelta

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from sqlalchemy import delete, func, select

from app import journal
from app.db import change, db, locked
from app.errors import Faulty, Gone, NotFound, Refused, TooOften
from app.notices import kinds, outbox
from app.people.tables import Address, AddressClaim, Person

MOST_CLAIMS = 5
CLAIM_GOOD_FOR = timedelta(days=1)
BAD_ADDRESS = "Enter an email address in the correct format, like name@example.com"
if "local" in SPECIAL_USE_DOMAIN_NAMES:
    SPECIAL_USE_DOMAIN_NAMES.remove("local")  # an intranet's own domains are as good as any


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


def addresses_of(person: Person) -> list[Address]:
    """All their addresses, the one that gets letters first."""
    query = select(Address).where(Address.person_id == person.id)
    return list(db.session.scalars(query.order_by(Address.gets_letters.desc(), Address.address)))


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
    locked(Person, [person.id])  # two first addresses at once: one of them gets the letters
    owner = known(kept)
    if owner is not None:
        if owner.id != person.id:
            raise Faulty("This address belongs to somebody else here. Ask us to put the two together.", field="email")
        return
    db.session.add(Address(address=kept, person_id=person.id, gets_letters=person.address is None))
    db.session.flush()  # so that the person's letters find it
    db.session.refresh(person)
    journal.record(by, "added an address of", person, now, columns=["addresses"])


def remove_address(person: Person, address: str, *, by: Person, now: datetime) -> None:
    """Take away an address that is not theirs, or not any more; it signs them in no longer.

    Raises NotFound, and Refused if it gets their letters.
    """
    locked(Person, [person.id])
    row = next((row for row in addresses_of(person) if row.address == address), None)
    if row is None:
        raise NotFound("This is not one of their addresses.")
    if row.gets_letters:
        raise Refused("Our emails go to this address. Choose another one for them first.")
    db.session.delete(row)
    still_to_prove = (AddressClaim.person_id == person.id) & (AddressClaim.address == address)
    change(delete(AddressClaim).where(still_to_prove))
    journal.record(by, "removed an address of", person, now, columns=["addresses"])


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
    journal.record(by, "chose an address of", person, now, columns=["addresses"])
