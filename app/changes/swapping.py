"""Two sessions that trade rooms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app import bookings, clock, history, journal, timetable
from app.bookings import trainer_letters
from app.changes.checking import plans_of, refuse_if_past_change
from app.changes.moving import said_move, tell_moved
from app.db import db
from app.errors import Faulty, RoomTaken, TooSmall
from app.people import Person
from app.rooms import Room
from app.timetable import Slot, SlotPlan, TrainingSession
from app.timetable.drafts import concerning

MOST_PARTNERS = 25  # before a session, and after it


@dataclass(frozen=True)
class Partner:
    """A session that another may swap rooms with. why_not: why they would not fit, '' if they do."""

    ref: str
    title: str
    starts_at: datetime
    where: str
    capacity: int
    places_taken: int
    why_not: str


def swap_rooms(
    one_id: int,
    other_id: int,
    *,
    by: Person | None,
    now: datetime,
    words: str = "",
    seen: int | None = None,
    seen_other: int | None = None,
) -> None:
    """Put each of two sessions into the other's room, for what is still to come of them.

    seen, seen_other: of the history of the one and the other. Raises NotFound, NotAllowed, StaleEdit, BookingClosed,
    Faulty, TooSmall, RoomTaken.
    """
    if one_id == other_id:
        raise Faulty("Choose another session to swap with.", field="other")
    [one, other], _ = timetable.lock_all_for_change([one_id, other_id], by=by)
    for each, has_seen in ((one, seen), (other, seen_other)):
        refuse_if_past_change(each, now)
        history.refuse_if_changed(each, has_seen)
    rooms = {each.id: _must_be_in_one_room(each, now) for each in (one, other)}
    if rooms[one.id].id == rooms[other.id].id:
        raise Faulty(f"Both sessions are in {rooms[one.id].name} already. Choose another session.", field="other")
    goes_to = {one.id: rooms[other.id], other.id: rooms[one.id]}
    for each in (one, other):
        _refuse_if_too_small(each, goes_to[each.id])
    bookings.hold_bookings(one, other)
    before = {each.id: bookings.about(each) for each in (one, other)}
    plans = {each.id: _into(goes_to[each.id], plans_of(each), now) for each in (one, other)}
    for each in (one, other):  # off the timetable, both of them: neither is in the other's way (D40)
        timetable.take_off(each)
    for each in (one, other):
        _refuse_if_taken(each, plans[each.id])
    for each, partner in ((one, other), (other, one)):
        timetable.put_back(each, plans[each.id], now)
        trainer_letters.tell_full_anew(each, now)
        was, is_now = said_move(before[each.id], bookings.about(each))
        with_ = f"‘{partner.course.title}’ ({clock.say_short(partner.starts_at)})"
        journal.record(by, "swapped", each, now, why=words, was=was, to=is_now, other=with_)
    for each in (one, other):
        tell_moved(each, before[each.id], by=by, now=now, words=words)


def partners_of(training_session: TrainingSession, *, by: Person, now: datetime) -> list[Partner]:
    """The coming sessions in rooms that somebody may manage, the nearest in time first: at most 25 before and after."""
    room = room_of(training_session, now)
    found = sorted(
        [*_near(training_session, by, now, is_later=False), *_near(training_session, by, now, is_later=True)],
        key=lambda other: abs(other.starts_at - training_session.starts_at),
    )
    return [_partner(other, training_session, room, now) for other in found] if room else []


def _near(training_session: TrainingSession, by: Person, now: datetime, *, is_later: bool) -> Sequence[TrainingSession]:
    in_rooms = select(Slot.training_session_id).where(Slot.room_id.is_not(None), Slot.ends_at > now)
    starts_at = training_session.starts_at
    is_there = TrainingSession.starts_at >= starts_at if is_later else TrainingSession.starts_at < starts_at
    query = (
        select(TrainingSession)
        .where(TrainingSession.state != "cancelled", TrainingSession.ends_at > now, concerning(by), is_there)
        .where(TrainingSession.id != training_session.id, TrainingSession.id.in_(in_rooms))
        .order_by(TrainingSession.starts_at if is_later else TrainingSession.starts_at.desc(), TrainingSession.id)
        .options(joinedload(TrainingSession.course), selectinload(TrainingSession.slots).joinedload(Slot.room))
    )
    return db.session.scalars(query.limit(MOST_PARTNERS)).all()


def _partner(other: TrainingSession, of: TrainingSession, room: Room, now: datetime) -> Partner:
    theirs = room_of(other, now)
    return Partner(
        ref=other.ref,
        title=other.course.title,
        starts_at=other.starts_at,
        where=other.where,
        capacity=other.capacity,
        places_taken=other.places_taken,
        why_not="It is in more than one room." if theirs is None else _why_not(other, theirs, of, room),
    )


def _why_not(other: TrainingSession, theirs: Room, of: TrainingSession, room: Room) -> str:
    if theirs.id == room.id:
        return "It is in the same room."
    if of.capacity > theirs.capacity:
        return f"{theirs.name} holds {theirs.capacity} people, and this session has {of.capacity} places."
    if other.capacity > room.capacity:
        return f"{room.name} holds {room.capacity} people, and that session has {other.capacity} places."
    return ""


def room_of(training_session: TrainingSession, now: datetime) -> Room | None:
    """The one room of all that is still to come of a session; None if there are several, or none."""
    found = {slot.room for slot in training_session.slots if slot.ends_at > now}
    return found.pop() if len(found) == 1 else None


def _must_be_in_one_room(training_session: TrainingSession, now: datetime) -> Room:
    """Raises Faulty."""
    room = room_of(training_session, now)
    if room is None:
        raise Faulty(f"{_name(training_session)} is not in one room, so it has none to swap.", field="other")
    return room


def _into(room: Room, slots: Sequence[SlotPlan], now: datetime) -> list[SlotPlan]:
    return [replace(slot, room_id=room.id) if slot.ends_at > now else slot for slot in slots]


def _refuse_if_too_small(training_session: TrainingSession, room: Room) -> None:
    if training_session.capacity > room.capacity:
        have = f"{training_session.places_taken} have a place" if training_session.places_taken else "nobody has booked"
        raise TooSmall(
            f"{room.name} holds {room.capacity} people. {_name(training_session)} has {training_session.capacity} "
            f"places, and {have}.",
            field="other",
        )


def _refuse_if_taken(training_session: TrainingSession, slots: Sequence[SlotPlan]) -> None:
    try:
        timetable.refuse_if_rooms_taken(slots)
    except RoomTaken as taken:
        sentence = f"{_name(training_session)} cannot go there: {taken.sentence}"
        raise RoomTaken(sentence, **taken.facts | {"field": "other"}) from taken


def _name(training_session: TrainingSession) -> str:
    return f"‘{training_session.course.title}’ on {clock.say_short(training_session.starts_at)}"
