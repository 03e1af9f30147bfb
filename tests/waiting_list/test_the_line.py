"""Who waits for what, and where in line."""

from datetime import timedelta

import pytest

from app import bookings, waiting_list
from app.db import db
from tests import make
from tests.make import IN_TWO_WEEKS

DAY = timedelta(days=1)


@pytest.fixture
def course(office):
    return make.course()


@pytest.fixture
def sessions(course):
    """Three full dates of a course."""
    return [make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(3)]


def named(course, name, *sessions):
    """Somebody who waits for these dates."""
    return make.wait(course, make.person(name), wants="these", session_ids=[each.id for each in sessions])


def test_where_everybody_stands_for_each_date(office, course, sessions):
    first, second, third = sessions
    make.wait(course, make.person("Ann"))
    ben = named(course, "Ben", first, second)
    cat = named(course, "Cat", second)

    assert waiting_list.counts(sessions) == {first.id: 2, second.id: 3, third.id: 1}
    assert waiting_list.ahead_of(ben, sessions) == {first.id: 1, second.id: 1, third.id: 1}
    assert waiting_list.ahead_of(cat, sessions) == {first.id: 2, second.id: 2, third.id: 1}


def test_nobody_is_counted_for_no_sessions(office, course, sessions):
    make.wait(course)

    assert waiting_list.counts([]) == {}


def test_who_has_left_is_not_in_line(office, course, sessions):
    office.leave(make.wait(course))

    assert waiting_list.counts(sessions) == {}
    assert (waiting_list.is_waited_for(course.id), waiting_list.line_of_course(course.id)) == (False, [])


def test_the_dates_that_are_named_are_read_in_order_of_time(office, course, sessions):
    first, _, third = sessions
    ann, ben = named(course, "Ann", third, first), make.wait(course, make.person("Ben"))

    found = waiting_list.wanted_dates([ann, ben])

    assert {wait_id: [date.id for date in dates] for wait_id, dates in found.items()} == {ann.id: [first.id, third.id]}


def test_which_of_some_dates_suit_somebody(office, course, sessions):
    first, second, third = sessions
    ann = named(course, "Ann", third, first)

    assert [date.id for date in waiting_list.suited_among(ann, sessions)] == [first.id, third.id]
    assert waiting_list.suited_among(ann, [second]) == []


def test_somebodys_waits_are_read_the_oldest_first_whatever_their_place_in_line(office, course, sessions):
    ann, other = make.person("Ann"), make.full_session()
    one = make.wait(course, ann)
    two = make.wait(other, ann)
    office.do(bookings.move_up, two, by=make.coordinator(), now=office.now, why="On call")

    assert [wait.id for wait in waiting_list.of(ann)] == [one.id, two.id]
    assert waiting_list.of_person(ann, course.id).id == one.id


def test_open_offers_are_found_by_wait_by_session_and_by_reference(office, course, sessions):
    ann, ben = (named(course, name, sessions[0]) for name in ("Ann", "Ben"))
    office.free(sessions[0])

    offer = office.offer_on(sessions[0])

    assert {wait_id: found.id for wait_id, found in waiting_list.open_offers([ann, ben]).items()} == {ann.id: offer.id}
    assert waiting_list.open_offer_of(ben) is None
    assert waiting_list.count_offers(sessions[0]) == 1
    assert waiting_list.offer_by_id(offer.id).ref == offer.ref


def test_a_wait_forgets_the_dates_of_a_wish_that_was_changed(office, course, sessions):
    ann = named(course, "Ann", *sessions)

    office.wait(ann.person, sessions[1])

    rows = db.session.execute(db.text("SELECT training_session_id FROM wait_dates")).scalars().all()
    assert rows == [sessions[1].id]


def test_where_waits_stand_is_told_from_one_on(office, course, sessions):
    first, second, third = sessions
    ann, ben = make.wait(course, make.person("Ann")), named(course, "Ben", first, third)

    assert waiting_list.places_in_line([ann, ben], office.now) == {
        (ann.id, first.id): 1,
        (ann.id, second.id): 1,
        (ann.id, third.id): 1,
        (ben.id, first.id): 2,
        (ben.id, third.id): 2,
    }
