"""What the database itself refuses when the code is passed by, on both engines."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.db import db
from app.timetable import Slot
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

pytestmark = pytest.mark.both_engines

BOOK = (
    "INSERT INTO bookings (ref, training_session_id, person_id, state, booked_at, booked_by_id, cancelled_at, answers,"
    " access_needs) VALUES (:ref, :session, :person, :state, :at, :person, :cancelled_at, '[]', '')"
)


def book_past_the_code(office, training_session, person, *, state="booked", cancelled_at=None):
    at = NOW.replace(tzinfo=None)
    values = {"session": training_session.id, "person": person.id, "at": at, "cancelled_at": cancelled_at}
    office.say(BOOK, ref=f"RAW{person.id}{state}"[:12], state=state, **values)


def test_more_places_than_there_are_cannot_be_taken(office):
    make.training_session(capacity=2)

    with pytest.raises(IntegrityError):
        office.say("UPDATE training_sessions SET places_taken = capacity + 1")


def test_fewer_places_than_none_cannot_be_taken(office):
    make.training_session()

    with pytest.raises(IntegrityError):
        office.say("UPDATE training_sessions SET places_taken = -1")


def test_the_capacity_cannot_fall_below_the_places_taken(office):
    make.booking(make.training_session())

    with pytest.raises(IntegrityError):
        office.say("UPDATE training_sessions SET capacity = 0, minimum = 0")


def test_a_second_live_booking_cannot_be_kept(office):
    training_session, person = make.training_session(), make.person()
    make.booking(training_session, person)

    with pytest.raises(IntegrityError):
        book_past_the_code(office, training_session, person)


def test_a_cancelled_booking_beside_a_live_one_can_be_kept(office):
    training_session, person = make.training_session(), make.person()
    make.booking(training_session, person)

    book_past_the_code(office, training_session, person, state="cancelled", cancelled_at=NOW.replace(tzinfo=None))


def test_a_cancelled_booking_says_when(office):
    with pytest.raises(IntegrityError):
        book_past_the_code(office, make.training_session(), make.person(), state="cancelled")


def test_two_live_slots_cannot_overlap_in_a_room(office):
    room = make.room()
    make.training_session(room=room)
    other = make.training_session(room=room, starts_at=IN_TWO_WEEKS + timedelta(hours=2))

    with pytest.raises(IntegrityError):
        office.do(move_past_the_code, other, IN_TWO_WEEKS + timedelta(hours=1, minutes=59))


def test_back_to_back_slots_can_share_a_room(office):
    room = make.room()
    make.training_session(room=room)
    other = make.training_session(room=room, starts_at=IN_TWO_WEEKS + timedelta(hours=5))

    office.do(move_past_the_code, other, IN_TWO_WEEKS + timedelta(hours=2))


def test_a_slot_that_comes_back_to_life_must_find_its_room_free(office):
    room = make.room()
    first = make.training_session(room=room)
    office.cancel_session(first)
    make.training_session(room=room)

    with pytest.raises(IntegrityError):
        office.say("UPDATE slots SET is_live = true WHERE training_session_id = :id", id=first.id)


def test_an_overlapping_slot_cannot_be_added(office):
    room = make.room()
    there, online = make.training_session(room=room), make.training_session()
    slot = Slot(
        training_session_id=online.id,
        position=1,
        starts_at=there.starts_at,
        ends_at=there.ends_at,
        room_id=room.id,
    )

    with pytest.raises(IntegrityError):
        office.do(add, slot)


def test_slots_online_may_overlap(office):
    make.training_session()
    make.training_session()

    assert db.session.query(Slot).filter_by(is_live=True).count() == 2


def move_past_the_code(training_session, starts_at):
    for slot in db.session.query(Slot).filter_by(training_session_id=training_session.id):
        slot.starts_at, slot.ends_at = starts_at, starts_at + timedelta(hours=2)
    db.session.flush()


def add(row):
    db.session.add(row)
    db.session.flush()
