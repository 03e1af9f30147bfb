"""A session moved: to other times, into another room, to another joining link."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from app import bookings, clock, history, journal, timetable
from app.bookings import letters, needs, news, trainer_letters, under_change
from app.changes.checking import plans_of, refuse_if_past_change, refuse_places, refuse_rooms, refuse_times
from app.changes.sizing import resize
from app.errors import Faulty
from app.notices import kinds
from app.people import Person
from app.rooms import Room
from app.timetable import SlotPlan, TrainingSession

Plan = Callable[[Sequence[SlotPlan]], Sequence[SlotPlan]]


def move(
    training_session_id: int,
    slots: Sequence[SlotPlan],
    *,
    by: Person | None,
    now: datetime,
    capacity: int | None = None,
    words: str = "",
    seen: int | None = None,
) -> TrainingSession:
    """Give a session other times, rooms or joining links: as many slots as it has, in order of time.

    capacity: None keeps the number of places. words: a sentence of the trainer's own for the letter.
    Raises NotFound, NotAllowed, StaleEdit, Faulty, BookingClosed, TooSmall, RoomTaken, TrainerBusy.
    """
    wanted = [slot.room_id for slot in slots if slot.room_id is not None]
    return _change(
        training_session_id, lambda _: slots, wanted, capacity=capacity, by=by, now=now, words=words, seen=seen
    )


def change_times(
    training_session_id: int,
    spans: Sequence[tuple[datetime, datetime]],
    *,
    by: Person | None,
    now: datetime,
    room: Room | None = None,
    words: str = "",
    seen: int | None = None,
) -> TrainingSession:
    """Give each part of a session another start and end. Raises as `move` does.

    room: what is still to come goes there, unless it is online; None keeps the rooms.
    """

    def at_other_times(slots: Sequence[SlotPlan]) -> list[SlotPlan]:
        if len(slots) != len(spans):
            raise Faulty(f"Give a time for each part of the session: {len(slots)} in all.", field="slots")
        return [
            SlotPlan(
                *span, room.id if room and slot.room_id and slot.ends_at > now else slot.room_id, slot.joining_link
            )
            for slot, span in zip(slots, spans, strict=True)
        ]

    wanted = [room.id] if room else []
    return _change(training_session_id, at_other_times, wanted, by=by, now=now, words=words, seen=seen)


def change_room(
    training_session_id: int,
    room: Room | None,
    *,
    capacity: int,
    by: Person | None,
    now: datetime,
    joining_link: str | None = None,
    part: int | None = None,
    words: str = "",
    seen: int | None = None,
) -> TrainingSession:
    """Put what is still to come of a session into another room, or online. The number of places is asked for.

    room: None puts it online. joining_link: None keeps it as it is. part: counted from 0; None means every part.
    Raises as `move` does.
    """

    def into_room(slot: SlotPlan) -> SlotPlan:
        link = slot.joining_link if joining_link is None else joining_link
        return replace(slot, room_id=room.id if room else None, joining_link=link)

    plan = _of_coming(into_room, now, part)
    wanted = [room.id] if room else []
    return _change(training_session_id, plan, wanted, capacity=capacity, by=by, now=now, words=words, seen=seen)


def change_joining_link(
    training_session_id: int,
    joining_link: str,
    *,
    by: Person | None,
    now: datetime,
    part: int | None = None,
    words: str = "",
    seen: int | None = None,
) -> TrainingSession:
    """Give what is still to come of a session another joining link. part: as for `change_room`. Raises as `move`."""
    plan = _of_coming(lambda slot: replace(slot, joining_link=joining_link), now, part)
    return _change(training_session_id, plan, [], by=by, now=now, words=words, seen=seen)


def _of_coming(change: Callable[[SlotPlan], SlotPlan], now: datetime, part: int | None) -> Plan:
    """A plan that changes one part, or all; what is over stays as it was."""

    def plan(slots: Sequence[SlotPlan]) -> list[SlotPlan]:
        return [
            change(slot) if slot.ends_at > now and part in {None, number} else slot for number, slot in enumerate(slots)
        ]

    return plan


def _change(
    training_session_id: int,
    plan: Plan,
    new_rooms: Iterable[int],
    *,
    capacity: int | None = None,
    by: Person | None,
    now: datetime,
    words: str,
    seen: int | None,
) -> TrainingSession:
    """plan: makes of the slots as they are under the lock what they are to be."""
    training_session, held_rooms = timetable.lock_for_change(training_session_id, room_ids=new_rooms, by=by)
    refuse_if_past_change(training_session, now)
    slots = plan(plans_of(training_session))
    places = training_session.capacity if capacity is None else capacity
    if slots == plans_of(training_session) and places == training_session.capacity:
        return training_session
    history.refuse_if_changed(training_session, seen)
    refuse_times(training_session, slots, now)
    refuse_rooms(training_session, slots, held_rooms, places, now)
    refuse_places(training_session, places, training_session.minimum)
    timetable.refuse_if_trainers_busy(training_session.trainers, slots, apart_from=training_session.id, now=now)
    before = bookings.about(training_session)
    if slots[0].starts_at != training_session.starts_at:  # booking closes as long before the start as it did
        _, training_session.booking_closes_at = timetable.window_like(training_session, slots[0].starts_at, now)
    timetable.take_off(training_session)
    timetable.put_back(training_session, slots, now)
    resize(training_session, places, by=by, now=now)
    trainer_letters.tell_full_anew(training_session, now)
    note_move(training_session, before, by=by, now=now, words=words)
    tell_moved(training_session, before, by=by, now=now, words=words)
    return training_session


def note_move(
    training_session: TrainingSession, before: kinds.About, *, by: Person | None, now: datetime, words: str
) -> None:
    """For the journal: from where to where. A joining link is a key, so only that there is another."""
    after = bookings.about(training_session)
    was, is_now = said_move(before, after)
    if was != is_now:
        journal.record(by, "moved", training_session, now, why=words, was=was, to=is_now)
    if [part.joining_link for part in before.parts] != [part.joining_link for part in after.parts]:
        journal.record(by, "relinked", training_session, now, why="" if was != is_now else words)


def tell_moved(
    training_session: TrainingSession, before: kinds.About, *, by: Person | None, now: datetime, words: str
) -> None:
    """Everybody who has a place or waits for one, whoever runs it, and what was to be sent later.

    At another time it may suit others who wait, and there may be more places.
    """
    timetable.remind_trainers(training_session, now)
    booked = bookings.locked_bookings(training_session)
    letters.tell_moved(training_session, booked, before=before, words=words, now=now)
    held = under_change.take_back(training_session, now)
    news.tell_trainers(training_session, before=before, run_by=training_session.trainers, by=by, now=now, words=words)
    needs.tell_unmet(training_session, now=now)
    trainer_letters.note_last_places_anew(training_session, now)
    bookings.pass_on(training_session.course_id, now=now, freed=[training_session])
    under_change.tell_waiting_of_move(training_session, held, before=before, words=words, now=now)


def said_move(before: kinds.About, after: kinds.About) -> tuple[str, str]:
    """Where and when the parts that differ were, and are now, on the service's wall clock; ('', '') if none does."""
    was, is_now = [], []
    for number, (old, new) in enumerate(zip(before.parts, after.parts, strict=True), start=1):
        which = f" (part {number})" if len(after.parts) > 1 else ""
        pairs = [(_when(old), _when(new)), (_where(old), _where(new))]
        differ = [pair for pair in pairs if pair[0] != pair[1]]
        if differ:
            was.append(", ".join(pair[0] for pair in differ) + which)
            is_now.append(", ".join(pair[1] for pair in differ) + which)
    return "; ".join(was), "; ".join(is_now)


def _when(part: kinds.Part) -> str:
    return clock.say_span(part.starts_at, part.ends_at)


def _where(part: kinds.Part) -> str:
    return f"{part.room}, {part.site}" if part.room else "online"
