"""Feeds: calendars that programs fetch again and again, to show what is on. No database, no clock.

A feed has no METHOD and no people: it tells, and asks nobody. Each part of a session is one event, whose UID stays and
whose stamps are its last real change, so that the same sessions always give the same bytes. What is cancelled stays
for a while, said to be so and taking up nobody's time: an entry that only vanishes is an entry that somebody looks for.
The text is written line by line instead of being built as objects, because a feed has a thousand events; its lines
are those that icalendar would write.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from urllib.parse import quote
from zoneinfo import ZoneInfo

from app.notices import invites, time_zones

FRESH_FOR = "PT4H"  # how often programs are asked to look
CONFIRMED = ("STATUS:CONFIRMED", "TRANSP:OPAQUE", "CLASS:PUBLIC", "END:VEVENT")
CANCELLED = ("STATUS:CANCELLED", "TRANSP:TRANSPARENT", "CLASS:PUBLIC", "END:VEVENT")
MOST_OF_A_LINE = 74  # octets, so that 75 is not passed with the blank that a folded line begins with (RFC 5545 §3.1)

Clock = Callable[[datetime], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One event. joining_link: '' where everybody may look. stamped_at: the last real change, aware UTC."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    stamped_at: datetime
    place: str = ""
    joining_link: str = ""
    description: str = ""
    url: str = ""
    is_cancelled: bool = False


def written(shown: Sequence[Shown], *, name: str, zone: ZoneInfo, at: datetime) -> bytes:
    """A calendar called so. at: the present, for the zone's clock changes where no event needs any."""
    titled, placed = cache(_title), cache(_place)  # they come again and again
    moments = [at, *(event.starts_at for event in shown), *(event.ends_at for event in shown)]
    clock_changes = time_zones.vtimezone(zone, [min(moments), max(moments)])
    lines = _head(name)
    if clock_changes:
        lines.append(clock_changes.to_ical(sorted=False).decode().rstrip())
    wall = _wall_clock(zone) if clock_changes else _utc
    changes_on = cache(partial(time_zones.changes_on, zone))
    for event in shown:
        is_near = changes_on(event.starts_at.date()) or changes_on(event.ends_at.date())
        is_repeated = is_near and invites.has_a_repeated_time(event.starts_at, event.ends_at, zone)
        told = _utc if is_repeated else wall
        stamp = f"{_digits(event.stamped_at)}Z"
        lines += (
            "BEGIN:VEVENT",
            _text("UID", invites.one_line(event.uid)),
            f"DTSTAMP:{stamp}",
            f"LAST-MODIFIED:{stamp}",
            f"DTSTART{told(event.starts_at)}",
            f"DTEND{told(event.ends_at)}",
            titled(f"CANCELLED: {event.title}" if event.is_cancelled else event.title),
            *placed(event.place, event.joining_link),
            *_about(event),
            *(CANCELLED if event.is_cancelled else CONFIRMED),
        )
    lines.append("END:VCALENDAR\r\n")
    return "\r\n".join(lines).encode()


def _head(name: str) -> list[str]:
    called = invites.one_line(name)
    return [
        "BEGIN:VCALENDAR",
        _text("PRODID", invites.PRODUCT),
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        _text("NAME", called),
        _text("X-WR-CALNAME", called),
        f"REFRESH-INTERVAL;VALUE=DURATION:{FRESH_FOR}",
        f"X-PUBLISHED-TTL:{FRESH_FOR}",
    ]


def _title(typed: str) -> str:
    return _text("SUMMARY", invites.one_line(typed))


def _place(typed: str, joining_link: str) -> tuple[str, ...]:
    place = invites.place_of(typed, joining_link)
    return (_text("LOCATION", place),) if place else ()


def _about(event: Shown) -> Iterator[str]:
    """What is left out where it is empty."""
    if description := invites.description_of(event.description, event.joining_link):
        yield _text("DESCRIPTION", description)
    if event.url:
        yield folded(f"URL:{invites.uri(event.url)}")
    if link := invites.conference_of(event.joining_link) if event.joining_link else "":
        yield folded(f"CONFERENCE;VALUE=URI;FEATURE=VIDEO:{link}")


def _text(name: str, value: str) -> str:
    return folded(f"{name}:{invites.escaped(value)}")


def _utc(instant: datetime) -> str:
    return f":{_digits(instant.astimezone(UTC))}Z"


def _wall_clock(zone: ZoneInfo) -> Clock:
    def told(instant: datetime) -> str:
        return f";TZID={zone.key}:{_digits(instant.astimezone(zone))}"

    return told


def _digits(wall: datetime) -> str:
    """20261201T090000 (RFC 5545 §3.3.5). strftime takes three times as long, and a feed has thousands."""
    return wall.isoformat(timespec="seconds")[:19].replace("-", "").replace(":", "")


def folded(line: str) -> str:
    """A long line over several (RFC 5545 §3.1), none of them cut within a character or an escaped one."""
    if len(line) <= MOST_OF_A_LINE and line.isascii():
        return line
    octets, pieces = line.encode(), []
    while len(octets) > MOST_OF_A_LINE:
        cut = MOST_OF_A_LINE
        while octets[cut] & 0b1100_0000 == 0b1000_0000:  # the inside of a character
            cut -= 1
        if octets[cut - 1] in b"\\^":
            cut -= 1
        pieces.append(octets[:cut])
        octets = octets[cut:]
    return b"\r\n ".join([*pieces, octets]).decode()


def webcal(address: str) -> str:
    """What opens a feed in Outlook, Apple Calendar and other programs on a computer or a telephone."""
    return "webcal://" + address.partition("://")[2]


def google_link(address: str) -> str:
    """Follows a feed in Google Calendar, which fetches it from the internet."""
    return f"https://calendar.google.com/calendar/render?cid={quote(webcal(address), safe=':/')}"


def outlook_link(address: str, name: str) -> str:
    """Follows a feed in Outlook on the web (work or school account), which fetches it from the internet."""
    asked = f"url={quote(address, safe='')}&name={quote(name, safe='')}"
    return f"https://outlook.office.com/calendar/addfromweb?{asked}"
