"""What a calendar part says: its METHOD, and of its one event the UID, SEQUENCE, DTSTAMP, ATTENDEE and ORGANIZER.

Nothing else is looked at, nothing is expanded, and whatever can be read in two ways is a fault: a person looks at
that mail. Lines are read here and not with icalendar, which takes the last of two PARTSTATs, ends a value's quotes
where others do not, breaks a letter that was folded in its middle, and needs half a second for one hostile line.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import unquote

from app.replies import words
from app.replies.parts import known_charset

MOST_EVENTS = 5
MOST_NESTED = 16
MOST_LINES = 20_000
MOST_UID = 255
MOST_WORD = 20

# Each of these is read in one pass: no part of a line fits two places of the pattern.
_LINE = re.compile(r"([A-Za-z0-9-]++)[;:]")
_VALUE = r'(?:"[^"]*+"|[^";:,]*+)'
_VALUES = rf"{_VALUE}(?:,{_VALUE})*+"
_PARTS = re.compile(rf"[A-Za-z0-9-]++(?P<parameters>(?:;[A-Za-z0-9-]++={_VALUES})*+):(?P<value>.*)", re.DOTALL)
_PARAMETER = re.compile(rf";([A-Za-z0-9-]++)=({_VALUES})")
_SEQUENCE = re.compile(r"\+?\d{1,9}", re.ASCII)
_UTC = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
# Looked at before it is put in capitals: those of some foreign letters are English ones.
_WORD = re.compile(rf"[A-Za-z0-9-]{{1,{MOST_WORD}}}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
BLANK = " \t"  # what may stand around a value; other white space is a trick
MAILTO = "mailto:"

Line = tuple[str, str]  # a property's name in capitals, and the whole line


class Fault(StrEnum):
    """Why a person must look at a calendar part. '' stands for none of these."""

    TWO_PARTS = "two_parts"
    NO_METHOD = "no_method"  # its Content-Type says none
    OTHER_METHOD = "other_method"  # its Content-Type says another than METHOD
    UNKNOWN_CHARSET = "unknown_charset"
    NO_EVENT = "no_event"
    MANY_EVENTS = "many_events"
    SAID_TWICE = "said_twice"
    UNREADABLE = "unreadable"


class Faulty(Exception):
    """This calendar part is for a person to look at. `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, kw_only=True)
class Attendee:
    """address, email: folded and bare. email: the EMAIL parameter, '' if none. partstat: in capitals."""

    address: str
    email: str = ""
    partstat: str = "NEEDS-ACTION"


@dataclass(frozen=True, kw_only=True)
class Event:
    """uid, organizer: '' if none. stamped_at: aware UTC; None if it was said in any other way."""

    uid: str = ""
    sequence: int | None = None
    stamped_at: datetime | None = None
    organizer: str = ""
    attendees: tuple[Attendee, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """method: in capitals. events: exactly one, of a calendar that has no fault."""

    method: str
    events: tuple[Event, ...]


def calendar_of(written: bytes, *, charset: str, method: str) -> Calendar:
    """charset, method: as the part's Content-Type says them, '' if it does not. Raises Faulty."""
    of_calendar, of_events = _properties(_lines(_utf8(written, charset)))
    said = _once(of_calendar, "METHOD").strip(BLANK)
    if not method:
        raise Faulty(Fault.NO_METHOD)
    if not _WORD.fullmatch(said) or said.upper() != method.strip(BLANK).upper():
        raise Faulty(Fault.OTHER_METHOD)
    if not of_events:
        raise Faulty(Fault.NO_EVENT)
    if len(of_events) > 1:
        raise Faulty(Fault.MANY_EVENTS)
    return Calendar(method=said.upper(), events=(_event(of_events[0]),))


# --- lines ----------------------------------------------------------------------------------------


def _utf8(written: bytes, charset: str) -> bytes:
    """A mark at the beginning says more than the Content-Type. Raises Faulty if the charset is unknown."""
    if written.startswith(codecs.BOM_UTF8):
        return written[len(codecs.BOM_UTF8) :]
    for mark, named in _WIDE:
        if written.startswith(mark):
            return written[len(mark) :].decode(named, "replace").encode()
    if not charset:
        return written
    known = known_charset(charset)
    if not known:
        raise Faulty(Fault.UNKNOWN_CHARSET)
    if known == "utf-16":  # without a mark: the first letter is English, so its other byte is zero
        known = "utf-16-be" if written.startswith(b"\0") else "utf-16-le"
    # ASCII and UTF-8 stay bytes: a letter that was folded in its middle comes together again before it is read.
    return written if known in {"utf-8", "ascii"} else written.decode(known, "replace").encode()


def _lines(written: bytes) -> Iterator[Line]:
    """Unfolded (RFC 5545 §3.1), ending in CR, LF or both. Raises Faulty at a line that is none, or far too many."""
    ends = b"\n" if b"\n" in written else b"\r"
    if written.count(ends) > MOST_LINES:
        raise Faulty(Fault.UNREADABLE)
    unfolded: list[list[bytes]] = []
    follows = False
    for line in written.split(ends):
        bare = line.rstrip(b"\r")
        is_more = bare[:1] in {b" ", b"\t"}
        if is_more and follows:
            unfolded[-1].append(bare[1:])
        elif bare.strip():
            if is_more:
                raise Faulty(Fault.UNREADABLE)  # of what?
            unfolded.append([bare])
        follows = bool(bare.strip())
    for pieces in unfolded:
        yield _named(b"".join(pieces))


def _named(line: bytes) -> Line:
    text = line.decode("utf-8", "replace")
    name = _LINE.match(text)
    if not name or "\0" in text:
        raise Faulty(Fault.UNREADABLE)
    return name[1].upper(), text


def _properties(lines: Iterator[Line]) -> tuple[list[Line], list[list[Line]]]:
    """Those directly in the calendar, and those directly in each of its events. Raises Faulty."""
    of_calendar: list[Line] = []
    of_events: list[list[Line]] = []
    inside: list[str] = []
    calendars = 0
    for name, line in lines:
        if name == "BEGIN":
            inside.append(_component(line))
            calendars += len(inside) == 1
            if inside == ["VCALENDAR", "VEVENT"]:
                of_events.append([])
            _refuse_strange(inside, calendars, len(of_events))
        elif not inside or (name == "END" and inside.pop() != _component(line)):
            raise Faulty(Fault.UNREADABLE)
        elif inside == ["VCALENDAR"] and name != "END":
            of_calendar.append((name, line))
        elif inside == ["VCALENDAR", "VEVENT"] and name != "END":
            of_events[-1].append((name, line))
    if inside or calendars != 1:
        raise Faulty(Fault.UNREADABLE)
    return of_calendar, of_events


def _component(line: str) -> str:
    return line.partition(":")[2].strip(BLANK).upper()


def _refuse_strange(inside: list[str], calendars: int, events: int) -> None:
    """One calendar; in it events, a few, and time zones; what lies in those is not looked at, but not deep."""
    if calendars > 1 or inside[0] != "VCALENDAR" or len(inside) > MOST_NESTED:
        raise Faulty(Fault.UNREADABLE)
    if events > MOST_EVENTS:
        raise Faulty(Fault.MANY_EVENTS)
    if len(inside) == 2 and inside[1] not in {"VEVENT", "VTIMEZONE"} and not inside[1].startswith("X-"):
        raise Faulty(Fault.UNREADABLE)


# --- values ---------------------------------------------------------------------------------------


def _event(properties: list[Line]) -> Event:
    uid, sequence, stamp = (_once(properties, name).strip(BLANK) for name in ("UID", "SEQUENCE", "DTSTAMP"))
    if len(uid) > MOST_UID or not words.is_plain(uid) or (sequence and not _SEQUENCE.fullmatch(sequence)):
        raise Faulty(Fault.UNREADABLE)
    organizers = [line for name, line in properties if name == "ORGANIZER"]
    if len(organizers) > 1:
        raise Faulty(Fault.SAID_TWICE)
    return Event(
        uid=uid,
        sequence=int(sequence) if sequence else None,
        stamped_at=_instant(stamp),
        organizer=_organizer(organizers[0]) if organizers else "",
        attendees=tuple(_attendee(line) for name, line in properties if name == "ATTENDEE"),
    )


def _once(properties: list[Line], wanted: str) -> str:
    """The value of a property that may be said once; '' if it is not said."""
    said = [_parts(line)[1] for name, line in properties if name == wanted]
    if len(said) > 1:
        raise Faulty(Fault.SAID_TWICE)
    return said[0] if said else ""


def _attendee(line: str) -> Attendee:
    parameters, value = _parts(line)
    partstat = parameters.get("PARTSTAT", "NEEDS-ACTION").strip(BLANK)
    if not _WORD.fullmatch(partstat):
        raise Faulty(Fault.UNREADABLE)
    return Attendee(address=_address(value), email=_address(parameters.get("EMAIL", "")), partstat=partstat.upper())


def _organizer(line: str) -> str:
    """Some calendars name an organizer by an address of their own, and the mailbox beside it.

    Raises Faulty for one that is there and says nothing: '' would mean that there is none.
    """
    parameters, value = _parts(line)
    is_mailbox = value.strip(BLANK).lower().startswith(MAILTO)
    address = _address(value if is_mailbox else parameters.get("EMAIL", value))
    if not address:
        raise Faulty(Fault.UNREADABLE)
    return address


def _parts(line: str) -> tuple[dict[str, str], str]:
    """A property's parameters, their names in capitals, and its value. Raises Faulty if one is said twice."""
    found = _PARTS.fullmatch(line)
    if not found or _CONTROL.search(line):
        raise Faulty(Fault.UNREADABLE)
    pairs = [(name.upper(), value.strip('"')) for name, value in _PARAMETER.findall(found["parameters"])]
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise Faulty(Fault.SAID_TWICE)
    return parameters, found["value"]


def _address(value: str) -> str:
    """Bare: without mailto: and what may follow it (RFC 6068), and folded; '' for one that no mailbox has."""
    bare = value.strip(BLANK)
    if bare[: len(MAILTO)].lower() == MAILTO:
        bare = unquote(bare[len(MAILTO) :].partition("?")[0]).strip(BLANK)
    return words.folded(bare)


def _instant(stamp: str) -> datetime | None:
    if not _UTC.fullmatch(stamp):
        return None
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:  # 31 February
        return None
