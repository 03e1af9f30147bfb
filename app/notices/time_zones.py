"""Clock changes, said the way every calendar program understands: two rules a year and no list of dates.

A zone whose clocks go forward and back once a year, each on the same weekday of the same month ('the last
Sunday of October at 2am'), becomes a VTIMEZONE of two such rules. They are read off Python's zoneinfo and
checked against it, year by year. A zone whose clocks never change, or change in any other way, has no rules
here: its times are sent in UTC, which no program gets wrong. Nothing is listed date by date (RDATE), because
Outlook ignores that.
"""

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.prop import vDatetime, vRecur, vText, vUTCOffset

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FIRST_YEAR = 1970
YEARS_AHEAD = 11  # 1 April falls on every weekday within 11 years, so a chance likeness to a rule shows


@dataclass(frozen=True, kw_only=True)
class Change:
    """One move of the clocks, seen on the wall clock that it ends."""

    at: datetime  # naive
    offset_from: timedelta
    offset_to: timedelta
    name: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A change that comes every year. `nth`: 1 to 4, or -1 for the last such weekday of the month."""

    month: int
    weekday: int  # Monday is 0
    nth: int
    at: time
    offset_from: timedelta
    offset_to: timedelta
    name: str
    since: int  # the first year it has held without a break, at the earliest 1970

    def fits(self, change: Change) -> bool:
        return (
            change.at == self.in_year(change.at.year)
            and (change.offset_from, change.offset_to) == (self.offset_from, self.offset_to)
            and change.name == self.name
        )

    def in_year(self, year: int) -> datetime:
        """When the rule strikes in a year: naive, on the wall clock that it ends."""
        days = [day for day in Calendar().itermonthdates(year, self.month) if day.month == self.month]
        such_days = [day for day in days if day.weekday() == self.weekday]
        return datetime.combine(such_days[self.nth - 1 if self.nth > 0 else self.nth], self.at)


@dataclass(frozen=True, kw_only=True)
class YearlyRules:
    back: Rule  # to standard time
    forward: Rule  # to summer time


def vtimezone(zone: ZoneInfo, instants: Sequence[datetime]) -> Timezone | None:
    """A VTIMEZONE right for these instants and the ten years after (RFC 5545 §3.6.5); None: use UTC."""
    years = [instant.astimezone(zone).year for instant in instants]
    rules = yearly_rules(zone, min(years), max(years)) if years else None
    if rules is None or zone.key is None:
        return None
    component = Timezone()
    component["TZID"] = vText(zone.key)
    for observance, rule in ((TimezoneStandard(), rules.back), (TimezoneDaylight(), rules.forward)):
        observance["DTSTART"] = vDatetime(rule.in_year(rule.since))
        observance["TZOFFSETFROM"] = vUTCOffset(rule.offset_from)
        observance["TZOFFSETTO"] = vUTCOffset(rule.offset_to)
        byday = f"{rule.nth}{WEEKDAYS[rule.weekday]}"
        observance["RRULE"] = vRecur({"FREQ": "YEARLY", "BYMONTH": rule.month, "BYDAY": byday})
        observance["TZNAME"] = vText(rule.name)
        component.add_component(observance)
    return component


@lru_cache(maxsize=256)
def yearly_rules(zone: ZoneInfo, first_year: int, last_year: int) -> YearlyRules | None:
    """The two rules that hold from the year before these years until eleven years after; None: no such rules.

    'The year before', because in January last autumn's change is the one in force.
    """
    years = [_changes_in(zone, year) for year in range(first_year - 1, last_year + YEARS_AHEAD + 1)]
    if any(len(changes) != 2 for changes in years):
        return None
    back = _rule_behind([change for changes in years for change in changes if _goes_back(change)])
    forward = _rule_behind([change for changes in years for change in changes if not _goes_back(change)])
    if back is None or forward is None:
        return None
    since = _first_year_of(zone, back, forward, before=first_year - 1)
    return YearlyRules(back=replace(back, since=since), forward=replace(forward, since=since))


def is_repeated(instant: datetime, zone: ZoneInfo) -> bool:
    """Whether the zone's clocks show this wall time twice: a TZID says only the first (RFC 5545 §3.3.5)."""
    wall = instant.astimezone(zone)
    return wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()


def changes_on(zone: ZoneInfo, day: date) -> bool:
    """Whether the zone's clocks change within two days of this one: on no other day is a time repeated."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    before, after = ((noon + timedelta(days=days)).astimezone(zone).utcoffset() for days in (-2, 2))
    return before != after


def _rule_behind(changes: list[Change]) -> Rule | None:
    """The one rule that all of these changes follow, one change a year; None if they follow none."""
    if not changes:
        return None
    first = changes[0]
    for nth in (1, 2, 3, 4, -1):
        rule = Rule(
            month=first.at.month,
            weekday=first.at.weekday(),
            nth=nth,
            at=first.at.time(),
            offset_from=first.offset_from,
            offset_to=first.offset_to,
            name=first.name,
            since=first.at.year,
        )
        if all(rule.fits(change) for change in changes):
            return rule
    return None


def _first_year_of(zone: ZoneInfo, back: Rule, forward: Rule, *, before: int) -> int:
    """Since when both rules have held: counting from there, one VTIMEZONE serves sessions of all years."""
    year = before
    while year > FIRST_YEAR:
        changes = _changes_in(zone, year - 1)
        if len(changes) != 2 or not all(back.fits(change) or forward.fits(change) for change in changes):
            break
        year -= 1
    return year


def _goes_back(change: Change) -> bool:
    # Not dst(): Dublin's law calls winter the exception, and calendar programs do not.
    return change.offset_to < change.offset_from


@lru_cache(maxsize=1024)
def _changes_in(zone: ZoneInfo, year: int) -> tuple[Change, ...]:
    """The clock changes of a year of the zone's own calendar, in order."""
    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(-1, 367)]
    offsets = [_offset(zone, day) for day in days]
    changes = [
        _change_between(zone, days[number - 1], days[number])
        for number in range(1, len(days))
        if offsets[number - 1] != offsets[number]
    ]
    return tuple(change for change in changes if change.at.year == year)


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> Change:
    """The change between two instants a day apart, to the second."""
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    offset_from = _offset(zone, before)
    return Change(
        at=(after + offset_from).replace(tzinfo=None),
        offset_from=offset_from,
        offset_to=_offset(zone, after),
        name=after.astimezone(zone).tzname() or "",
    )


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)
