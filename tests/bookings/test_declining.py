"""A place given up by declining its entry in a calendar: it is held for a quarter of an hour, for whoever mistapped."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app import bookings, changes, doctor, people
from app.bookings import Booking
from app.errors import AlreadyBooked, BookingClosed, NotAllowed, Refused, SessionFull, TooSmall
from app.waiting_list import Wait
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

pytestmark = pytest.mark.both_engines

DAY, HOUR, QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
LINK = "https://meet.example.org/room"


@pytest.fixture
def nia(office):
    return make.person("Nia", address="nia@example.org")


def taken(office, training_session):
    return office.fresh(training_session).places_taken


def uids(booking):
    return [entry.uid for entry in bookings.invites_of([booking])[booking.id]]


def told(office, *, to):
    return [(letter.subject.partition(":")[0], letter.entry) for letter in office.deliver() if letter.to == to]


def waiting(office, place, *names):
    """People who begin to wait, a minute after each other."""
    for name in names:
        office.now += timedelta(minutes=1)
        office.wait(make.person(name), place)


def let_go(office, booking):
    """The quarter of an hour is over, and the worker has seen it."""
    office.now += QUARTER
    office.catch_up()
    assert office.fresh(booking).held_until is None


# Held.


def test_a_declined_place_stays_taken_for_a_quarter_of_an_hour(office, nia):
    full = make.training_session(capacity=1)

    booking = office.fresh(make.declined(full, nia))

    assert (booking.state, booking.cancelled_at, booking.held_until) == ("cancelled", NOW, NOW + QUARTER)
    assert taken(office, full) == 1
    with pytest.raises(SessionFull):
        office.book(make.person("Ann"), full)
    assert doctor.examine(office.now) == []


def test_the_database_refuses_one_more_beside_a_place_that_is_held(office, nia):
    make.declined(make.training_session(capacity=1), nia)

    with pytest.raises(IntegrityError):
        office.say("UPDATE training_sessions SET places_taken = places_taken + 1")


def test_a_place_that_somebody_has_cannot_be_held_as_well(office, nia):
    make.booking(make.training_session(), nia)

    with pytest.raises(IntegrityError):
        office.say("UPDATE bookings SET held_until = booked_at")


def test_whoever_waits_is_not_offered_a_place_that_is_held(office, nia):
    full = make.training_session(capacity=1)
    booking = make.booking(full, nia)
    office.wait(make.person("Ann"), full)

    office.decline_by_calendar(booking)
    office.now += QUARTER - timedelta(seconds=1)
    office.catch_up()

    assert office.names_on(full) == ([], [], ["Ann"])


def test_after_a_quarter_of_an_hour_it_goes_to_whoever_is_next_in_line(office, nia):
    full = make.training_session(capacity=1)
    booking = make.booking(full, nia)
    office.wait(make.person("Ann"), full)
    office.decline_by_calendar(booking)
    office.now += QUARTER

    assert bookings.courses_due(office.now) == [full.course_id]
    office.catch_up()

    assert office.names_on(full) == ([], ["Ann"], ["Ann"])
    assert taken(office, full) == 1
    assert bookings.courses_due(office.now) == []


def test_after_a_quarter_of_an_hour_it_is_free_if_nobody_waits(office, nia):
    full = make.training_session(capacity=1)
    booking = make.declined(full, nia)

    let_go(office, booking)

    assert taken(office, full) == 0
    office.book(make.person("Ann"), full)


def test_in_the_last_24_hours_nothing_is_held(office, nia):
    full = make.training_session(capacity=1)
    booking = make.booking(full, nia)
    office.wait(make.person("Ann"), full)
    office.now = IN_TWO_WEEKS - DAY

    office.decline_by_calendar(booking)

    assert office.fresh(booking).held_until is None
    assert taken(office, full) == 0
    assert office.names_told("place_free") == ["Ann"]
    office.book(make.person("Ben"), full)


def test_just_before_the_last_24_hours_it_is_still_held(office, nia):
    booking = make.booking(make.training_session(capacity=1), nia)
    office.now = IN_TWO_WEEKS - DAY - timedelta(minutes=1)

    office.decline_by_calendar(booking)

    assert office.fresh(booking).held_until == office.now + QUARTER


def test_whoever_declines_loses_the_entry_and_reads_until_when_the_place_is_held(office, nia):
    booking = make.booking(make.training_session(), nia)
    [booked] = [letter for letter in office.deliver() if letter.to == "nia@example.org"]

    office.decline_by_calendar(booking)

    [letter] = [letter for letter in office.deliver() if letter.to == "nia@example.org"]
    assert letter.subject.startswith("You declined: ")
    assert letter.entry == ("CANCEL", booked.entry[1], 1)
    [notice] = office.notices("cancelled")
    assert (notice.facts["by_calendar"], notice.facts["held_until"]) == (True, "2026-12-01T09:15:00Z")
    assert office.notices("reminder", "waiting") == []


def test_declining_twice_changes_nothing(office, nia):
    booking = make.declined(make.training_session(), nia)
    before = office.kept()
    office.now += timedelta(minutes=1)

    office.decline_by_calendar(booking)

    assert office.kept() == before


def test_declining_what_was_cancelled_changes_nothing(office, nia):
    booking = make.booking(make.training_session(), nia)
    office.cancel(booking)
    before = office.kept()

    office.decline_by_calendar(booking)

    assert office.kept() == before


def test_a_session_that_has_begun_cannot_be_declined(office, nia):
    booking = make.booking(make.training_session(), nia)
    office.now = IN_TWO_WEEKS

    with pytest.raises(BookingClosed):
        office.decline_by_calendar(booking)


def test_nobody_declines_or_takes_back_for_somebody_else(office, nia):
    booking, ann = make.booking(make.training_session(), nia), make.person("Ann")

    with pytest.raises(NotAllowed):
        office.decline_by_calendar(booking, by=ann)
    office.decline_by_calendar(booking)
    with pytest.raises(NotAllowed):
        office.undo(booking, by=ann)


# Taken back.


def test_whoever_takes_it_back_in_time_has_a_new_booking_as_if_nothing_had_been(office, nia):
    full = make.training_session(capacity=1)
    said = {"answers": [["Which database?", "Scopus"]], "access_needs": "Large print"}
    booking = make.booking(full, nia, **said)
    office.do(bookings.confirm, booking, by=nia, now=office.now)
    office.deliver()
    old = uids(booking)
    office.now += HOUR
    office.decline_by_calendar(booking)
    office.now += timedelta(minutes=14)

    again = office.fresh(office.undo(booking))

    assert again.id != booking.id
    assert (again.state, again.booked_at, again.confirmed_at) == ("booked", NOW, NOW)
    assert {"answers": again.answers, "access_needs": again.access_needs} == said
    assert not set(uids(again)) & set(old)
    assert office.fresh(booking).held_until is None
    assert taken(office, full) == 1
    assert doctor.examine(office.now) == []


def test_whoever_takes_it_back_gets_a_new_entry_and_new_reminders(office, nia):
    booking = make.booking(make.training_session(), nia)
    office.decline_by_calendar(booking)
    office.deliver()

    again = office.undo(booking)

    assert told(office, to="nia@example.org") == [("Booked", ("REQUEST", *uids(again), 0))]
    assert [each.about_id for each in office.notices("reminder", "waiting")] == [again.id, again.id]


def test_a_place_held_a_little_longer_because_the_worker_was_away_can_still_be_taken_back(office, nia):
    full = make.training_session(capacity=1)
    booking = make.declined(full, nia)
    office.now += HOUR

    office.undo(booking)

    assert office.names_on(full)[0] == ["Nia"]


def test_taking_back_twice_is_once(office, nia):
    booking = make.declined(make.training_session(), nia)
    again = office.undo(booking)
    before = office.kept()

    assert office.undo(booking).id == again.id
    assert office.kept() == before


def test_declining_the_place_that_was_taken_back_holds_that_one(office, nia):
    full = make.training_session(capacity=1)
    booking = make.declined(full, nia)
    again = office.undo(booking)
    office.decline_by_calendar(again)

    third = office.undo(booking)

    assert third.booked_at == NOW
    assert (office.names_on(full)[0], taken(office, full)) == (["Nia"], 1)


def test_once_it_has_gone_on_they_are_in_line_as_from_the_day_they_booked(office, nia):
    full = make.training_session(capacity=1)
    booking = make.booking(full, nia, answers=[["Which database?", "Scopus"]], access_needs="Large print")
    waiting(office, full, "Ann", "Ben")
    office.decline_by_calendar(booking)
    let_go(office, booking)

    wait = office.undo(booking)

    assert isinstance(wait, Wait)
    assert (wait.ranked_at, wait.answers, wait.access_needs) == (NOW, [["Which database?", "Scopus"]], "Large print")
    assert office.names_on(full) == ([], ["Ann"], ["Nia", "Ann", "Ben"])


def test_they_have_it_when_whoever_came_next_does_not_want_it(office, nia):
    full = make.training_session(capacity=1)
    booking = make.booking(full, nia)
    waiting(office, full, "Ann", "Ben")
    office.decline_by_calendar(booking)
    let_go(office, booking)
    office.undo(booking)

    office.decline(office.offer_on(full))

    assert office.names_on(full)[1] == ["Nia"]


def test_taking_back_twice_once_it_has_gone_is_one_place_in_line(office, nia):
    full = make.training_session(capacity=1)
    booking = make.booking(full, nia)
    waiting(office, full, "Ann")
    office.decline_by_calendar(booking)
    let_go(office, booking)

    first, second = office.undo(booking), office.undo(booking)

    assert (first.id, office.names_on(full)[2]) == (second.id, ["Nia", "Ann"])


def test_a_place_that_is_free_is_theirs_again_though_it_was_not_held_any_more(office, nia):
    booking = make.declined(make.training_session(), nia)
    let_go(office, booking)

    again = office.undo(booking)

    assert isinstance(again, Booking)
    assert again.booked_at == NOW


def test_a_free_place_in_the_last_24_hours_is_theirs_again(office, nia):
    full = make.training_session(capacity=1)
    booking = make.booking(full, nia)
    office.now = IN_TWO_WEEKS - HOUR
    office.decline_by_calendar(booking)

    office.undo(booking)

    assert office.names_on(full)[0] == ["Nia"]


def test_a_place_that_was_cancelled_cannot_be_taken_back(office, nia):
    booking = make.booking(make.training_session(), nia)
    office.cancel(booking)

    with pytest.raises(Refused, match="not given up by declining"):
        office.undo(booking)


@pytest.mark.parametrize("is_held", [True, False], ids=["held", "held no more"])
def test_nothing_comes_back_of_a_session_that_was_cancelled(office, nia, is_held):
    full = make.training_session(capacity=1)
    booking = make.declined(full, nia)
    if not is_held:
        let_go(office, booking)

    office.cancel_session(full)

    assert (office.fresh(booking).held_until, taken(office, full)) == (None, 0)
    with pytest.raises(BookingClosed):
        office.undo(booking)
    assert doctor.examine(office.now) == []


def test_nothing_comes_back_once_the_session_has_begun(office, nia):
    booking = make.declined(make.training_session(), nia)
    let_go(office, booking)
    office.now = IN_TWO_WEEKS

    with pytest.raises(BookingClosed):
        office.undo(booking)


def test_nothing_comes_back_once_it_has_begun_though_the_worker_was_away_all_the_time(office, nia):
    booking = make.declined(make.training_session(), nia)
    office.now = IN_TWO_WEEKS

    with pytest.raises(BookingClosed):
        office.undo(booking)


def test_booking_that_has_closed_does_not_stop_whoever_takes_back_what_is_held_for_them(office, nia):
    full = make.training_session(capacity=1, booking_closes_at=NOW + HOUR)
    booking = make.booking(full, nia)
    office.now += 2 * HOUR
    office.decline_by_calendar(booking)

    office.undo(booking)

    assert office.names_on(full)[0] == ["Nia"]


# Meanwhile.


def test_whoever_books_a_full_session_again_has_the_place_that_is_held_for_them(office, nia):
    full = make.training_session(capacity=1)
    booking = make.declined(full, nia)

    again = office.book(nia, full)

    assert (office.names_on(full)[0], taken(office, full)) == (["Nia"], 1)
    assert office.fresh(booking).held_until is None
    assert office.undo(booking).id == again.id
    assert doctor.examine(office.now) == []


def test_whoever_books_again_has_the_place_that_is_held_for_them_also_while_others_are_free(office, nia):
    training_session = make.training_session(capacity=3)
    make.declined(training_session, nia)

    office.book(nia, training_session)

    assert taken(office, training_session) == 1


def test_whoever_changes_to_a_full_date_that_they_declined_has_the_place_that_is_held_for_them(office, nia):
    course = make.course()
    full = make.training_session(course=course, capacity=1)
    other = make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY)
    make.declined(full, nia)
    booking = office.book(nia, other)

    office.change(booking, full)

    assert (office.names_on(full)[0], taken(office, full), taken(office, other)) == (["Nia"], 1, 0)


def test_what_they_began_to_wait_for_since_ends_when_they_take_their_place_back(office, nia):
    full = make.training_session(capacity=1)
    booking = make.declined(full, nia)
    office.now += timedelta(minutes=1)
    wait = office.wait(nia, full)

    office.undo(booking)

    assert office.fresh(wait).state == "booked"
    assert office.names_on(full) == (["Nia"], [], [])


def test_an_offer_of_another_date_goes_on_when_they_take_their_place_back(office, nia):
    course = make.course()
    full = make.training_session(course=course, capacity=1)
    other = make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY)
    booking = make.declined(full, nia)
    office.now += timedelta(minutes=1)
    office.wait(nia, other)
    waiting(office, other, "Ann")
    office.free(other)

    office.undo(booking)

    assert office.names_on(full) == (["Nia"], [], [])
    assert office.names_on(other) == ([], ["Ann"], ["Ann"])


def test_whoever_waited_to_change_the_date_goes_on_waiting_to_change_it(office, nia):
    course = make.course()
    full = make.training_session(course=course, capacity=1)
    other = make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY)
    booking = make.booking(full, nia)
    wait = office.wait(nia, other, instead_of=full.id)
    office.now += HOUR
    office.decline_by_calendar(booking)

    office.undo(booking)

    assert (office.fresh(wait).state, office.fresh(wait).instead_of_id) == ("waiting", full.id)
    assert office.names_on(other)[2] == ["Nia"]


def test_once_it_has_gone_whoever_has_another_date_by_now_does_not_wait_as_well(office, nia):
    course = make.course()
    full = make.training_session(course=course, capacity=1)
    other = make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY)
    booking = make.booking(full, nia)
    waiting(office, full, "Ann")
    office.decline_by_calendar(booking)
    let_go(office, booking)
    office.book(nia, other)

    with pytest.raises(AlreadyBooked):
        office.undo(booking)


def test_a_session_that_moved_meanwhile_comes_back_at_its_new_time(office, nia):
    training_session = make.training_session(capacity=1)
    booking = make.declined(training_session, nia)
    office.deliver()
    office.move(training_session, [make.slot(IN_TWO_WEEKS + DAY, joining_link=LINK)])

    office.undo(booking)

    letters = [letter for letter in office.deliver() if letter.to == "nia@example.org"]
    assert [letter.subject.partition(":")[0] for letter in letters] == ["Booked"]
    assert letters[0].event.start == IN_TWO_WEEKS + DAY
    assert office.names_on(training_session)[0] == ["Nia"]


def test_a_session_cannot_be_made_smaller_than_what_is_booked_and_held(office, nia):
    training_session = make.training_session(capacity=3)
    make.booking(training_session)
    make.declined(training_session, nia)

    with pytest.raises(TooSmall, match="2 places are taken"):
        office.do(changes.change_capacity, training_session.id, 1, by=None, now=office.now)
    office.do(changes.change_capacity, training_session.id, 2, by=None, now=office.now)


def test_two_records_put_together_take_the_place_back_as_one_person(office, nia):
    full, kept = make.training_session(capacity=1), make.person("Nia Nurse")
    booking = make.declined(full, nia)
    office.do(changes.merge, kept, nia, by=make.coordinator(), now=office.now)

    again = office.undo(office.fresh(booking), by=kept)

    assert (again.person_id, taken(office, full)) == (kept.id, 1)


def test_a_new_address_meanwhile_gets_the_entry_of_the_place_taken_back(office, nia):
    office.do(people.give_address, nia, "new@example.org", by=nia, now=office.now)
    booking = make.declined(make.training_session(), nia)
    office.deliver()
    office.do(changes.send_letters_to, nia, "new@example.org", by=nia, now=office.now)

    again = office.undo(booking)

    assert told(office, to="new@example.org") == [("Booked", ("REQUEST", *uids(again), 0))]


def test_trainers_hear_that_it_is_full_once_not_again_when_the_place_is_taken_back(office, nia):
    full = make.training_session(capacity=1)
    booking = make.declined(full, nia)

    office.undo(booking)

    assert len(office.notices("session_full")) == 1


def test_trainers_hear_that_it_is_full_again_once_the_place_had_been_free(office, nia):
    full = make.training_session(capacity=1)
    booking = make.booking(full, nia)
    office.deliver()
    office.decline_by_calendar(booking)
    let_go(office, booking)

    office.undo(booking)

    assert len(office.notices("session_full")) == 2


def test_whoever_booked_for_a_colleague_without_an_address_reads_that_the_place_is_held(office):
    cora, paper = make.coordinator(address="cora@example.org"), make.person("Pat Paper", address=None)
    training_session = make.training_session(capacity=1)
    booking = office.book(paper, training_session, by=cora)
    office.deliver()

    office.decline_by_calendar(booking, by=cora)
    letters = told(office, to="cora@example.org")
    again = office.undo(booking, by=cora)

    assert letters == [("Place cancelled", None)]
    assert told(office, to="cora@example.org") == [("Booked", None)]
    assert (again.person_id, again.booked_by_id) == (paper.id, cora.id)
