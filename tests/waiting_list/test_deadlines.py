"""Until when a place is held. The tests' service is in London; NOW is Tuesday 1 December 2026, 9am."""

from datetime import UTC, datetime, timedelta

import pytest

from app import clock, waiting_list
from tests import make

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FAR_AHEAD = timedelta(days=30)


def on(day, hour, minute=0, *, month=12, year=2026):
    """A moment, by the clock on the wall."""
    return clock.to_utc(wall(day, hour, minute, month=month, year=year))


def held_until(starts_at, now, **course):
    """As the clock on the wall says it."""
    return clock.wall(waiting_list.deadline(make.course(**course), starts_at, now))


def wall(day, hour, minute=0, *, month=12, year=2026):
    return datetime(year, month, day, hour, minute, tzinfo=UTC).replace(tzinfo=None)


def test_a_session_over_a_week_ahead_leaves_two_working_days(office):
    assert held_until(on(1, 10) + FAR_AHEAD, on(1, 10)) == wall(3, 10)


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        ((3, 10), (7, 10)),  # a Thursday: Friday, Monday
        ((4, 15), (8, 15)),  # a Friday: Monday, Tuesday
        ((5, 11), (8, 11)),  # a Saturday
        ((6, 11), (8, 11)),  # a Sunday
        ((7, 11), (9, 11)),  # a Monday
    ],
)
def test_a_weekend_does_not_count(office, asked, until):
    assert held_until(on(*asked) + FAR_AHEAD, on(*asked)) == wall(*until)


def test_over_a_week_is_more_than_seven_days_to_the_minute(office):
    now = on(1, 10)

    assert held_until(now + 7 * DAY + MINUTE, now) == wall(3, 10)
    assert held_until(now + 7 * DAY, now) == wall(2, 10)


def test_a_session_two_to_seven_days_ahead_leaves_24_hours(office):
    now = on(1, 10)

    assert held_until(now + 4 * DAY, now) == wall(2, 10)
    assert held_until(now + 2 * DAY, now) == wall(2, 10)


def test_a_weekend_counts_when_the_session_is_near(office):
    assert held_until(on(9, 14), on(5, 14)) == wall(6, 14)


def test_a_session_nearer_than_two_days_leaves_4_hours(office):
    now = on(1, 10)

    assert held_until(now + 2 * DAY - MINUTE, now) == wall(1, 14)
    assert held_until(now + DAY + MINUTE, now) == wall(1, 14)


def test_a_course_sets_its_own(office):
    assert held_until(on(1, 10) + FAR_AHEAD, on(1, 10), offer_hours=6) == wall(1, 16)


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        ((1, 16, 59), (1, 20, 59)),
        ((1, 17), (2, 9)),  # 9pm sharp is night
        ((1, 20), (2, 9)),  # midnight
        ((2, 4, 59), (2, 9)),
        ((2, 5), (2, 9)),  # 9am sharp is day
        ((2, 5, 1), (2, 9, 1)),
    ],
)
def test_nobody_has_to_answer_between_9pm_and_9am(office, asked, until):
    assert held_until(on(3, 14), on(*asked)) == wall(*until)


def test_at_night_the_deadline_stays_if_the_session_comes_too_soon_for_9am(office):
    """At 9.30am it begins: an hour before is half past eight."""
    assert held_until(on(3, 9, 30), on(2, 1), offer_hours=24) == wall(3, 1)


def test_9am_is_allowed_if_it_is_an_hour_before_the_start(office):
    assert held_until(on(3, 10), on(2, 1), offer_hours=24) == wall(3, 9)


def test_a_course_cannot_hold_a_place_later_than_an_hour_before_the_start(office):
    assert held_until(on(3, 14), on(1, 14), offer_hours=72) == wall(3, 13)


def test_two_working_days_over_the_end_of_summer_time_end_at_the_same_time_of_day(office):
    asked = on(23, 15, month=10)  # a Friday; the clocks go back on Sunday the 25th

    until = waiting_list.deadline(make.course(), asked + FAR_AHEAD, asked)

    assert (clock.wall(until), until - asked) == (wall(27, 15, month=10), timedelta(days=4, hours=1))


def test_two_working_days_over_the_beginning_of_summer_time_end_at_the_same_time_of_day(office):
    asked = on(26, 15, month=3, year=2027)  # a Friday; the clocks go forward on Sunday the 28th

    until = waiting_list.deadline(make.course(), asked + FAR_AHEAD, asked)

    assert (clock.wall(until), until - asked) == (wall(30, 15, month=3, year=2027), timedelta(days=4, hours=-1))


def test_24_hours_are_24_hours_when_the_clock_changes(office):
    asked = on(24, 15, month=10)

    assert held_until(asked + 4 * DAY, asked) == wall(25, 14, month=10)


def test_a_night_when_the_clock_changes_still_ends_at_9am_by_the_wall(office):
    asked = on(24, 2, month=10)

    assert held_until(asked + 4 * DAY, asked) == wall(25, 9, month=10)


@pytest.mark.parametrize(("ahead", "is_last"), [(DAY + timedelta(seconds=1), False), (DAY, True), (HOUR, True)])
def test_the_last_day_begins_24_hours_before_the_start(office, ahead, is_last):
    now = datetime(2026, 12, 1, 9, tzinfo=UTC)

    assert waiting_list.is_last_day(now + ahead, now) == is_last


def test_a_warning_leaves_a_quarter_of_the_time(office):
    assert waiting_list.warning(on(1, 10), on(3, 10)) == on(3, 9)  # not at 10pm


def test_a_warning_by_day_comes_when_a_quarter_is_left(office):
    assert waiting_list.warning(on(1, 16), on(2, 16)) == on(2, 10)


def test_an_offer_of_less_than_12_hours_needs_no_warning(office):
    assert waiting_list.warning(on(1, 10), on(1, 21, 59)) is None


def test_a_warning_comes_at_night_if_the_morning_leaves_less_than_an_hour(office):
    assert waiting_list.warning(on(1, 9), on(3, 9)) == on(2, 21)
