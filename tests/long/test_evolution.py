"""Whole lives, letter by letter, into the calendar of a real mail program: Evolution's, without its windows.

It needs Debian's evolution-data-server, gir1.2-ecal-2.0, gir1.2-ical-3.0, python3-gi and dbus-daemon.
"""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.notices import lives

pytestmark = pytest.mark.alone

SCRIPT = Path(__file__).with_name("receive_with_evolution.py")
PYTHON = "/usr/bin/python3"  # gi belongs to the system's Python, not to a virtual environment
HAS_ALL = "import gi; gi.require_version('ECal', '2.0'); gi.require_version('ICalGLib', '3.0')"


@pytest.fixture
def evolution(tmp_path):
    """Takes in messages step by step: what its calendar shows after each. A calendar of its own, with no settings."""
    is_here = shutil.which("dbus-run-session") and Path(PYTHON).exists()
    if not is_here or subprocess.run([PYTHON, "-c", HAS_ALL], check=False, capture_output=True).returncode:
        pytest.skip("Evolution's calendar is not installed: apt install evolution-data-server gir1.2-ecal-2.0")

    def take_in(steps):
        answer = subprocess.run(
            ["dbus-run-session", "--", PYTHON, SCRIPT],
            input=json.dumps([[base64.b64encode(message).decode() for message in step.messages] for step in steps]),
            env={**_of_its_own(tmp_path), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    return take_in


@pytest.mark.one_engine
@pytest.mark.parametrize("life", lives.EVERY)
def test_the_calendar_of_a_mail_program_shows_what_is_booked_and_nothing_else(office, evolution, life):
    steps = life(office)

    shown = evolution(steps)

    assert {step.what: [lives.told(entry) for entry in found] for step, found in zip(steps, shown, strict=True)} == {
        step.what: step.shown for step in steps
    }
    assert shown[-1] == []


@pytest.mark.one_engine
def test_a_request_that_says_cancelled_takes_nothing_out(office, evolution):
    """The negative control: the test above would show it."""
    shown = evolution(lives.as_requests(lives.of_one_booking(office)))

    assert [len(found) for found in shown] == [1, 1, 1, 1, 1, 2, 2]


def _of_its_own(folder):
    """Whoever runs the tests may use Evolution: this one has a home elsewhere, in which nothing is kept."""
    folders = ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
    return dict.fromkeys(folders, str(folder)) | {"LANG": "C.UTF-8", "GSETTINGS_BACKEND": "memory"}
