"""How people choose the way their sessions get into their calendar, and what the address of their feed is worth."""

import pytest

from app import people
from tests import make
from tests.pages.scene import token


@pytest.fixture
def nia():
    return make.person("Nia Nurse")


def choose(browser, choice):
    return browser.get("/me/calendar").submit("Save", calendar=choice)


def address_on(browser):
    """The address of the feed, as the page shows it."""
    return browser.page.find(attrs={"data-app-copy": "the address"}).get_text()


def path_of(address):
    return address.removeprefix("https://training.example.org")


def test_invites_are_what_people_get_unless_they_choose(office, nia):
    browser = office.browser(nia).get("/me")
    assert "We email you a calendar entry for each booking." in browser.main

    page = browser.click("Change how your sessions get into your calendar").page

    assert [radio["value"] for radio in page.find_all("input", type="radio", checked=True)] == ["invites"]
    assert "Most programs then show each session twice" in browser.main


@pytest.mark.parametrize("choice", ["feed", "both"])
def test_whoever_chooses_a_feed_is_shown_its_address_once(office, nia, choice):
    browser = choose(office.browser(nia), choice)
    address = address_on(browser)

    assert (browser.status, browser.heading) == (200, "Your feed is ready")
    assert "Whoever has it can see your sessions" in browser.main
    assert office.browser().get(path_of(address)).status == 200
    assert office.fresh(nia).calendar_choice == choice
    secret = address.rpartition("/")[2].removesuffix(".ics")
    assert [secret in browser.get(page).text for page in ("/me", "/me/calendar")] == [False, False]


def test_no_browser_keeps_the_page_with_the_address(office, nia):
    assert choose(office.browser(nia), "feed").answer.headers["Cache-Control"] == "no-store"


def test_choosing_the_same_again_makes_no_other_address(office, nia):
    browser = choose(office.browser(nia), "feed")
    address = address_on(browser)

    choose(browser, "both")
    browser.follow()

    assert "Your choice has been saved." in browser.main
    assert office.browser().get(path_of(address)).status == 200


def test_choosing_invites_ends_the_feed(office, nia):
    browser = choose(office.browser(nia), "feed")
    address = address_on(browser)

    choose(browser, "invites").follow()

    assert "Make a new address" not in browser.main
    assert office.browser().get(path_of(address)).status == 404


def test_a_new_address_makes_the_old_one_stop(office, nia):
    browser = choose(office.browser(nia), "feed")
    old = address_on(browser)

    browser.get("/me/calendar").submit("Make a new address")

    new = address_on(browser)
    assert [office.browser().get(path_of(address)).status for address in (old, new)] == [404, 200]


def test_loading_the_page_with_the_new_address_again_does_not_end_it(office, nia):
    browser = choose(office.browser(nia), "feed")
    sent = {"csrf_token": token(browser), "seen": office.fresh(nia).feed_hash[:12]}
    browser.post("/me/calendar/reset", **sent)
    address = address_on(browser)

    browser.post("/me/calendar/reset", **sent)

    assert (browser.status, browser.answer.headers["Location"]) == (303, "/me/calendar")
    assert office.browser().get(path_of(address)).status == 200


def test_whoever_has_no_feed_makes_none_by_the_button(office, nia):
    browser = office.browser(nia)
    browser.post("/me/calendar/reset", csrf_token=token(browser))

    assert (browser.status, browser.answer.headers["Location"]) == (303, "/me/calendar")
    assert office.fresh(nia).feed_hash == ""


def test_a_way_that_there_is_not_is_refused(office, nia):
    browser = choose(office.browser(nia), "pigeon")

    assert browser.errors == ["Select how your sessions should get into your calendar from the list"]
    assert office.fresh(nia).calendar_choice == "invites"


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("invites", "We have emailed a calendar entry that keeps itself up to date."),
        ("feed", "Your feed will show it within some hours."),
        ("both", "keeps itself up to date, and your feed will show it within some hours."),
    ],
)
def test_a_booking_says_how_it_gets_into_the_calendar(office, nia, choice, words):
    browser = choose(office.browser(nia), choice)
    booking = office.book(office.fresh(nia), make.training_session())

    assert words in browser.get(f"/bookings/{booking.ref}").main


def test_whoever_follows_a_feed_can_still_download_an_entry(office, nia):
    choose(office.browser(nia), "feed")
    booking = office.book(office.fresh(nia), make.training_session())

    assert office.browser(nia).get(f"/bookings/{booking.ref}.ics").status == 200


def test_the_feed_of_somebody_who_signed_out_everywhere_goes_on(office, nia):
    address = f"/calendars/me/{office.do(people.make_feed, nia, by=nia, now=office.now)}.ics"
    browser = office.browser(nia).get("/me")

    browser.submit("Sign out everywhere")

    assert office.browser().get(address).status == 200
