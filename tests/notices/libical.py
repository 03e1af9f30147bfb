"""Calendar files as libical reads them, the parser under Evolution, KOrganizer and many others: its own shared library.

A file must be whole to it (no line that it could not read) and must keep the rules of RFC 5546 for its METHOD.
"""

import ctypes
from datetime import UTC, datetime

LIBRARY = "libical.so.3"  # 4.0 is another library: its functions and structs differ
Pointer, Words, Number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int


class _Time(ctypes.Structure):
    """`icaltimetype`: a wall time and its zone."""

    _fields_ = (
        *((name, Number) for name in ("year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight")),
        ("zone", Pointer),
    )


# What we call: (what it gives, what it takes).
FUNCTIONS = {
    "icalparser_parse_string": (Pointer, Words),
    "icalcomponent_free": (None, Pointer),
    "icalcomponent_count_errors": (Number, Pointer),
    "icalcomponent_string_to_kind": (Number, Words),
    "icalcomponent_get_first_component": (Pointer, Pointer, Number),
    "icalcomponent_get_next_component": (Pointer, Pointer, Number),
    "icalcomponent_get_first_property": (Pointer, Pointer, Number),
    "icalcomponent_get_dtstart": (_Time, Pointer),
    "icalcomponent_get_dtend": (_Time, Pointer),
    "icalproperty_string_to_kind": (Number, Words),
    "icalproperty_get_value": (Pointer, Pointer),
    "icalproperty_get_value_as_string": (Words, Pointer),
    "icalrestriction_check": (Number, Pointer),
    "icaltime_as_timet_with_zone": (ctypes.c_long, _Time, Pointer),
    "icalvalue_get_text": (Words, Pointer),
}


def is_installed():
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    return True


def read(file):
    """What a file says: a dict for each of its events."""
    library = _library()
    calendar = library.icalparser_parse_string(file)
    try:
        assert calendar, "libical finds no calendar"
        assert library.icalcomponent_count_errors(calendar) == 0, "libical cannot read a line"
        assert library.icalrestriction_check(calendar), "libical finds a rule of RFC 5546 broken"
        method = _value(library, calendar, "METHOD")
        return [{"method": method} | _event(library, event) for event in _events(library, calendar)]
    finally:
        library.icalcomponent_free(calendar)


def _library():
    library = ctypes.CDLL(LIBRARY)
    for name, (gives, *takes) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = gives, takes
    return library


def _events(library, calendar):
    kind = library.icalcomponent_string_to_kind(b"VEVENT")
    event = library.icalcomponent_get_first_component(calendar, kind)
    while event:
        yield event
        event = library.icalcomponent_get_next_component(calendar, kind)


def _event(library, event):
    return {
        "uid": _text(library, event, "UID"),
        "sequence": int(_value(library, event, "SEQUENCE") or 0),
        "starts_at": _instant(library, library.icalcomponent_get_dtstart(event)),
        "ends_at": _instant(library, library.icalcomponent_get_dtend(event)),
        "summary": _text(library, event, "SUMMARY"),
        "location": _text(library, event, "LOCATION"),
        "description": _text(library, event, "DESCRIPTION"),
        "status": _value(library, event, "STATUS"),
        "attendee": _value(library, event, "ATTENDEE").removeprefix("mailto:"),
        "organizer": _value(library, event, "ORGANIZER").removeprefix("mailto:"),
    }


def _instant(library, time):
    assert time.zone, "libical finds no zone"
    return datetime.fromtimestamp(library.icaltime_as_timet_with_zone(time, time.zone), UTC)


def _property(library, component, name):
    return library.icalcomponent_get_first_property(component, library.icalproperty_string_to_kind(name.encode()))


def _value(library, component, name):
    """As it is written in the file; '' if there is none."""
    found = _property(library, component, name)
    return library.icalproperty_get_value_as_string(found).decode() if found else ""


def _text(library, component, name):
    """What the file means to say."""
    found = _property(library, component, name)
    return library.icalvalue_get_text(library.icalproperty_get_value(found)).decode() if found else ""
