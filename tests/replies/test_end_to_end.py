"""From the invite in a mail that left by a mail server, to Decline in a calendar, to what becomes of the place."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from app import waiting_list
from tests import make
from tests.conftest import settings_for
from tests.notices.mail_server import serving
from tests.office import Letter
from tests.replies.desk import READS_REPLIES, Desk

NIA = "nia@example.org"


@pytest.fixture
def mail_server():
    with serving() as server:
        yield server


class ByMail(Desk):
    """A desk whose letters leave by a mail server."""

    def __init__(self, office, mail_server):
        super().__init__(office)
        self.mail_server = mail_server

    def deliver(self):
        self.office.app.extensions["notice_worker"].run_once(self.now)
        left = [Letter(raw) for raw in self.mail_server.raw[len(self.letters) :]]
        self.letters += left
        return left


@pytest.fixture
def desk(office, database, mail_server, monkeypatch):
    chosen = settings_for(database, smtp_url=mail_server.address, **READS_REPLIES)
    monkeypatch.setitem(office.app.config, "SETTINGS", chosen)
    return ByMail(office, mail_server)


def links_in(letter):
    """The paths of the signed links in a letter."""
    return [urlsplit(address).path for address in re.findall(r"https://\S+/a/\S+", letter.text)]


@pytest.fixture
def declined(desk):
    """Nia had the only place, and declined it in her calendar: (her booking, the letter about it)."""
    booking = desk.booked(make.training_session(capacity=1), make.person(address=NIA))
    make.wait(booking.training_session, make.person("Wanda Waits", address="wanda@example.org"))
    desk.deliver()
    [invite] = desk.invites(NIA)
    assert desk.take(desk.fill("08_gmail_declined", invite)) == ("released", "")
    [letter] = desk.deliver()
    assert (letter.to, letter.entry) == (NIA, ("CANCEL", invite["UID"], 1))
    return booking, letter


def test_the_letter_after_a_decline_takes_it_back(desk, declined):
    booking, letter = declined
    browser = desk.office.browser()
    shown = [browser.get(path).heading for path in links_in(letter)]
    assert "Take your place back?" in shown
    assert not desk.has_place(booking)

    browser.get(links_in(letter)[shown.index("Take your place back?")]).submit("Take my place back")

    assert desk.office.names_on(booking.training_session) == (["Nia Nurse"], [], ["Wanda Waits"])
    [again] = desk.deliver()
    assert (again.to, again.method) == (NIA, "REQUEST")
    assert again.entry[1] != letter.entry[1]
    desk.wait(minutes=20)
    assert desk.deliver() == []
    assert desk.take(desk.answer(again.event, "ACCEPTED")) == ("noted", "accepted")


def test_after_a_quarter_of_an_hour_the_next_in_line_is_offered_the_place(desk, declined):
    booking, letter = declined
    desk.wait(minutes=14)
    assert desk.deliver() == []

    desk.wait(minutes=1)
    [offered] = desk.deliver()

    assert offered.to == "wanda@example.org"
    desk.office.forget()
    [offer] = waiting_list.offers_on(booking.training_session)
    desk.office.accept(offer)
    assert desk.office.names_on(booking.training_session) == (["Wanda Waits"], [], [])
    browser = desk.office.browser()
    for path in links_in(letter):
        browser.get(path)
        if browser.heading == "Take your place back?":
            browser.submit("Wait for a place")
    assert desk.office.names_on(booking.training_session) == (["Wanda Waits"], [], ["Nia Nurse"])


def test_who_is_asked_gives_the_place_up_by_the_link_in_the_letter(desk):
    booking = desk.booked(make.training_session(capacity=1), make.person(address=NIA))
    [invite] = desk.invites(NIA)
    assert desk.take(desk.fill("23_no_auth_results", invite)) == ("asked", "no result")
    [letter] = desk.deliver()
    assert letter.to == NIA
    browser = desk.office.browser().get(links_in(letter)[0])
    assert desk.has_place(booking)

    browser.submit("Cancel my booking")

    assert not desk.has_place(booking)
    [cancelled] = desk.deliver()
    assert cancelled.entry == ("CANCEL", invite["UID"], 1)


def test_who_takes_the_place_back_has_it_when_the_old_decline_comes_again(desk, declined):
    booking, letter = declined
    undo = next(path for path in links_in(letter) if desk.office.browser().get(path).heading == "Take your place back?")
    desk.office.browser().get(undo).submit("Take my place back")
    desk.deliver()

    assert desk.take(desk.answer(letter.event, SEQUENCE=0)) is not None
    desk.wait(seconds=timedelta(minutes=1).seconds)

    assert desk.office.names_on(booking.training_session)[0] == ["Nia Nurse"]
