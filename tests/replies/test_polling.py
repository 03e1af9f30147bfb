"""The mailbox, read by `roomful replies poll` and by the worker: each mail once, whoever else reads it."""

import json
import os
from collections import Counter

import pytest

from tests.notices.mail_server import free_port
from tests.replies.imap_server import Dovecot, is_installed
from tests.replies.mailroom import Mailroom


@pytest.fixture(scope="module")
def dovecot():
    if not is_installed():
        missing = "There is no IMAP server here: apt install dovecot-imapd openssl."
        required = os.environ.get("ROOMFUL_BROWSER_TESTS") == "required"
        pytest.fail(missing) if required else pytest.skip(missing)
    with Dovecot() as server:
        yield server


@pytest.fixture
def folder(dovecot, request):
    """An empty folder of the mailbox, named after the test."""
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    with dovecot.person() as person:
        person.create_folder(name)
    return name


@pytest.fixture
def mailroom(tmp_path, database, dovecot, folder):
    database.renew()
    made = Mailroom(tmp_path / "service", database, replies="imap", reply_mailbox=dovecot.address(folder))
    yield made
    made.service.end()


def post(dovecot, folder, *mails):
    with dovecot.person() as person:
        for raw in mails:
            person.append(folder, raw)


def poll(mailroom):
    """How many mails it read."""
    return json.loads(mailroom.service.roomful("replies", "poll", "--json"))["count"]


@pytest.mark.slow
def test_what_came_to_the_mailbox_is_acted_on_once(mailroom, dovecot, folder):
    one, two, three = mailroom.booked(3)
    forged = mailroom.fill("20_forged_from_dmarc_fail", three)
    post(dovecot, folder, mailroom.plain(one), b"not a mail at all", mailroom.plain(two, "ACCEPTED"), forged)

    assert (poll(mailroom), poll(mailroom)) == (4, 0)
    post(dovecot, folder, mailroom.plain(two, "TENTATIVE"))
    assert (poll(mailroom), poll(mailroom)) == (1, 0)

    assert mailroom.states() == {
        "p0@example.org": "cancelled",
        "p1@example.org": "booked",
        "p2@example.org": "booked",
    }
    said = mailroom.done()
    assert [said[0], *said[2:]] == [
        ("released", ""),
        ("noted", "accepted"),
        ("dropped", "untrusted"),
        ("noted", "tentative"),
    ]
    mailroom.service.roomful("worker", "--once")
    mailroom.service.doctor()


@pytest.mark.slow
@pytest.mark.one_engine
def test_the_worker_reads_the_mailbox_and_its_letters_leave(mailroom, dovecot, folder):
    [event] = mailroom.booked(1)
    post(dovecot, folder, mailroom.plain(event))

    mailroom.service.roomful("worker", "--once")

    assert mailroom.states() == {"p0@example.org": "cancelled"}
    letters = [letter for letter in mailroom.service.letters() if letter.to == "p0@example.org"]
    assert letters[-1].entry == ("CANCEL", event["UID"], 1)
    mailroom.service.doctor()


@pytest.mark.slow
def test_two_who_read_the_mailbox_at_once_act_on_each_mail_once(mailroom, dovecot, folder):
    events = mailroom.booked(20)
    post(dovecot, folder, *(mailroom.plain(event, "ACCEPTED") for event in events), mailroom.plain(events[0]))

    readers = [mailroom.service.begin("replies", "poll") for _ in range(2)]
    assert [reader.wait(120) for reader in readers] == [0, 0], mailroom.service.said()

    assert mailroom.done() == [("noted", "accepted")] * 20 + [("released", "")]
    assert Counter(mailroom.states().values()) == {"booked": 19, "cancelled": 1}
    assert poll(mailroom) == 0


@pytest.mark.slow
@pytest.mark.one_engine
def test_where_the_mailbox_is_down_letters_still_leave_and_the_doctor_says_so(tmp_path, database):
    database.renew()
    nowhere = f"imap://bookings:secret@127.0.0.1:{free_port()}/INBOX"
    mailroom = Mailroom(tmp_path / "service", database, replies="imap", reply_mailbox=nowhere)
    try:
        sentence = "The mail server 127.0.0.1 cannot be reached, or has hung up."

        assert len(mailroom.booked(1)) == 1
        assert mailroom.service.roomful("replies", "poll", code=1) == f"{sentence}\n"
        assert f"The mailbox for replies has not been read for a while. {sentence}" in mailroom.service.doctor(code=1)
    finally:
        mailroom.service.end()


@pytest.mark.slow
@pytest.mark.one_engine
def test_where_replies_are_not_read_there_is_no_mailbox_to_poll(tmp_path, database):
    database.renew()
    mailroom = Mailroom(tmp_path / "service", database, replies="none")
    try:
        said = mailroom.service.roomful("replies", "poll", code=1)

        assert said == "REPLIES is not set to imap, so there is no mailbox to read.\n"
    finally:
        mailroom.service.end()
