from datetime import timedelta

import pytest

from app import bookings, timetable
from app.db import db
from app.errors import AlreadyBooked, BookingClosed, NotAllowed, NotFound, SessionFull
from app.journal import Deed
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

pytestmark = pytest.mark.both_engines


def test_a_person_takes_a_place(office):
    training_session, person = make.training_session(capacity=3), make.person()

    booking = office.book(person, training_session)

    assert (booking.state, booking.person_id, booking.booked_by_id, booking.booked_at) == (
        "booked",
        person.id,
        person.id,
        NOW,
    )
    assert office.fresh(training_session).places_taken == 1


def test_the_last_place_cannot_be_given_twice(office):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)

    with pytest.raises(SessionFull) as refused:
        office.book(make.person(), training_session)

    assert refused.value.sentence == "All the places on this session have been taken."
    assert office.fresh(training_session).places_taken == 1


def test_a_refused_person_is_sent_nothing(office):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)
    before = len(office.notices())

    with pytest.raises(SessionFull):
        office.book(make.person(), training_session)

    assert len(office.notices()) == before


def test_somebody_with_a_place_is_told_so_and_not_that_it_is_full(office):
    training_session, person = make.training_session(capacity=1), make.person()
    booking = make.booking(training_session, person)

    with pytest.raises(AlreadyBooked) as refused:
        office.book(person, training_session)

    assert refused.value.facts == {"booking_ref": booking.ref}


def test_go_ahead_does_not_give_one_person_two_places_on_a_session(office):
    training_session, person = make.training_session(), make.person()
    make.booking(training_session, person)

    with pytest.raises(AlreadyBooked):
        office.book(person, training_session, despite_overlaps=True)


def test_nobody_can_book_what_is_not_there(office):
    with pytest.raises(NotFound):
        office.do(bookings.book, *(person := make.person(), 4711), by=person, now=NOW)


def test_a_session_that_has_started_is_closed(office):
    training_session = make.training_session()
    office.now = IN_TWO_WEEKS

    with pytest.raises(BookingClosed, match="This session has already started"):
        office.book(make.person(), training_session)


def test_a_session_can_be_booked_until_the_second_before_it_starts(office):
    training_session = make.training_session()
    office.now = IN_TWO_WEEKS - timedelta(seconds=1)

    assert office.book(make.person(), training_session).is_live


def test_a_session_whose_booking_opens_later_says_when(office):
    training_session = make.training_session(booking_opens_at=NOW + timedelta(days=2, hours=1))

    with pytest.raises(BookingClosed) as refused:
        office.book(make.person(), training_session)

    assert refused.value.sentence == "Booking opens on Thursday 3 December 2026 at 10am."


def test_booking_opens_at_the_very_second(office):
    training_session = make.training_session(booking_opens_at=NOW)

    assert office.book(make.person(), training_session).is_live


def test_a_session_whose_booking_has_closed_says_so(office):
    training_session = make.training_session(booking_closes_at=NOW)

    with pytest.raises(BookingClosed) as refused:
        office.book(make.person(), training_session)

    assert refused.value.sentence == "Booking closed on Tuesday 1 December 2026."


def test_a_cancelled_session_is_closed(office):
    training_session = make.training_session()
    office.cancel_session(training_session)

    with pytest.raises(BookingClosed, match="This session has been cancelled"):
        office.book(make.person(), training_session)


@pytest.mark.parametrize("state", ["draft", "archived"])
def test_a_course_that_is_not_published_cannot_be_booked(office, state):
    training_session = make.training_session(course=make.course(state=state))

    with pytest.raises(BookingClosed, match="This session is not open for booking"):
        office.book(make.person(), training_session)


def test_a_draft_of_a_session_cannot_be_booked(office):
    training_session = make.training_session()
    office.say("UPDATE training_sessions SET state = 'draft'")

    with pytest.raises(BookingClosed, match="This session is not open for booking"):
        office.book(make.person(), training_session)


def test_a_colleague_cannot_book_for_somebody_without_an_address(office):
    with pytest.raises(NotAllowed):
        office.book(make.person(address=None), make.training_session(), by=make.person("Carl Colleague"))


def test_a_trainer_of_another_session_cannot_book_for_somebody_without_an_address(office):
    with pytest.raises(NotAllowed):
        office.book(make.person(address=None), make.training_session(), by=make.trainer("Tess Trainer"))


def test_its_trainer_books_for_anybody(office):
    trainer, person = make.trainer(), make.person()
    training_session = make.training_session(trainers=[trainer])

    booking = office.book(person, training_session, by=trainer)

    assert (booking.person_id, booking.booked_by_id) == (person.id, trainer.id)


def test_whoever_is_booked_by_a_coordinator_gets_the_letter_and_reads_who_did_it(office):
    training_session, person = make.training_session(), make.person(address="nia@example.org")

    office.book(person, training_session, by=make.coordinator())

    [letter] = office.deliver()
    assert (letter.to, letter.method) == ("nia@example.org", "REQUEST")
    assert "Cora Coordinator booked this place for you." in letter.text


def test_the_confirmation_comes_with_a_new_calendar_entry(office):
    training_session, person = make.training_session(), make.person(address="nia@example.org")

    office.book(person, training_session)

    [letter] = office.deliver()
    [invite] = bookings.invites_of([bookings.of_person_on(person, training_session)]).popitem()[1]
    assert letter.subject == "Booked: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am"
    assert letter.entry == ("REQUEST", invite.uid, 0)
    assert letter.event["DTSTART"].dt == IN_TWO_WEEKS


def test_answers_are_kept_as_they_were_asked(office):
    answers = [["Which ward?", "Ward 7"], ["Have you come before?", "No"]]

    booking = office.book(make.person(), make.training_session(), answers=answers)

    assert office.fresh(booking).answers == answers


def test_the_journal_says_who_booked_and_nothing_about_them(office):
    training_session, person, coordinator = make.training_session(), make.person(), make.coordinator()

    booking = office.book(person, training_session, by=coordinator, access_needs="Large print")

    [deed] = db.session.query(Deed).filter_by(did="booked").all()
    assert (deed.by_id, deed.about, deed.about_id, deed.facts) == (
        coordinator.id,
        "bookings",
        booking.id,
        {"session": training_session.ref},
    )


def test_each_part_of_a_session_has_an_entry_of_its_own(office):
    slots = [
        make.slot(joining_link="https://meet.example.org/1"),
        make.slot(IN_TWO_WEEKS + timedelta(days=1), joining_link="https://meet.example.org/2"),
    ]
    person = make.person()
    booking = office.book(person, make.training_session(slots=slots))

    letters = office.deliver()

    uids = [invite.uid for invite in bookings.invites_of([booking])[booking.id]]
    assert [letter.entry for letter in letters] == [("REQUEST", uids[0], 0), ("REQUEST", uids[1], 0)]
    assert [letter.subject.partition(":")[0] for letter in letters] == ["Booked", "Calendar entry"]
    assert [str(letter.event["SUMMARY"])[-8:] for letter in letters] == ["(1 of 2)", "(2 of 2)"]


def test_another_process_sees_the_places_taken_meanwhile(office):
    training_session = make.training_session(capacity=2)
    held = timetable.get(training_session.ref)  # read before the others book
    make.booking(training_session)
    make.booking(training_session)

    with pytest.raises(SessionFull):
        office.book(make.person(), held)
