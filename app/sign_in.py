"""Proof of identity: no passwords, a letter instead.

Whoever asks is sent a link and a 6-digit code, both good once and for 10 minutes. The link works on any device and
opens a page with a button, because mail scanners follow links; the code works where they asked, five tries. The
answer is the same whether or not we know the address. Somebody unknown at one of the service's own domains becomes
a person when they prove the address. Being signed in is a row here: ending it ends it everywhere. Links, codes and
sessions are kept as hashes only.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, delete, func, select, update
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from app import journal, people, settings
from app.db import Base, UTCDateTime, change, db, locked
from app.errors import Faulty, Gone, TooOften
from app.notices import kinds, outbox
from app.people import Person

GOOD_FOR = timedelta(minutes=10)
TRIES = 5
BY_COMMAND = "command line"  # whoever can give commands is not limited
ASKING_COUNTS_FOR = timedelta(minutes=15)
MOST_BY_ADDRESS = 6
MOST_BY_CLIENT = 300  # a whole hospital may come from one address
TYPED_KEPT = timedelta(hours=1)
LONGEST = timedelta(hours=12)
LONGEST_ON_OWN_DEVICE = timedelta(days=30)
EXPIRED = "This sign-in link has been used or has expired. Ask for a new one: it takes a minute."


class SignInRequest(Base):
    """Somebody asked to be let in. `next_path` is where they were going, an address of our own.

    The hashes are written when the letter leaves; `expires_at` counts from then.
    """

    __tablename__ = "sign_in_requests"
    __table_args__ = (Index("ix_sign_in_requests_asked", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: secrets.token_urlsafe(24))
    address: Mapped[str] = mapped_column(String(254), index=True)
    client: Mapped[str] = mapped_column(String(64), index=True)
    next_path: Mapped[str] = mapped_column(String(500), default="/")
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    link_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    try_count: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SignedIn(Base):
    """Being signed in on one device. It ends at sign-out, or at `expires_at` at the latest.

    typed: the form that was sent just after it had run out, {path, fields}, for this person's next hour.
    """

    __tablename__ = "signed_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    is_own_device: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    typed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    typed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    person: Mapped[Person] = relationship(lazy="raise_on_sql")


def ask(address: str, *, next_path: str, client: str, now: datetime) -> SignInRequest:
    """Send a link and a code, if the address may sign in. The answer is the same if it may not.

    client: whence they ask, kept as a hash and for the limits only. Raises Faulty, TooOften.
    """
    kept, client_hash = people.tidy_address(address), _hash(client)
    _refuse_if_too_often(kept, client_hash, now)
    request = SignInRequest(address=kept, client=client_hash, next_path=next_path, asked_at=now)
    db.session.add(request)
    db.session.flush()  # the letter names the request
    person = people.known(kept)
    if person or may_join(kept):
        outbox.queue(
            kinds.SignIn(request_id=request.id),
            to=outbox.Recipient(kept, person.name if person else "", person.id if person else None),
            about=request,
            now=now,
            dedupe_key=f"sign_in:{request.ref}",
        )
    return request


def may_join(address: str) -> bool:
    """Whether an unknown address is at one of the service's own domains."""
    return address.rpartition("@")[2] in settings.current().domains


def mint(request_id: int, now: datetime) -> tuple[str, str]:
    """The link's token and the code for one letter, kept as hashes. A letter sent again brings new ones."""
    request = locked(SignInRequest, [request_id])[0]
    token, code = secrets.token_urlsafe(32), f"{secrets.randbelow(1_000_000):06}"
    request.link_hash, request.code_hash = _hash(token), _code_hash(request, code)
    request.expires_at = now + GOOD_FOR
    return token, code


def link_for(address: str, *, now: datetime) -> str:
    """A sign-in token without a letter, for the command line. Raises Faulty for an address we do not know."""
    kept = people.tidy_address(address)
    if people.known(kept) is None and not may_join(kept):
        raise Faulty(f"Nobody here is known by the address {kept}.", field="email")
    request = SignInRequest(address=kept, client=_hash(BY_COMMAND), asked_at=now)
    db.session.add(request)
    db.session.flush()  # mint reads it back under a lock
    return mint(request.id, now)[0]


def opened(token: str, now: datetime) -> SignInRequest:
    """The request behind a link, still good. Opening it uses nothing up. Raises Gone."""
    request = db.session.scalar(select(SignInRequest).where(SignInRequest.link_hash == _hash(token)))
    if request is None or not _is_good(request, now):
        raise Gone(EXPIRED, next_path=request.next_path if request else "/")
    return request


def by_link(token: str, *, is_own_device: bool, now: datetime) -> tuple[str, SignInRequest]:
    """Let in whoever has the link; returns the key of the new session. Raises Gone."""
    request = locked(SignInRequest, [opened(token, now).id])[0]
    if not _is_good(request, now):
        raise Gone(EXPIRED)
    return _let_in(request, is_own_device=is_own_device, now=now), request


def by_code(ref: str, code: str, *, is_own_device: bool, now: datetime) -> tuple[str, SignInRequest] | None:
    """Let in whoever types the code where they asked; None if it is wrong, which counts as a try. Raises Gone."""
    found = db.session.scalar(select(SignInRequest.id).where(SignInRequest.ref == ref))
    if found is None:
        raise Gone(EXPIRED)
    request = locked(SignInRequest, [found])[0]
    if request.used_at or request.try_count >= TRIES or _has_run_out(request, now):
        raise Gone(EXPIRED)
    if not hmac.compare_digest(request.code_hash or "", _code_hash(request, code)):
        request.try_count += 1
        return None
    return _let_in(request, is_own_device=is_own_device, now=now), request


def session_of(key: str, now: datetime) -> SignedIn | None:
    """Who holds this key, if it is still good. The person comes along in the same query."""
    query = select(SignedIn).join(SignedIn.person).where(SignedIn.key_hash == _hash(key))
    found = db.session.scalar(query.options(contains_eager(SignedIn.person)))
    return found if found and found.ended_at is None and found.expires_at > now else None


def start(person: Person, *, is_own_device: bool, now: datetime) -> str:
    """Sign somebody in; returns the key that only their browser keeps."""
    key = secrets.token_urlsafe(32)
    lasts = LONGEST_ON_OWN_DEVICE if is_own_device else LONGEST
    db.session.add(
        SignedIn(
            key_hash=_hash(key),
            person_id=person.id,
            is_own_device=is_own_device,
            started_at=now,
            expires_at=now + lasts,
        )
    )
    return key


def keep_typed(key: str, path: str, fields: dict[str, list[str]], now: datetime) -> None:
    """Keep a form that somebody sent just after their session had run out."""
    query = update(SignedIn).where(SignedIn.key_hash == _hash(key))
    db.session.execute(query.values(typed={"path": path, "fields": fields}, typed_at=now))


def typed_by(person: Person, path: str, now: datetime) -> dict[str, list[str]] | None:
    """What they had typed on this page within the last hour when their session ran out, if anything."""
    query = select(SignedIn.typed).where(SignedIn.person_id == person.id, SignedIn.typed_at > now - TYPED_KEPT)
    kept = db.session.scalar(query.order_by(SignedIn.typed_at.desc()).limit(1))
    return kept["fields"] if kept and kept["path"] == path else None


def end(key: str, now: datetime) -> None:
    _end(SignedIn.key_hash == _hash(key), now)


def end_everywhere(person: Person, now: datetime) -> None:
    _end(SignedIn.person_id == person.id, now)


def forget_old(now: datetime) -> int:
    """Requests and sessions that can let nobody in any more are deleted after a day; says how many."""
    before = now - timedelta(days=1)
    typed_long_ago = update(SignedIn).where(SignedIn.typed_at < now - TYPED_KEPT)
    change(typed_long_ago.values(typed=None, typed_at=None))
    over = (SignedIn.expires_at < before) | (SignedIn.ended_at < before)
    return change(delete(SignInRequest).where(SignInRequest.asked_at < before)) + change(delete(SignedIn).where(over))


def _let_in(request: SignInRequest, *, is_own_device: bool, now: datetime) -> str:
    request.used_at = now
    person = people.known(request.address)
    if person is None:
        if not may_join(request.address):
            raise Gone(EXPIRED)
        person = people.join(request.address, now=now)
    journal.record(person, "signed in", person, now)
    return start(person, is_own_device=is_own_device, now=now)


def _refuse_if_too_often(address: str, client_hash: str, now: datetime) -> None:
    lately = SignInRequest.asked_at > now - ASKING_COUNTS_FOR
    by_address, by_client = db.session.execute(
        select(
            func.count().filter(SignInRequest.address == address, SignInRequest.client != _hash(BY_COMMAND)),
            func.count().filter(SignInRequest.client == client_hash),
        ).where(lately)
    ).one()
    if by_address >= MOST_BY_ADDRESS or by_client >= MOST_BY_CLIENT:
        raise TooOften("You have asked for many links. Use the newest letter, or wait 15 minutes and ask again.")


def _is_good(request: SignInRequest, now: datetime) -> bool:
    return request.used_at is None and request.link_hash is not None and not _has_run_out(request, now)


def _has_run_out(request: SignInRequest, now: datetime) -> bool:
    return request.expires_at is not None and request.expires_at <= now


def _end(which: ColumnElement[bool], now: datetime) -> None:
    db.session.execute(update(SignedIn).where(which, SignedIn.ended_at.is_(None)).values(ended_at=now))


def _hash(secret: str) -> str:
    """Secrets here are 32 random bytes: a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _code_hash(request: SignInRequest, code: str) -> str:
    """Six digits can be guessed back from a plain hash, so this one is keyed by the service's secret."""
    key = settings.current().secret_key.encode()
    return hmac.new(key, f"{request.ref}:{code.strip()}".encode(), hashlib.sha256).hexdigest()
