"""Somebody has places on two dates of a course, keeps one and would change the other."""

from datetime import timedelta

import pytest

from app import bookings, changes, doctor
from app.waiting_list import open_offer_of
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW


@pytest.fixture
def keeps_both(office):
    """Nia has both dates, and would give up the first for any other: (her wait, the dates)."""
    first = make.training_session(capacity=1)
    second = make.training_session(course=first.course, capacity=1, starts_at=IN_TWO_WEEKS + timedelta(days=1))
    nia = make.person()
    for training_session in (first, second):
        make.booking(training_session, nia, despite_overlaps=True)
    return make.wait(first.course, nia, instead_of=first.id), (first, second)


def test_whoever_has_a_place_on_a_date_is_not_offered_another_on_it(office, keeps_both):
    wait, (_, second) = keeps_both

    office.do(changes.change_capacity, second.id, 2, by=None, now=NOW)

    assert open_offer_of(wait) is None
    assert office.fresh(second).places_left == 1
    assert doctor.examine(NOW) == []


def test_such_a_place_is_not_kept_for_them_either(office, keeps_both):
    _, (_, second) = keeps_both
    office.do(changes.change_capacity, second.id, 2, by=None, now=NOW)

    booking = office.book(make.person(), second)

    assert booking.is_live


def test_whoever_has_given_up_the_date_they_would_change_is_offered_nothing_while_they_have_the_other(
    office, keeps_both
):
    wait, (first, _) = keeps_both

    office.cancel(next(booking for booking in bookings.live_on(first)))

    assert office.fresh(wait).instead_of_id is None
    assert open_offer_of(wait) is None


def test_a_place_held_for_somebody_who_turns_out_to_have_one_there_goes_to_the_next_in_line(office):
    """Two records of one person: one would change to a date on which the other has a place."""
    first = make.training_session(capacity=1)
    second = make.training_session(course=first.course, capacity=2, starts_at=IN_TWO_WEEKS + timedelta(days=1))
    nia, double, cora = make.person(), make.person(), make.coordinator()
    make.booking(first, nia)
    make.booking(second, double)
    wait = make.wait(second, nia, instead_of=first.id)
    assert open_offer_of(wait) is not None
    next_in_line = make.wait(second)

    office.do(changes.merge, nia, double, by=cora, now=NOW)

    assert open_offer_of(wait) is None
    assert open_offer_of(next_in_line).training_session_id == second.id
    assert doctor.examine(NOW) == []
