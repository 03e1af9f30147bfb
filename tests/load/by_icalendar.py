"""The limit for feeds: the same calendar built by icalendar alone, from values that are ready in memory."""

import time

from icalendar import Calendar, Event

TRIES = 3


def seconds_for(feed: bytes) -> float:
    """What icalendar needs to build and write a feed, the best of a few tries."""
    read = Calendar.from_ical(feed)
    head = {name: value for name, value in read.items() if name not in {"REFRESH-INTERVAL", "X-PUBLISHED-TTL"}}
    [clock_changes] = read.walk("VTIMEZONE")
    events = [_values_of(event) for event in read.walk("VEVENT")]
    return min(_seconds(head, clock_changes, events) for _ in range(TRIES))


def _values_of(event):
    """Plain values: dates, and texts as they were typed."""
    return [(name, value.dt if hasattr(value, "dt") else str(value)) for name, value in event.items()]


def _seconds(head, clock_changes, events):
    started = time.monotonic()
    calendar = Calendar()
    for name, value in head.items():
        calendar.add(name, value)
    calendar.add_component(clock_changes)
    for values in events:
        event = Event()
        for name, value in values:
            event.add(name, value)
        calendar.add_component(event)
    calendar.to_ical(sorted=False)
    return time.monotonic() - started
