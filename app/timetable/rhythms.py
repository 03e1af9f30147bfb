"""How often a session comes again, and on which days.

The days are local dates: each is turned into instants on its own, so that 2pm stays 2pm when the clocks change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count

WEEK = timedelta(days=7)
ORDINALS = ("first", "second", "third", "fourth", "fifth")
FOUR_WEEKS = 28  # days of a month in which every weekday comes four times


class Rhythm(StrEnum):
    """MONTHLY: on the same weekday of the month, such as every third Tuesday. LAST: on the last such weekday."""

    WEEKLY = "week"
    FORTNIGHTLY = "2-weeks"
    FOUR_WEEKLY = "4-weeks"
    MONTHLY = "month"
    LAST = "last"


WEEKS = {Rhythm.WEEKLY: 1, Rhythm.FORTNIGHTLY: 2, Rhythm.FOUR_WEEKLY: 4}


@dataclass(frozen=True)
class Series:
    """days: in order. without: the months in between that have no such weekday, each as its first day."""

    days: tuple[date, ...]
    without: tuple[date, ...] = ()


def rhythms_of(first_on: date) -> list[Rhythm]:
    """Those in which a day may come again: LAST only if it is the last of its weekday in its month."""
    is_last = (first_on + WEEK).month != first_on.month
    return [rhythm for rhythm in Rhythm if rhythm is not Rhythm.LAST or is_last]


def say_weekday(on: date) -> str:
    """'third Tuesday'."""
    return f"{ORDINALS[_number(on)]} {on:%A}"


def series(first_on: date, rhythm: Rhythm, *, many: int, after: date) -> Series:
    """So many days that follow the first in this rhythm, those up to `after` passed over.

    A month without a fifth Tuesday does not count.
    """
    days: list[date] = []
    without: list[date] = []
    for month, on in _days(first_on, rhythm):
        if on is None and month.replace(day=FOUR_WEEKS) > after:
            without.append(month)
        if on is not None and on > after:
            days.append(on)
        if len(days) == many:
            break
    return Series(tuple(days), tuple(without))


def _days(first_on: date, rhythm: Rhythm) -> Iterator[tuple[date, date | None]]:
    """(the first of the month, the day or None), without end."""
    for number in count(1):
        if rhythm in WEEKS:
            on = first_on + number * WEEKS[rhythm] * WEEK
            yield on.replace(day=1), on
        else:
            month = _months_later(first_on, number)
            yield month, _in_month(month, first_on, is_last=rhythm is Rhythm.LAST)


def _in_month(month: date, like: date, *, is_last: bool) -> date | None:
    first = month + timedelta(days=(like.weekday() - month.weekday()) % 7)
    found = [first + number * WEEK for number in range(5)]
    in_month = [on for on in found if on.month == month.month]
    return in_month[-1] if is_last else next(iter(in_month[_number(like) :]), None)


def _months_later(on: date, months: int) -> date:
    """The first day of that month."""
    years, month = divmod(on.month - 1 + months, 12)
    return date(on.year + years, month + 1, 1)


def _number(on: date) -> int:
    """Which of its weekday in the month: 0 for the first."""
    return (on.day - 1) // 7
