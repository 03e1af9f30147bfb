"""The register: who was expected, and who came.

- Each person who is booked is marked: attended, part (came for part of it), sent apologies, did not attend.
- A walk-in is a mark, not a place (D42): as many as the smallest room still holds, counting who is there or still
  expected. They are added by name.
- A session is marked from the day of its first part on, and can be put right at any time afterwards; the last one to
  change a line counts. A cancelled session has no register.
- Once a session has started, whoever is booked sends apologies instead of cancelling, until two days after its end.
  What a trainer has seen, that they came, stands.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from app import bookings, clock, journal, people, timetable
from app.bookings import Booking
from app.db import Base, UTCDateTime, db, locked
from app.errors import BookingClosed, Faulty, NotAllowed, NotFound, Refused, TooSmall
from app.people import MOST_NAME, Person
from app.rooms import Room
from app.timetable import TrainingSession
from app.wording import plain

# What each mark says of somebody: 'we have you down as: …'.
MARKS = {
    "attended": "attended",
    "part": "attended part of it",
    "apologies": "sent apologies",
    "absent": "did not attend",
}
NOT_THERE = frozenset({"apologies", "absent"})
OPENS_BEFORE = timedelta(hours=1)  # a session just after midnight is marked as people arrive, too
APOLOGIES_TAKEN_FOR = timedelta(days=2)
MOST_ONLINE = 1_000  # people on the register of a session that no room limits


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


@dataclass(frozen=True)
class Line:
    """Somebody on a register, as plain values. booking_id: None for a walk-in. mark: '' until somebody marks them."""

    name: str
    team: str = ""
    booking_id: int | None = None
    mark_id: int | None = None
    mark: str = ""
    marked_by: str = ""
    marked_at: datetime | None = None

    @classmethod
    def of(cls, mark: Mark | None, booking: Booking | None) -> Self:
        person = booking.person if booking else None
        return cls(
            name=person.known_as if person else mark.walk_in if mark else "",
            team=person.team if person else "",
            booking_id=booking.id if booking else None,
            mark_id=mark.id if mark else None,
            mark=mark.mark if mark else "",
            marked_by=mark.marked_by.name if mark else "",
            marked_at=mark.marked_at if mark else None,
        )

    @property
    def is_walk_in(self) -> bool:
        return self.booking_id is None

    @property
    def said(self) -> str:
        """'attended', 'did not attend', '' without a mark."""
        return MARKS.get(self.mark, "")


def register_of(training_session: TrainingSession) -> list[Line]:
    """Everybody who is booked, then everybody who walked in, each by full name, in two statements."""
    booked, marks = bookings.live_on(training_session), _marks_on(training_session)
    of_booking = {mark.booking_id: mark for mark in marks}
    lines = [Line.of(of_booking.get(booking.id), booking) for booking in booked]
    lines += [Line.of(mark, None) for mark in marks if mark.booking_id is None]
    return sorted(lines, key=lambda line: (line.is_walk_in, plain(line.name), line.name))


def mark_of(booking: Booking) -> Mark | None:
    """How somebody was marked."""
    query = select(Mark).where(Mark.booking_id == booking.id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def counted(marks: Iterable[str]) -> str:
    """'8 attended, 1 did not attend, 2 without a mark'; '' of nobody."""
    counts = Counter(marks)
    said = [f"{counts[mark]} {word}" for mark, word in MARKS.items() if counts[mark]]
    return ", ".join([*said, *([f"{counts['']} without a mark"] if counts[""] else [])])


def why_none(training_session: TrainingSession) -> str:
    """The sentence that says why a session has no register, '' if it has one."""
    if training_session.is_cancelled:
        return "This session has been cancelled, so it has no register."
    return "" if training_session.state == "scheduled" else "This session has no register yet: it is a draft."


def opens_at(training_session: TrainingSession) -> datetime:
    """When marking begins."""
    starts_at = training_session.starts_at
    return min(clock.midnight(clock.today(starts_at)), starts_at - OPENS_BEFORE)


def mark(
    training_session_id: int,
    marks: Mapping[int, str | None],
    *,
    by: Person,
    now: datetime,
    unless_marked: Collection[int] = (),
) -> int:
    """Mark several people by their bookings' ids; None takes a mark away. Returns how many lines changed.

    Only these lines are written: two people may mark one register at once. A booking that has no line on it, because
    the place has been given up meanwhile, is left out. unless_marked: ids of those who attended, if nobody has marked
    them yet. Raises NotFound, NotAllowed, Refused before the day.
    """
    training_session, _ = timetable.lock_for_change(training_session_id, by=by)
    _refuse_unless_open(training_session, now)
    present = {line.booking_id: line.mark for line in register_of(training_session)}
    wanted = {id_: mark or "" for id_, mark in marks.items() if id_ in present}
    wanted |= {id_: "attended" for id_ in unless_marked if id_ in present and not wanted.get(id_, present[id_])}
    changed = {id_: mark for id_, mark in wanted.items() if mark != present[id_]}
    if changed:
        _write(training_session, changed, by, now)
        # Named as a column, so that whoever is changing the session itself need not hear of it (D33).
        said = counted(changed.values())
        journal.record(by, "marked", training_session, now, said=said, columns=["register"])
    return len(changed)


def add_walk_in(training_session_id: int, name: str, *, by: Person, now: datetime) -> None:
    """Somebody came without a booking. Raises NotFound, NotAllowed, Faulty, TooSmall, Refused before the day."""
    training_session, held_rooms = timetable.lock_for_change(training_session_id, by=by)
    _refuse_unless_open(training_session, now)
    lines, kept = register_of(training_session), people.tidy_name(name)
    _refuse_twice(kept, lines)
    _refuse_if_no_room(lines, held_rooms)
    facts = {"walk_in": kept, "mark": "attended", "marked_at": now, "marked_by_id": by.id}
    db.session.add(Mark(training_session_id=training_session.id, **facts))
    journal.record(by, "added a walk-in", training_session, now, columns=["register"])


def remove_walk_in(training_session_id: int, mark_id: int, *, by: Person, now: datetime) -> str:
    """Take somebody who was added by mistake off the register; their name, '' if that was done already.

    Raises NotFound, NotAllowed.
    """
    training_session, _ = timetable.lock_for_change(training_session_id, by=by)
    _refuse_unless_open(training_session, now)
    found = next((mark for mark in _marks_on(training_session) if mark.id == mark_id and mark.walk_in), None)
    if found is None:
        return ""
    db.session.delete(found)
    journal.record(by, "removed a walk-in", training_session, now, columns=["register"])
    return found.walk_in


def may_send_apologies(booking: Booking, own: Mark | None, now: datetime) -> bool:
    """Whether it is time for apologies, and nobody has seen the person there. own: their mark."""
    training_session = booking.training_session
    is_time = training_session.starts_at <= now < training_session.ends_at + APOLOGIES_TAKEN_FOR
    return booking.is_live and is_time and (own is None or own.mark == "absent")


def send_apologies(booking: Booking, *, by: Person, now: datetime) -> None:
    """Somebody says that they did not come, or will not. Twice is once. Raises NotAllowed, BookingClosed."""
    training_session = timetable.lock(booking.training_session_id)
    [booking] = locked(Booking, [booking.id])
    set_committed_value(booking, "training_session", training_session)
    if by.id != booking.person_id:
        raise NotAllowed("This booking belongs to somebody else.")
    own = mark_of(booking)
    if own is not None and own.mark == "apologies":
        return
    if not may_send_apologies(booking, own, now):
        raise BookingClosed(_why_no_apologies(booking, own, now))
    _write(training_session, {booking.id: "apologies"}, by, now)
    journal.record(by, "sent apologies", booking, now, session=training_session.ref)


def _marks_on(training_session: TrainingSession) -> Sequence[Mark]:
    query = select(Mark).where(Mark.training_session_id == training_session.id).order_by(Mark.id)
    query = query.options(joinedload(Mark.marked_by)).execution_options(populate_existing=True)
    return db.session.scalars(query).all()


def _write(training_session: TrainingSession, changed: Mapping[int, str], by: Person, now: datetime) -> None:
    """The session is locked by now, so that nobody else is adding a mark for the same booking."""
    present = {mark.booking_id: mark for mark in _marks_on(training_session)}
    for booking_id, word in changed.items():
        found = present.get(booking_id)
        if not word:
            db.session.delete(present[booking_id])
        elif found is None:
            facts = {"booking_id": booking_id, "mark": word, "marked_at": now, "marked_by_id": by.id}
            db.session.add(Mark(training_session_id=training_session.id, **facts))
        else:
            found.mark, found.marked_at, found.marked_by_id = word, now, by.id


def _refuse_unless_open(training_session: TrainingSession, now: datetime) -> None:
    if why_none(training_session):
        raise NotFound(why_none(training_session))
    if now < opens_at(training_session):
        raise Refused(f"People can be marked from {clock.say_day(training_session.starts_at)}.")


def _refuse_twice(name: str, lines: Sequence[Line]) -> None:
    """A button is pressed twice, and whoever walks in may be booked."""
    if name.casefold() in {line.name.casefold() for line in lines}:
        sentence = f"{name} is on the register already. If this is somebody else, add something that tells them apart"
        raise Faulty(sentence, field="walk_in")


def _refuse_if_no_room(lines: Sequence[Line], held_rooms: Sequence[Room]) -> None:
    """As many as the smallest room holds, counting whoever is there or may still come."""
    walk_in_count = sum(line.is_walk_in for line in lines)
    booked_count = sum(not line.is_walk_in and line.mark not in NOT_THERE for line in lines)
    room = min(held_rooms, key=lambda each: each.capacity, default=None)
    if booked_count + walk_in_count < (room.capacity if room else MOST_ONLINE):
        return
    holds = f"{room.name} holds {room.capacity}" if room else f"A register holds {MOST_ONLINE:,} people"
    there = f"{booked_count} booked and here or expected, {walk_in_count} walked in"
    raise TooSmall(f"{holds}, and it is full: {there}. If somebody who is booked has not come, mark them first")


def _why_no_apologies(booking: Booking, own: Mark | None, now: datetime) -> str:
    if not booking.is_live:
        return "This booking has been cancelled."
    if now < booking.training_session.starts_at:
        return "The session has not started: cancel your place, so that someone else can have it."
    if own is not None and own.mark not in NOT_THERE:
        return "The trainers have seen that you came. If that is not right, ask us."
    return "It is too late to send apologies here. If something is not right, ask us."
