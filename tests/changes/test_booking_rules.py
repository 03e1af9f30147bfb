from datetime import timedelta

import pytest

from app import changes, history, timetable
from app.changes import BookingRules
from app.errors import BookingClosed, Faulty, NotAllowed, StaleEdit, TooSmall
from app.journal import newest
from tests import make
from tests.make import IN_TWO_WEEKS

OPENS, CLOSES = IN_TWO_WEEKS - timedelta(days=7), IN_TWO_WEEKS - timedelta(days=1)


def set_rules(office, training_session, *rules, by=None, **kwargs):
    number = training_session.id
    office.do(changes.change_booking_rules, number, BookingRules(*rules), by=by, now=office.now, **kwargs)


def test_places_minimum_and_window_are_set_together(office):
    training_session = make.training_session()

    set_rules(office, training_session, 8, 4, OPENS, CLOSES)

    kept = office.fresh(training_session)
    assert (kept.capacity, kept.minimum, kept.booking_opens_at, kept.booking_closes_at) == (8, 4, OPENS, CLOSES)


def test_the_history_says_each_of_them(office):
    training_session = make.training_session()

    set_rules(office, training_session, 8, 4, OPENS, None)

    assert [line.did for line in history.of(training_session)[1:]] == [
        "changed the number of places from 10 to 8",
        "changed the smallest number worth running from 0 to 4",
        "changed when booking opens from at once to Tue 8 Dec 2026, 10am",
    ]


def test_nobody_can_book_before_it_opens_any_more(office):
    training_session = make.training_session()

    set_rules(office, training_session, 10, 0, OPENS, None)

    assert timetable.why_not_bookable(timetable.get(training_session.ref), office.now) == (
        "Booking opens on Tuesday 8 December 2026 at 10am."
    )


def test_people_booked_hear_nothing_of_it(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.deliver()

    set_rules(office, training_session, 8, 4, OPENS, CLOSES)

    assert office.deliver() == []


def test_the_same_rules_again_change_nothing(office):
    training_session = make.training_session()
    set_rules(office, training_session, 8, 4, OPENS, CLOSES)
    before = office.kept()

    set_rules(office, training_session, 8, 4, OPENS, CLOSES)

    assert office.kept() == before


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "field"),
    [
        (IN_TWO_WEEKS, None, "booking_opens_at"),
        (CLOSES, OPENS, "booking_opens_at"),
        (None, IN_TWO_WEEKS + timedelta(minutes=1), "booking_closes_at"),
    ],
)
def test_a_window_in_which_nobody_could_book_is_refused(office, opens_at, closes_at, field):
    with pytest.raises(Faulty) as refused:
        set_rules(office, make.training_session(), 10, 0, opens_at, closes_at)

    assert refused.value.field == field


def test_more_people_than_places_cannot_be_the_minimum(office):
    with pytest.raises(Faulty, match="The minimum cannot be 11 when there are 10 places"):
        set_rules(office, make.training_session(), 10, 11, None, None)


def test_places_and_minimum_can_both_go_down_at_once(office):
    training_session = make.training_session(minimum=8)

    set_rules(office, training_session, 5, 3, None, None)

    assert office.fresh(training_session).minimum == 3


def test_more_places_than_the_room_holds_are_refused_with_what_would_work(office):
    make.room("Seminar room 1", capacity=24)
    training_session = make.training_session(room=make.room("Quiet room", capacity=6), capacity=6)

    with pytest.raises(TooSmall) as refused:
        set_rules(office, training_session, 12, 0, None, None)

    assert refused.value.sentence == (
        "Quiet room holds 6 people, so it cannot give 12 places. Seminar room 1 (24 people) is free then."
    )


def test_a_draft_can_have_other_rules(office):
    training_session = make.training_session()
    office.do(setattr, training_session, "state", "draft")

    set_rules(office, training_session, 8, 4, OPENS, CLOSES)

    assert office.fresh(training_session).capacity == 8


def test_a_stranger_cannot_set_them(office):
    with pytest.raises(NotAllowed):
        set_rules(office, make.training_session(), 8, 4, None, None, by=make.trainer("Sly"))


def test_a_session_that_is_over_keeps_its_rules(office):
    training_session = make.training_session()
    office.now = IN_TWO_WEEKS + timedelta(hours=2)

    with pytest.raises(BookingClosed, match="over"):
        set_rules(office, training_session, 8, 4, None, None)


def test_whoever_has_not_seen_the_last_change_is_told_of_it(office):
    training_session = make.training_session()
    seen = newest(training_session)
    office.do(changes.change_capacity, training_session.id, 9, by=None, now=office.now)

    with pytest.raises(StaleEdit):
        set_rules(office, training_session, 8, 4, None, None, seen=seen)
