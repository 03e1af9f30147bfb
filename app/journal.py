"""Who did what to which record, when and why, written in the same transaction as the deed.

The journal is what a coordinator reads when somebody asks 'what happened here?'. It holds no access needs, no
joining links and no email addresses: what people typed in words of their own is kept without these.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import JSON, ForeignKey, Index, String, Text, and_, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UTCDateTime, db, is_sqlite

_ADDRESS, _LINK = re.compile(r"[^\s<>()]+@[^\s<>()]+\.\w+"), re.compile(r"(\bhttps?://|\bwww\.)\S+", re.IGNORECASE)


class Deed(Base):
    """One line of the journal. `by_id` is empty when Roomful itself did it; `why` when nobody gave a reason."""

    __tablename__ = "deeds"
    __table_args__ = (Index("ix_deeds_about", "about", "about_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    done_at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    did: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(40))
    about_id: Mapped[int]
    why: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Record(Protocol):
    """Anything with a table and an id: this floor knows no nouns."""

    __tablename__: str

    @property
    def id(self) -> Any: ...


def record(by: Record | None, did: str, about: Record, now: datetime, *, why: str = "", **facts: Any) -> None:
    """Add a line to the caller's transaction.

    by: the Person, or None for Roomful itself. about: the record, saved already. facts: plain JSON values.
    """
    db.session.add(
        Deed(
            done_at=now,
            by_id=by.id if by else None,
            did=did,
            about=about.__tablename__,
            about_id=about.id,
            why=_guarded(why),
            facts={name: _guarded(fact) if isinstance(fact, str) else fact for name, fact in facts.items()},
        )
    )


def _guarded(words: str) -> str:
    """Without keys and addresses: whoever reads the journal may be none of those who were meant to have them."""
    return _ADDRESS.sub("[an email address]", _LINK.sub("[a link]", words))


def describe(by: Record | None, about: Record, wanted: Mapping[str, object], now: datetime) -> bool:
    """Change what differs from what is wanted, by column, and note it; says whether anything did."""
    changed = [column for column, value in wanted.items() if getattr(about, column) != value]
    for column in changed:
        setattr(about, column, wanted[column])
    if changed:
        record(by, "described", about, now, columns=changed)
    return bool(changed)


def deeds_about(*records: Record, after: int = 0) -> Sequence[Deed]:
    """What was done to these records, oldest first. after: the id of a deed; only later ones."""
    ids: dict[str, list[int]] = {}
    for each in records:
        ids.setdefault(each.__tablename__, []).append(each.id)
    which = [and_(Deed.about == table, Deed.about_id.in_(of_table)) for table, of_table in ids.items()]
    if not which:
        return []
    return db.session.scalars(select(Deed).where(or_(*which), Deed.id > after).order_by(Deed.id)).all()


def newest(about: Record) -> int:
    """The id of the last deed about a record: what a form that changes it has seen. 0 if there is none."""
    of_record = (Deed.about == about.__tablename__) & (Deed.about_id == about.id)
    return db.session.scalar(select(func.max(Deed.id)).where(of_record)) or 0


def version() -> str:
    """Another one whenever something has been done, and the same while nothing has.

    SQLite has one writer at a time, so the newest line tells. On PostgreSQL lines may become visible out of order,
    so there it is the set of transactions that are visible now.
    """
    engine = db.engine
    newest = "SELECT max(id) FROM deeds" if is_sqlite(engine) else "SELECT pg_current_snapshot()::text"
    # Not by way of a session, nor of SQLAlchemy's own connection, which takes five times as long as the question:
    # every page and every feed asks this, and most ask no more.
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(newest)
        [(answer,)] = cursor.fetchall()
        cursor.close()
    finally:
        connection.close()
    return str(answer)
