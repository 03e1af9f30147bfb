"""A session moved, its room, joining link or size changed; and cancelled."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from app import bookings, journal, timetable
from app.bookings import letters
from app.errors import BookingClosed, Faulty, TooSmall
from app.notices import kinds, outbox
from app.people import Person
from app.rooms import Room
from app.timetable import SlotPlan, TrainingSession


def move(
    training_session_id: int,
    slots: Sequence[SlotPlan],
    *,
    by: Person | None,
    now: datetime,
    capacity: int | None = None,
    words: str = "",
) -> TrainingSession:
    """Give a session other times, rooms or joining links: as many slots as it has, in order of time.

    capacity: None keeps the number of places. words: a sentence of the trainer's own for the letter.
    Raises NotFound, NotAllowed, Faulty, BookingClosed, TooSmall, RoomTaken, TrainerBusy.
    """
    wanted = [slot.room_id for slot in slots if slot.room_id is not None]
    return _change(training_session_id, lambda _: slots, wanted, capacity=capacity, by=by, now=now, words=words)


def _change(
    training_session_id: int,
    plan: Callable[[Sequence[SlotPlan]], Sequence[SlotPlan]],
    new_rooms: Sequence[int],
    *,
    capacity: int | None = None,
    by: Person | None,
    now: datetime,
    words: str,
) -> TrainingSession:
    """plan: makes of the slots as they are under the lock what they are to be."""
    training_session, held_rooms = timetable.lock_for_change(training_session_id, room_ids=new_rooms, by=by)
    _refuse_if_past_change(training_session, now)
    slots = plan(_plans_of(training_session))
    wanted = [slot.room_id for slot in slots if slot.room_id is not None]
    _refuse_slots(training_session, slots, now)
    places = training_session.capacity if capacity is None else capacity
    _refuse_sizes(training_session, places, [room for room in held_rooms if room.id in wanted])
    timetable.refuse_if_rooms_taken(slots, apart_from=training_session.id)
    timetable.refuse_if_trainers_busy(training_session.trainers, slots, apart_from=training_session.id)
    before = bookings.about(training_session)
    timetable.take_off(training_session)
    timetable.put_back(training_session, slots, now)
    _resize(training_session, places, now)
    journal.record(by, "moved", training_session, now, why=words)
    timetable.remind_trainers(training_session, now)
    letters.tell_moved(
        training_session, bookings.locked_bookings(training_session), before=before, words=words, now=now
    )
    return training_session


def change_room(
    training_session_id: int, room: Room, *, capacity: int, by: Person | None, now: datetime, words: str = ""
) -> TrainingSession:
    """Put every slot of a session into another room. The number of places is asked for. Raises as `move` does."""

    def into_room(slots: Sequence[SlotPlan]) -> list[SlotPlan]:
        return [replace(slot, room_id=room.id) for slot in slots]

    return _change(training_session_id, into_room, [room.id], capacity=capacity, by=by, now=now, words=words)


def change_joining_link(
    training_session_id: int, joining_link: str, *, by: Person | None, now: datetime, words: str = ""
) -> TrainingSession:
    """Give every slot of a session another joining link. Raises as `move` does."""

    def with_link(slots: Sequence[SlotPlan]) -> list[SlotPlan]:
        return [replace(slot, joining_link=joining_link) for slot in slots]

    return _change(training_session_id, with_link, [], by=by, now=now, words=words)


def change_capacity(training_session_id: int, capacity: int, *, by: Person | None, now: datetime) -> TrainingSession:
    """Give a session more or fewer places. Raises NotFound, NotAllowed, BookingClosed, Faulty, TooSmall."""
    training_session, held_rooms = timetable.lock_for_change(training_session_id, by=by)
    _refuse_if_past_change(training_session, now)
    _refuse_sizes(training_session, capacity, held_rooms)
    journal.record(by, "resized", training_session, now, places=[training_session.capacity, capacity])
    training_session.changed_at = now
    _resize(training_session, capacity, now)
    return training_session


def cancel_session(training_session_id: int, *, by: Person | None, now: datetime, words: str = "") -> None:
    """Take a session off the timetable and tell everybody who has a place. Twice is once.

    Raises NotFound, NotAllowed, BookingClosed if it is over.
    """
    training_session, _ = timetable.lock_for_change(training_session_id, by=by)
    if training_session.is_cancelled:
        return
    if training_session.ends_at <= now:
        raise BookingClosed("The session is over, so it cannot be cancelled any more.")
    booked = bookings.locked_bookings(training_session)
    training_session.state, training_session.changed_at = "cancelled", now
    training_session.places_taken = 0
    timetable.take_off(training_session)
    journal.record(by, "cancelled", training_session, now, why=words)
    for booking in booked:
        booking.state, booking.cancelled_at = "cancelled", now
    letters.tell_session_cancelled(training_session, booked, words, now)


def _resize(training_session: TrainingSession, capacity: int, now: datetime) -> None:
    """Another size may make a session full, or full no longer; if it stays full, its trainers hear what is true now."""
    becomes_full = capacity == training_session.places_taken and capacity < training_session.capacity
    training_session.capacity = capacity
    if becomes_full:
        training_session.full_count += 1
        letters.tell_full(training_session, now)
    elif training_session.is_full:
        letters.tell_full_anew(training_session, now)
    else:
        outbox.withdraw(training_session, kinds=(kinds.SessionFull,), now=now)


def _plans_of(training_session: TrainingSession) -> list[SlotPlan]:
    return [SlotPlan(slot.starts_at, slot.ends_at, slot.room_id, slot.joining_link) for slot in training_session.slots]


def _refuse_if_past_change(training_session: TrainingSession, now: datetime) -> None:
    if training_session.is_cancelled:
        raise BookingClosed("The session has been cancelled.")
    if training_session.ends_at <= now:
        raise BookingClosed("The session is over.")


def _refuse_slots(training_session: TrainingSession, slots: Sequence[SlotPlan], now: datetime) -> None:
    if len(slots) != len(training_session.slots):
        raise Faulty(f"Give a time for each part of the session: {len(training_session.slots)} in all.", field="slots")
    timetable.refuse_slots(slots)
    if slots[0].starts_at <= now and slots[0].starts_at != training_session.starts_at:
        raise Faulty("Choose a time that is still to come.", field="start", slot=0)


def _refuse_sizes(training_session: TrainingSession, capacity: int, held_rooms: Sequence[Room]) -> None:
    taken = training_session.places_taken
    timetable.refuse_if_too_small(capacity, held_rooms)
    if capacity < taken:
        too_many = taken - capacity
        are_taken = "1 place is taken" if taken == 1 else f"{taken} places are taken"
        would_go = "1 person" if too_many == 1 else f"{too_many} people"
        raise TooSmall(f"{are_taken}: {would_go} would have to go to make it {capacity}.", taken=taken)
    timetable.refuse_sizes(capacity, training_session.minimum)
