"""What was read, and how far."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.bookings import Booking
from app.db import Base, UTCDateTime
from app.people import Person
from app.timetable import TrainingSession

OPEN = text("state = 'open'")
OF_A_MAIL = text("message_id <> ''")


class Reply(Base):
    """One mail that came to the mailbox that our letters come from, and what was done about it.

    sender, subject, words: as they came. Anybody can write them, so they are hostile wherever they are shown.
    method, answer, uid, sequence, stamped_at: the five things read of a calendar part; empty without one.
    did, why: codes (`Did`, `Why`). details: what a delivery report said.
    state: 'open' while it waits for a coordinator, 'settled' once one has decided.
    raw: the mail itself, for 30 days.
    """

    __tablename__ = "replies"
    __table_args__ = (
        CheckConstraint("state IN ('done', 'open', 'settled')", name="state"),
        CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settled"),
        Index("uq_replies_message_id", "message_id", unique=True, sqlite_where=OF_A_MAIL, postgresql_where=OF_A_MAIL),
        Index("ix_replies_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    message_id: Mapped[str] = mapped_column(String(255), default="")
    calendar_hash: Mapped[str] = mapped_column(String(64), default="", index=True)
    sender: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    words: Mapped[str] = mapped_column(Text, default="")
    method: Mapped[str] = mapped_column(String(20), default="")
    answer: Mapped[str] = mapped_column(String(20), default="")
    uid: Mapped[str] = mapped_column(String(255), default="")
    sequence: Mapped[int | None]
    stamped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    did: Mapped[str] = mapped_column(String(20), default="")
    why: Mapped[str] = mapped_column(String(20), default="")
    details: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(8), default="done")
    training_session_id: Mapped[int | None] = mapped_column(ForeignKey("training_sessions.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    raw: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    training_session: Mapped[TrainingSession | None] = relationship(lazy="raise_on_sql")
    booking: Mapped[Booking | None] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=person_id)
    settled_by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=settled_by_id)


class ReplyMailbox(Base):
    """How far a mailbox has been read. `name` is a hash of its address, so another mailbox begins anew.

    validity, last_uid: the mailbox's own count (RFC 9051 §2.3.1.1). failed_at: since when it cannot be read.
    """

    __tablename__ = "reply_mailboxes"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    validity: Mapped[int] = mapped_column(BigInteger, default=0)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    polled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fault: Mapped[str] = mapped_column(Text, default="")
