from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.timetable import Rhythm, rhythms_of, say_weekday, series

LONG_AGO = date(2000, 1, 1)
days = st.dates(date(2020, 1, 1), date(2060, 1, 1))
counts = st.integers(1, 26)
rhythms = st.sampled_from(list(Rhythm))
some = settings(max_examples=150, deadline=None)


def on_days(first_on, rhythm, many, after=LONG_AGO):
    return list(series(first_on, rhythm, many=many, after=after).days)


@some
@given(days, rhythms, counts)
def test_there_are_as_many_days_as_were_asked_for_each_later_than_the_one_before_and_on_the_same_weekday(
    first_on, rhythm, many
):
    found = on_days(first_on, rhythm, many)

    assert len(found) == many
    assert [first_on, *found] == sorted({first_on, *found})
    assert {on.weekday() for on in found} == {first_on.weekday()}


@some
@given(days, st.sampled_from([(Rhythm.WEEKLY, 7), (Rhythm.FORTNIGHTLY, 14), (Rhythm.FOUR_WEEKLY, 28)]), counts)
def test_weeks_apart_is_always_as_many_days_apart(first_on, rhythm_and_days, many):
    rhythm, apart = rhythm_and_days

    found = on_days(first_on, rhythm, many)

    assert found == [first_on + timedelta(days=apart * number) for number in range(1, many + 1)]


@some
@given(days, counts)
def test_the_same_weekday_of_the_month_comes_once_a_month_and_months_without_it_are_named(first_on, many):
    found = series(first_on, Rhythm.MONTHLY, many=many, after=LONG_AGO)

    assert {say_weekday(on) for on in found.days} == {say_weekday(first_on)}
    months = sorted([*(on.replace(day=1) for on in found.days), *found.without])
    assert months == [month_later(first_on, number) for number in range(1, len(months) + 1)]
    assert found.without == () or say_weekday(first_on).startswith("fifth")


@some
@given(days, counts)
def test_the_last_of_its_weekday_is_in_every_month_and_none_follows_it(first_on, many):
    found = series(first_on, Rhythm.LAST, many=many, after=LONG_AGO)

    assert [on.replace(day=1) for on in found.days] == [month_later(first_on, number) for number in range(1, many + 1)]
    assert {(on + timedelta(days=7)).month != on.month for on in found.days} == {True}
    assert found.without == ()


@some
@given(days, rhythms, counts, st.integers(0, 2000))
def test_what_has_gone_by_is_passed_over_and_the_rhythm_kept(first_on, rhythm, many, days_ago):
    after = first_on + timedelta(days=days_ago)

    found = on_days(first_on, rhythm, many, after)

    assert (len(found), found[0] > after) == (many, True)
    everything = on_days(first_on, rhythm, days_ago // 7 + many + 1)
    assert [on for on in everything if on > after][:many] == found[: len([on for on in everything if on > after])]


def test_every_third_tuesday():
    assert on_days(date(2026, 12, 15), Rhythm.MONTHLY, 3) == [date(2027, 1, 19), date(2027, 2, 16), date(2027, 3, 16)]


def test_a_leap_february_has_a_fifth_of_one_weekday_and_another_has_none():
    fifth_tuesday = date(2027, 11, 30)

    found = series(fifth_tuesday, Rhythm.MONTHLY, many=2, after=fifth_tuesday)

    assert found.days == (date(2028, 2, 29), date(2028, 5, 30))
    assert found.without == (date(2027, 12, 1), date(2028, 1, 1), date(2028, 3, 1), date(2028, 4, 1))


def test_a_month_that_is_over_is_not_named_for_what_it_did_not_have():
    found = series(date(2026, 9, 29), Rhythm.MONTHLY, many=1, after=date(2027, 2, 15))

    assert (found.days, found.without) == ((date(2027, 3, 30),), (date(2027, 2, 1),))


def test_the_day_itself_is_not_offered_again():
    assert on_days(date(2026, 12, 15), Rhythm.WEEKLY, 1, after=date(2026, 12, 1)) == [date(2026, 12, 22)]


@pytest.mark.parametrize(
    ("on", "is_last"), [(date(2027, 1, 24), False), (date(2027, 1, 25), True), (date(2027, 2, 22), True)]
)
def test_the_last_of_the_month_is_a_rhythm_of_the_last_week_only(on, is_last):
    assert (Rhythm.LAST in rhythms_of(on)) == is_last


def month_later(on, months):
    years, month = divmod(on.month - 1 + months, 12)
    return date(on.year + years, month + 1, 1)
