"""What those who run a session hear of how full it is."""

from datetime import UTC, datetime, timedelta

import pytest

from app import bookings, changes
from app.db import db
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def tom(office):
    return make.trainer(address="tom@example.org")


def rows(office, kind):
    """(to whom, when it is due, state)"""
    return [(notice.address, notice.due_at, notice.state) for notice in office.notices(kind)]


# Full.


def test_a_coordinator_who_asked_hears_that_a_session_is_full(office, tom):
    cora, _silent = make.coordinator(address="cora@example.org"), make.coordinator("Carl")
    office.do(setattr, cora, "hears_of_full", True)

    make.full_session(trainers=[tom])

    assert sorted(notice.address for notice in office.notices("session_full")) == [
        "cora@example.org",
        "tom@example.org",
    ]


def test_whoever_asked_as_a_coordinator_and_is_one_no_more_hears_nothing(office, tom):
    office.do(setattr, make.person("Cora"), "hears_of_full", True)

    make.full_session(trainers=[tom])

    assert [notice.address for notice in office.notices("session_full")] == ["tom@example.org"]


def test_the_letter_says_how_many_are_booked_held_and_waiting_and_which_larger_rooms_are_free(office, tom):
    small, larger = make.room(capacity=2), make.room("Seminar room", capacity=6)
    taken = make.room("Lecture theatre", capacity=9)
    make.training_session(room=taken, capacity=9)
    course = make.course()
    for name in ("Ann", "Ben", "Cat"):
        office.wait(make.person(name), course, wants="new")
    session = make.training_session(course=course, room=small, capacity=2, trainers=[tom])

    [notice] = [each for each in office.notices("session_full") if each.about_id == session.id]
    facts = notice.facts
    assert (facts["booked_count"], facts["held_count"], facts["capacity"], facts["waiting_count"]) == (0, 2, 2, 1)
    assert [(room["ref"], room["capacity"]) for room in facts["larger_rooms"]] == [(larger.slug, 6)]


def test_a_session_full_of_offers_is_full_once_when_they_are_accepted(office, tom):
    full = make.full_session(trainers=[tom])
    for name in ("Ann", "Ben"):
        office.wait(make.person(name), full)
    office.post()
    office.free(full)
    office.decline(office.offer_on(full))
    office.accept(office.offer_on(full))

    assert [notice.state for notice in office.notices("session_full")] == ["sent"]


def test_a_session_that_was_full_and_is_so_again_later_is_told_again(office, tom):
    full = make.full_session(trainers=[tom])
    office.post()
    office.free(full)
    office.wait(make.person("Ann"), full)

    assert [notice.state for notice in office.notices("session_full")] == ["sent", "waiting"]


def test_more_places_make_it_full_no_longer(office, tom):
    full = make.full_session(trainers=[tom])

    office.do(changes.change_capacity, full.id, 2, by=None, now=office.now)

    assert (office.fresh(full).is_said_full, office.fresh(full).full_count) == (False, 1)
    assert [notice.state for notice in office.notices("session_full")] == ["withdrawn"]


def test_fewer_places_make_it_full(office, tom):
    session = make.training_session(capacity=2, trainers=[tom])
    make.booking(session)

    office.do(changes.change_capacity, session.id, 1, by=None, now=office.now)

    assert [notice.address for notice in office.notices("session_full")] == ["tom@example.org"]


def test_an_offer_that_runs_out_with_nobody_behind_makes_it_full_no_longer(office, tom):
    full = make.full_session(trainers=[tom])
    office.wait(make.person("Ann"), full)
    office.free(full)
    office.now = office.offer_on(full).lapses_at

    office.catch_up()

    assert office.fresh(full).is_said_full is False
    assert [notice.state for notice in office.notices("session_full")] == ["withdrawn"]


# The last few places.


def test_the_last_few_places_are_told_to_trainers_and_coordinators_two_weeks_before(office, tom):
    make.coordinator(address="cora@example.org")
    session = make.training_session(capacity=4, trainers=[tom], starts_at=IN_TWO_WEEKS + 14 * DAY)

    make.booking(session)

    due_at = datetime(2026, 12, 15, 9, tzinfo=UTC)
    assert rows(office, "last_places") == [
        ("tom@example.org", due_at, "waiting"),
        ("cora@example.org", due_at, "waiting"),
    ]


def test_within_two_weeks_they_are_told_at_once(office, tom):
    session = make.training_session(capacity=4, trainers=[tom])

    make.booking(session)

    assert rows(office, "last_places") == [("tom@example.org", NOW, "waiting")]


def test_four_places_are_not_the_last_few(office, tom):
    make.booking(make.training_session(capacity=5, trainers=[tom]))

    assert rows(office, "last_places") == []


def test_a_course_says_how_many_places_are_the_last_few(office, tom):
    make.booking(make.training_session(course=make.course(last_few=5), capacity=6, trainers=[tom]))

    assert rows(office, "last_places") == [("tom@example.org", NOW, "waiting")]


def test_a_small_session_that_nobody_has_booked_is_not_down_to_the_last_places(office, tom):
    make.training_session(capacity=3, trainers=[tom])

    assert rows(office, "last_places") == []


def test_they_are_told_once(office, tom):
    session = make.training_session(capacity=4, trainers=[tom])

    for _ in range(3):
        make.booking(session)

    assert len(rows(office, "last_places")) == 1


def test_it_says_how_many_are_left_when_it_leaves(office, tom):
    session = make.training_session(capacity=4, trainers=[tom])
    make.booking(session)
    [notice] = office.notices("last_places")

    make.booking(session)

    assert bookings.last_places_now(notice, office.now).places_left == 2


@pytest.mark.parametrize("what", ["full", "emptied", "cancelled", "over", "closed"])
def test_it_is_not_sent_if_it_is_not_so_any_more(office, tom, what):
    session = make.training_session(capacity=4, trainers=[tom], booking_closes_at=IN_TWO_WEEKS - DAY)
    booking = make.booking(session)
    [notice] = office.notices("last_places")

    if what == "full":
        for _ in range(3):
            make.booking(session)
    elif what == "emptied":
        office.cancel(booking)
    elif what == "cancelled":
        office.cancel_session(session)
    else:
        office.now = IN_TWO_WEEKS if what == "over" else IN_TWO_WEEKS - HOUR

    db.session.expire_all()
    assert bookings.last_places_now(notice, office.now) is None


def test_places_that_are_held_are_not_left(office, tom):
    course = make.course()
    office.wait(make.person("Ann"), course, wants="new")

    session = make.training_session(course=course, capacity=4, trainers=[tom])

    [notice] = office.notices("last_places")
    assert (notice.about_id, bookings.last_places_now(notice, office.now).places_left) == (session.id, 3)


def test_after_a_move_they_are_told_of_the_new_date(office, tom):
    session = make.training_session(capacity=4, trainers=[tom])
    make.booking(session)
    office.post()

    office.move(session, [make.slot(IN_TWO_WEEKS + 7 * DAY, joining_link="https://meet.example.org/room")])

    assert [(due_at, state) for _, due_at, state in rows(office, "last_places")] == [
        (NOW, "sent"),
        (datetime(2026, 12, 8, 9, tzinfo=UTC), "waiting"),
    ]


# Low numbers.


def test_low_numbers_are_looked_at_a_week_before_at_nine(office, tom):
    make.training_session(minimum=2, trainers=[tom])

    assert rows(office, "low_numbers") == [("tom@example.org", datetime(2026, 12, 8, 9, tzinfo=UTC), "waiting")]


def test_a_session_without_a_smallest_number_is_never_too_small(office, tom):
    make.training_session(minimum=0, trainers=[tom])

    assert rows(office, "low_numbers") == []


def test_it_says_how_many_have_booked_and_how_many_are_wanted(office, tom):
    session = make.training_session(minimum=2, trainers=[tom])
    make.booking(session)
    [notice] = office.notices("low_numbers")

    facts = bookings.low_numbers_now(notice, office.now)

    assert (facts.booked_count, facts.minimum) == (1, 2)


def test_it_is_not_sent_once_enough_have_booked(office, tom):
    session = make.training_session(minimum=2, trainers=[tom])
    for _ in range(2):
        make.booking(session)
    [notice] = office.notices("low_numbers")

    assert bookings.low_numbers_now(notice, office.now) is None


def test_a_place_that_is_only_held_is_not_somebody_who_comes(office, tom):
    course = make.course()
    office.wait(make.person("Ann"), course, wants="new")
    make.training_session(course=course, minimum=1, trainers=[tom])
    [notice] = office.notices("low_numbers")

    assert bookings.low_numbers_now(notice, office.now).booked_count == 0


@pytest.mark.parametrize("what", ["cancelled", "begun"])
def test_it_is_not_sent_when_it_is_too_late(office, tom, what):
    session = make.training_session(minimum=2, trainers=[tom])
    [notice] = office.notices("low_numbers")

    if what == "cancelled":
        office.cancel_session(session)
    else:
        office.now = IN_TWO_WEEKS

    db.session.expire_all()
    assert bookings.low_numbers_now(notice, office.now) is None


def test_a_move_looks_again_a_week_before_the_new_date(office, tom):
    session = make.training_session(minimum=2, trainers=[tom])

    office.move(session, [make.slot(IN_TWO_WEEKS + 7 * DAY, joining_link="https://meet.example.org/room")])

    assert [(due_at.day, state) for _, due_at, state in rows(office, "low_numbers")] == [
        (8, "withdrawn"),
        (15, "waiting"),
    ]


def test_a_new_smallest_number_is_looked_at_too(office, tom):
    session = make.training_session(minimum=0, trainers=[tom], capacity=5)
    rules = changes.BookingRules(capacity=5, minimum=3, opens_at=None, closes_at=None)

    office.do(changes.change_booking_rules, session.id, rules, by=None, now=office.now)

    assert [state for *_, state in rows(office, "low_numbers")] == ["waiting"]
