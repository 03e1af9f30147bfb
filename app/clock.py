"""Times are the service's: stored in UTC, shown and entered as the wall clock of its time zone.

`*_at` is an aware UTC instant, `*_on` a date, `local_*` wall-clock time without a zone. Spans are half-open:
a session that starts when another ends does not clash. `now()` is called at the door only and passed down.
A wall time that a clock change skips is refused; one that happens twice is asked about.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app import settings

DAY_STARTS = time(9)  # reminders and deadlines never fall into the night


class NoSuchTime(ValueError):
    """The clocks go forward over this wall time: it does not exist on that day."""


class HappensTwice(ValueError):
    """The clocks go back over this wall time: it comes twice on that day."""


def now() -> datetime:
    """The present instant, aware UTC, whole seconds: calendars know nothing finer."""
    return datetime.now(UTC).replace(microsecond=0)


def local(at: datetime, zone: ZoneInfo | None = None) -> datetime:
    """An instant on the service's wall clock, aware."""
    return at.astimezone(zone or settings.current().zone)


def wall(at: datetime) -> datetime:
    """What the service's clock on the wall shows at an instant: naive, to add days to."""
    return local(at).replace(tzinfo=None)


def to_utc(local_time: datetime, zone: ZoneInfo | None = None) -> datetime:
    """The instant of a wall time (naive). Raises NoSuchTime or HappensTwice."""
    place = zone or settings.current().zone
    first, second = (local_time.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    exists = first.astimezone(place).replace(tzinfo=None) == local_time
    raise HappensTwice(local_time) if exists else NoSuchTime(local_time)


def today(at: datetime, zone: ZoneInfo | None = None) -> date:
    return local(at, zone).date()


def midnight(on: date, zone: ZoneInfo | None = None) -> datetime:
    """When a day begins: an instant. Where the clocks skip midnight, the first instant there is."""
    place = zone or settings.current().zone
    return datetime.combine(on, time(0), tzinfo=place).astimezone(UTC)


def morning_of(on: date, zone: ZoneInfo | None = None) -> datetime:
    """Nine in the morning of a day, as an instant: when letters that can choose their hour go out."""
    place = zone or settings.current().zone
    return datetime.combine(on, DAY_STARTS, tzinfo=place).astimezone(UTC)


def working_day_before(on: date) -> date:
    """The last Monday to Friday before a day."""
    before = on - timedelta(days=1)
    while before.weekday() >= 5:
        before -= timedelta(days=1)
    return before


def say_date(on: date) -> str:
    """'Tuesday 6 October 2026'."""
    return f"{on:%A} {on.day} {on:%B %Y}"


def say_time(at: datetime, zone: ZoneInfo | None = None) -> str:
    """'9:30am', '2pm', 'midday', 'midnight' (GOV.UK style)."""
    return say_wall_time(local(at, zone).time())


def say_wall_time(at: time) -> str:
    """The same of a time of day, whether or not there is such a time on some day."""
    if (at.hour, at.minute) in {(0, 0), (12, 0)}:
        return "midday" if at.hour else "midnight"
    minutes = f":{at:%M}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'pm' if at.hour >= 12 else 'am'}"


def say_day(at: datetime, zone: ZoneInfo | None = None) -> str:
    """'Tuesday 6 October 2026'."""
    return say_date(local(at, zone).date())


def say_short(at: datetime, zone: ZoneInfo | None = None) -> str:
    """'Tue 6 Oct 2026, 9:30am': for the subjects of letters."""
    there = local(at, zone)
    return f"{there:%a} {there.day} {there:%b %Y}, {say_time(at, zone)}"


def say_times(starts_at: datetime, ends_at: datetime, zone: ZoneInfo | None = None) -> str:
    """'9:30am to 11:30am'; names the last day if it is another one."""
    if local(starts_at, zone).date() == local(ends_at, zone).date():
        return f"{say_time(starts_at, zone)} to {say_time(ends_at, zone)}"
    return f"{say_time(starts_at, zone)} to {say_time(ends_at, zone)} on {say_day(ends_at, zone)}"


def say_span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo | None = None) -> str:
    """'Tuesday 6 October 2026, 9:30am to 11:30am'."""
    return f"{say_day(starts_at, zone)}, {say_times(starts_at, ends_at, zone)}"
