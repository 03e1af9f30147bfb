from datetime import timedelta

import pytest

from app import bookings, changes
from app.db import db
from app.errors import BookingClosed, NotAllowed, NotFound
from app.timetable import Slot
from tests import make
from tests.make import IN_TWO_WEEKS

pytestmark = pytest.mark.both_engines


def test_everybody_booked_is_told_and_loses_the_entry(office):
    training_session = make.training_session()
    for address in ("nia@example.org", "sam@example.org"):
        make.booking(training_session, make.person(address=address))
    uids = [letter.entry[1] for letter in office.deliver()]

    office.cancel_session(training_session, words="The trainer is ill.")

    letters = office.deliver()
    assert [(letter.to, letter.entry) for letter in letters] == [
        ("nia@example.org", ("CANCEL", uids[0], 1)),
        ("sam@example.org", ("CANCEL", uids[1], 1)),
    ]
    for letter in letters:
        assert letter.subject == "Session cancelled: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am"
        assert "The trainer is ill." in letter.text


def test_every_place_is_given_up(office):
    training_session = make.training_session()
    booking = make.booking(training_session)

    office.cancel_session(training_session)

    kept = office.fresh(training_session)
    assert (kept.state, kept.places_taken) == ("cancelled", 0)
    assert office.fresh(booking).cancelled_at == office.now


def test_somebody_who_never_heard_of_the_booking_is_sent_no_withdrawal(office):
    training_session = make.training_session()
    make.booking(training_session)

    office.cancel_session(training_session)

    [letter] = office.deliver()
    assert (letter.subject.partition(":")[0], letter.entry) == ("Session cancelled", None)


def test_the_other_dates_with_places_are_shown(office):
    course = make.course()
    training_session = make.training_session(course=course)
    other = make.training_session(course=course, starts_at=IN_TWO_WEEKS + timedelta(days=7))
    make.booking(training_session)
    office.deliver()

    office.cancel_session(training_session)

    [letter] = office.deliver()
    assert f"Tue 22 Dec 2026, 10am, Online:\nhttps://training.example.org/sessions/{other.ref}\n" in letter.text


def test_what_was_still_to_be_sent_about_it_is_withdrawn(office):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)

    office.cancel_session(training_session)

    states = {(notice.kind, notice.state) for notice in office.notices()}
    assert states == {
        ("booked", "withdrawn"),
        ("reminder", "withdrawn"),
        ("session_full", "withdrawn"),
        ("trainer_reminder", "withdrawn"),
        ("session_cancelled", "waiting"),
    }


def test_its_room_is_free_for_others(office):
    room = make.room()
    office.cancel_session(make.training_session(room=room))

    make.training_session(room=room)

    assert sorted(slot.is_live for slot in db.session.query(Slot)) == [False, True]


def test_its_trainers_are_free_for_others(office):
    trainer = make.trainer()
    office.cancel_session(make.training_session(trainers=[trainer]))

    assert make.training_session(trainers=[trainer]).state == "scheduled"


def test_pressing_cancel_twice_is_pressing_it_once(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.cancel_session(training_session)
    before = office.kept()

    office.cancel_session(training_session)

    assert office.kept() == before


def test_whoever_cancelled_before_hears_nothing_more(office):
    training_session = make.training_session()
    office.cancel(make.booking(training_session))
    office.deliver()

    office.cancel_session(training_session)

    assert office.deliver() == []


def test_a_place_on_a_cancelled_session_cannot_be_cancelled_again(office):
    training_session = make.training_session()
    booking = make.booking(training_session)
    office.cancel_session(training_session)
    before = office.kept()

    office.cancel(booking)

    assert office.kept() == before


def test_a_session_under_way_can_be_cancelled(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.now = IN_TWO_WEEKS + timedelta(minutes=30)

    office.cancel_session(training_session)

    assert office.fresh(training_session).is_cancelled


def test_a_session_that_is_over_cannot_be_cancelled(office):
    training_session = make.training_session()
    office.now = IN_TWO_WEEKS + timedelta(hours=2)

    with pytest.raises(BookingClosed, match="The session is over"):
        office.cancel_session(training_session)


def test_a_stranger_cannot_cancel_a_session(office):
    with pytest.raises(NotAllowed):
        office.cancel_session(make.training_session(), by=make.trainer("Tess"))


def test_a_session_that_is_not_there_cannot_be_cancelled(office):
    with pytest.raises(NotFound):
        office.do(changes.cancel_session, 4711, by=None, now=office.now)


def test_a_session_cancelled_in_another_process_reaches_everybody(office):
    training_session = make.training_session()
    for _ in range(3):
        make.booking(training_session)
    office.deliver()
    number = training_session.id
    del training_session
    office.forget()

    office.do(changes.cancel_session, number, by=None, now=office.now)

    assert [letter.method for letter in office.deliver()] == ["CANCEL"] * 3


def test_a_cancelled_session_can_be_replaced_for_the_same_people(office):
    course, person = make.course(), make.person()
    training_session = make.training_session(course=course)
    make.booking(training_session, person)
    office.cancel_session(training_session)

    booking = office.book(person, make.training_session(course=course))

    assert bookings.of_person_on(person, booking.training_session).is_live
