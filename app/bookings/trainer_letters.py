"""What those who run a session are told of how full it is: full, nearly full, not full enough.

All but 'full' are rows that fall due; what they say is read then, and what is not so any more is not sent.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

from app import clock, timetable, waiting_list
from app.bookings.facts import about, without_links
from app.bookings.held import count_held
from app.db import db
from app.notices import kinds, outbox
from app.notices.outbox import Notice, Recipient
from app.people import Person
from app.timetable import TrainingSession

LAST_PLACES_FROM = timedelta(days=14)
MOST_ROOMS = 3


def tell_full(training_session: TrainingSession, now: datetime) -> None:
    """One letter each time it becomes full, never two to one person.

    To each trainer, the course's owner, and the coordinators who asked.
    """
    held_count = count_held(training_session)
    facts = kinds.SessionFull(
        about=about(training_session),
        booked_count=training_session.places_taken - held_count,
        capacity=training_session.capacity,
        held_count=held_count,
        waiting_count=waiting_list.counts([training_session]).get(training_session.id, 0)
        - waiting_list.count_offers(training_session),
        larger_rooms=larger_rooms(training_session, now),
    )
    owner = db.session.get(Person, training_session.course.owner_id) if training_session.course.owner_id else None
    asked = db.session.scalars(select(Person).where(Person.hears_of_full, Person.is_coordinator).order_by(Person.id))
    for to in _each_once([*training_session.trainers, owner, *asked]):
        key = f"full:{training_session.id}:{training_session.full_count}:{to.person_id}"
        outbox.queue(facts, to=to, about=training_session, now=now, dedupe_key=key)


def tell_full_anew(training_session: TrainingSession, now: datetime) -> None:
    """The session has changed: letters that it is full, if they are still here, leave with what is true now."""
    if outbox.withdraw(training_session, kinds=(kinds.SessionFull,), now=now) and training_session.is_full:
        tell_full(training_session, now)


def larger_rooms(training_session: TrainingSession, now: datetime) -> tuple[kinds.LargerRoom, ...]:
    """Rooms that are free at all its times to come and hold more people than its own, the best fitting first."""
    coming = [slot for slot in training_session.slots if slot.ends_at > now]
    held = [slot.room.capacity for slot in coming if slot.room]
    if not coming or len(held) < len(coming):
        return ()
    found = timetable.rooms_for(
        [(slot.starts_at, slot.ends_at) for slot in coming],
        places=max(training_session.capacity, min(held)) + 1,
        needs=training_session.course.room_needs,
        apart_from=training_session.id,
    )
    fitting = [each.room for each in found if each.may_be_chosen][:MOST_ROOMS]
    return tuple(kinds.LargerRoom(ref=room.slug, name=room.where, capacity=room.capacity) for room in fitting)


def note_last_places(training_session: TrainingSession, now: datetime) -> None:
    """If only the last few places are left, those who run it are to spread the word, from two weeks before on.

    Said once for each date that the session has had.
    """
    left, on = training_session.places_left, clock.today(training_session.starts_at)
    if not 0 < left <= training_session.course.last_few or not training_session.places_taken:
        return
    due_at = max(now, clock.morning_of(on - LAST_PLACES_FROM))
    coordinators = db.session.scalars(select(Person).where(Person.is_coordinator).order_by(Person.id))
    for to in _each_once([*training_session.trainers, *coordinators]):
        key = f"last_places:{training_session.id}:{to.person_id}:{on}"
        outbox.queue_late(kinds.LastPlaces, to=to, about=training_session, due_at=due_at, now=now, dedupe_key=key)


def note_last_places_anew(training_session: TrainingSession, now: datetime) -> None:
    """The session has changed: what still waits to be said is said when it is now due, and to whom it now concerns."""
    outbox.withdraw(training_session, kinds=(kinds.LastPlaces,), now=now)
    note_last_places(training_session, now)


def low_numbers_now(notice: Notice, now: datetime) -> kinds.LowNumbers | None:
    """The facts of that letter when it falls due; None if enough have booked, or it is too late to matter."""
    training_session = _coming(notice, now)
    if training_session is None:
        return None
    booked_count = training_session.places_taken - count_held(training_session)
    if booked_count >= training_session.minimum:
        return None
    return kinds.LowNumbers(about=about(training_session), booked_count=booked_count, minimum=training_session.minimum)


def last_places_now(notice: Notice, now: datetime) -> kinds.LastPlaces | None:
    """The facts of that letter when it falls due; None if it is full, or not nearly full."""
    training_session = _coming(notice, now)
    if training_session is None or timetable.why_not_bookable(training_session, now):
        return None
    if not 0 < training_session.places_left <= training_session.course.last_few:
        return None
    return kinds.LastPlaces(about=without_links(about(training_session)), places_left=training_session.places_left)


def _coming(notice: Notice, now: datetime) -> TrainingSession | None:
    training_session = timetable.by_id(notice.about_id)
    if training_session is None or training_session.state != "scheduled" or training_session.starts_at <= now:
        return None
    return training_session


def _each_once(people: Iterable[Person | None]) -> list[Recipient]:
    """Those of them who can be reached, nobody twice."""
    found = {person.id: person for person in people if person}
    return [Recipient(person.address, person.name, id_) for id_, person in found.items() if person.address]
