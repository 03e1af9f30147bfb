"""Whole lives, letter by letter, into Thunderbird's calendar, which is driven without its windows.

It needs Thunderbird; written for 153, Debian's package `thunderbird`.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.notices import lives
from tests.notices.mail_server import free_port

pytestmark = pytest.mark.alone

SCRIPT = Path(__file__).with_name("receive_with_thunderbird.js")
SETTINGS = {"app.update.enabled": False, "datareporting.policy.dataSubmissionEnabled": False}


class Marionette:
    """The remote control that Mozilla's programs carry: numbered commands in JSON, each with its length before it."""

    def __init__(self, connection):
        self.connection, self.answers, self.count = connection, connection.makefile("rb"), 0
        self._read()  # it greets first

    def say(self, command, **words):
        self.count += 1
        message = json.dumps([0, self.count, command, words]).encode()
        self.connection.sendall(b"%d:%b" % (len(message), message))
        _, _, fault, said = self._read()
        assert fault is None, fault
        return said

    def _read(self):
        length = b""
        while not length.endswith(b":"):
            letter = self.answers.read(1)
            assert letter, "Thunderbird hung up"
            length += letter
        return json.loads(self.answers.read(int(length[:-1])))


@pytest.fixture
def thunderbird(tmp_path):
    """Takes in messages step by step: what it did with each, and what its calendar shows after each step."""
    program = shutil.which("thunderbird")
    if program is None:
        pytest.skip("Thunderbird is not installed: apt install thunderbird")
    port = free_port()
    chosen = SETTINGS | {"marionette.port": port}
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in chosen.items())
    (tmp_path / "user.js").write_text("\n".join(lines), encoding="utf-8")
    switches = ("--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", tmp_path)
    at_home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    running = subprocess.Popen(
        [program, *switches], env=at_home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        with _connected(port) as connection:
            remote = Marionette(connection)
            remote.say("WebDriver:NewSession")
            remote.say("Marionette:SetContext", value="chrome")
            remote.say("WebDriver:SetTimeouts", script=60_000)
            yield lambda steps: _take_in(remote, steps)
    finally:
        running.terminate()
        running.wait(30)


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("life", "done"),
    [
        (
            lives.of_one_booking,
            [["REQUEST"], *[["REQUEST:UPDATE"]] * 3, ["CANCEL"], ["REQUEST"], ["CANCEL"]],
        ),
        (lives.of_two_parts, [["REQUEST"] * 2, ["REQUEST:UPDATE"], ["CANCEL"] * 2]),
        (lives.of_a_slip, [["REQUEST"], ["REQUEST:UPDATE-MINOR"], ["REQUEST:UPDATE"], ["CANCEL"]]),
    ],
)
def test_thunderbird_shows_what_is_booked_and_nothing_else(office, thunderbird, life, done):
    steps = life(office)

    told = thunderbird(steps)

    assert {
        step.what: [lives.told(entry) for entry in said["shown"]] for step, said in zip(steps, told, strict=True)
    } == {step.what: step.shown for step in steps}
    assert [said["did"] for said in told] == done


@pytest.mark.one_engine
def test_a_request_that_says_cancelled_takes_nothing_out(office, thunderbird):
    """The negative control: the test above would show it."""
    told = thunderbird(lives.as_requests(lives.of_one_booking(office)))

    assert [len(said["shown"]) for said in told] == [1, 1, 1, 1, 1, 2, 2]


def _take_in(remote, steps):
    messages = [[base64.b64encode(message).decode() for message in step.messages] for step in steps]
    script = SCRIPT.read_text(encoding="utf-8")
    told = remote.say("WebDriver:ExecuteAsyncScript", script=script, args=[messages, lives.NIA])["value"]
    assert isinstance(told, list), told
    return told


def _connected(port):
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=90)
        except ConnectionRefusedError:
            time.sleep(0.2)
    raise AssertionError("Thunderbird does not start")
