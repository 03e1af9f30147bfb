import re

import pytest

from tests import make
from tests.browser.screen import DESK, PHONE

TITLE = "Using Social Media to Keep up to Date"


def link_in(letter, kind):
    return re.search(rf"http://\S+/{kind}/\S+", letter.text).group()


def code_in(letter):
    return re.search(r"\b\d{3} ?\d{3}\b", letter.text).group()


@pytest.mark.parametrize(
    ("width", "scripts"),
    [
        pytest.param(DESK, True, id="desk"),
        pytest.param(DESK, False, id="desk, no scripts", marks=pytest.mark.slow),
        pytest.param(PHONE, True, id="phone", marks=pytest.mark.slow),
        pytest.param(PHONE, False, id="phone, no scripts"),
    ],
)
def test_somebody_new_books_a_place_and_cancels_it(office, screens, width, scripts):
    make.training_session()
    screen = screens(width=width, scripts=scripts).open("/")

    screen.click(TITLE).click("Book a place")
    assert screen.heading == "Sign in"
    screen.fill("Your work email address", "newcomer@example.org").click("Email me a link")
    assert screen.heading == "Check your email"
    screen.fill("6-digit code", code_in(office.deliver()[0])).click("Sign in")
    assert screen.heading == "Who are you?"
    screen.fill("Your name", "Siân Ó Briain").click("Continue")
    assert screen.heading == "Book a place"
    assert "Booking for Siân Ó Briain" in screen.main
    screen.fill("What would help you take part?", "A hearing loop").click("Book a place")
    assert screen.heading == "You have a place"
    assert [letter.subject for letter in office.deliver()] == [f"Booked: {TITLE}, Tue 15 Dec 2026, 10am"]

    screen.click("Cancel my booking")
    assert screen.heading == "Do you want to cancel your booking?"
    screen.click("Cancel my booking")
    assert screen.heading == "Your booking is cancelled"


def test_whoever_is_signed_in_books_with_three_clicks(screens):
    make.training_session()
    screen = screens(person=make.person()).open("/")

    screen.click(TITLE).click("Book a place").click("Book a place")

    assert screen.heading == "You have a place"
    assert screen.clicks == 3


def test_a_phone_shows_first_when_and_where_it_is_how_many_places_are_left_and_the_button(screens):
    training_session = make.training_session(room=make.room())
    screen = screens(width=PHONE).open(f"/sessions/{training_session.ref}")
    for words in ("Tuesday 15 December 2026", "IT training room", "10 places left", "Book a place"):
        assert screen.shows_first(words), words


def test_a_phone_shows_the_first_session_without_scrolling(screens):
    make.training_session()
    assert screens(width=PHONE).open("/").shows_first(TITLE)


def test_a_place_is_booked_with_the_keyboard_alone(office, screens):
    make.training_session()
    person = make.person()
    screen = screens().open("/")

    screen.press("Tab")
    assert screen.focused == "Skip to main content"
    screen.enter().tab_to(TITLE).enter()
    screen.tab_to("Book a place").enter()
    screen.tab_to("Your work email address").type(person.address).enter()
    assert screen.heading == "Check your email"
    screen.tab_to("6-digit code").type(code_in(office.deliver()[0]))
    screen.tab_to("This is my own phone or computer").press("Space")
    screen.tab_to("Sign in").enter()
    assert screen.heading == "Book a place"
    screen.tab_to("What would help you").type("Large print")
    screen.tab_to("Book a place").enter()

    assert screen.heading == "You have a place"


@pytest.mark.slow
def test_a_full_session_leads_to_the_other_dates(office, screens):
    course = make.course()
    full = make.training_session(course=course, capacity=1)
    later = make.training_session(course=course, starts_at=make.IN_TWO_WEEKS.replace(month=12, day=22))
    make.booking(full)
    screen = screens(width=PHONE, person=make.person()).open(f"/sessions/{full.ref}")
    assert "Full. Nobody is waiting yet. There are other dates below." in screen.main
    assert not screen.page.get_by_role("button", name="Book a place").count()

    screen.click("Tuesday 22 December 2026")

    assert screen.path == f"/sessions/{later.ref}"
    assert screen.click("Book a place").click("Book a place").heading == "You have a place"


@pytest.mark.slow
def test_two_bookings_at_one_time_are_a_question_not_a_no(screens):
    person = make.person()
    make.booking(make.training_session(course=make.course("Critical appraisal")), person)
    training_session = make.training_session()
    screen = screens(width=PHONE, person=person).open(f"/sessions/{training_session.ref}/book")

    screen.fill("What would help you", "A hearing loop").click("Book a place")
    assert "Critical appraisal, Tuesday 15 December 2026" in screen.main
    assert screen.page.get_by_label("What would help you").input_value() == "A hearing loop"
    screen.click("Book this as well")

    assert screen.heading == "You have a place"


@pytest.mark.slow
def test_a_letters_link_cancels_without_signing_in(office, screens):
    make.booking(make.training_session())
    screen = screens(width=PHONE).open(link_in(office.deliver()[0], "a"))
    assert screen.heading == "Do you want to cancel your booking?"

    screen.click("Cancel my booking")

    assert screen.heading == "Your booking is cancelled"
    assert screen.page.get_by_role("link", name="Sign in").is_visible()
