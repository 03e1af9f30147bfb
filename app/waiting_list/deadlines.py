"""Until when a place is held for somebody: deadlines that fit people who work shifts.

Two working days if the session is over a week ahead, 24 hours if it is two to seven days ahead, 4 hours if nearer; a
course may set its own. One between 9pm and 9am moves to 9am if the session allows. Never later than an hour before the
start. Working days are Monday to Friday, on the service's wall clock.
"""

from datetime import datetime, time, timedelta

from app import clock
from app.courses import Course

LAST_DAY = timedelta(hours=24)  # before the start: no time for turns
BEFORE_THE_START = timedelta(hours=1)
NIGHT_BEGINS = time(21)
WARNED_IF_AT_LEAST = timedelta(hours=12)
WARNED_BEFORE = timedelta(hours=1)


def is_last_day(starts_at: datetime, now: datetime) -> bool:
    """Whether nobody is offered anything any more, and a free place is for whoever is first."""
    return starts_at - now <= LAST_DAY


def deadline(course: Course, starts_at: datetime, now: datetime) -> datetime:
    """When an offer made now runs out."""
    latest = starts_at - BEFORE_THE_START
    usual = _usual(course, starts_at, now)
    by_day = _not_at_night(usual)
    return min(by_day if by_day <= latest else usual, latest)


def warning(offered_at: datetime, lapses_at: datetime) -> datetime | None:
    """When somebody is warned that their offer is about to run out: a quarter of its time before.

    Not at night, unless the morning leaves less than an hour.
    None if the offer is too short for a warning to be of use.
    """
    length = lapses_at - offered_at
    if length < WARNED_IF_AT_LEAST:
        return None
    usual = lapses_at - length / 4
    by_day = _not_at_night(usual)
    return by_day if by_day <= lapses_at - WARNED_BEFORE else usual


def _usual(course: Course, starts_at: datetime, now: datetime) -> datetime:
    if course.offer_hours is not None:
        return now + timedelta(hours=course.offer_hours)
    ahead = starts_at - now
    if ahead > timedelta(days=7):
        return _after_working_days(2, now)
    return now + (timedelta(hours=24) if ahead >= timedelta(days=2) else timedelta(hours=4))


def _after_working_days(count: int, at: datetime) -> datetime:
    """The same time of day so many Mondays to Fridays later. Asked at a weekend, the first of them is Monday."""
    there = clock.wall(at)
    while count:
        there += timedelta(days=1)
        count -= there.weekday() < 5
    return _instant(there)


def _not_at_night(at: datetime) -> datetime:
    """Between 9pm and 9am it is the next 9am."""
    there = clock.local(at)
    if clock.DAY_STARTS <= there.time() < NIGHT_BEGINS:
        return at
    morning = there.date() + timedelta(days=there.time() >= NIGHT_BEGINS)
    return clock.morning_of(morning)


def _instant(wall_time: datetime) -> datetime:
    """Of a wall time that comes twice the first; of one that a clock change skips, the moment of the change."""
    try:
        return clock.to_utc(wall_time)
    except clock.HappensTwice:
        return clock.to_utc(wall_time - timedelta(hours=1)) + timedelta(hours=1)
    except clock.NoSuchTime:
        return clock.to_utc(wall_time + timedelta(hours=1))
