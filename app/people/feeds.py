"""A person's own feed: a calendar at an address with a secret in it, which shows them what they booked and run.

Whoever has the address can read it, so it is shown once, when it is made. We keep only a hash: nobody can look the
secret up afterwards, and a new one makes the old one stop.
"""

import secrets
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from app import journal
from app.db import db
from app.errors import NotAllowed
from app.people.tables import Person

SECRET_OCTETS = 16  # 128 bits
COLUMNS_CHANGED = ["feed_hash"]


def make_feed(person: Person, *, by: Person, now: datetime) -> str:
    """The secret of a new feed; the old one, if there was one, stops. Raises NotAllowed: only they may read it."""
    if by.id != person.id:
        raise NotAllowed("People make the address of their own calendar themselves.")
    secret = secrets.token_urlsafe(SECRET_OCTETS)
    person.feed_hash = _hash(secret)
    journal.record(by, "made a feed for", person, now, columns=COLUMNS_CHANGED)
    return secret


def end_feed(person: Person, *, by: Person | None, now: datetime) -> None:
    """Nobody can read it any more. Twice is once."""
    if person.feed_hash:
        person.feed_hash = ""
        journal.record(by, "ended the feed of", person, now, columns=COLUMNS_CHANGED)


def by_feed(secret: str) -> Person | None:
    """Whose feed it is; None if it is nobody's, or not any more."""
    return db.session.scalar(select(Person).where(Person.feed_hash == _hash(secret)))


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
