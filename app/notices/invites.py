"""Invites: what a person's calendar should believe, written in the iCalendar format. No database, no clock.

One slot of one booking is one entry, and it keeps its UID for life. A REQUEST puts it into a calendar or
changes it there; a CANCEL takes it out again, and nothing else does. Each carries exactly one VEVENT for
exactly one person, so nobody sees who else comes. A download is a copy without people, and follows no change.
Times go out on the service's own clock, with its clock changes; in UTC if the zone has no yearly rules or if
the clocks show one of the times twice. What a person typed is text: it never starts a line of its own.
The same entry always gives the same bytes, so sending it twice is harmless.
"""

import html
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Parameters, vCalAddress, vDatetime, vInt, vText, vUri

from app.notices import time_zones

PRODUCT = "-//Roomful//Training sessions//EN"
DESCRIPTION_IN_A_LINK = 500  # characters; some servers refuse an address much over 2,000

_LINE_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
# Some parsers take a folded line of nothing but blanks for an end: the rest would become a line of its own.
_NINE_BLANKS = " " * 9
_LONG_BLANK = re.compile(r"[^\S\n]{9,}")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What somebody's calendar should believe about one slot. Raises ValueError for times without a zone."""

    uid: str
    sequence: int
    stamped_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str = ""
    joining_link: str = ""
    description: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        for instant in (self.stamped_at, self.starts_at, self.ends_at):
            if instant.tzinfo is None:
                raise ValueError(f"{instant} has no time zone: an entry's times are aware")
        if self.ends_at < self.starts_at:
            raise ValueError(f"An entry cannot end at {self.ends_at}, before it starts at {self.starts_at}")


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    name: str
    address: str


def new_uid(host: str) -> str:
    """A UID for one booking and slot, for life: random and meaningless (RFC 7986 §5.3)."""
    return f"b{secrets.token_hex(16)}@{host}"


def request(entry: Entry, *, organiser: Mailbox, attendee: Mailbox, zone: ZoneInfo) -> bytes:
    """The invite, or its newer version if the SEQUENCE or the stamp is higher (RFC 5546 §3.2.2)."""
    return _message("REQUEST", entry, status="CONFIRMED", organiser=organiser, attendee=attendee, zone=zone)


def cancel(entry: Entry, *, organiser: Mailbox, attendee: Mailbox, zone: ZoneInfo) -> bytes:
    """Takes the entry out of the calendar (RFC 5546 §3.2.5). Its SEQUENCE is one above the last one sent."""
    return _message("CANCEL", entry, status="CANCELLED", organiser=organiser, attendee=attendee, zone=zone)


def download(entries: Sequence[Entry], *, zone: ZoneInfo, is_cancelled: bool = False) -> bytes:
    """An .ics file to keep: an event a slot, no METHOD, no people (RFC 5545 §3.6.1). ValueError for none."""
    if not entries:
        raise ValueError("A calendar file needs at least one entry")  # RFC 5545 §3.6
    calendar = _empty_calendar()
    for event in _fill(calendar, entries, status="CANCELLED" if is_cancelled else "CONFIRMED", zone=zone):
        if is_cancelled:
            event["SUMMARY"] = _Text(f"CANCELLED: {event['SUMMARY']}")
            event["TRANSP"] = _Text("TRANSPARENT")
    return _written(calendar)


def google_link(entry: Entry) -> str:
    """Opens Google Calendar with a copy of the entry filled in."""
    when = "/".join(f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" for at in (entry.starts_at, entry.ends_at))
    return "https://calendar.google.com/calendar/render?" + _query(
        action="TEMPLATE",
        text=one_line(entry.summary),
        dates=when,
        location=place_of(entry.location, entry.joining_link),
        details=_shortened(description_of(entry.description, entry.joining_link)),
    )


def outlook_link(entry: Entry) -> str:
    """Opens Outlook on the web (work or school account) with a copy of the entry filled in; body is HTML."""
    return "https://outlook.office.com/calendar/deeplink/compose?" + _query(
        path="/calendar/action/compose",
        rru="addevent",
        startdt=f"{entry.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        enddt=f"{entry.ends_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        subject=one_line(entry.summary),
        location=place_of(entry.location, entry.joining_link),
        body=html.escape(_shortened(description_of(entry.description, entry.joining_link)), quote=False).replace(
            "\n", "<br>"
        ),
    )


def _message(method: str, entry: Entry, *, status: str, organiser: Mailbox, attendee: Mailbox, zone: ZoneInfo) -> bytes:
    calendar = _empty_calendar()
    calendar["METHOD"] = _Text(method)
    [event] = _fill(calendar, [entry], status=status, zone=zone)
    event["ORGANIZER"] = _mailto(organiser)
    event["ATTENDEE"] = _mailto(
        attendee, CUTYPE="INDIVIDUAL", ROLE="REQ-PARTICIPANT", PARTSTAT="NEEDS-ACTION", RSVP="TRUE"
    )
    # Outlook: nobody proposes another time to us, and forwarding an invite would not make a booking.
    event["X-MICROSOFT-DISALLOW-COUNTER"] = _Text("TRUE")
    event["X-MICROSOFT-DONOTFORWARDMEETING"] = _Text("TRUE")
    return _written(calendar)


def _empty_calendar() -> Calendar:
    # No NAME and no X-WR-CALNAME: Outlook would open a second calendar.
    calendar = Calendar()
    calendar["PRODID"] = _Text(PRODUCT)
    calendar["VERSION"] = _Text("2.0")
    calendar["CALSCALE"] = _Text("GREGORIAN")
    return calendar


def _fill(calendar: Calendar, entries: Sequence[Entry], *, status: str, zone: ZoneInfo) -> list[Event]:
    """Add the zone's clock changes, if any entry is told by its clock, and an event for each entry."""
    by_the_clock = [entry for entry in entries if not has_a_repeated_time(entry.starts_at, entry.ends_at, zone)]
    vtimezone = time_zones.vtimezone(zone, [at for entry in by_the_clock for at in (entry.starts_at, entry.ends_at)])
    if vtimezone is not None:
        calendar.add_component(vtimezone)
    events = []
    for entry in entries:
        clock = zone if vtimezone is not None and entry in by_the_clock else UTC
        events.append(_event(entry, status=status, clock=clock))
        calendar.add_component(events[-1])
    return events


def has_a_repeated_time(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> bool:
    # Either end is enough: some programs take the zone of both from the start.
    return time_zones.is_repeated(starts_at, zone) or time_zones.is_repeated(ends_at, zone)


def _event(entry: Entry, *, status: str, clock: tzinfo) -> Event:
    """The VEVENT (RFC 5545 §3.6.1). Values are set, never `add`ed: a second `add` writes a second line."""
    event = Event()
    event["UID"] = _Text(one_line(entry.uid))
    event["SEQUENCE"] = vInt(entry.sequence)
    event["DTSTAMP"] = vDatetime(entry.stamped_at.astimezone(UTC))
    event["DTSTART"] = vDatetime(entry.starts_at.astimezone(clock))
    event["DTEND"] = vDatetime(entry.ends_at.astimezone(clock))
    event["SUMMARY"] = _Text(one_line(entry.summary))
    if place := place_of(entry.location, entry.joining_link):
        event["LOCATION"] = _Text(place)
    if description := description_of(entry.description, entry.joining_link):
        event["DESCRIPTION"] = _Text(description)
    if entry.url:
        event["URL"] = vUri(uri(entry.url))
    if link := conference_of(entry.joining_link):
        event["CONFERENCE"] = vUri(link, params={"VALUE": "URI", "FEATURE": "VIDEO"})  # RFC 7986 §5.11
    event["STATUS"] = _Text(status)
    event["TRANSP"] = _Text("OPAQUE")
    event["CLASS"] = _Text("PUBLIC")
    return event


class _Text(vText):
    """TEXT (RFC 5545 §3.3.11). icalendar 7.3 makes a line break of a typed '\\N', as in C:\\New."""

    def to_ical(self) -> bytes:
        return escaped(self).encode()


class _Parameters(Parameters):
    # The base class's tuple has nine names, and mypy takes that for its type.
    always_quoted = ("CN",)  # type: ignore[assignment]


def _mailto(mailbox: Mailbox, **parameters: str) -> vCalAddress:
    """A CAL-ADDRESS (RFC 5545 §3.3.3). No parameter can hold a double quote (§3.2): they become single."""
    address = vCalAddress(f"mailto:{''.join(one_line(mailbox.address).split())}")
    name = one_line(mailbox.name).replace('"', "'")
    address.params = _Parameters({"CN": name, **parameters} if name else parameters)
    return address


def place_of(location: str, joining_link: str) -> str:
    return one_line(location) or one_line(joining_link)


def description_of(typed: str, joining_link: str) -> str:
    """The description as typed; how to join comes first, because telephones show only the first lines."""
    description = printable(_LINE_BREAK.sub("\n", typed)).strip()
    link = one_line(joining_link)
    if not link or link in description:
        return description
    return f"Join online: {link}\n\n{description}".strip()


def conference_of(joining_link: str) -> str:
    """The joining link where calendars look for one (RFC 7986 §5.11); '' if it is no web address."""
    link = uri(joining_link)
    return link if link.startswith(("https://", "http://")) else ""


def escaped(text: str) -> str:
    """A text value (RFC 5545 §3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def one_line(text: str) -> str:
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    if text.isprintable() and _NINE_BLANKS not in text:  # as nearly everything in a feed of a thousand events is
        return text
    return _LONG_BLANK.sub(" ", _UNPRINTABLE.sub("", text))


def uri(address: str) -> str:
    """A URI that stays on one line: what RFC 3986 does not allow is percent-encoded."""
    return quote(one_line(address), safe=":/?#[]@!$&'()*+,;=%-._~")


def _shortened(text: str) -> str:
    if len(text) <= DESCRIPTION_IN_A_LINK:
        return text
    return text[: DESCRIPTION_IN_A_LINK - 1].rstrip() + "…"


def _query(**fields: str) -> str:
    # Spaces as %20: Outlook shows a plus sign where it finds one.
    return urlencode({name: value for name, value in fields.items() if value}, quote_via=quote, safe="/:")


def _written(calendar: Calendar) -> bytes:
    """The bytes, in the order in which the properties were set; lines folded at 75 octets (RFC 5545 §3.1)."""
    return bytes(calendar.to_ical(sorted=False))
