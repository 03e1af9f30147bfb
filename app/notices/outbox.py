"""The outbox: letters that are to leave, and those that have left.

A verb queues a letter in its own transaction: both happen or neither does. Nothing here sends or commits.
A letter is waiting, then in the hands of a worker (sending), then sent; or it failed, which is shown and can
be put right with 'send again'; or it was withdrawn, because newer news made it untrue or it came too late.
Letters of one thread (about one booking, to one mailbox) leave in the order in which they were queued. The same
news is queued once: while a letter with its `dedupe_key` is not withdrawn, another is not taken. To re-time a
letter, withdraw it and queue it anew.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app import journal
from app.db import Base, UTCDateTime, add_unless_there, db
from app.errors import Refused
from app.notices import kinds

LATELY = timedelta(days=14)
OVERDUE_AFTER = timedelta(minutes=15)
# Written out, not bound: else neither engine would use the partial index.
NO_THREAD: ColumnElement[str] = literal_column("''")
NEWS = kinds.SessionNews.name
ENTRIES = (kinds.Entry.name, kinds.EntryAgain.name, kinds.TrainerEntry.name)
STATES = ("waiting", "sending", "sent", "failed", "withdrawn")


def _where(condition: str) -> dict[str, Any]:
    """A partial index, on both engines."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Notice(Base):
    """One letter to one person.

    due_at: when it was to leave; never changes unless somebody sends it again.
    next_at: when a worker looks at it next: when due, after a pause, or when the lease of a dead worker ends.
    Empty when nothing is left to do.
    attempts: how often a worker took it since it was last asked for.
    may_have_left: whether the mail server may have got it. If not, it has reached nobody.
    lease: the token of the worker that has it; one that lost its lease cannot settle.
    withdrawn_at: when newer news or time made it untrue. What is in a worker's hands just then may still leave, once.
    again_count: how often a person had it sent again after it was sent.
    """

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'withdrawn')", name="state"),
        CheckConstraint("(next_at IS NOT NULL) = (state IN ('waiting', 'sending'))", name="next_at"),
        CheckConstraint("(about = '') = (about_id IS NULL)", name="about"),
        Index("ix_notices_next", "next_at", **_where("next_at IS NOT NULL")),
        Index("ix_notices_thread", "thread", "id", **_where("thread <> ''")),
        Index("ix_notices_about", "about", "about_id"),
        Index("ix_notices_state", "state", "id"),
        Index("uq_notices_dedupe", "dedupe_key", unique=True, **_where("state <> 'withdrawn'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    address: Mapped[str] = mapped_column(String(254))
    recipient_name: Mapped[str] = mapped_column(String(200), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)  # empty: not known yet
    about: Mapped[str] = mapped_column(String(40), default="")
    about_id: Mapped[int | None]  # empty with `about`
    queued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    may_have_left: Mapped[bool] = mapped_column(default=False)
    lease: Mapped[str] = mapped_column(String(32), default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    again_count: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str] = mapped_column(Text, default="")
    dedupe_key: Mapped[str] = mapped_column(String(300))  # may hold a UID
    thread: Mapped[str] = mapped_column(String(60), default="")

    @property
    def may_be_sent_again(self) -> bool:
        """Whether it is worth asking: newer news may still forbid it."""
        return self.state in {"failed", "sent"} and self.withdrawn_at is None and not _is_secret(self.kind)


@dataclass(frozen=True)
class Recipient:
    """To whom a letter goes. `person_id` is None for an address that is nobody's yet."""

    address: str
    name: str
    person_id: int | None = None


def digest(text: str) -> str:
    """What stands for a mailbox, or for anything long, in a key or a thread: 16 letters."""
    return sha256(text.encode()).hexdigest()[:16]


def queue(
    facts: kinds.Facts,
    *,
    to: Recipient,
    about: journal.Record | None,
    now: datetime,
    due_at: datetime | None = None,
    dedupe_key: str,
    thread: str = "",
) -> bool:
    """Add a letter to the caller's transaction: one INSERT. False if the same news is queued already.

    about: the record it is about, saved already. thread: only for letters that carry calendar entries.
    """
    row = _row(facts.name, to=to, about=about, now=now, due_at=due_at or now, dedupe_key=dedupe_key)
    return _is_added(row | {"facts": kinds.to_json(facts), "thread": thread})


def queue_late(
    kind: type[kinds.Facts],
    *,
    to: Recipient,
    about: journal.Record | None,
    due_at: datetime,
    now: datetime,
    dedupe_key: str,
) -> bool:
    """Add a letter whose facts are read when it falls due (`read_late`). False if it is queued already."""
    return _is_added(_row(kind.name, to=to, about=about, now=now, due_at=due_at, dedupe_key=dedupe_key))


def withdraw(
    *about: journal.Record,
    kinds: Sequence[type[kinds.Facts]] = (),
    now: datetime,
    person_id: int | None = None,
    also_in_hand: bool = True,
) -> list[Notice]:
    """Stop what newer news about these records (of one table) made untrue: one UPDATE.

    Returns the letters that will not leave any more; one that never `may_have_left` has reached nobody. A letter
    in a worker's hands is not among them: it may arrive, but is not tried again. One that failed is, or somebody might
    have it sent again; in a thread, the newer news sees to that, unless it is about what was never read (NEWS).
    kinds: only these; all if empty. person_id: only those to this person. also_in_hand: unless that, what a worker
    just has is left to be tried again.
    """
    if not about:
        return []
    has_failed = and_(Notice.state == "failed", or_(Notice.thread == NO_THREAD, Notice.kind == NEWS))
    is_meant = [
        Notice.about == about[0].__tablename__,
        Notice.about_id.in_([record.id for record in about]),
        or_(Notice.next_at.is_not(None), has_failed),
    ]
    if person_id is not None:
        is_meant.append(Notice.person_id == person_id)
    if not also_in_hand:
        is_meant.append(Notice.state != "sending")
    if kinds:
        is_meant.append(Notice.kind.in_([kind.name for kind in kinds]))
    is_here = Notice.state != "sending"
    state, next_at = case((is_here, "withdrawn"), else_=Notice.state), case((is_here, None), else_=Notice.next_at)
    stopped = update(Notice).where(*is_meant).values(withdrawn_at=now, state=state, next_at=next_at).returning(Notice)
    found = db.session.scalars(stopped.execution_options(populate_existing=True, synchronize_session=False))
    return sorted((notice for notice in found if notice.state == "withdrawn"), key=lambda notice: notice.id)


def send_again(notice: Notice, *, by: journal.Record, now: datetime) -> None:
    """Put a letter that failed, or was sent, back into the queue. Raises Refused if it is no longer true."""
    if notice.state not in {"failed", "sent"} or notice.withdrawn_at is not None:
        raise Refused("This email is still on its way, or was withdrawn. There is nothing to send again.")
    if _is_secret(notice.kind):
        raise Refused("A sign-in email is good once. Ask the person to sign in again.")
    if notice.thread and _has_newer_news(notice):
        raise Refused("Newer news about this has been sent or is on its way, so this email is no longer true.")
    notice.again_count += notice.state == "sent"
    notice.state, notice.fault, notice.lease = "waiting", "", ""
    notice.due_at = notice.next_at = now
    notice.attempts = 0
    journal.record(by, "sent again", notice, now)


def forget_words(kinds: Sequence[type[kinds.Facts]], *, before: datetime) -> int:
    """Erase what people wrote from letters of these kinds that were queued before; says how many."""
    of_kind = Notice.kind.in_([kind.name for kind in kinds]) & (Notice.queued_at < before)
    old = db.session.scalars(select(Notice).where(of_kind, Notice.facts["words"].as_string() != "")).all()
    for notice in old:
        notice.facts = {**notice.facts, **dict.fromkeys({"words", "subject", "sender"} & notice.facts.keys(), "")}
    return len(old)


def by_id(notice_id: int) -> Notice | None:
    return db.session.get(Notice, notice_id)


def newest_id() -> int:
    """The id of the last letter queued: those after it are what a verb is about to queue. 0 if there is none."""
    return db.session.scalar(select(func.max(Notice.id))) or 0


def about(*records: journal.Record, after_id: int = 0) -> Sequence[Notice]:
    """The letters about records of one table, in the order in which they were queued. after_id: only later ones."""
    if not records:
        return []
    is_meant = (Notice.about == records[0].__tablename__) & Notice.about_id.in_([record.id for record in records])
    query = select(Notice).where(is_meant, Notice.id > after_id).order_by(Notice.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def readdress(*about: journal.Record, to: Recipient) -> None:
    """What is unsent about these records (of one table) to this person goes where their letters go now."""
    if about:
        is_meant = (Notice.about == about[0].__tablename__) & Notice.about_id.in_([record.id for record in about])
        unsent = update(Notice).where(is_meant, Notice.person_id == to.person_id, Notice.state == "waiting")
        db.session.execute(unsent.values(address=to.address).execution_options(synchronize_session="fetch"))


def is_overtaken(notice: Notice, now: datetime) -> bool:
    """Whether a later letter of the same kind, to the same person about the same record, is due by now as well.

    After the worker was away for days, one reminder is enough.
    """
    later = select(Notice.id).where(
        Notice.kind == notice.kind,
        Notice.about == notice.about,
        Notice.about_id == notice.about_id,
        Notice.person_id == notice.person_id,
        Notice.due_at > notice.due_at,
        Notice.due_at <= now,
        Notice.state != "withdrawn",
    )
    return db.session.scalar(later.limit(1)) is not None


def count_sent(about: journal.Record, kind: type[kinds.Facts], *, before: datetime | None = None) -> int:
    """How many letters of a kind about a record have been sent. before: by then."""
    is_meant = (Notice.about == about.__tablename__) & (Notice.about_id == about.id) & (Notice.kind == kind.name)
    query = select(func.count()).select_from(Notice).where(is_meant, Notice.state == "sent")
    return db.session.scalar(query if before is None else query.where(Notice.sent_at <= before)) or 0


def counts(now: datetime) -> dict[str, int]:
    """How many letters are in each state and how many overdue: dict[state or 'overdue', int], none absent."""
    found = db.session.execute(select(Notice.state, func.count()).group_by(Notice.state))
    return dict.fromkeys(STATES, 0) | dict(found.all()) | {"overdue": _count_overdue(now)}


def listing(state: str = "", *, before_id: int | None = None, most: int = 50) -> list[Notice]:
    """Letters, newest first, a page at a time. state: one of STATES, or all. before_id: the last shown."""
    query = select(Notice).order_by(Notice.id.desc()).limit(most)
    if state:
        query = query.where(Notice.state == state)
    if before_id is not None:
        query = query.where(Notice.id < before_id)
    return list(db.session.scalars(query))


def is_anything_due(now: datetime) -> bool:
    """A cheap look, which takes no lock: workers ask it twice a second."""
    return db.session.scalar(select(Notice.id).where(Notice.next_at <= now).limit(1)) is not None


def take(now: datetime, *, lease: timedelta) -> Notice | None:
    """Claim the next letter that is due. Whoever calls holds it, by its `lease`, until `next_at`.

    The order: sign-in links, because somebody is waiting at a screen; then by time. Letters of one thread leave
    in the order of their ids, so one that is put off holds up those after it.
    """
    urgent = [kind.name for kind in kinds.KINDS.values() if kind.useless_after]
    query = (
        select(Notice)
        .where(Notice.next_at <= now, or_(Notice.thread == NO_THREAD, ~_is_held_up()))
        .order_by(case((Notice.kind.in_(urgent), 0), else_=1), Notice.next_at, Notice.id)
        .limit(1)
        .with_for_update(of=Notice, skip_locked=True)
    )
    notice = db.session.scalar(query.execution_options(populate_existing=True))
    if notice is not None:
        notice.state, notice.lease = "sending", secrets.token_hex(8)
        notice.next_at = now + lease
        notice.attempts += 1
    return notice


def held(notice_id: int, lease: str) -> Notice | None:
    """A letter that a worker has, locked; None if it lost its lease meanwhile."""
    query = select(Notice).where(Notice.id == notice_id, Notice.lease == lease, Notice.state == "sending")
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def close(notice: Notice, state: str, *, fault: str = "") -> None:
    """Nothing is left to do: 'sent', 'failed' or 'withdrawn'."""
    notice.state, notice.next_at, notice.lease, notice.fault = state, None, "", fault


def put_off(notice: Notice, until: datetime, *, fault: str) -> None:
    """Back into the queue until then; withdrawn if it became untrue while a worker had it."""
    if notice.withdrawn_at is not None:
        close(notice, "withdrawn", fault=fault)
        return
    notice.state, notice.next_at, notice.lease, notice.fault = "waiting", until, "", fault


def _row(
    kind: str,
    *,
    to: Recipient,
    about: journal.Record | None,
    now: datetime,
    due_at: datetime,
    dedupe_key: str,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "address": to.address,
        "recipient_name": to.name,
        "person_id": to.person_id,
        "about": about.__tablename__ if about else "",
        "about_id": about.id if about else None,
        "queued_at": now,
        "due_at": due_at,
        "next_at": due_at,
        "dedupe_key": dedupe_key,
    }


def _is_added(row: dict[str, Any]) -> bool:
    return add_unless_there(Notice, row) is not None


def _is_held_up() -> ColumnElement[bool]:
    earlier = aliased(Notice)
    found = select(earlier.id).where(
        earlier.thread != NO_THREAD,
        earlier.thread == Notice.thread,
        earlier.id < Notice.id,
        earlier.next_at.is_not(None),
    )
    return found.exists()


def _is_secret(kind: str) -> bool:
    # A kind that a later version dropped may still have rows.
    return kind in kinds.KINDS and kinds.KINDS[kind].secret


def _has_newer_news(notice: Notice) -> bool:
    """Whether a later letter, to the same mailbox or about the same record to another, makes this one untrue."""
    is_about_the_same = and_(Notice.about == notice.about, Notice.about_id == notice.about_id)
    newer = select(Notice.id).where(
        Notice.thread != NO_THREAD,
        or_(Notice.thread == notice.thread, is_about_the_same),
        Notice.id > notice.id,
        # The entries of further parts, queued in the same breath, are the same news.
        or_(Notice.kind.not_in(ENTRIES), Notice.queued_at != notice.queued_at),
        Notice.state != "withdrawn",
    )
    return db.session.scalar(newer.limit(1)) is not None


def count_failed_lately(now: datetime) -> int:
    """Letters that failed, and were due in the last two weeks: older ones are nobody's task any more."""
    failed = and_(Notice.state == "failed", Notice.due_at > now - LATELY)
    return db.session.scalar(select(func.count()).select_from(Notice).where(failed)) or 0


def _count_overdue(now: datetime) -> int:
    """Letters that ought to have left a while ago: the worker or the mail server is down."""
    is_overdue = and_(Notice.next_at.is_not(None), Notice.due_at < now - OVERDUE_AFTER)
    return db.session.scalar(select(func.count()).select_from(Notice).where(is_overdue)) or 0
