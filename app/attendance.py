"""The register: who was expected, and who came.

- Each person who is booked is marked: attended, part (came for part of it), sent apologies, did not attend.
- A walk-in is a mark, not a place: as many as the room still holds. They are added by name.
- Marks can be put right at any time after the session began; the last one counts.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.bookings import Booking
from app.db import Base, UTCDateTime
from app.people import MOST_NAME, Person


class Mark(Base):
    """One line of a register. booking_id: None for somebody who walked in; then `walk_in` is their name."""

    __tablename__ = "marks"
    __table_args__ = (
        CheckConstraint("mark IN ('attended', 'part', 'apologies', 'absent')", name="mark"),
        CheckConstraint("(booking_id IS NULL) = (walk_in <> '')", name="walk_in"),
        Index("uq_marks_booking_id", "booking_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    training_session_id: Mapped[int] = mapped_column(ForeignKey("training_sessions.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    walk_in: Mapped[str] = mapped_column(String(MOST_NAME), default="")
    mark: Mapped[str] = mapped_column(String(12))
    marked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    marked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    booking: Mapped[Booking | None] = relationship(lazy="raise_on_sql")
    marked_by: Mapped[Person] = relationship(lazy="raise_on_sql")
