"""What is looked at before any change of a session is made, under its locks; a refusal says what would work instead."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from app import clock, timetable
from app.errors import BookingClosed, Faulty, RoomTaken, TooSmall
from app.rooms import Room
from app.timetable import SlotPlan, TrainingSession

MOST_NAMED = 3  # rooms in a sentence


def refuse_if_past_change(training_session: TrainingSession, now: datetime) -> None:
    """Raises BookingClosed."""
    if training_session.is_cancelled:
        raise BookingClosed("The session has been cancelled.")
    if training_session.ends_at <= now:
        raise BookingClosed("The session is over.")


def plans_of(training_session: TrainingSession) -> list[SlotPlan]:
    """The slots as they are, to plan others from."""
    return [SlotPlan(slot.starts_at, slot.ends_at, slot.room_id, slot.joining_link) for slot in training_session.slots]


def refuse_times(training_session: TrainingSession, slots: Sequence[SlotPlan], now: datetime) -> None:
    """What has been cannot be moved, nor anything to where it would have been. Raises Faulty."""
    if len(slots) != len(training_session.slots):
        raise Faulty(f"Give a time for each part of the session: {len(training_session.slots)} in all.", field="slots")
    timetable.refuse_slots(slots)
    for number, (was, slot) in enumerate(zip(plans_of(training_session), slots, strict=True)):
        if was.ends_at <= now and was != slot:
            raise Faulty("This part is over, so it stays as it was.", field="day", slot=number)
        if slot.starts_at != was.starts_at and slot.starts_at <= now:
            raise Faulty("Choose a time that is still to come.", field="start", slot=number)
        if slot.ends_at != was.ends_at and slot.ends_at <= now:
            raise Faulty("Choose an end that is still to come.", field="end", slot=number)
    opens_at = training_session.booking_opens_at
    if opens_at and opens_at >= slots[0].starts_at:
        sentence = f"Booking opens only {_at(opens_at)}. Choose a later time, or change when booking opens first."
        raise Faulty(sentence, field="start", slot=0)


def refuse_rooms(
    training_session: TrainingSession,
    slots: Sequence[SlotPlan],
    held_rooms: Iterable[Room],
    capacity: int,
    now: datetime,
) -> None:
    """The rooms of these slots are in use, free then and large enough. Raises TooSmall, RoomTaken.

    held_rooms: those of the slots, locked, perhaps among others. Where a part that is over was does not matter.
    """
    coming = [slot for slot in slots if slot.ends_at > now]
    wanted = {slot.room_id for slot in coming}
    present = {slot.room_id for slot in training_session.slots}
    for room in held_rooms:
        if room.id not in wanted:
            continue
        if room.id not in present:
            timetable.refuse_if_retired([room])
        taken = training_session.places_taken
        if max(capacity, taken) > room.capacity:
            free = what_is_free(training_session, coming, max(capacity, taken))
            raise TooSmall(f"{_too_small(room, capacity, taken)} {free}", field="room", taken=taken)
    try:
        timetable.refuse_if_rooms_taken(slots, apart_from=training_session.id)
    except RoomTaken as taken:
        free = what_is_free(training_session, coming, capacity)
        raise RoomTaken(f"{taken.sentence} {free}", **taken.facts) from taken


def refuse_places(training_session: TrainingSession, capacity: int, minimum: int) -> None:
    """Nobody who has a place loses it. Raises TooSmall, Faulty."""
    taken = training_session.places_taken
    if capacity < taken:
        too_many = taken - capacity
        are_taken = "1 place is taken" if taken == 1 else f"{taken} places are taken"
        would_go = "1 person" if too_many == 1 else f"{too_many} people"
        raise TooSmall(f"{are_taken}: {would_go} would have to go to make it {capacity}.", taken=taken)
    timetable.refuse_sizes(capacity, minimum)


def what_is_free(training_session: TrainingSession, slots: Sequence[SlotPlan], capacity: int) -> str:
    """'Seminar room 1 (24 people) is free then.': rooms for so many at these times, the most fitting first."""
    found = timetable.rooms_for(
        [slot.span for slot in slots],
        places=capacity,
        needs=training_session.course.room_needs,
        apart_from=training_session.id,
    )
    named = [f"{each.room.name} ({each.room.capacity} people)" for each in found if each.may_be_chosen][:MOST_NAMED]
    if not named:
        return f"No room for {capacity} people is free then."
    if len(named) == 1:
        return f"{named[0]} is free then."
    return f"{', '.join(named[:-1])} and {named[-1]} are free then."


def _too_small(room: Room, capacity: int, taken: int) -> str:
    if taken > room.capacity:
        too_many = taken - room.capacity
        return f"{room.name} holds {room.capacity} people; {taken} have a place: {too_many} would have to go."
    return f"{room.name} holds {room.capacity} people, so it cannot give {capacity} places."


def _at(at: datetime) -> str:
    return f"on {clock.say_day(at)} at {clock.say_time(at)}"
