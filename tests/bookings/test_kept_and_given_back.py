"""What must not be lost, or come back, when a place and a wait of one person meet."""

from datetime import timedelta

import pytest

from app import bookings, changes, courses, timetable
from app.bookings import others
from app.bookings.pasted import Colleague
from tests import make
from tests.make import IN_TWO_WEEKS

DAY = timedelta(days=1)


@pytest.fixture
def one(office):
    """A date with one place."""
    return make.training_session(capacity=1)


@pytest.fixture
def other(office, one):
    """Another date of the same course, with one place that is taken."""
    return make.full_session(course=one.course, starts_at=IN_TWO_WEEKS + DAY)


@pytest.mark.parametrize("books_at_once", [True, False])
def test_a_place_that_somebody_gave_up_does_not_come_back_to_them(office, one, other, books_at_once):
    ann = make.person("Ann")
    booking = make.booking(one, ann)
    office.wait(ann, one.course, wants="any", instead_of=one.id, books_at_once=books_at_once)

    office.cancel(booking)

    assert office.names_on(one) == ([], [], [])
    assert office.names_on(other)[2] == ["Ann"]


def test_a_colleague_cannot_end_the_wait_of_somebody_who_is_held_a_place(office, one, other):
    ann, bob = make.person("Ann", address="ann@example.org"), make.person("Bob")
    office.wait(ann, other)
    office.free(other)

    outcome = office.do(others.book_for, Colleague("ann@example.org", "Ann"), one.id, by=bob, now=office.now)

    assert outcome.why_not == bookings.ASK_US
    assert office.names_on(other)[1] == ["Ann"]


def test_what_somebody_needs_is_kept_when_they_book_the_place_that_is_held_for_them(office, other):
    ann = make.person("Ann")
    office.wait(ann, other, access_needs="Ramp", answers=[["Which ward?", "7"]])
    office.free(other)

    booking = office.book(ann, other)

    assert (booking.access_needs, booking.answers) == ("Ramp", [["Which ward?", "7"]])


def test_what_somebody_needs_is_kept_when_they_change_by_way_of_the_list(office, one, other):
    ann = make.person("Ann")
    make.booking(one, ann, access_needs="Ramp")
    office.wait(ann, other, instead_of=one.id)
    office.free(other)

    booking = office.accept(office.offer_on(other))

    assert booking.access_needs == "Ramp"


def test_what_somebody_needs_is_kept_when_they_wait_again_after_a_cancellation(office, one):
    booking = make.booking(one, make.person("Ann"), access_needs="Ramp")
    office.cancel_session(one)

    wait = office.do(bookings.wait_again, bookings.get(booking.ref), by=booking.person, now=office.now)

    assert wait.access_needs == "Ramp"


def test_news_of_a_free_place_that_has_not_left_is_withdrawn_once_the_place_is_taken(office, other):
    office.wait(make.person("Ann"), other)
    office.now = other.starts_at - timedelta(hours=20)
    office.cancel(bookings.live_on(other)[0])
    assert office.names_told("place_free", "waiting") == ["Ann"]

    office.book(make.person("Quick"), other)

    assert office.names_told("place_free", "waiting") == []


def test_whoever_says_that_they_still_want_a_place_does_not_read_afterwards_that_they_get_none(office, other):
    wait = office.wait(make.person("Ann"), other)
    office.free(other)
    office.now += 4 * DAY
    office.catch_up()
    assert office.names_told("offer_lapsed", "waiting") == ["Ann"]

    office.still_want(wait)

    assert office.names_told("offer_lapsed", "waiting") == []


def test_another_smallest_number_is_no_news_of_a_free_place(office, one):
    office.wait(make.person("Ann"), make.full_session(course=one.course, starts_at=IN_TWO_WEEKS + DAY), wants="any")
    office.now = one.starts_at - timedelta(hours=20)
    office.catch_up()
    told = len(office.notices("place_free"))
    rules = changes.BookingRules.of(timetable.by_id(one.id))

    office.do(
        changes.change_booking_rules,
        one.id,
        changes.BookingRules(rules.capacity, 1, rules.opens_at, rules.closes_at),
        by=None,
        now=office.now,
    )

    assert len(office.notices("place_free")) == told


def test_a_date_that_is_open_later_is_told_to_whoever_waits_whatever_has_been_read(office):
    course, room, tom = make.course(), make.room(), make.trainer()
    office.wait(make.person("Ann"), course, wants="any")
    slots = [make.slot(room=room)]
    office.forget()

    office.do(
        lambda: changes.schedule(
            courses.get(course.slug),
            slots=slots,
            trainers=[tom],
            capacity=1,
            by=None,
            now=office.now,
            booking_opens_at=office.now + DAY,
        )
    )

    assert office.names_told("new_date") == ["Ann"]


def test_silence_on_two_dates_frees_one_place_for_one_person_who_waits(office):
    course = make.course(asks_to_confirm=True)
    dates = [
        make.training_session(course=course, capacity=1, starts_at=IN_TWO_WEEKS + timedelta(hours=3 * number))
        for number in range(2)
    ]
    for number, date in enumerate(dates):
        make.booking(date, make.person(f"Silent {number}"))
    office.wait(make.person("Ann"), course, wants="any")
    for days in (7, 5):
        office.now = IN_TWO_WEEKS - timedelta(days=days)
        office.post()
    office.now = IN_TWO_WEEKS - timedelta(days=2)

    office.catch_up()

    assert sorted(len(office.names_on(date)[0]) for date in dates) == [0, 1]
