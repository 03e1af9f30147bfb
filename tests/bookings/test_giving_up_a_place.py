from datetime import timedelta

import pytest

from app import bookings
from app.db import db
from app.errors import BookingClosed, NotAllowed
from app.journal import Deed
from tests import make
from tests.make import IN_TWO_WEEKS


def test_whoever_cannot_come_gives_the_place_back(office):
    training_session = make.training_session()
    booking = make.booking(training_session)

    office.cancel(booking)

    kept = office.fresh(booking)
    assert (kept.state, kept.cancelled_at) == ("cancelled", office.now)
    assert office.fresh(training_session).places_taken == 0


def test_a_place_given_back_can_be_taken_by_another(office):
    training_session = make.training_session(capacity=1)
    office.cancel(make.booking(training_session))

    assert office.book(make.person(), training_session).is_live


def test_cancelling_takes_the_entry_out_of_the_calendar(office):
    booking = make.booking(make.training_session())
    [booked] = office.deliver()

    office.cancel(booking)

    [letter] = office.deliver()
    assert letter.subject == "You cancelled: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am"
    assert letter.entry == ("CANCEL", booked.entry[1], 1)
    assert str(letter.event["STATUS"]) == "CANCELLED"
    assert letter.event["DTSTAMP"].dt > booked.event["DTSTAMP"].dt


def test_what_never_reached_a_calendar_is_not_taken_out_of_it(office):
    booking = make.booking(make.training_session())

    office.cancel(booking)

    [letter] = office.deliver()
    assert (letter.subject.partition(":")[0], letter.entry) == ("You cancelled", None)


def test_pressing_cancel_twice_is_pressing_it_once(office):
    training_session = make.training_session()
    booking, _other = make.booking(training_session), make.booking(training_session)
    office.cancel(booking)
    before = [(notice.id, notice.state) for notice in office.notices()]

    office.cancel(booking)

    assert office.fresh(training_session).places_taken == 1
    assert [(notice.id, notice.state) for notice in office.notices()] == before


def test_a_place_cannot_be_given_up_once_the_session_has_started(office):
    booking = make.booking(make.training_session())
    office.now = IN_TWO_WEEKS

    with pytest.raises(BookingClosed, match="has started"):
        office.cancel(booking)

    assert office.fresh(booking).is_live


def test_a_place_can_be_given_up_until_the_second_before_the_start(office):
    booking = make.booking(make.training_session())
    office.now = IN_TWO_WEEKS - timedelta(seconds=1)

    office.cancel(booking)

    assert not office.fresh(booking).is_live


def test_its_trainer_cancels_a_place_with_a_reason(office):
    trainer = make.trainer()
    booking = make.booking(make.training_session(trainers=[trainer]), make.person(address="nia@example.org"))
    office.deliver()

    office.cancel(booking, by=trainer, why="You asked me to on the telephone.")

    [letter] = office.deliver()
    assert (letter.to, letter.subject.partition(":")[0]) == ("nia@example.org", "Place cancelled")
    assert "Tom Trainer cancelled it.\n\nYou asked me to on the telephone.\n" in letter.text


def test_the_journal_keeps_who_cancelled_and_why(office):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    booking = make.booking(training_session)

    office.cancel(booking, by=trainer, why="Ill")

    [deed] = db.session.query(Deed).filter_by(did="cancelled").all()
    assert (deed.by_id, deed.about, deed.about_id, deed.why, deed.facts) == (
        trainer.id,
        "bookings",
        booking.id,
        "Ill",
        {"session": training_session.ref},
    )


@pytest.mark.parametrize("stranger", [make.person, make.trainer])
def test_a_stranger_cannot_cancel_a_place(office, stranger):
    booking = make.booking(make.training_session())

    with pytest.raises(NotAllowed):
        office.cancel(booking, by=stranger("Sam Stranger"))

    assert office.fresh(booking).is_live


def test_a_coordinator_cancels_a_place_found_by_its_reference(office):
    ref, coordinator = make.booking(make.training_session()).ref, make.coordinator()
    office.forget()

    office.cancel(bookings.get(ref), by=coordinator)

    assert not bookings.get(ref).is_live


def test_booking_again_makes_a_new_booking_with_a_new_entry(office):
    training_session, person = make.training_session(), make.person()
    first = make.booking(training_session, person)
    office.deliver()
    office.cancel(first)
    office.deliver()

    second = office.book(person, training_session)

    [letter] = office.deliver()
    old, new = (bookings.invites_of([booking])[booking.id][0].uid for booking in (first, second))
    assert (letter.entry, first.id == second.id, old == new) == (("REQUEST", new, 0), False, False)


def test_whoever_cancels_reads_of_other_dates_with_places(office):
    course = make.course()
    booking = make.booking(make.training_session(course=course))
    make.training_session(course=course, starts_at=IN_TWO_WEEKS + timedelta(days=1))
    make.booking(make.training_session(course=course, capacity=1, starts_at=IN_TWO_WEEKS + timedelta(days=2)))
    cancelled = make.training_session(course=course, starts_at=IN_TWO_WEEKS + timedelta(days=3))
    office.cancel_session(cancelled)
    make.training_session(starts_at=IN_TWO_WEEKS + timedelta(days=4))

    office.cancel(booking)

    [notice] = office.notices("cancelled")
    assert [date["starts_at"] for date in notice.facts["other_dates"]] == ["2026-12-16T10:00:00Z"]


def test_at_most_five_other_dates_are_told(office):
    course = make.course()
    booking = make.booking(make.training_session(course=course))
    for days in range(1, 8):
        make.training_session(course=course, starts_at=IN_TWO_WEEKS + timedelta(days=days))

    office.cancel(booking)

    [notice] = office.notices("cancelled")
    assert [date["starts_at"][8:10] for date in notice.facts["other_dates"]] == ["16", "17", "18", "19", "20"]
