from datetime import UTC, date, datetime, timedelta

import pytest

from app import bookings, waiting_list
from tests import make
from tests.make import IN_TWO_WEEKS


@pytest.fixture
def wants(office):
    """Somebody waits for a course."""

    def waits(course, name="Wes Waiter", **kwargs):
        person = make.person(name)
        return office.do(bookings.wait, person, course.id, by=person, now=office.now, **{"wants": "any", **kwargs})

    return waits


def test_courses_with_the_most_people_come_first(office, wants):
    few, many = make.course("Few"), make.course("Many")
    make.course("None")
    for course in (few, many, many):
        wants(course)

    assert [(each.title, each.waiting_count) for each in waiting_list.by_course(office.now)] == [
        ("Many", 2),
        ("Few", 1),
    ]


def test_demand_says_who_waits_for_a_date_that_is_not_there_and_since_when(office, wants):
    course = make.course()
    first = office.now
    wants(course)
    office.now += timedelta(hours=1)
    wants(course, wants="new")

    [demand] = waiting_list.by_course(office.now)

    assert (demand.waiting_count, demand.new_count, demand.since) == (2, 1, first)


def test_what_would_suit_people_is_told_in_their_own_words_the_longest_wait_first(office, wants):
    course = make.course()
    for words in ("Mondays", "", "Not in the holidays"):
        office.now += timedelta(minutes=1)
        wants(course, would_suit=words)

    [demand] = waiting_list.by_course(office.now)

    assert demand.wishes == ("Mondays", "Not in the holidays")


def test_demand_shows_the_coming_dates_and_how_full_they_are(office, wants):
    training_session = make.training_session(capacity=1)
    make.training_session(course=training_session.course, starts_at=IN_TWO_WEEKS + timedelta(days=7), is_draft=True)
    make.booking(training_session)
    wants(training_session.course)

    [demand] = waiting_list.by_course(office.now)

    assert [(each.ref, each.places_taken, each.capacity) for each in demand.dates] == [(training_session.ref, 1, 1)]


def test_whoever_has_left_is_no_demand_any_more(office, wants):
    wait = wants(make.course())
    office.do(bookings.leave, wait, by=wait.person, now=office.now)

    assert waiting_list.by_course(office.now) == []


def test_those_who_left_still_count_for_the_month_in_which_they_joined(office, wants):
    office.now = datetime(2026, 11, 5, 9, tzinfo=UTC)
    wait = wants(make.course())
    office.do(bookings.leave, wait, by=wait.person, now=office.now)
    office.now = datetime(2026, 12, 5, 9, tzinfo=UTC)
    wants(make.course())
    wants(make.course())

    months = waiting_list.joined_by_month(office.now)

    assert len(months) == 12
    assert months[-2:] == [(date(2026, 11, 1), 1), (date(2026, 12, 1), 2)]
    assert sum(count for _, count in months) == 3


def test_demand_takes_as_many_statements_for_three_courses_as_for_one(office, wants):
    wants(make.course(), would_suit="Mondays")
    with office.statements() as one:
        waiting_list.by_course(office.now)
    for _ in range(2):
        wants(make.course(), would_suit="Mondays")
    with office.statements() as three:
        waiting_list.by_course(office.now)

    assert len(three) == len(one)
