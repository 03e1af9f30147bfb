"""What must hold of a service at any moment, read from its rows alone: the doctor is not asked, but checked."""

from collections import Counter
from itertools import combinations

from sqlalchemy import select

from app import clock
from app.bookings import Booking, Invite
from app.db import db
from app.journal import Deed
from app.people import Person
from app.rooms import Room
from app.timetable import SessionTrainer, Slot, TrainingSession
from app.waiting_list import Offer
from tests.notices import readers
from tests.notices.calendar_model import Calendar

GETS_INVITES = Person.address.is_not(None) & (Person.calendar_choice != "feed")


def rules_broken(now):
    """What is wrong, a sentence each."""
    db.session.rollback()
    sessions = {one.id: one for one in _all(TrainingSession)}
    slots, live = _all(Slot), Counter(one.training_session_id for one in _all(Booking) if one.is_live)
    offered = Counter(one.training_session_id for one in _all(Offer) if one.is_open)
    kept = Counter(one.training_session_id for one in _all(Booking) if one.held_until is not None)
    taken = {id_: (live[id_], offered[id_], kept[id_]) for id_ in sessions}
    rooms, trainers = {room.id: room for room in _all(Room)}, _all(SessionTrainer)
    return [
        *_places(sessions, slots, taken, rooms, now),
        *_overlaps(slots, trainers, now),
        *_people(sessions, trainers, now),
        *(f"the journal says an address: {deed.facts}" for deed in _all(Deed) if "@" in f"{deed.facts}{deed.why}"),
    ]


def _places(sessions, slots, taken, rooms, now):
    for one in sessions.values():
        booked, offered, kept = taken[one.id]
        if one.places_taken != booked + offered + kept:
            counted = f"{booked} bookings, {offered} offers, {kept} declined and held"
            yield f"session {one.id} counts {one.places_taken} places taken: {counted}"
        if not 0 <= one.places_taken <= one.capacity:
            yield f"session {one.id}: {one.places_taken} of {one.capacity} places"
        if one.state != "scheduled" and booked + offered + kept:
            yield f"session {one.id} is {one.state} and has places taken"
    for slot in slots:
        of = sessions.get(slot.training_session_id)
        if of is not None and slot.is_live == (of.state == "cancelled"):
            yield f"slot {slot.id} of a session that is {of.state}: live is {slot.is_live}"
        room = rooms.get(slot.room_id)
        if of and slot.is_live and room and slot.ends_at > now and (of.capacity > room.capacity or room.is_retired):
            yield f"session {of.id} with {of.capacity} places is in {room.name} ({room.capacity}, {room.is_retired=})"


def _overlaps(slots, trainers, now):
    """Of trainers only what is not over: whoever takes over a session half-way was elsewhere before."""
    run_by = {}
    for each in trainers:
        run_by.setdefault(each.training_session_id, set()).add(each.person_id)
    for one, other in combinations([slot for slot in slots if slot.is_live], 2):
        if one.starts_at < other.ends_at and other.starts_at < one.ends_at:
            if one.room_id is not None and one.room_id == other.room_id:
                yield f"slots {one.id} and {other.id} are in one room at one time"
            both = run_by.get(one.training_session_id, set()) & run_by.get(other.training_session_id, set())
            if both and min(one.ends_at, other.ends_at) > now:
                yield f"slots {one.id} and {other.id} have one trainer at one time"


def _people(sessions, trainers, now):
    people = {person.id: person for person in _all(Person)}
    if not any(person.is_coordinator for person in people.values()):
        yield "nobody is a coordinator"
    for id_ in sessions.keys() - {each.training_session_id for each in trainers}:
        yield f"nobody runs session {id_}"
    for each in trainers:
        of = sessions[each.training_session_id]
        if of.state != "cancelled" and of.ends_at > now and not people[each.person_id].is_trainer:
            yield f"session {of.id} is run by somebody who is no trainer"


def _all(model):
    return db.session.scalars(select(model).execution_options(populate_existing=True)).all()


class Calendars:
    """Everybody's calendar, from the letters that reached them. A letter that comes twice must be the same."""

    def __init__(self):
        self.of, self._seen = {}, {}

    def take_in(self, letters):
        for letter in letters:
            if letter.id in self._seen:
                assert self._seen[letter.id] == letter.calendar, "a second copy says something else"
                continue
            self._seen[letter.id] = letter.calendar
            if letter.calendar:
                [message] = readers.with_icalendar([letter.calendar])
                assert message["attendee"] == letter.to, "an entry for somebody else"
                self.of.setdefault(letter.to, Calendar()).take_in(message)

    @property
    def puzzling(self):
        return [message for calendar in self.of.values() for message in calendar.puzzling]

    def untrue(self, now):
        """Where a calendar and the records differ, of sessions that have not begun, a sentence each."""
        owed, begun = _owed(now)
        shown = {
            (address, entry["uid"]): (entry["starts_at"], entry["ends_at"], entry["location"].partition(",")[0])
            for address, calendar in self.of.items()
            for entry in calendar.shown
            if entry["uid"] not in begun and entry["starts_at"] > now
        }
        missing = [f"{key} should show {_said(owed[key])}" for key in owed.keys() - shown.keys()]
        too_many = [f"{key} shows {_said(shown[key])}" for key in shown.keys() - owed.keys()]
        wrong = [
            f"{key} shows {_said(shown[key])}, not {_said(owed[key])}"
            for key in owed.keys() & shown.keys()
            if owed[key] != shown[key]
        ]
        return sorted([*missing, *too_many, *wrong])


def _owed(now):
    """What calendars should show: dict[(address, uid), (start, end, where)]; and the UIDs that may stay as they are."""
    db.session.rollback()
    has_begun = TrainingSession.starts_at <= now
    of_begun = select(Invite.uid).join(Slot).join(TrainingSession, TrainingSession.id == Slot.training_session_id)
    owed = {
        (address, uid): (slot.starts_at, slot.ends_at, room or slot.joining_link)
        for address, uid, slot, room in [*_owed_to_who_is_booked(has_begun), *_owed_to_who_runs_it(has_begun)]
    }
    return owed, set(db.session.scalars(of_begun.where(has_begun)))


def _owed_to_who_is_booked(has_begun):
    query = (
        select(Person.address, Invite.uid, Slot, Room.name)
        .select_from(Invite)
        .join(Booking, Booking.id == Invite.booking_id)
        .join(Person, Person.id == Booking.person_id)
        .join(TrainingSession, TrainingSession.id == Booking.training_session_id)
        .join(Slot, Slot.id == Invite.slot_id)
        .outerjoin(Room, Room.id == Slot.room_id)
    )
    return db.session.execute(query.where(~has_begun, Booking.state == "booked", Invite.is_current, GETS_INVITES))


def _owed_to_who_runs_it(has_begun):
    """Asked of the sessions, not of the entries: who lacks one is owed it."""
    is_theirs = (Invite.slot_id == Slot.id) & (Invite.trainer_id == SessionTrainer.person_id) & Invite.is_current
    query = (
        select(Person.address, Invite.uid, Slot, Room.name)
        .select_from(SessionTrainer)
        .join(Person, Person.id == SessionTrainer.person_id)
        .join(TrainingSession, TrainingSession.id == SessionTrainer.training_session_id)
        .join(Slot, Slot.training_session_id == TrainingSession.id)
        .outerjoin(Invite, is_theirs)
        .outerjoin(Room, Room.id == Slot.room_id)
    )
    return db.session.execute(query.where(~has_begun, TrainingSession.state == "scheduled", GETS_INVITES))


def _said(entry):
    starts_at, ends_at, where = entry
    return f"{clock.say_span(starts_at, ends_at)}, {where}"
