from datetime import UTC, datetime, timedelta

import pytest

from app import bookings, changes
from app.db import db
from app.errors import BookingClosed, Faulty, NotAllowed, NotFound, RoomTaken, TooSmall, TrainerBusy
from app.journal import Deed
from app.timetable import Slot
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

LINK = "https://meet.example.org/room"
NEXT_DAY = IN_TWO_WEEKS + timedelta(days=1)
NEXT_WEEK = IN_TWO_WEEKS + timedelta(days=7)


def online(starts_at, link=LINK):
    return make.slot(starts_at, joining_link=link)


def test_everybody_booked_reads_the_old_and_the_new_time(office):
    training_session = make.training_session()
    for address in ("nia@example.org", "sam@example.org"):
        make.booking(training_session, make.person(address=address))
    office.deliver()

    office.move(training_session, [online(NEXT_DAY)], words="The trainer is ill.")

    letters = office.deliver()
    assert [letter.to for letter in letters] == ["nia@example.org", "sam@example.org"]
    for letter in letters:
        assert letter.subject == "New time: Using Social Media to Keep up to Date, Wed 16 Dec 2026, 10am"
        assert "The trainer is ill." in letter.text
        assert "  Was: Tuesday 15 December 2026, 10am to midday\n" in letter.text
        assert "  Now: Wednesday 16 December 2026, 10am to midday\n" in letter.text


def test_the_calendar_entry_moves_along(office):
    training_session = make.training_session()
    make.booking(training_session)
    [booked] = office.deliver()

    office.move(training_session, [online(NEXT_DAY)])

    [moved] = office.deliver()
    assert moved.entry == ("REQUEST", booked.entry[1], 1)
    assert (moved.event["DTSTART"].dt, moved.event["DTEND"].dt) == (NEXT_DAY, NEXT_DAY + timedelta(hours=2))
    assert moved.event["DTSTAMP"].dt == booked.event["DTSTAMP"].dt + timedelta(seconds=1)


def test_the_stamp_goes_on_though_the_clock_steps_back(office):
    training_session = make.training_session()
    make.booking(training_session)
    [booked] = office.deliver()
    office.now = NOW - timedelta(hours=1)

    office.move(training_session, [online(NEXT_DAY)])

    office.now = NOW
    [moved] = office.deliver()
    assert moved.event["DTSTAMP"].dt == booked.event["DTSTAMP"].dt + timedelta(seconds=1)


def test_moved_twice_before_the_worker_ran_is_one_letter_about_the_net_change(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.deliver()

    office.move(training_session, [online(NEXT_DAY)], words="The trainer is ill.")
    office.move(training_session, [online(NEXT_WEEK)])

    [letter] = office.deliver()
    assert "Was: Tuesday 15 December 2026" in letter.text
    assert "Now: Tuesday 22 December 2026" in letter.text
    assert "16 December" not in letter.text
    assert "The trainer is ill." in letter.text
    assert (letter.entry[2], letter.event["DTSTART"].dt) == (2, NEXT_WEEK)


def test_moved_before_booked_left_the_confirmation_has_the_new_time(office):
    training_session = make.training_session()
    make.booking(training_session)

    office.move(training_session, [online(NEXT_DAY)])

    [letter] = office.deliver()
    assert letter.subject == "Booked: Using Social Media to Keep up to Date, Wed 16 Dec 2026, 10am"
    assert (letter.method, letter.event["DTSTART"].dt) == ("REQUEST", NEXT_DAY)
    assert "Tuesday 15 December" not in letter.text


def test_moved_there_and_back_before_the_worker_ran_needs_no_letter(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.deliver()

    office.move(training_session, [online(NEXT_DAY)])
    office.move(training_session, [online(IN_TWO_WEEKS)])

    assert office.deliver() == []


def test_moved_back_when_the_first_letter_may_have_left_says_still_booked(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.deliver()
    office.move(training_session, [online(NEXT_DAY)])
    office.say("UPDATE notices SET may_have_left = true WHERE kind = 'moved'")  # the mail server never answered

    office.move(training_session, [online(IN_TWO_WEEKS)])

    [letter] = office.deliver()
    assert letter.subject.startswith("Still booked: ")
    assert (letter.entry[2], letter.event["DTSTART"].dt) == (2, IN_TWO_WEEKS)


def test_moved_back_after_the_letter_left_is_another_letter(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.deliver()
    office.move(training_session, [online(NEXT_DAY)])
    office.deliver()

    office.move(training_session, [online(IN_TWO_WEEKS)])

    [letter] = office.deliver()
    assert letter.subject == "New time: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am"
    assert (letter.entry[2], letter.event["DTSTART"].dt) == (2, IN_TWO_WEEKS)


def test_a_move_to_the_same_place_and_time_tells_nobody(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.deliver()

    office.move(training_session, [online(IN_TWO_WEEKS)])

    assert office.deliver() == []


def test_a_shorter_session_is_a_new_time(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.deliver()

    office.move(training_session, [make.slot(minutes=90, joining_link=LINK)])

    [letter] = office.deliver()
    assert letter.subject.startswith("New time: ")


def test_a_move_into_a_room_says_both(office):
    training_session = make.training_session(capacity=5)
    make.booking(training_session)
    office.deliver()

    office.move(training_session, [make.slot(NEXT_DAY, room=make.room())])

    [letter] = office.deliver()
    assert letter.subject.startswith("New time and room and joining link: ")


def test_whoever_cancelled_hears_of_no_move(office):
    training_session = make.training_session()
    office.cancel(make.booking(training_session))
    office.deliver()

    office.move(training_session, [online(NEXT_DAY)])

    assert office.deliver() == []


def test_a_move_in_another_process_than_the_bookings_reaches_everybody(office):
    training_session = make.training_session()
    for _ in range(3):
        make.booking(training_session)
    office.deliver()
    number = training_session.id
    del training_session
    office.forget()

    office.do(changes.move, number, [online(NEXT_DAY)], by=None, now=office.now)

    assert len(office.deliver()) == 3


def test_clashes_with_a_persons_own_bookings_are_named(office):
    person = make.person()
    training_session = make.training_session()
    make.booking(training_session, person)
    make.booking(make.training_session(course=make.course("Copyright for the busy"), starts_at=NEXT_DAY), person)
    office.deliver()

    office.move(training_session, [online(NEXT_DAY + timedelta(hours=1))])

    [letter] = office.deliver()
    assert "You are also booked on this at that time:" in letter.text
    assert "- Copyright for the busy, Wed 16 Dec 2026, 10am\n" in letter.text


def test_another_persons_bookings_are_never_named(office):
    training_session, other = (
        make.training_session(),
        make.training_session(course=make.course("Secret course"), starts_at=NEXT_DAY),
    )
    make.booking(training_session, make.person(address="nia@example.org"))
    make.booking(training_session, make.person("Sam", address="sam@example.org"))
    make.booking(other, make.person("Sid"))
    office.deliver()

    office.move(training_session, [online(NEXT_DAY)])

    for letter in office.deliver():
        assert "Secret course" not in letter.text
        assert ("Sam" in letter.text) == (letter.to == "sam@example.org")


def test_the_session_itself_moves(office):
    training_session, room = make.training_session(capacity=5), make.room()

    office.move(training_session, [make.slot(NEXT_DAY, room=room)])

    moved = office.fresh(training_session)
    slots = [(slot.starts_at, slot.room_id, slot.joining_link, slot.is_live) for slot in db.session.query(Slot)]
    assert (moved.starts_at, moved.ends_at) == (NEXT_DAY, NEXT_DAY + timedelta(hours=2))
    assert slots == [(NEXT_DAY, room.id, "", True)]


def test_a_session_can_move_into_its_own_time(office):
    training_session = make.training_session(room=(room := make.room()))

    office.move(training_session, [make.slot(IN_TWO_WEEKS + timedelta(minutes=30), room=room)])

    assert office.fresh(training_session).starts_at == IN_TWO_WEEKS + timedelta(minutes=30)


def test_the_journal_says_who_moved_it_and_why(office):
    training_session, coordinator = make.training_session(), make.coordinator()

    office.move(training_session, [online(NEXT_DAY)], by=coordinator, words="Ill")

    [deed] = db.session.query(Deed).filter_by(did="moved").all()
    assert (deed.by_id, deed.about_id, deed.why) == (coordinator.id, training_session.id, "Ill")


def test_a_stranger_cannot_move_a_session(office):
    training_session = make.training_session()

    with pytest.raises(NotAllowed):
        office.move(training_session, [online(NEXT_DAY)], by=make.trainer("Tess"))


def test_the_owner_of_the_course_may_move_it_if_a_trainer(office):
    owner = make.trainer("Olga")
    training_session = make.training_session(course=make.course(owner=owner))

    office.move(training_session, [online(NEXT_DAY)], by=owner)

    assert office.fresh(training_session).starts_at == NEXT_DAY


def test_a_session_cannot_move_into_the_past(office):
    with pytest.raises(Faulty, match="still to come"):
        office.move(make.training_session(), [online(NOW)])


def test_a_session_that_is_over_cannot_move(office):
    training_session = make.training_session()
    office.now = IN_TWO_WEEKS + timedelta(hours=2)

    with pytest.raises(BookingClosed, match="The session is over"):
        office.move(training_session, [online(NEXT_WEEK)])


def test_a_cancelled_session_cannot_move(office):
    training_session = make.training_session()
    office.cancel_session(training_session)

    with pytest.raises(BookingClosed, match="has been cancelled"):
        office.move(training_session, [online(NEXT_DAY)])


def test_a_session_that_is_not_there_cannot_move(office):
    with pytest.raises(NotFound):
        office.do(changes.move, 4711, [online(NEXT_DAY)], by=None, now=NOW)


def test_a_room_that_is_taken_refuses_it_and_says_by_what(office):
    room = make.room()
    make.training_session(room=room, course=make.course("Copyright for the busy"))
    training_session = make.training_session()

    with pytest.raises(RoomTaken) as refused:
        office.move(training_session, [make.slot(room=room)])

    assert refused.value.sentence == (
        "IT training room is taken on Tuesday 15 December 2026, 10am to midday with ‘Copyright for the busy’. "
        "No room for 10 people is free then."
    )
    assert db.session.query(Slot).filter_by(is_live=True).count() == 2


def test_a_trainer_who_is_busy_then_refuses_it(office):
    trainer = make.trainer()
    make.training_session(trainers=[trainer], starts_at=NEXT_DAY)
    training_session = make.training_session(trainers=[trainer])

    with pytest.raises(TrainerBusy, match="Tom Trainer is busy on Wednesday 16 December 2026"):
        office.move(training_session, [online(NEXT_DAY + timedelta(minutes=119))])


def test_a_room_that_is_too_small_refuses_it(office):
    training_session = make.training_session(capacity=10)

    with pytest.raises(TooSmall, match="IT training room holds 6 people, so it cannot give 10 places"):
        office.move(training_session, [make.slot(room=make.room(capacity=6))])


def test_a_session_keeps_the_number_of_its_parts(office):
    with pytest.raises(Faulty, match="Give a time for each part of the session: 1 in all"):
        office.move(make.training_session(), [online(NEXT_DAY), online(NEXT_WEEK)])


def test_a_refused_move_changes_nothing(office):
    training_session = make.training_session()
    make.booking(training_session)
    before = office.kept()

    with pytest.raises(TooSmall):
        office.move(training_session, [make.slot(NEXT_DAY, room=make.room(capacity=6))])

    assert [line for line in office.kept().splitlines() if line.startswith(("slots", "notices", "training"))] == [
        line for line in before.splitlines() if line.startswith(("slots", "notices", "training"))
    ]


def test_a_session_under_way_may_be_given_another_link_and_end(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.now = IN_TWO_WEEKS + timedelta(minutes=5)

    office.do(changes.change_joining_link, training_session.id, "https://meet.example.org/2", by=None, now=office.now)

    assert [slot.joining_link for slot in db.session.query(Slot)] == ["https://meet.example.org/2"]


def test_a_session_moved_across_the_clock_change_keeps_its_entry(office):
    march = datetime(2027, 3, 23, 14, tzinfo=UTC)
    training_session = make.training_session(starts_at=march)
    make.booking(training_session)
    office.deliver()

    office.move(training_session, [online(datetime(2027, 3, 30, 13, tzinfo=UTC))])

    [letter] = office.deliver()
    assert "Was: Tuesday 23 March 2027, 2pm to 4pm" in letter.text
    assert "Now: Tuesday 30 March 2027, 2pm to 4pm" in letter.text


def test_a_booking_is_still_one_after_a_move(office):
    training_session, person = make.training_session(), make.person()
    booking = make.booking(training_session, person)

    office.move(training_session, [online(NEXT_DAY)])

    assert bookings.of_person_on(person, training_session).id == booking.id


def test_a_letter_that_it_is_full_leaves_with_the_new_time(office):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)

    office.move(
        training_session, [make.slot(IN_TWO_WEEKS + timedelta(days=1), joining_link="https://meet.example.org/room")]
    )

    full = [letter for letter in office.deliver() if letter.subject.startswith("Full: ")]
    assert [letter.subject for letter in full] == ["Full: Using Social Media to Keep up to Date, Wed 16 Dec 2026, 10am"]


def test_booking_closes_as_long_before_the_start_as_it_did(office):
    day = timedelta(days=1)
    training_session = make.training_session(booking_closes_at=IN_TWO_WEEKS - day)

    office.move(training_session, [make.slot(IN_TWO_WEEKS + 7 * day, joining_link=LINK)])

    assert office.fresh(training_session).booking_closes_at == IN_TWO_WEEKS + 6 * day


def test_another_room_does_not_change_when_booking_closes(office):
    closes_at = IN_TWO_WEEKS - timedelta(days=1)
    training_session = make.training_session(booking_closes_at=closes_at)

    office.do(changes.change_room, training_session.id, make.room(), capacity=10, by=None, now=NOW)

    assert office.fresh(training_session).booking_closes_at == closes_at
