from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import clock
from app.clock import HappensTwice, NoSuchTime

LONDON = ZoneInfo("Europe/London")
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",  # half an hour of summer
        "Asia/Kathmandu",  # no summer, and a quarter of an hour
        "America/Asuncion",
        "Africa/Cairo",  # the clocks skip midnight
        "Pacific/Apia",
        "UTC",
    )
]
zones = st.sampled_from(ZONES)
walls = st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1)).map(lambda at: at.replace(second=0, microsecond=0))  # noqa: DTZ001
instants = walls.map(lambda at: at.replace(tzinfo=UTC))
days = st.dates(date(2020, 1, 1), date(2036, 1, 1))
some = settings(max_examples=60, deadline=None)


def wall(*parts):
    return datetime(*parts)  # noqa: DTZ001 - a wall clock knows no zone


@some
@given(walls, zones)
def test_a_wall_time_that_can_be_stored_comes_back_as_typed(typed, zone):
    try:
        at = clock.to_utc(typed, zone)
    except (NoSuchTime, HappensTwice):
        return
    assert clock.local(at, zone).replace(tzinfo=None) == typed


@some
@given(instants, zones)
def test_every_instant_has_a_wall_time_that_leads_back_or_comes_twice(at, zone):
    typed = clock.local(at, zone).replace(tzinfo=None)
    try:
        assert clock.to_utc(typed, zone) == at
    except HappensTwice:
        both = {typed.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
        assert (at in both, len(both)) == (True, 2)


@some
@given(days, zones)
def test_a_day_begins_on_that_day_and_not_a_second_earlier(on, zone):
    begins = clock.midnight(on, zone)

    assert clock.today(begins, zone) == on
    assert clock.today(begins - timedelta(seconds=1), zone) == on - timedelta(days=1)


@some
@given(days, zones)
def test_days_follow_one_another_without_a_gap(on, zone):
    length = clock.midnight(on + timedelta(days=1), zone) - clock.midnight(on, zone)

    assert timedelta(hours=22) <= length <= timedelta(hours=26)


@some
@given(days, zones)
def test_nine_in_the_morning_is_nine_in_the_morning(on, zone):
    morning = clock.local(clock.morning_of(on, zone), zone)

    assert (morning.date(), morning.time()) == (on, time(9))


@some
@given(days)
def test_the_working_day_before_is_one_to_three_days_before(on):
    before = clock.working_day_before(on)

    assert before.weekday() < 5
    assert timedelta(days=1) <= on - before <= timedelta(days=3)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        (wall(2027, 3, 27, 14), datetime(2027, 3, 27, 14, tzinfo=UTC)),
        (wall(2027, 3, 28, 0, 59), datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        (wall(2027, 3, 28, 2), datetime(2027, 3, 28, 1, tzinfo=UTC)),
        (wall(2027, 10, 31, 0, 59), datetime(2027, 10, 30, 23, 59, tzinfo=UTC)),
        (wall(2027, 10, 31, 2), datetime(2027, 10, 31, 2, tzinfo=UTC)),
        (wall(2028, 2, 29, 9), datetime(2028, 2, 29, 9, tzinfo=UTC)),
    ],
)
def test_wall_times_in_london(typed, at):
    assert clock.to_utc(typed, LONDON) == at


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_a_time_that_the_clocks_skip_does_not_exist(minute):
    with pytest.raises(NoSuchTime):
        clock.to_utc(wall(2027, 3, 28, 1, minute), LONDON)


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_a_time_that_comes_twice_is_said_to(minute):
    with pytest.raises(HappensTwice):
        clock.to_utc(wall(2027, 10, 31, 1, minute), LONDON)


def test_where_the_clocks_skip_midnight_the_day_begins_later():
    cairo = ZoneInfo("Africa/Cairo")

    begins = clock.midnight(date(2027, 4, 30), cairo)

    assert clock.local(begins, cairo).time() == time(1)


def test_a_night_is_nine_hours_long_or_seven_when_the_clocks_change():
    nights = [
        clock.to_utc(wall(2027, month, day + 1, 6), LONDON) - clock.to_utc(wall(2027, month, day, 22), LONDON)
        for month, day in ((10, 30), (3, 27))
    ]

    assert nights == [timedelta(hours=9), timedelta(hours=7)]


def test_the_present_is_utc_in_whole_seconds():
    now = clock.now()

    assert (now.tzinfo, now.microsecond) == (UTC, 0)


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (0, 0, "midnight"),
        (0, 5, "12:05am"),
        (9, 0, "9am"),
        (9, 30, "9:30am"),
        (12, 0, "midday"),
        (12, 30, "12:30pm"),
        (14, 0, "2pm"),
    ],
)
def test_times_are_said_as_people_say_them(hour, minute, said):
    assert clock.say_time(datetime(2027, 1, 12, hour, minute, tzinfo=UTC), LONDON) == said


def test_days_and_spans_are_said_on_the_services_clock():
    starts_at, ends_at = datetime(2027, 7, 6, 23, 30, tzinfo=UTC), datetime(2027, 7, 7, 1, tzinfo=UTC)

    assert clock.say_day(starts_at, LONDON) == "Wednesday 7 July 2027"
    assert clock.say_short(starts_at, LONDON) == "Wed 7 Jul 2027, 12:30am"
    assert clock.say_span(starts_at, ends_at, LONDON) == "Wednesday 7 July 2027, 12:30am to 2am"


def test_a_span_over_midnight_names_the_last_day():
    starts_at = datetime(2027, 1, 12, 22, tzinfo=UTC)

    said = clock.say_span(starts_at, starts_at + timedelta(hours=8), LONDON)

    assert said == "Tuesday 12 January 2027, 10pm to 6am on Wednesday 13 January 2027"
