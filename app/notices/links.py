"""Signed links in letters: each does one thing, for one record, until a given moment. They need no row.

A link says what it is for and whom it concerns by a public reference, never a name or an address. Opening one
changes nothing: the page behind it shows, and a button acts. The same link is always the same text, so that a
letter sent twice is the same letter.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

from app.errors import Gone, NotFound

EXPIRED = "This link has expired. Sign in to see your bookings, or ask us for help."
UNKNOWN = "This link does not work. Check that you have all of it, or sign in to see your bookings."


class Purpose(StrEnum):
    """What a link may be for, and what its subject is. A new purpose is a new line here."""

    CANCEL = "cancel"  # a booking's ref
    UNDO = "undo"  # a booking's ref: take back a place that was given up by declining
    COMING = "coming"  # a booking's ref: still coming?
    WAIT_AGAIN = "wait_again"  # the ref of a booking that fell with its session
    ANSWER = "answer"  # an offer's ref
    STILL_WANT = "still_want"  # a wait's ref
    LEAVE = "leave"  # a wait's ref
    CONFIRM_ADDRESS = "confirm_address"  # the ref of somebody's claim to an address


@dataclass(frozen=True, kw_only=True)
class Link:
    purpose: Purpose
    subject: str
    expires_at: datetime


def sign(purpose: Purpose, subject: str, expires_at: datetime, *, secret: str) -> str:
    """The token of a link: safe in an address, the same each time."""
    return str(_serializer(secret).dumps([purpose.value, subject, int(expires_at.timestamp())]))


def opened(token: str, *, now: datetime, secret: str) -> Link:
    """What a token is for. Raises NotFound if it is not one of ours, Gone if its time is over."""
    try:
        purpose, subject, expiry = _serializer(secret).loads(token)
        link = Link(purpose=Purpose(purpose), subject=subject, expires_at=datetime.fromtimestamp(expiry, UTC))
    except (BadData, ValueError, TypeError):
        raise NotFound(UNKNOWN) from None
    if now >= link.expires_at:
        raise Gone(EXPIRED, purpose=link.purpose, subject=link.subject)
    return link


def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="letters", signer_kwargs={"digest_method": hashlib.sha256})
