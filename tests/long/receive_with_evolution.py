"""What Evolution's calendar shows after calendar messages. For the system's Python, which has gi, in a D-Bus session.

In: a JSON list of steps, each a list of messages in base64. Out: a JSON list of what there is after each step, by time:
uid, summary, location, attendee, starts_at and ends_at (seconds since 1970).
"""

import base64
import json
import sys

import gi

gi.require_version("ECal", "2.0")
gi.require_version("EDataServer", "1.2")
gi.require_version("ICalGLib", "3.0")
from gi.repository import ECal, EDataServer, ICalGLib  # noqa: E402 - the versions come first

BEGINNING, END = 0, 4_000_000_000  # seconds since 1970: from then till 2096
PATIENCE_S = 10


def main():
    registry = EDataServer.SourceRegistry.new_sync(None)
    source = registry.ref_builtin_calendar()
    client = ECal.Client.connect_sync(source, ECal.ClientSourceType.EVENTS, PATIENCE_S, None)
    shown = []
    for messages in json.load(sys.stdin):
        for message in messages:
            calendar = ICalGLib.Component.new_from_string(base64.b64decode(message).decode())
            client.receive_objects_sync(calendar, ECal.OperationFlags.NONE, None)
        shown.append(_entries(client))
    json.dump(shown, sys.stdout)


def _entries(client):
    """Laid out in time by Evolution, with the time zones that it has kept."""
    found = []

    def note(event, starts, ends, *_):
        attendee = event.get_first_property(ICalGLib.PropertyKind.ATTENDEE_PROPERTY)
        found.append(
            {
                "uid": event.get_uid(),
                "summary": event.get_summary(),
                "location": event.get_location(),
                "attendee": attendee.get_attendee().removeprefix("mailto:"),
                "starts_at": starts.as_timet_with_zone(starts.get_timezone()),
                "ends_at": ends.as_timet_with_zone(ends.get_timezone()),
            }
        )
        return True

    client.generate_instances_sync(BEGINNING, END, None, note)
    _, events = client.get_object_list_sync("#t", None)
    assert len(events) == len(found), "an entry that is nowhere in time"
    return sorted(found, key=lambda entry: entry["starts_at"])


main()
