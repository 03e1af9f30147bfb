"""Replies that come at once, to several who read them: places are counted rightly, and nothing happens twice."""

import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from app import waiting_list
from app.db import db
from app.replies import Reply
from app.timetable import TrainingSession
from tests.long.service import kill, wait_until
from tests.replies.imap_server import Dovecot, is_installed
from tests.replies.mailroom import Mailroom

ALL = 10
RELEASED = 5
LOCKED = "The database cannot be used: database is locked\n"


@pytest.fixture
def mailroom(tmp_path, database):
    database.renew()
    made = Mailroom(tmp_path / "service", database)
    yield made
    made.service.end()


def read_at_once(mailroom, mails, *, tries=3):
    """A process for each mail, all begun before the first has ended; what each said.

    A mail that was not taken is handed over again, as mail servers do: where a machine is very busy, SQLite's queue of
    writers may be longer than anybody waits.
    """
    said = _handed_over(mailroom.service, mails)
    again = [number for number, (code, _, _) in enumerate(said) if code]
    assert {said[number][2] for number in again} <= {LOCKED}
    if again and tries > 1:
        later = read_at_once(mailroom, [mails[number] for number in again], tries=tries - 1)
        for number, words in zip(again, later, strict=True):
            said[number] = (0, words, "")
    assert {code for code, _, _ in said} == {0}
    return [words for _, words, _ in said]


def _handed_over(service, mails):
    """(exit code, standard output, standard error) of each."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command, of = service._command(["replies", "read"]), {"cwd": service.checkout, "env": service.environment()}
    processes = [subprocess.Popen(command, **of, **pipes) for _ in mails]

    def hand_over(process, mail):
        stdout, stderr = process.communicate(mail, timeout=300)
        return process.returncode, stdout.decode(), stderr.decode()

    with ThreadPoolExecutor(len(mails)) as pool:
        return list(pool.map(hand_over, processes, mails))


def test_ten_people_decline_a_full_session_at_once(mailroom, figures):
    events = mailroom.booked(ALL, waiting=3)
    began = time.monotonic()

    read_at_once(mailroom, [mailroom.plain(event) for event in events])

    figures(f"{ALL} declines in {time.monotonic() - began:.1f} s")
    assert Counter(mailroom.done()) == {("released", ""): RELEASED, ("held", "many"): ALL - RELEASED}
    assert Counter(mailroom.states().values()) == {"cancelled": RELEASED, "booked": ALL - RELEASED}
    with mailroom.service.records() as session:
        taken, capacity = session.execute(select(TrainingSession.places_taken, TrainingSession.capacity)).one()
        assert (taken, capacity) == (ALL, ALL)  # the five are held for those who declined
        training_session = session.get_one(TrainingSession, mailroom.session_id)
        assert waiting_list.offers_on(training_session) == []
    mailroom.service.roomful("worker", "--once")
    told = [letter.to for letter in mailroom.service.letters() if letter.method == "CANCEL"]
    assert len(told) == len(set(told)) == RELEASED
    mailroom.service.doctor()


def test_one_mail_is_handed_over_six_times_at_once(mailroom):
    [event] = mailroom.booked(1)

    said = read_at_once(mailroom, [mailroom.plain(event)] * 6)

    assert Counter(said) == {
        "The place was given up, as the calendar said.\n": 1,
        "Nothing was done: this email was read before.\n": 5,
    }
    assert mailroom.done() == [("released", "")]
    mailroom.service.roomful("worker", "--once")
    assert [letter.method for letter in mailroom.service.letters() if letter.to == "p0@example.org"] == [
        "REQUEST",
        "CANCEL",
    ]
    mailroom.service.doctor()


def test_one_answer_comes_under_six_message_ids_at_once(mailroom):
    [event] = mailroom.booked(1)
    mails = [mailroom.plain(event, STAMP="20260902T101500Z") for _ in range(6)]

    read_at_once(mailroom, mails)

    done = mailroom.done()
    assert done.count(("released", "")) == 1
    assert set(done) <= {("released", ""), ("dropped", "stale"), ("dropped", "no place")}
    mailroom.service.roomful("worker", "--once")
    assert [letter.method for letter in mailroom.service.letters() if letter.to == "p0@example.org"] == [
        "REQUEST",
        "CANCEL",
    ]
    mailroom.service.doctor()


def test_somebody_accepts_and_declines_at_once(mailroom):
    [event] = mailroom.booked(1)

    read_at_once(mailroom, [mailroom.plain(event, "ACCEPTED"), mailroom.plain(event, "DECLINED")])

    assert sorted(mailroom.done()) in (
        [("dropped", "stale"), ("released", "")],
        [("noted", "accepted"), ("released", "")],
    )
    assert mailroom.states() == {"p0@example.org": "cancelled"}
    mailroom.service.roomful("worker", "--once")
    mailroom.service.doctor()


def test_whoever_reads_the_mailbox_is_killed_between_mails(tmp_path, database, figures):
    if not is_installed():
        pytest.skip("There is no IMAP server here: apt install dovecot-imapd openssl.")
    database.renew()
    with Dovecot() as dovecot:
        mailroom = Mailroom(tmp_path / "service", database, replies="imap", reply_mailbox=dovecot.address())
        try:
            kills = _read_with_kills(mailroom, dovecot)
        finally:
            mailroom.service.end()
    figures(f"killed {kills} times")


def _read_with_kills(mailroom, dovecot, *, people=60, most_kills=6):
    """Killed when some mails have been read, again and again; how often, before all had been."""
    events = mailroom.booked(people)
    with dovecot.person() as person:
        for event in events:
            person.append("INBOX", mailroom.plain(event, "ACCEPTED"))
        person.append("INBOX", mailroom.plain(events[0]))

    def read_count():
        with mailroom.service.records():
            return db.session.scalar(select(func.count()).select_from(Reply))

    kills = 0
    while read_count() <= people and kills < most_kills:
        before = read_count()
        reader = mailroom.service.begin("replies", "poll")
        wait_until(lambda n=before, of=reader: read_count() > n + 3 or of.poll() is not None, 60)
        kill(reader.pid)
        reader.wait()
        kills += 1
    mailroom.service.roomful("replies", "poll")
    assert kills > 1, "it was never killed between two mails: this proves nothing"
    assert mailroom.done() == [("noted", "accepted")] * people + [("released", "")]
    assert Counter(mailroom.states().values()) == {"booked": people - 1, "cancelled": 1}
    mailroom.service.roomful("worker", "--once")
    mailroom.service.doctor()
    return kills
