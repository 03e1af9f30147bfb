"""What is no calendar's reply: letters that came back, and what people write in words of their own."""

import pytest

from app import people, replies
from tests import make
from tests.conftest import settings_for
from tests.replies.desk import AUTHSERV, READS_REPLIES

NIA = "nia@example.org"
LIBRARY = "library@example.org"


@pytest.fixture
def booking(desk):
    return desk.booked(person=make.person(address=NIA))


@pytest.fixture
def confirmation(desk, booking):
    return next(letter for letter in desk.letters if letter.to == NIA)


def written(answers="", *, sender=NIA, words="Is there parking?", number=1, verdict="pass", **headers):
    """Somebody pressed Reply. answers: the Message-ID of the letter that they answer."""
    given = {
        "Authentication-Results": f"{AUTHSERV}; dmarc={verdict} header.from={sender.partition('@')[2]}",
        "From": f"Nia Nurse <{sender}>",
        "Subject": "Re: Booked",
        "Message-ID": f"<words-{number}@example.org>",
        **({"In-Reply-To": answers} if answers else {}),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n".encode()


# --- letters that came back ---


def test_a_letter_that_came_back_is_shown_at_the_person(desk, booking):
    raw = desk.fill("62_bounce", desk.entry(booking))

    assert desk.ignores(raw) == ("came_back", "")

    person = people.known(NIA)
    assert replies.came_back([person], desk.now)[person.id].details == f"{NIA} 5.1.1"


def test_a_letter_that_came_back_stops_no_mail(desk, booking):
    desk.take(desk.fill("62_bounce", desk.entry(booking)))
    desk.office.cancel(booking)

    assert [letter.to for letter in desk.deliver()] == [NIA]


def test_a_letter_that_came_back_for_an_address_that_is_nobodys_changes_nothing(desk, booking):
    raw = desk.fill("62_bounce", desk.entry(booking), ATTENDEE="gone@example.org")

    assert desk.ignores(raw) == ("dropped", "unknown address")


@pytest.mark.parametrize("action", [b"delayed", b"delivered", b"relayed"])
def test_a_letter_that_may_still_arrive_has_not_come_back(desk, booking, action):
    raw = desk.fill("62_bounce", desk.entry(booking)).replace(b"Action: failed", b"Action: " + action)

    assert desk.ignores(raw) == ("dropped", "not failed")


def test_a_letter_that_came_back_is_shown_for_sixty_days(desk, booking):
    desk.take(desk.fill("62_bounce", desk.entry(booking)))
    person = people.known(NIA)
    desk.office.do(replies.forget, desk.now)

    desk.wait(days=59)
    assert len(replies.came_back([person], desk.now)) == 1
    desk.wait(days=1)
    assert replies.came_back([person], desk.now) == {}


# --- words ---


def test_words_about_a_session_go_to_its_trainers(desk, booking, confirmation):
    assert desk.take(written(confirmation.id)) == ("passed_on", "")

    [passed] = desk.office.notices("passed_on")
    assert passed.address == booking.training_session.trainers[0].address
    assert (passed.facts["sender"], passed.facts["words"]) == (NIA, "Is there parking?")


def test_whoever_answers_an_answer_is_understood_by_its_references(desk, booking, confirmation):
    raw = written("<somebody@else>", References=f"{confirmation.id} <somebody@else>")

    assert desk.take(raw) == ("passed_on", "")
    assert desk.told("passed_on") == [booking.training_session.trainers[0].address]


def test_words_about_nothing_go_to_the_contact_address(desk, booking):
    assert desk.take(written()) == ("passed_on", "")

    assert desk.told("passed_on") == [LIBRARY]


def test_words_of_a_stranger_go_to_the_contact_address_whatever_they_answer(desk, confirmation):
    assert desk.take(written(confirmation.id, sender="mallory@elsewhere.example.net")) == ("passed_on", "")

    assert desk.told("passed_on") == [LIBRARY]


@pytest.mark.parametrize(
    "forged",
    [
        "<n{0}.0.00000000000000000000@training.example.org>",
        "<n{0}.0.{1}0@training.example.org>",
        "<n{0}1.0.{1}@training.example.org>",
        "<n999999999999.0.{1}@training.example.org>",
        "<n{0}.0.{1}@elsewhere.example.net>",
    ],
)
def test_whoever_makes_up_the_number_of_a_letter_reaches_the_contact_address(desk, confirmation, forged):
    number, _, proof = confirmation.id.strip("<n>").partition("@")[0].split(".")

    assert desk.take(written(forged.format(number, proof))) == ("passed_on", "")

    assert desk.told("passed_on") == [LIBRARY]


def test_long_after_a_session_words_go_to_the_contact_address(desk, confirmation):
    desk.wait(days=14 + 29)
    desk.deliver()

    assert desk.take(written(confirmation.id)) == ("passed_on", "")
    assert desk.told("passed_on") == [LIBRARY]


def test_a_trainer_who_answers_her_own_letter_does_not_get_it_back(desk):
    make.training_session(trainers=[make.trainer(address="tom@example.org")])
    [letter] = desk.deliver()

    assert desk.take(written(letter.id, sender="tom@example.org")) == ("passed_on", "")
    assert desk.told("passed_on") == [LIBRARY]


@pytest.mark.parametrize("contact", ["training@example.org", "Training@Example.org", ""])
def test_nothing_is_passed_on_to_the_mailbox_that_it_came_to(desk, database, monkeypatch, contact):
    chosen = settings_for(database, **READS_REPLIES, contact_email=contact)
    monkeypatch.setitem(desk.office.app.config, "SETTINGS", chosen)

    assert desk.ignores(written()) == ("left", "words")
    assert replies.count_open() == 1


def test_what_the_contact_address_writes_is_not_sent_back_to_it(desk):
    assert desk.ignores(written(sender=LIBRARY)) == ("left", "words")


def test_a_sender_reaches_us_five_times_an_hour(desk):
    said = [desk.take(written(number=number)) for number in range(7)]

    assert said == [("passed_on", "")] * 5 + [("left", "many words")] * 2
    assert desk.take(written(number=8, sender="joan@example.org")) == ("passed_on", "")
    desk.wait(hours=1)
    desk.deliver()
    assert desk.take(written(number=9)) == ("passed_on", "")


@pytest.mark.parametrize(
    "header",
    [
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
    ],
)
def test_an_answer_from_a_program_is_not_passed_on(desk, confirmation, header):
    assert desk.ignores(written(confirmation.id, **header)) == ("dropped", "automatic")


def test_forged_words_are_not_passed_on(desk, confirmation):
    assert desk.ignores(written(confirmation.id, verdict="fail")) == ("dropped", "untrusted")


def test_an_empty_answer_is_not_passed_on(desk, confirmation):
    assert desk.ignores(written(confirmation.id, words=" ")) == ("dropped", "empty")


def test_an_answer_of_several_senders_is_not_passed_on(desk, confirmation):
    raw = written(confirmation.id).replace(b"From: ", b"From: mallory@example.net, ")

    assert desk.ignores(raw) == ("dropped", "untrusted")
    assert desk.ignores(raw.replace(b"dmarc=pass", b"dmarc=none").replace(b"words-1", b"words-2")) == (
        "dropped",
        "no sender",
    )


def test_words_that_pretend_to_be_a_letters_own_are_passed_on_as_they_are(desk, confirmation):
    hostile = "<b>Click</b> https://evil.example\nBEGIN:VEVENT\n{{ 7*7 }}"

    desk.take(written(confirmation.id, words=hostile))

    [passed] = desk.office.notices("passed_on")
    assert passed.facts["words"] == hostile
    [letter] = desk.deliver()
    assert "<b>" not in letter.html
    assert letter.calendar is None
