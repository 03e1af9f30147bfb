from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from app.notices import links
from app.notices.links import Purpose
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.pages.scene import rows


@pytest.fixture
def booking(office):
    """Of a course that asks; the session is five days away."""
    training_session = make.training_session(course=make.course(asks_to_confirm=True))
    made = make.booking(training_session, make.person("Nia Nurse", address="nia@example.org"))
    office.now = IN_TWO_WEEKS - timedelta(days=5)
    return made


def link(office, booking, *, purpose=Purpose.COMING):
    secret = office.app.config["SETTINGS"].secret_key
    return f"/a/{links.sign(purpose, booking.ref, office.now + timedelta(days=90), secret=secret)}"


def page_of(office, booking, how):
    if how == "by the link":
        return office.browser().get(link(office, booking))
    return office.browser(booking.person).get(f"/bookings/{booking.ref}/coming")


HOW = pytest.mark.parametrize("how", ["by the link", "signed in"])


def test_the_letter_leads_to_a_page_where_one_press_says_that_somebody_is_coming(office):
    make.booking(
        make.training_session(course=make.course(asks_to_confirm=True)), make.person(address="nia@example.org")
    )
    office.now = IN_TWO_WEEKS - timedelta(days=7)
    letter = office.deliver()[-1]
    found = {urlsplit(word).path for word in letter.text.split() if "/a/" in word}

    headings = {office.browser().get(path).heading for path in found}

    assert "Are you still coming?" in headings


@HOW
def test_whoever_is_coming_says_so_with_one_press(office, booking, how):
    browser = page_of(office, booking, how)
    assert browser.heading == "Are you still coming?"

    browser.submit("Yes, I am coming")

    said = browser if how == "by the link" else browser.follow()
    assert "You have told us that you are coming" in said.main
    assert office.fresh(booking).confirmed_at == office.now


@HOW
def test_opening_the_page_changes_nothing(office, booking, how):
    page_of(office, booking, how)  # being signed in leaves a row
    before = rows(apart_from=("signed_in",))

    page_of(office, booking, how)

    assert rows(apart_from=("signed_in",)) == before


@HOW
def test_saying_so_twice_is_saying_so_once(office, booking, how):
    first, second = page_of(office, booking, how), page_of(office, booking, how)
    first.submit("Yes, I am coming")
    office.now += timedelta(hours=1)
    before = rows(apart_from=("signed_in",))

    second.submit("Yes, I am coming")

    assert second.status in {200, 303}
    assert rows(apart_from=("signed_in",)) == before


@HOW
def test_whoever_has_said_so_reads_that_there_is_nothing_else_to_do(office, booking, how):
    page_of(office, booking, how).submit("Yes, I am coming")

    browser = page_of(office, booking, how)

    assert browser.heading == "You have told us that you are coming"
    assert browser.page.main.find("form") is None


@HOW
def test_no_leads_to_the_page_to_cancel_and_cancels_nothing_yet(office, booking, how):
    browser = page_of(office, booking, how).click("No, cancel my place")

    assert (browser.status, browser.heading) == (200, "Do you want to cancel your booking?")
    assert office.fresh(booking).state == "booked"
    browser.submit("Cancel my booking")
    assert office.fresh(booking).state == "cancelled"


@HOW
def test_whoever_has_lost_the_place_reads_how_to_book_again(office, booking, how):
    open_before = page_of(office, booking, how)
    office.cancel(booking)

    for browser in (open_before.submit("Yes, I am coming"), page_of(office, booking, how)):
        assert (browser.status, browser.heading) == (200, "You have no place on this session")
        assert browser.click("Go to the session").address == f"/sessions/{booking.training_session.ref}"
    assert office.fresh(booking).confirmed_at is None


@HOW
def test_of_a_session_that_was_cancelled_there_is_nothing_to_answer(office, booking, how):
    office.cancel_session(booking.training_session)

    browser = page_of(office, booking, how)

    assert (browser.heading, browser.page.main.find("form")) == ("This session was cancelled", None)
    assert browser.click("See other dates of this course").status == 200


@HOW
def test_once_the_session_has_started_the_page_leads_to_the_apologies(office, booking, how):
    office.now = IN_TWO_WEEKS

    browser = page_of(office, booking, how)

    assert browser.heading == "This session has started"
    assert browser.click("send your apologies").page.main.find("button", string=lambda text: "Send apologies" in text)


@pytest.mark.parametrize(
    ("days_ahead", "asks", "said"), [(8, True, False), (7, True, True), (1, True, True), (3, False, False)]
)
def test_the_booking_asks_within_the_last_week_where_the_course_does(office, booking, days_ahead, asks, said):
    if not asks:
        office.say("UPDATE courses SET asks_to_confirm = (1 = 0)")
    office.now = IN_TWO_WEEKS - timedelta(days=days_ahead)

    browser = office.browser(booking.person).get(f"/bookings/{booking.ref}")

    assert ("Are you still coming?" in browser.main) == said


def test_the_booking_says_that_they_have_told_us(office, booking):
    page_of(office, booking, "signed in").submit("Yes, I am coming")

    browser = office.browser(booking.person).get(f"/bookings/{booking.ref}")

    assert "You have told us that you are coming." in browser.main
    assert "Are you still coming?" not in browser.main


def test_nobody_answers_for_somebody_else(office, booking):
    browser = office.browser(make.person("Otto Other"))
    browser.get(f"/bookings/{booking.ref}/coming")

    assert browser.status == 404


def test_the_link_to_cancel_does_not_say_that_somebody_is_coming(office, booking):
    browser = office.browser().get(link(office, booking, purpose=Purpose.CANCEL))

    assert browser.heading == "Do you want to cancel your booking?"
    assert office.fresh(booking).confirmed_at is None
