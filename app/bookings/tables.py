"""A booking and the calendar entries that belong to it."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UTCDateTime, new_long_ref
from app.people import Person
from app.timetable import Slot, TrainingSession

LIVE = text("state = 'booked'")


class Booking(Base):
    """A person's place on a session. A cancelled one stays, and booking again makes a new one.

    confirmed_at: when they said that they are still coming, where the course asks.
    answers: [question, answer] pairs as they were asked. access_needs: erased 28 days after the session.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("state IN ('booked', 'cancelled')", name="state"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
        Index(
            "uq_bookings_live",
            "training_session_id",
            "person_id",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index("ix_bookings_person_id_state", "person_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=new_long_ref)
    training_session_id: Mapped[int] = mapped_column(ForeignKey("training_sessions.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    state: Mapped[str] = mapped_column(String(12), default="booked")
    booked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    booked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answers: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    access_needs: Mapped[str] = mapped_column(Text, default="")
    training_session: Mapped[TrainingSession] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=person_id)
    booked_by: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=booked_by_id)

    @property
    def is_live(self) -> bool:
        return self.state == "booked"

    def thread_to(self, address: str) -> str:
        """Letters about this booking to one mailbox leave in order.

        A new mailbox gets entries of its own, so it does not wait for an old one that no longer answers.
        """
        return f"booking:{self.id}:{sha256(address.encode()).hexdigest()[:16]}"


class Invite(Base):
    """The calendar entry of one slot of a booking: one UID for life (RFC 5545 §3.8.4.7).

    sequence and stamped_at are those of the last message about it.
    """

    __tablename__ = "invites"
    __table_args__ = (UniqueConstraint("booking_id", "slot_id", "uid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), index=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"))
    uid: Mapped[str] = mapped_column(String(255), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    stamped_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_current: Mapped[bool] = mapped_column(default=True)
    slot: Mapped[Slot] = relationship(lazy="raise_on_sql")

    def advance(self, now: datetime) -> None:
        """A later message about the same entry. DTSTAMP goes on even if the clock steps back (RFC 5546 §2.1.5)."""
        self.sequence += 1
        self.stamped_at = max(now, self.stamped_at + timedelta(seconds=1))
