from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from app import create_app
from app.db import db
from tests import make
from tests.conftest import settings_for
from tests.pages.scene import rows

SENT = "If we can use this address, a link is on its way."


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse", address="nia@example.org")


def asked(office, address="nia@example.org"):
    return office.browser().get("/sign-in").submit("Email me a link", email=address).follow()


def code_of(letter):
    return next(line.strip() for line in letter.text.splitlines() if line.strip().isdigit())


def link_of(letter):
    return urlsplit(next(line for line in letter.text.splitlines() if "/sign-in/" in line)).path


def is_signed_in(browser):
    return browser.get("/me").status == 200


def test_the_link_in_the_letter_signs_in(office, nia):
    asked(office)
    [letter] = office.deliver()

    browser = office.browser().get(link_of(letter)).submit("Sign in")

    assert is_signed_in(browser)


def test_the_code_in_the_letter_signs_in_where_it_was_asked_for(office, nia):
    browser = asked(office)
    [letter] = office.deliver()

    browser.submit("Sign in", code=code_of(letter))

    assert is_signed_in(browser)


def test_the_code_may_be_typed_with_a_space(office, nia):
    browser = asked(office)
    code = code_of(office.deliver()[0])

    browser.submit("Sign in", code=f" {code[:3]} {code[3:]} ")

    assert is_signed_in(browser)


def test_the_code_is_of_no_use_in_another_browser(office, nia):
    asked(office)
    code = code_of(office.deliver()[0])
    other = asked(office, "somebody@example.org")

    other.submit("Sign in", code=code)

    assert (other.status, is_signed_in(other)) == (422, False)


def test_opening_the_link_uses_nothing_up(office, nia):
    asked(office)
    link = link_of(office.deliver()[0])
    before = rows()

    for _ in range(3):
        office.browser().get(link)

    assert rows() == before
    assert is_signed_in(office.browser().get(link).submit("Sign in"))


def test_a_used_link_offers_to_send_a_new_one(office, nia):
    asked(office)
    link = link_of(office.deliver()[0])
    office.browser().get(link).submit("Sign in")

    browser = office.browser().get(link)

    assert browser.status == 410
    assert "has been used or has expired" in browser.main
    assert browser.click("Send me a new link").heading == "Sign in"


def test_a_link_ends_after_ten_minutes(office, nia):
    asked(office)
    link = link_of(office.deliver()[0])
    office.now += timedelta(minutes=10)

    assert office.browser().get(link).status == 410


def test_the_fifth_wrong_code_is_the_last(office, nia):
    browser = asked(office)
    code = code_of(office.deliver()[0])
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    statuses = [browser.submit("Sign in", code=wrong).status for _ in range(5)]
    browser.submit("Sign in", code=code)

    assert statuses == [422] * 5
    assert browser.status == 410


def test_a_wrong_code_says_what_to_do_and_stays_in_its_box(office, nia):
    browser = asked(office)
    code = code_of(office.deliver()[0])
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    browser.submit("Sign in", code=wrong)

    assert browser.errors == ["This is not the code in the email. Check it, or use the link in the email"]
    assert browser.page.find(id="code")["value"] == wrong


def test_the_answer_is_the_same_whether_or_not_we_know_the_address(office, nia):
    known, unknown = asked(office), asked(office, "nobody@elsewhere.example")

    assert known.main == unknown.main
    assert SENT in known.main
    assert [letter.to for letter in office.deliver()] == ["nia@example.org"]


def test_somebody_new_at_our_own_domain_is_asked_for_their_name_first(office):
    browser = asked(office, "new@example.org")

    browser.submit("Sign in", code=code_of(office.deliver()[0])).follow()
    browser.get("/bookings/").follow()

    assert browser.heading == "Who are you?"
    browser.submit("Continue", name="Newt New", team="Ward 3")
    assert browser.follow().heading == "My bookings"


def test_asking_again_and_again_is_told_to_wait(office, nia):
    browser = office.browser()

    statuses = [browser.get("/sign-in").submit("Email me a link", email="nia@example.org").status for _ in range(7)]

    assert statuses == [303] * 6 + [429]
    assert browser.errors == ["You have asked for many links. Use the newest letter, or wait 15 minutes and ask again."]


def test_signing_in_begins_a_new_session_of_the_browser(office, nia):
    browser = office.browser().get("/sign-in")
    with browser.client.session_transaction(base_url=browser.base) as session:
        session["planted"] = "by somebody else"
    browser.submit("Email me a link", email="nia@example.org").follow()

    browser.submit("Sign in", code=code_of(office.deliver()[0]))

    with browser.client.session_transaction(base_url=browser.base) as session:
        assert set(session) == {"key", "seen", "_permanent"} - ({"_permanent"} - set(session))


def test_a_copied_cookie_is_of_no_use_after_signing_out(office, nia):
    browser = office.browser(nia)
    with browser.client.session_transaction(base_url=browser.base) as session:
        copied = dict(session)
    browser.get("/help").submit("Sign out")

    thief = office.browser()
    with thief.client.session_transaction(base_url=thief.base) as session:
        session.update(copied)

    assert not is_signed_in(thief)


def test_signing_out_ends_it(office, nia):
    browser = office.browser(nia).get("/help").submit("Sign out")

    assert browser.answer.headers["Location"] == "/"
    assert not is_signed_in(browser)


def test_signing_out_everywhere_ends_it_on_every_device(office, nia):
    here, there = office.browser(nia), office.browser(nia)

    here.get("/me").submit("Sign out everywhere")

    assert (is_signed_in(here), is_signed_in(there)) == (False, False)


def test_half_an_hour_without_a_click_ends_it(office, nia):
    browser = office.browser(nia).get("/me")
    office.now += timedelta(minutes=30, seconds=1)

    assert not is_signed_in(browser)


def test_every_click_within_half_an_hour_keeps_it(office, nia):
    browser = office.browser(nia)

    for _ in range(4):
        office.now += timedelta(minutes=29)
        assert is_signed_in(browser)


def test_nobody_stays_signed_in_for_more_than_twelve_hours_at_a_computer_of_the_ward(office, nia):
    browser = office.browser(nia)
    signed_in = []
    for _ in range(25):
        office.now += timedelta(minutes=29)
        signed_in.append(is_signed_in(browser))

    assert signed_in == [True] * 24 + [False]


def test_on_their_own_device_somebody_stays_signed_in_for_thirty_days(office, nia):
    asked(office)
    browser = office.browser().get(link_of(office.deliver()[0])).submit("Sign in", own_device="yes")

    office.now += timedelta(days=29, hours=23)
    assert is_signed_in(browser)
    office.now += timedelta(hours=2)
    assert not is_signed_in(browser)


def test_only_on_their_own_device_does_the_cookie_outlive_the_browser(office, nia):
    lasting = []
    for ticked in ({}, {"own_device": "yes"}):
        asked(office)
        browser = office.browser().get(link_of(office.deliver()[0])).submit("Sign in", **ticked)
        lasting.append("Expires=" in browser.answer.headers["Set-Cookie"])

    assert lasting == [False, True]


def test_the_demo_lets_visitors_be_one_of_three_people(office):
    make.trainer("Demo Trainer", address="outreach@example.org")

    browser = office.browser().get("/sign-in?next=/bookings/").submit("Be a trainer")

    assert browser.answer.headers["Location"] == "/bookings/"
    assert "Demo Trainer" in browser.follow().text


def test_outside_the_demo_there_are_no_such_buttons_and_they_do_nothing(office, database):
    make.trainer(address="outreach@example.org")
    with another_service(office, database, demo=False) as client:
        page = client.get("/sign-in")
        ours = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        answer = client.post("/demo/sign-in", data={"role": "trainer", "csrf_token": ours})

    assert "demo" not in page.text.lower()
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers or "key" not in answer.headers["Set-Cookie"]


def test_a_proxys_word_about_who_somebody_is_counts_for_nothing_unless_the_service_trusts_it(office, nia):
    answer = office.browser().get("/me", headers={"X-Remote-User": "nia@example.org", "Remote-User": "nia@example.org"})

    assert answer.status == 303


def test_a_service_that_trusts_its_proxy_knows_people_by_its_header(office, database, nia):
    with another_service(office, database, trust_proxy_user="X-Remote-User") as client:
        statuses = [
            client.get("/me", headers=headers).status_code
            for headers in ({"X-Remote-User": "NIA@example.org"}, {}, {"X-Remote-User": "nobody@elsewhere.example"})
        ]

    assert statuses == [200, 303, 303]


@pytest.mark.parametrize("named", ["jsmith", "", "a b@c", "\x00", "NORTHGATE\\nia", "x" * 5000])
def test_a_proxys_header_that_is_no_address_is_nobody(office, database, nia, named):
    with another_service(office, database, trust_proxy_user="X-Remote-User") as client:
        assert client.get("/me", headers={"X-Remote-User": named}).status_code == 303


class another_service:  # noqa: N801 - read as a phrase
    """The same database behind an app with other settings; a client of it."""

    def __init__(self, office, database, **chosen):
        self.app = create_app(settings_for(database, base_url="http://localhost", **chosen))
        self.app.testing = True

    def __enter__(self):
        self.context = self.app.app_context()
        self.context.push()
        return Outside(self.app)

    def __exit__(self, *_):
        db.session.remove()
        db.engine.dispose()
        self.context.pop()


class Outside:
    """A client whose every request is a context of its own."""

    def __init__(self, app):
        self.app, self.client = app, app.test_client()

    def get(self, address, **kwargs):
        with self.app.app_context():
            return self.client.get(address, **kwargs)

    def post(self, address, **kwargs):
        with self.app.app_context():
            return self.client.post(address, **kwargs)
