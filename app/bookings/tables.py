"""A booking and the calendar entries that belong to it."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UTCDateTime, new_long_ref
from app.notices import outbox
from app.people import Person
from app.timetable import Slot, TrainingSession

LIVE = text("state = 'booked'")
HELD = text("held_until IS NOT NULL")
OF_A_TRAINER = text("trainer_id IS NOT NULL AND is_current")
Answer = Literal["", "accepted", "tentative", "declined", "delegated"]


class Booking(Base):
    """A person's place on a session. A cancelled one stays, and booking again makes a new one.

    confirmed_at: when they said that they are still coming, where the course asks.
    held_until: set while the place of a cancelled one is still held for them, because they declined it in a calendar
    and may have mistapped. It counts among the places taken.
    answers: [question, answer] pairs as they were asked. access_needs: erased 28 days after the session.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("state IN ('booked', 'cancelled')", name="state"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
        CheckConstraint("held_until IS NULL OR state = 'cancelled'", name="held"),
        Index(
            "uq_bookings_live",
            "training_session_id",
            "person_id",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index("ix_bookings_person_id_state", "person_id", "state"),
        Index("ix_bookings_held_until", "held_until", sqlite_where=HELD, postgresql_where=HELD),
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
    held_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
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
        return f"booking:{self.id}:{outbox.digest(address)}"


class Invite(Base):
    """The calendar entry of one slot, for whoever has a place or for one of the trainers: one UID for life.

    RFC 5545 §3.8.4.7. booking_id or trainer_id says whose it is. sequence and stamped_at are those of the last message
    about it. is_current: False once the entry is withdrawn for good, as from a mailbox that they use no more.
    answer, answered_at: what they last answered in their calendar, and the DTSTAMP of that; '' if nothing.
    """

    __tablename__ = "invites"
    __table_args__ = (
        UniqueConstraint("booking_id", "slot_id", "uid"),
        CheckConstraint("(booking_id IS NULL) <> (trainer_id IS NULL)", name="whose"),
        Index(
            "uq_invites_trainer",
            "trainer_id",
            "slot_id",
            unique=True,
            sqlite_where=OF_A_TRAINER,
            postgresql_where=OF_A_TRAINER,
        ),
        CheckConstraint("answer IN ('', 'accepted', 'tentative', 'declined', 'delegated')", name="answer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), index=True)
    trainer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    uid: Mapped[str] = mapped_column(String(255), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    stamped_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_current: Mapped[bool] = mapped_column(default=True)
    answer: Mapped[Answer] = mapped_column(String(12), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    slot: Mapped[Slot] = relationship(lazy="raise_on_sql")

    def advance(self, now: datetime) -> None:
        """A message about another time, room or link, or the last one about an entry."""
        self.sequence += 1
        self.stamp(now)

    def stamp(self, now: datetime) -> None:
        """A later message about the same entry. DTSTAMP goes on even if the clock steps back (RFC 5546 §2.1.5)."""
        self.stamped_at = max(now, self.stamped_at + timedelta(seconds=1))
