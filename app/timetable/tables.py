"""What the timetable is made of, and the floor under its rules in the database itself."""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    event,
    inspect,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.courses import Course
from app.db import Base, UTCDateTime, is_sqlite, new_ref
from app.people import Person
from app.rooms import Room


class SessionTrainer(Base):
    """Who runs a session."""

    __tablename__ = "session_trainers"

    training_session_id: Mapped[int] = mapped_column(
        ForeignKey("training_sessions.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)


LAST_FEW = 3  # places, from which on they are said to be the last


class HasPlaces(Protocol):
    """A session's record, or its line in a list."""

    @property
    def capacity(self) -> Any: ...
    @property
    def places_taken(self) -> Any: ...
    @property
    def state(self) -> Any: ...
    @property
    def slots(self) -> Any: ...


class Places:
    """What pages say of a session, whether they hold its record or its line in a list."""

    __slots__ = ()

    @property
    def places_left(self: HasPlaces) -> int:
        return int(self.capacity - self.places_taken)

    @property
    def is_full(self: HasPlaces) -> bool:
        return bool(self.places_taken >= self.capacity)

    @property
    def is_nearly_full(self: HasPlaces) -> bool:
        return bool(self.capacity - self.places_taken <= LAST_FEW)

    @property
    def is_cancelled(self: HasPlaces) -> bool:
        return bool(self.state == "cancelled")

    @property
    def where(self: HasPlaces) -> str:
        """'IT training room, Northgate Hospital', 'Online', or each of them when the slots differ."""
        return "; ".join(dict.fromkeys(slot.where for slot in self.slots))


class TrainingSession(Places, Base):
    """One dated run of a course. `starts_at` and `ends_at` span all its slots.

    places_taken: booked + openly offered. full_count: how often it has become full, for one letter each time.
    is_said_full: whether that is what its trainers have been told. free_told_at: when all who wait were told that a
    free place is for whoever is first, because the last day has begun.
    booking_opens_at, booking_closes_at: None means at once, and until the start.
    """

    __tablename__ = "training_sessions"
    __table_args__ = (
        CheckConstraint("places_taken BETWEEN 0 AND capacity", name="places"),
        CheckConstraint("minimum BETWEEN 0 AND capacity", name="minimum"),
        CheckConstraint("state IN ('draft', 'scheduled', 'cancelled')", name="state"),
        Index("ix_training_sessions_coming", "state", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=new_ref)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="scheduled")
    capacity: Mapped[int]
    minimum: Mapped[int] = mapped_column(default=0)
    places_taken: Mapped[int] = mapped_column(default=0)
    full_count: Mapped[int] = mapped_column(default=0)
    is_said_full: Mapped[bool] = mapped_column(default=False)
    free_told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    booking_opens_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    booking_closes_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    slots: Mapped[list["Slot"]] = relationship(
        lazy="raise_on_sql", order_by="Slot.starts_at", back_populates="training_session"
    )
    trainers: Mapped[list[Person]] = relationship(
        lazy="raise_on_sql", secondary="session_trainers", order_by="Person.id", viewonly=True
    )

    @property
    def closes_at(self) -> datetime:
        """When newcomers are stopped: the end of the booking window, never after the start."""
        return min(self.booking_closes_at or self.starts_at, self.starts_at)


class Slot(Base):
    """One entry on the timetable: a span of time in a room, or online, or both.

    is_live: False while the slot does not count on the timetable (its session is cancelled or being moved).
    closed_why: set if it belongs to no session, but keeps a room closed: a closure clashes like any other slot (D34).
    """

    __tablename__ = "slots"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("room_id IS NOT NULL OR joining_link <> ''", name="place"),
        CheckConstraint("(training_session_id IS NULL) = (closed_why <> '')", name="closure"),
        UniqueConstraint("training_session_id", "position"),
        Index("ix_slots_room_time", "room_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    training_session_id: Mapped[int | None] = mapped_column(ForeignKey("training_sessions.id", ondelete="CASCADE"))
    closed_why: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    joining_link: Mapped[str] = mapped_column(String(500), default="")
    is_live: Mapped[bool] = mapped_column(default=True)
    training_session: Mapped[TrainingSession] = relationship(lazy="raise_on_sql", back_populates="slots")
    room: Mapped[Room | None] = relationship(lazy="raise_on_sql")

    @property
    def where(self) -> str:
        return self.room.where if self.room else "Online"


def why_not_bookable(training_session: TrainingSession, now: datetime) -> str:
    """The sentence that says why nobody can book it now, '' if it is open. Being full is another matter."""
    return why_nobody_can_be_added(training_session, now) or _why_not_open(training_session, now)


def why_nobody_can_be_added(training_session: TrainingSession, now: datetime) -> str:
    """The same without the booking window, which does not bind those who run the session."""
    if training_session.is_cancelled:
        return "This session has been cancelled."
    if training_session.state != "scheduled" or not training_session.course.is_published:
        return "This session is not open for booking."
    if training_session.starts_at <= now:
        return "This session is over." if training_session.ends_at <= now else "This session has already started."
    return ""


def _why_not_open(training_session: TrainingSession, now: datetime) -> str:
    opens_at = training_session.booking_opens_at
    if opens_at and now < opens_at:
        return f"Booking opens on {clock.say_day(opens_at)} at {clock.say_time(opens_at)}."
    if training_session.closes_at <= now:
        return f"Booking closed on {clock.say_day(training_session.closes_at)}."
    return ""


# Neither engine can say 'no two spans overlap' the way the other does. PostgreSQL has exclusion constraints; the
# ranges over the id make it equal-by-id without the btree_gist extension. SQLite has triggers, which a rebuild of
# the table drops: `remake_guards` runs after every migration.
EXCLUSION = """
ALTER TABLE slots ADD CONSTRAINT ex_slots_one_at_a_time EXCLUDE USING gist (
    int4range(room_id, room_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&
) WHERE (is_live AND room_id IS NOT NULL)
"""
TRIGGER = """
CREATE TRIGGER slots_one_at_a_time_on_{when} BEFORE {when} ON slots
WHEN NEW.is_live AND NEW.room_id IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'two live slots overlap in one room')
    WHERE EXISTS (
        SELECT 1 FROM slots AS other
        WHERE other.room_id = NEW.room_id AND other.is_live AND other.id IS NOT NEW.id
        AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at
    );
END
"""
TRIGGERS = {f"slots_one_at_a_time_on_{when}": TRIGGER.format(when=when) for when in ("INSERT", "UPDATE")}


def remake_guards(connection: Connection) -> None:
    """Make the triggers anew, on SQLite, if there is a table to guard."""
    if is_sqlite(connection) and inspect(connection).has_table(Slot.__tablename__):
        for name, trigger in TRIGGERS.items():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(trigger)


@event.listens_for(Slot.__table__, "after_create")
def _guard(_table: object, connection: Connection, **_facts: object) -> None:
    if not is_sqlite(connection):
        connection.exec_driver_sql(EXCLUSION)
    remake_guards(connection)
