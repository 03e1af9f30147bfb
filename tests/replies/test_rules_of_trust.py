"""Whose reply is believed: a place is given up only if our own mail server vouches for the person who was invited."""

import pytest

from tests import make
from tests.conftest import settings_for
from tests.replies.desk import AUTHSERV

NIA = "nia@example.org"
VOUCHED = b"dmarc=pass header.from=example.org"


@pytest.fixture
def booking(desk):
    return desk.booked(person=make.person(address=NIA))


def test_a_reply_that_is_vouched_for_is_believed(desk, booking):
    assert desk.take(desk.decline(booking)) == ("released", "")


def test_a_forged_reply_changes_nothing_and_nobody_hears_of_it(desk, booking):
    assert desk.ignores(desk.fill("20_forged_from_dmarc_fail", desk.entry(booking))) == ("dropped", "untrusted")
    assert desk.has_place(booking)


@pytest.mark.parametrize(
    "verdict",
    [
        b"dmarc=fail header.from=example.org",
        b"dmarc=pass header.from=example.net",
        b"dmarc=pass header.from=example.org.evil.example",
        b"dmarc=pass header.from=example.org;\r\n dmarc=fail header.from=example.org",
        b"dmarc=pass",
        b"dmarc=bestguesspass header.from=example.org",
    ],
)
def test_a_reply_that_our_mail_server_does_not_vouch_for_changes_nothing(desk, booking, verdict):
    assert desk.ignores(desk.decline(booking).replace(VOUCHED, verdict)) == ("dropped", "untrusted")


@pytest.mark.parametrize("verdict", [b"dmarc=none", b"dmarc=temperror header.from=example.org", b"spf=pass"])
def test_without_a_verdict_the_person_is_asked_and_keeps_the_place(desk, booking, verdict):
    assert desk.take(desk.decline(booking).replace(VOUCHED, verdict)) == ("asked", "no result")

    assert desk.has_place(booking)
    assert desk.told("give_up_asked") == [NIA]
    assert desk.answer_beside(booking) == ""


def test_whose_reply_nobody_looked_at_is_asked(desk, booking):
    assert desk.take(desk.fill("23_no_auth_results", desk.entry(booking))) == ("asked", "no result")
    assert desk.told("give_up_asked") == [NIA]


def test_what_another_mail_server_says_counts_for_nothing(desk, booking):
    elsewhere = desk.decline(booking, AUTHSERV="mx.elsewhere.example.net")

    assert desk.take(elsewhere) == ("asked", "no result")


def test_only_the_topmost_result_counts(desk, booking):
    forged = f"Authentication-Results: mx.elsewhere.example.net; {VOUCHED.decode()}\r\n".encode()

    assert desk.take(forged + desk.decline(booking)) == ("asked", "no result")


def test_where_our_mail_server_has_no_name_everybody_is_asked(desk, booking, database, monkeypatch):
    nameless = settings_for(database, replies="none")
    raw = desk.decline(booking)
    monkeypatch.setitem(desk.office.app.config, "SETTINGS", nameless)

    assert desk.take(raw) == ("asked", "no result")


def test_a_person_is_asked_once_a_day_however_often_somebody_tries(desk, booking):
    for _ in range(3):
        desk.take(desk.fill("23_no_auth_results", desk.entry(booking)))
    desk.deliver()
    assert desk.told("give_up_asked") == [NIA]

    desk.wait(days=1)
    desk.take(desk.fill("23_no_auth_results", desk.entry(booking)))

    assert desk.told("give_up_asked") == [NIA] * 2


def test_a_reply_that_may_be_forged_does_not_make_the_true_one_look_old(desk, booking):
    desk.take(desk.fill("23_no_auth_results", desk.entry(booking), STAMP="20261202T080000Z"))

    assert desk.take(desk.decline(booking, STAMP="20261201T090000Z")) == ("released", "")


def test_another_mailbox_of_the_same_organisation_is_not_enough(desk, booking):
    assistant = desk.decline(booking, FROM="assistant@example.org")

    assert desk.take(assistant) == ("asked", "other mailbox")

    assert desk.has_place(booking)
    assert desk.told("give_up_asked") == [NIA]


@pytest.mark.parametrize(
    "sender", ["mallory@elsewhere.example.net", "nia@mail.example.org", "nia@example.org.evil.net"]
)
def test_another_organisation_changes_nothing(desk, booking, sender):
    assert desk.ignores(desk.decline(booking, FROM=sender)) == ("dropped", "untrusted")


@pytest.mark.parametrize(
    "senders",
    [
        b"From: mallory@example.org\r\nFrom: nia@example.org\r\n",
        b"From: nia@example.org\r\nFrom: nia@example.org\r\n",
        b"From: mallory@example.org, nia@example.org\r\n",
        b"From: nia@example.org <mallory@example.net>\r\n",
        b"From: undisclosed\r\n",
        b"",
    ],
)
def test_a_reply_of_several_senders_or_none_changes_nothing(desk, booking, senders):
    raw = desk.decline(booking).replace(b"From: Amina Okafor <nia@example.org>\r\n", senders)

    assert desk.ignores(raw) == ("dropped", "no sender")
    assert desk.has_place(booking)


def test_the_sender_may_be_written_in_capitals(desk, booking):
    assert desk.take(desk.decline(booking, FROM="NIA@Example.ORG")) == ("released", "")


# --- whose answer it is ---


def test_an_answer_for_somebody_else_changes_nothing(desk, booking):
    assert desk.ignores(desk.decline(booking, ATTENDEE="joan@example.org", FROM=NIA)) == ("dropped", "other attendee")


def test_somebody_elses_entry_cannot_be_answered(desk, booking):
    other = desk.booked(booking.training_session, make.person("Joan Armah", address="joan@example.org"))

    raw = desk.decline(other, ATTENDEE=NIA)

    assert desk.ignores(raw) == ("dropped", "other attendee")
    assert desk.has_place(other)


def test_an_answer_for_two_people_changes_nothing(desk, booking):
    second = b"ATTENDEE;PARTSTAT=ACCEPTED:mailto:joan@example.org\r\nSEQUENCE"
    raw = desk.decline(booking).replace(b"SEQUENCE", second)

    assert desk.ignores(raw) == ("dropped", "other attendee")


def test_an_answer_for_nobody_changes_nothing(desk, booking):
    raw = desk.decline(booking).replace(b"ATTENDEE;", b"X-ATTENDEE;")

    assert desk.ignores(raw) == ("dropped", "other attendee")


def test_a_calendar_may_name_the_person_in_its_own_way_and_their_mailbox_beside_it(desk, booking):
    raw = desk.decline(booking).replace(
        b"PARTSTAT=DECLINED:mailto:nia@example.org", b"PARTSTAT=DECLINED;EMAIL=Nia@example.org:urn:uuid:1234"
    )

    assert desk.take(raw) == ("released", "")


@pytest.mark.parametrize("written", ["NIA@EXAMPLE.ORG", " nia@example.org ", "Nia@Example.Org"])
def test_the_booked_address_may_be_written_in_any_way(desk, booking, written):
    assert desk.take(desk.decline(booking, ATTENDEE=written, FROM=NIA)) == ("released", "")


# --- what is in doubt ---


def test_a_yes_in_doubt_is_not_written_down(desk, booking):
    raw = desk.answer(desk.entry(booking), "ACCEPTED", FROM="assistant@example.org")

    assert desk.ignores(raw) == ("dropped", "other mailbox")


def test_a_decline_in_doubt_after_the_start_changes_nothing(desk, booking):
    raw = desk.fill("23_no_auth_results", desk.entry(booking))
    desk.office.now = make.IN_TWO_WEEKS
    desk.deliver()

    assert desk.ignores(raw) == ("dropped", "no result")


def test_a_wish_in_doubt_reaches_the_trainer_once_a_day(desk, booking):
    for _ in range(3):
        raw = desk.fill("04_outlook_counter", desk.entry(booking), AUTHSERV="mx.elsewhere.example.net")
        assert desk.take(raw) == ("told_trainers", "other time")

    assert len(desk.told("calendar_note")) == 1


def test_accepting_in_doubt_without_a_place_is_not_answered(desk, booking):
    event = desk.entry(booking)
    desk.office.cancel(booking)
    desk.deliver()

    assert desk.ignores(desk.answer(event, "ACCEPTED", FROM="assistant@example.org")) == ("dropped", "no place")


def test_our_mail_servers_name_is_what_the_settings_say(desk):
    assert desk.office.app.config["SETTINGS"].mail_authserv_id == AUTHSERV
