"""A wait, the dates that it names, and the places that it is given."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.courses import Course
from app.db import Base, UTCDateTime, new_long_ref
from app.notices import kinds
from app.people import Person
from app.timetable import TrainingSession

MOST_WOULD_SUIT = 300
LIVE = text("state = 'waiting'")
OPEN = text("state = 'open'")


class Wait(Base):
    """Somebody's wish for a place on a course.

    state: 'booked' once they have a place, 'left' if they or somebody for them took them off, 'ended' if it ran out.
    ranked_at: their place in line; when they asked, unless a coordinator moved them, or their session was cancelled.
    wants: 'these' dates, 'any' date, or a 'new' one. books_at_once: booked without being asked first.
    would_suit: days, times, a site, in words of their own.
    instead_of_id: the session of the course that they have a place on, and give up for another.
    paused_at: since when they are offered nothing, because they did not answer. heard_at: when they last said anything.
    asked_still_at: when we last asked whether they still want a place, because we had not heard of them for so long.
    answers, access_needs: as for a booking, which takes them over; the needs are erased when the wait is over.
    """

    __tablename__ = "waits"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'booked', 'left', 'ended')", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("wants IN ('these', 'any', 'new')", name="wants"),
        Index("uq_waits_live", "course_id", "person_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_waits_line", "course_id", "ranked_at", "id", sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_waits_person_id_state", "person_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=new_long_ref)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ranked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    heard_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_still_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    wants: Mapped[kinds.Wants] = mapped_column(String(8))
    books_at_once: Mapped[bool] = mapped_column(default=False)
    would_suit: Mapped[str] = mapped_column(String(MOST_WOULD_SUIT), default="")
    instead_of_id: Mapped[int | None] = mapped_column(ForeignKey("training_sessions.id"))
    answers: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    access_needs: Mapped[str] = mapped_column(Text, default="")
    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=person_id)
    asked_by: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=asked_by_id)

    @property
    def is_live(self) -> bool:
        return self.state == "waiting"


class WaitDate(Base):
    """What a wait says of one session. is_wanted: False means not this date, whatever else it wants."""

    __tablename__ = "wait_dates"

    wait_id: Mapped[int] = mapped_column(ForeignKey("waits.id", ondelete="CASCADE"), primary_key=True)
    training_session_id: Mapped[int] = mapped_column(ForeignKey("training_sessions.id"), primary_key=True, index=True)
    is_wanted: Mapped[bool] = mapped_column(default=True)


class Offer(Base):
    """A place that the waiting list gave somebody: held until a deadline if they are asked first.

    state: 'withdrawn' if it fell with its session, or with the wait. One that is open counts among the places taken.
    how: 'asked' first, 'booked' at once because they wanted that, or 'given' by a coordinator, who said why.
    ranked_at: their place in line at that moment, to explain later why it was their turn.
    """

    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'accepted', 'declined', 'lapsed', 'withdrawn')", name="state"),
        CheckConstraint("how IN ('asked', 'booked', 'given')", name="how"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("how = 'asked' OR state = 'accepted'", name="unasked"),
        Index("uq_offers_open", "wait_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_offers_wait_id", "wait_id"),
        Index("ix_offers_training_session_id_state", "training_session_id", "state"),
        Index("ix_offers_lapses_at", "lapses_at", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=new_long_ref)
    wait_id: Mapped[int] = mapped_column(ForeignKey("waits.id"))
    training_session_id: Mapped[int] = mapped_column(ForeignKey("training_sessions.id"))
    state: Mapped[str] = mapped_column(String(12), default="open")
    how: Mapped[str] = mapped_column(String(8), default="asked")
    offered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    lapses_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ranked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    given_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id")
    )  # empty: Roomful, because it was their turn
    why: Mapped[str] = mapped_column(Text, default="")
    wait: Mapped[Wait] = relationship(lazy="raise_on_sql")
    training_session: Mapped[TrainingSession] = relationship(lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    def may_be_answered(self, now: datetime) -> bool:
        """Whether it is open and has not run out, whether or not the worker has noted that yet."""
        return self.is_open and now < self.lapses_at
