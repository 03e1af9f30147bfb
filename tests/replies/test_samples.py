"""The sample replies through `roomful replies read`, as a mail server's pipe hands them over."""

import json
import subprocess
from collections import Counter

import pytest

from tests.long.service import CHECKOUT
from tests.replies.mailroom import Mailroom
from tests.samples.replies.fill import names

DOES = {
    "01_outlook_accepted": ("noted", "accepted"),
    "02_outlook_declined_with_comment": ("released", ""),
    "04_outlook_counter": ("told_trainers", "other time"),
    "08_gmail_declined": ("released", ""),
    "14_thunderbird_declined": ("released", ""),
    "20_forged_from_dmarc_fail": ("dropped", "untrusted"),
    "23_no_auth_results": ("asked", "no result"),
    "30_unknown_uid": ("dropped", "unknown"),
    "32_old_sequence": ("sent_again", "earlier time"),
    "62_bounce": ("came_back", ""),
}
SIX_MEGABYTES = 6_000_000


@pytest.fixture
def mailroom(tmp_path, database):
    database.renew()
    made = Mailroom(tmp_path / "service", database)
    yield made
    made.service.end()


def read(mailroom, raw, *command):
    """What the command says of a mail that comes on standard input: (did, why)."""
    service = mailroom.service
    done = subprocess.run(
        service._command(["replies", "read", "--json", *command]),
        cwd=CHECKOUT,
        env=service.environment(),
        input=raw,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    said = json.loads(done.stdout)
    return said["did"], said["why"]


@pytest.mark.slow
def test_each_sample_does_what_its_table_says(mailroom):
    assert names() == sorted(DOES)
    of = dict(zip(DOES, mailroom.booked(len(DOES)), strict=True))

    said = {name: read(mailroom, mailroom.fill(name, event)) for name, event in of.items() if name != "32_old_sequence"}
    mailroom.move()
    said["32_old_sequence"] = read(mailroom, mailroom.fill("32_old_sequence", of["32_old_sequence"]))

    assert said == DOES
    assert Counter(mailroom.states().values()) == {"cancelled": 3, "booked": 7}
    released = {
        str(of[name]["ATTENDEE"]).removeprefix("mailto:") for name, (did, _) in DOES.items() if did == "released"
    }
    assert {address for address, state in mailroom.states().items() if state == "cancelled"} == released
    mailroom.service.roomful("worker", "--once")
    mailroom.service.doctor()


@pytest.mark.slow
@pytest.mark.one_engine
def test_a_mail_may_come_from_a_file_and_a_second_time(mailroom, tmp_path):
    [event] = mailroom.booked(1)
    file = tmp_path / "reply.eml"
    file.write_bytes(mailroom.plain(event))

    assert read(mailroom, b"", str(file)) == ("released", "")
    assert read(mailroom, file.read_bytes(), "-") == ("dropped", "seen")
    assert mailroom.done() == [("released", "")]


@pytest.mark.slow
@pytest.mark.one_engine
def test_whatever_bytes_come_the_mail_server_hears_that_they_were_taken(mailroom):
    [event] = mailroom.booked(1)
    good = mailroom.plain(event)
    hostile = {
        "nothing": b"",
        "zeros": b"\0" * 1000,
        "every byte": bytes(range(256)) * 100,
        "no end": good[:-40],
        "a surrogate": good.replace(b"Subject: ", b"Subject: \xed\xa0\x80"),
        "zeros in the words": good.replace(b"Subject: ", b"Subject: \0\0 =?utf-8?q?=00=00?= "),
        "six megabytes": good + b"x" * SIX_MEGABYTES,
        "six megabytes of one line": b"Subject: " + b"x" * SIX_MEGABYTES,
    }

    said = {name: read(mailroom, raw)[0] for name, raw in hostile.items()}

    assert set(said.values()) <= {"dropped", "left", "released"}
    assert said["six megabytes"] == "dropped"
    mailroom.service.doctor()


@pytest.mark.slow
@pytest.mark.one_engine
def test_a_file_that_is_not_there_is_wrong_usage(mailroom):
    assert "No such file" in mailroom.service.roomful("replies", "read", "nowhere.eml", code=2)


@pytest.mark.slow
@pytest.mark.one_engine
def test_a_coordinator_who_reads_one_by_hand_reads_a_sentence(mailroom, tmp_path):
    [event] = mailroom.booked(1)
    file = tmp_path / "reply.eml"
    file.write_bytes(mailroom.plain(event, FROM="assistant@example.org"))

    said = mailroom.service.roomful("replies", "read", str(file))

    assert said == (
        "We asked the person, by a letter with a link, whether to give up their place: "
        "it came from another mailbox of their organisation.\n"
    )
