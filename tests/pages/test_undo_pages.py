from datetime import timedelta

import pytest

from app import waiting_list
from app.notices import links
from app.notices.links import Purpose
from tests import make
from tests.pages.scene import rows, token

MINUTES = timedelta(minutes=1)


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse", address="nia@example.org")


def undo_link(office, booking):
    secret = office.app.config["SETTINGS"].secret_key
    return f"/a/{links.sign(Purpose.UNDO, booking.ref, office.now + timedelta(days=60), secret=secret)}"


def hold_ended(office):
    """The quarter of an hour is over, and the worker has noticed."""
    office.now += 16 * MINUTES
    office.catch_up()


# --- the link in the letter ---


def test_whoever_mistapped_takes_their_place_back_by_the_link_in_the_letter_without_signing_in(office, nia):
    training_session = make.full_session(capacity=1)
    office.free(training_session)
    booking = make.declined(training_session, nia)
    browser = office.browser().get(undo_link(office, booking))
    assert browser.heading == "Take your place back?"
    assert "We hold your place for you until 9:15am" in browser.main

    browser.submit("Take my place back")

    assert browser.heading == "You have your place back"
    assert office.names_on(training_session) == (["Nia Nurse"], [], [])


def test_opening_the_link_changes_nothing(office, nia):
    link = undo_link(office, make.declined(make.training_session(), nia))
    before = rows()

    office.browser().get(link)

    assert rows() == before


def test_pressing_twice_is_pressing_once(office, nia):
    training_session = make.training_session()
    browser = office.browser().get(undo_link(office, make.declined(training_session, nia)))
    ours = browser.page.main.find("input", {"name": "csrf_token"})["value"]

    for _ in range(2):
        browser.post(browser.address, csrf_token=ours)

    assert browser.heading == "You have a place"
    assert "There is nothing to take back." in browser.main
    assert len(office.notices("booked")) == 2  # the first one, and the one that was taken back


def test_once_the_place_has_gone_on_the_link_says_so_and_gives_a_place_in_line(office, nia):
    training_session = make.training_session(capacity=1)
    booking = make.declined(training_session, nia)
    office.now += MINUTES
    office.wait(make.person("Wim Waiting"), training_session)
    hold_ended(office)
    browser = office.browser().get(undo_link(office, booking))
    assert "Your place has gone on to somebody else." in browser.main

    browser.submit("Wait for a place")

    assert browser.heading == "You are on the waiting list"
    assert "You wait for this date as from the day you booked it. You are 1st in line" in browser.main
    assert office.names_on(training_session) == ([], ["Wim Waiting"], ["Nia Nurse", "Wim Waiting"])


def test_whoever_waits_already_is_told_where_they_stand_and_has_no_button(office, nia):
    training_session = make.training_session(capacity=1)
    booking = make.declined(training_session, nia)
    make.wait(training_session)
    hold_ended(office)
    link = undo_link(office, booking)
    office.browser().get(link).submit("Wait for a place")
    browser = office.browser().get(link)
    letters = len(office.notices())

    browser.post(link, csrf_token=token(browser))

    assert browser.heading == "You are on the waiting list"
    assert browser.page.main.find("form") is None
    assert len(office.notices()) == letters


def test_a_place_that_nobody_wanted_meanwhile_is_taken_back_though_it_was_not_held_any_more(office, nia):
    training_session = make.training_session(capacity=1)
    booking = make.declined(training_session, nia)
    hold_ended(office)
    browser = office.browser().get(undo_link(office, booking))
    assert "There is a free place." in browser.main

    browser.submit("Take my place back")

    assert office.names_on(training_session)[0] == ["Nia Nurse"]


@pytest.mark.parametrize(
    ("became", "said"),
    [
        ("cancelled", "This session has been cancelled."),
        ("begun", "This session has already started."),
        ("another date", "You have a place on another date of this course."),
    ],
)
def test_what_cannot_be_taken_back_any_more_says_why_and_has_no_button(office, nia, became, said):
    training_session = make.training_session(capacity=1)
    booking = make.declined(training_session, nia)
    make.wait(training_session)
    hold_ended(office)
    if became == "cancelled":
        office.cancel_session(training_session)
    elif became == "begun":
        office.now = training_session.starts_at
    else:
        make.booking(
            make.training_session(course=training_session.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=7)), nia
        )

    browser = office.browser().get(undo_link(office, booking))

    assert browser.heading == "This place cannot be taken back"
    assert said in browser.main
    assert browser.page.main.find("form") is None


def test_a_place_that_was_cancelled_in_the_ordinary_way_is_not_taken_back(office, nia):
    booking = make.booking(make.training_session(), nia)
    office.cancel(booking)

    browser = office.browser().get(undo_link(office, booking))
    browser.post(undo_link(office, booking), csrf_token=token(browser))

    assert browser.heading == "This place cannot be taken back"
    assert office.fresh(booking).state == "cancelled"


def test_somebody_who_is_quicker_is_no_fault(office, nia):
    training_session = make.training_session(capacity=1)
    booking = make.declined(training_session, nia)
    hold_ended(office)
    browser = office.browser().get(undo_link(office, booking))
    make.booking(training_session, make.person("Otto Other"))

    browser.submit("Take my place back")

    assert browser.heading == "You are on the waiting list"


# --- one's own booking's page, and the session's ---


def test_ones_own_booking_page_says_that_it_was_declined_and_takes_it_back(office, nia):
    training_session = make.training_session(capacity=1)
    booking = make.declined(training_session, nia)
    browser = office.browser(nia).get(f"/bookings/{booking.ref}")
    assert "You declined it in your calendar" in browser.main
    assert "We hold your place for you until 9:15am" in browser.main

    browser.submit("Take it back").follow()

    assert browser.heading.startswith("You have a place")
    assert browser.address != f"/bookings/{booking.ref}"
    assert "But you have booked again." in browser.get(f"/bookings/{booking.ref}").main


def test_once_it_has_gone_on_ones_own_booking_page_leads_to_ones_place_in_line(office, nia):
    training_session = make.training_session(capacity=1)
    booking = make.declined(training_session, nia)
    office.now += MINUTES
    office.wait(make.person("Wim Waiting"), training_session)
    hold_ended(office)
    browser = office.browser(nia).get(f"/bookings/{booking.ref}")

    browser.submit("Wait for a place").follow()

    [wait] = waiting_list.of(nia)
    assert browser.address == f"/waits/{wait.ref}"
    assert "1st in line" in browser.get(f"/bookings/{booking.ref}").main


def test_a_booking_that_was_cancelled_in_the_ordinary_way_has_nothing_to_take_back(office, nia):
    booking = make.booking(make.training_session(), nia)
    office.cancel(booking)
    browser = office.browser(nia).get(f"/bookings/{booking.ref}")

    assert browser.page.main.find("form") is None
    browser.post(f"/bookings/{booking.ref}/undo", csrf_token=token(browser))
    assert browser.status == 409


@pytest.mark.parametrize("end", ["book", "wait"])
def test_whoever_has_just_declined_a_full_session_finds_their_place_and_no_waiting_form(office, nia, end):
    training_session = make.training_session(capacity=1)
    booking = make.declined(training_session, nia)
    browser = office.browser(nia).get(f"/sessions/{training_session.ref}")
    assert "We are still holding your place" in browser.main
    assert "Join the waiting list" not in browser.main

    browser.get(f"/sessions/{training_session.ref}/{end}").follow()

    assert browser.address == f"/bookings/{booking.ref}"


def test_a_booking_form_that_was_still_open_takes_the_place_that_is_held(office, nia):
    training_session = make.training_session(capacity=1)
    browser = office.browser(nia).get(f"/sessions/{training_session.ref}/book")
    make.declined(training_session, nia)

    browser.submit("Book a place").follow()

    assert browser.heading.startswith("You have a place")
    assert office.fresh(training_session).places_taken == 1


def test_others_find_a_session_full_while_a_place_is_held_for_whoever_declined(office, nia):
    training_session = make.training_session(capacity=1)
    make.declined(training_session, nia)

    assert "Join the waiting list" in office.browser(make.person()).get(f"/sessions/{training_session.ref}").main
