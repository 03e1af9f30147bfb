"""A day in the rooms as a grid: a row a room, a column each five minutes (D48), and a cell for each stretch of time.

Every cell says its times in words, the free ones too: the picture is only the second way to read it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from app import clock
from app.rooms import Room
from app.timetable import RoomDay, Stretch

COLUMN = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY_BEGINS, DAY_ENDS = time(8), time(18)
NARROW = HOUR  # a shorter stretch has no space for many words


@dataclass(frozen=True)
class Cell:
    """A stretch of the day in one room, so many columns wide. stretch: what is there; None if the room is free."""

    columns: int
    when: str
    stretch: Stretch | None
    is_narrow: bool


class Row(NamedTuple):
    room: Room
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Grid:
    """hours: what stands above each hour's columns, '8am'."""

    hours: Sequence[str]
    columns_an_hour: int
    rows: Sequence[Row]


class Window(NamedTuple):
    """What a grid shows of a day, in whole hours."""

    begins: datetime
    ends: datetime


def grid_of(on: date, days: Sequence[RoomDay]) -> Grid:
    window = _window(on, [stretch for day in days for stretch in day.stretches])
    hours = [clock.say_time(window.begins + number * HOUR) for number in range((window.ends - window.begins) // HOUR)]
    rows = [Row(day.room, list(_cells(day.stretches, window))) for day in days]
    return Grid(hours, HOUR // COLUMN, rows)


def _window(on: date, stretches: Sequence[Stretch]) -> Window:
    """The usual hours, and more if something lies outside. A room that is closed all day is closed in these too."""
    midnight, next_midnight = clock.midnight(on), clock.midnight(on + timedelta(days=1))
    begins, ends = _wall(on, DAY_BEGINS, midnight), _wall(on, DAY_ENDS, next_midnight)
    usual = Window(begins, ends)
    for stretch in stretches:
        starts_at, ends_at = max(stretch.starts_at, midnight), min(stretch.ends_at, next_midnight)
        if starts_at > midnight or ends_at <= usual.begins:
            begins = min(begins, starts_at)
        if ends_at < next_midnight or starts_at >= usual.ends:
            ends = max(ends, ends_at)
    before, after = -(-(usual.begins - begins) // HOUR), -(-(ends - usual.ends) // HOUR)
    return Window(usual.begins - before * HOUR, usual.ends + after * HOUR)


def _wall(on: date, at: time, otherwise: datetime) -> datetime:
    try:
        return clock.to_utc(datetime.combine(on, at))
    except (clock.NoSuchTime, clock.HappensTwice):  # no zone of today changes its clocks by day
        return otherwise


def _cells(stretches: Sequence[Stretch], window: Window) -> Iterator[Cell]:
    """The free and the taken stretches of a row, which together are as wide as the window."""
    last = (window.ends - window.begins) // COLUMN
    reached = 0
    for stretch in stretches:
        begins = max((stretch.starts_at - window.begins) // COLUMN, reached)
        ends = min(max((stretch.ends_at - window.begins) // COLUMN, begins + 1), last)
        if begins >= ends:
            continue
        if begins > reached:
            yield _free(reached, begins, window)
        is_narrow = (ends - begins) * COLUMN < NARROW
        yield Cell(ends - begins, _when(stretch, window), stretch, is_narrow)
        reached = ends
    if reached < last:
        yield _free(reached, last, window)


def _free(first: int, following: int, window: Window) -> Cell:
    starts_at, ends_at = window.begins + first * COLUMN, window.begins + following * COLUMN
    from_, until = clock.say_time(starts_at), clock.say_time(ends_at)
    if (starts_at, ends_at) == window:
        when = "all day"
    elif starts_at == window.begins:
        when = f"until {until}"
    else:
        when = f"from {from_}" if ends_at == window.ends else f"{from_} to {until}"
    return Cell(following - first, when, None, ends_at - starts_at < NARROW)


def _when(stretch: Stretch, window: Window) -> str:
    """'9:30am to 11am'. What goes on beyond the day says so: 'all day', 'until 11am', 'from 2pm'."""
    begins_before, ends_after = stretch.starts_at < window.begins, stretch.ends_at > window.ends
    if begins_before and ends_after:
        return "all day"
    if begins_before:
        return f"until {clock.say_time(stretch.ends_at)}"
    if ends_after:
        return f"from {clock.say_time(stretch.starts_at)}"
    return f"{clock.say_time(stretch.starts_at)} to {clock.say_time(stretch.ends_at)}"
