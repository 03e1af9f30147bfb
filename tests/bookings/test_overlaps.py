from datetime import timedelta

import pytest

from app.errors import Overlaps, SessionFull
from tests import make
from tests.make import IN_TWO_WEEKS

SAME_TIME = "You already have a place on something else at this time."
SAME_COURSE = "You already have a place on another date of this course."


def test_somebody_booked_elsewhere_at_that_time_is_asked(office):
    person, other = make.person(), make.training_session(course=make.course("Copyright for the busy"))
    booking = make.booking(other, person)

    with pytest.raises(Overlaps) as question:
        office.book(person, make.training_session(starts_at=IN_TWO_WEEKS + timedelta(minutes=119)))

    [clash] = question.value.facts["clashes"]
    assert question.value.sentence == SAME_TIME
    assert (clash.booking_ref, clash.course, clash.starts_at, clash.ends_at) == (
        booking.ref,
        "Copyright for the busy",
        IN_TWO_WEEKS,
        IN_TWO_WEEKS + timedelta(hours=2),
    )


def test_somebody_with_a_coming_date_of_the_course_is_asked(office):
    person, course = make.person(), make.course()
    make.booking(make.training_session(course=course), person)

    with pytest.raises(Overlaps, match=SAME_COURSE):
        office.book(person, make.training_session(course=course, starts_at=IN_TWO_WEEKS + timedelta(days=7)))


def test_go_ahead_keeps_both(office):
    person, course = make.person(), make.course()
    first = make.booking(make.training_session(course=course), person)
    later = make.training_session(course=course, starts_at=IN_TWO_WEEKS + timedelta(days=7))

    second = office.book(person, later, despite_overlaps=True)

    assert (office.fresh(first).is_live, second.is_live) == (True, True)


def test_being_asked_takes_no_place_and_sends_nothing(office):
    person, later = make.person(), make.training_session()
    make.booking(make.training_session(), person)
    before = len(office.notices())

    with pytest.raises(Overlaps):
        office.book(person, later)

    assert (office.fresh(later).places_taken, len(office.notices())) == (0, before)


def test_back_to_back_sessions_do_not_overlap(office):
    person = make.person()
    make.booking(make.training_session(), person)

    assert office.book(person, make.training_session(starts_at=IN_TWO_WEEKS + timedelta(hours=2))).is_live


def test_a_date_of_the_course_that_is_over_is_no_reason_to_ask(office):
    person, course = make.person(), make.course()
    make.booking(make.training_session(course=course), person)
    later = make.training_session(course=course, starts_at=IN_TWO_WEEKS + timedelta(days=7))
    office.now = IN_TWO_WEEKS + timedelta(hours=2)

    assert office.book(person, later).is_live


def test_a_place_given_up_is_no_reason_to_ask(office):
    person = make.person()
    office.cancel(make.booking(make.training_session(), person))

    assert office.book(person, make.training_session()).is_live


def test_another_persons_booking_is_no_reason_to_ask(office):
    make.booking(make.training_session())

    assert office.book(make.person(), make.training_session()).is_live


def test_each_part_of_a_session_is_looked_at(office):
    person = make.person()
    make.booking(make.training_session(starts_at=IN_TWO_WEEKS + timedelta(days=7)), person)
    parts = [
        make.slot(joining_link="https://meet.example.org/1"),
        make.slot(IN_TWO_WEEKS + timedelta(days=7), joining_link="https://meet.example.org/2"),
    ]

    with pytest.raises(Overlaps, match=SAME_TIME):
        office.book(person, make.training_session(slots=parts))


def test_the_days_between_two_parts_are_free(office):
    person = make.person()
    parts = [
        make.slot(joining_link="https://meet.example.org/1"),
        make.slot(IN_TWO_WEEKS + timedelta(days=7), joining_link="https://meet.example.org/2"),
    ]
    make.booking(make.training_session(slots=parts), person)

    assert office.book(person, make.training_session(starts_at=IN_TWO_WEEKS + timedelta(days=3))).is_live


def test_nobody_is_asked_about_a_session_that_is_full_anyway(office):
    person, full = make.person(), make.training_session(capacity=1)
    make.booking(full)
    make.booking(make.training_session(), person)

    with pytest.raises(SessionFull):
        office.book(person, full)
