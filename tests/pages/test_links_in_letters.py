from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from app import attendance
from app.notices import links
from app.notices.links import Purpose
from tests import make
from tests.pages.scene import rows


@pytest.fixture
def booking(office):
    return make.booking(make.training_session(), make.person(address="nia@example.org"))


def cancel_link(office):
    """The address of the cancel link in the newest letter, as a mail program opens it."""
    text = office.deliver()[-1].text
    return urlsplit(next(line for line in text.splitlines() if "/a/" in line)).path


def signed(office, subject, *, purpose=Purpose.CANCEL, after=timedelta(days=1), secret=None):
    token = links.sign(purpose, subject, office.now + after, secret=secret or office.app.config["SETTINGS"].secret_key)
    return f"/a/{token}"


def test_whoever_gets_the_letter_cancels_without_signing_in(office, booking):
    browser = office.browser().get(cancel_link(office))
    assert browser.heading == "Do you want to cancel your booking?"

    browser.submit("Cancel my booking")

    assert browser.heading == "Your booking is cancelled"
    assert office.fresh(booking).state == "cancelled"


def test_opening_a_link_changes_nothing_however_often_a_scanner_does_it(office, booking):
    link = cancel_link(office)
    before = rows()

    for _ in range(3):
        office.browser().get(link)
        office.browser().client.head(link, base_url="https://training.example.org")

    assert rows() == before


def test_the_button_acts_once(office, booking):
    browser = office.browser().get(cancel_link(office))
    form = browser.page.main.find("input", {"name": "csrf_token"})["value"]

    for _ in range(3):
        browser.post(browser.address, csrf_token=form)

    assert browser.heading == "Your booking is cancelled"
    assert len(office.notices("cancelled")) == 1
    assert office.fresh(booking.training_session).places_taken == 0


def test_a_used_link_says_that_the_booking_is_cancelled(office, booking):
    link = cancel_link(office)
    office.browser().get(link).submit("Cancel my booking")

    browser = office.browser().get(link)

    assert (browser.status, browser.heading) == (200, "Your booking is cancelled")
    assert browser.page.main.find("form") is None


def test_after_cancelling_the_page_shows_the_other_dates(office, booking):
    course = booking.training_session.course
    other = make.training_session(course=course, starts_at=make.IN_TWO_WEEKS + timedelta(days=7))

    browser = office.browser().get(cancel_link(office)).submit("Cancel my booking")

    assert browser.page.main.find("a", href=f"/sessions/{other.ref}")


def test_a_link_cancels_for_its_own_person_whoever_is_signed_in_here(office, booking):
    other = make.person("Olu Other")

    office.browser(other).get(cancel_link(office)).submit("Cancel my booking")

    assert office.fresh(booking).state == "cancelled"
    assert [notice.address for notice in office.notices("cancelled")] == ["nia@example.org"]


def test_once_the_session_has_started_the_link_sends_apologies_instead(office, booking):
    link = cancel_link(office)
    office.now = booking.training_session.starts_at
    before = rows()
    browser = office.browser().get(link)
    assert (browser.status, browser.heading) == (200, "This session has started")
    assert rows() == before

    browser.submit("Send apologies")

    assert (browser.status, browser.heading) == (200, "You have sent your apologies")
    assert attendance.mark_of(booking).mark == "apologies"
    assert office.fresh(booking).state == "booked"


def test_apologies_sent_twice_are_sent_once(office, booking):
    link = cancel_link(office)
    office.now = booking.training_session.starts_at
    browser = office.browser().get(link)
    form = browser.page.main.find("input", {"name": "csrf_token"})["value"]

    for _ in range(2):
        browser.post(link, csrf_token=form, apologies="yes")

    assert (browser.status, browser.heading) == (200, "You have sent your apologies")


def test_days_after_the_session_the_link_asks_to_ring_or_email(office, booking):
    link = cancel_link(office)
    office.now = booking.training_session.ends_at + timedelta(days=2)

    browser = office.browser().get(link)

    assert (browser.status, browser.heading) == (200, "This session has started")
    assert "ring or email us" in browser.main
    assert browser.page.main.find("form") is None


def test_how_somebody_was_marked_is_for_those_who_sign_in(office, booking):
    link, cora = cancel_link(office), make.coordinator()
    office.now = booking.training_session.starts_at
    office.do(attendance.mark, booking.training_session_id, {booking.id: "part"}, by=cora, now=office.now)

    browser = office.browser().get(link)

    assert "part" not in browser.main
    assert browser.page.main.find("form") is None


def test_a_page_that_was_open_when_the_session_started_is_refused_in_words(office, booking):
    browser = office.browser().get(cancel_link(office))
    office.now = booking.training_session.starts_at

    browser.submit("Cancel my booking")

    assert browser.status == 409
    assert "has started" in browser.main
    assert office.fresh(booking).state == "booked"


def test_a_link_ends_four_weeks_after_the_session_and_says_what_to_do(office, booking):
    link = cancel_link(office)
    office.now = booking.training_session.ends_at + timedelta(days=28)

    browser = office.browser().get(link)

    assert (browser.status, browser.heading) == (410, "This link no longer works")
    assert "has expired" in browser.main
    assert browser.page.main.find("a", href="/bookings/")


def test_an_expired_link_does_not_act_either(office, booking):
    browser = office.browser().get(cancel_link(office))
    office.now = booking.training_session.ends_at + timedelta(days=28)

    browser.submit("Cancel my booking")

    assert (browser.status, office.fresh(booking).state) == (410, "booked")


@pytest.mark.parametrize("change", ["one letter", "cut short", "longer", "another case", "empty parts", "nonsense"])
def test_a_link_that_was_tampered_with_is_no_link(office, booking, change):
    token = cancel_link(office).removeprefix("/a/")
    middle = len(token) // 3
    changed = {
        "one letter": token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :],
        "cut short": token[:-4],
        "longer": token + "A",
        "another case": token.swapcase(),
        "empty parts": ".",
        "nonsense": "nonsense",
    }

    browser = office.browser().get(f"/a/{changed[change]}")

    assert (browser.status, browser.heading) == (404, "Page not found")


def test_a_link_signed_with_another_secret_is_no_link(office, booking):
    assert office.browser().get(signed(office, booking.ref, secret="x" * 32)).status == 404


def test_a_link_for_one_purpose_does_nothing_else(office, booking):
    assert office.browser().get(signed(office, booking.ref, purpose=Purpose.CONFIRM_ADDRESS)).status == 410


def test_a_link_to_a_booking_that_is_gone_says_so(office):
    assert office.browser().get(signed(office, "222222")).status == 404


def test_no_link_in_a_letter_names_anybody(office, booking):
    [letter] = office.deliver()
    addresses = [word for word in letter.text.split() if word.startswith("https://")]

    assert [link for link in addresses if "nia" in link.lower() or "@" in link] == []


def test_every_link_in_a_letter_leads_to_a_page(office, booking):
    [letter] = office.deliver()
    base = office.app.config["SETTINGS"].base_url
    paths = [word.removeprefix(base) for word in letter.text.split() if word.startswith(base)]
    browser = office.browser(booking.person)

    assert {path: browser.get(path).status for path in paths} == dict.fromkeys(paths, 200)


def test_the_page_behind_a_link_is_kept_by_no_browser(office, booking):
    assert office.browser().get(cancel_link(office)).answer.headers["Cache-Control"] == "no-store"


def test_the_page_behind_a_link_does_not_tell_other_sites_its_address(office, booking):
    browser = office.browser().get(cancel_link(office))

    assert browser.answer.headers["Referrer-Policy"] == "same-origin"
    assert [a for a in browser.page.find_all("a") if a["href"].startswith("http")] == []
