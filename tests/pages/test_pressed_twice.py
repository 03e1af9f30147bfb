"""Buttons pressed twice, two windows, a check page left lying: nothing is done twice, and nothing typed is lost."""

import pytest

from app import people, timetable
from app.bookings import Booking
from app.db import db
from tests import make
from tests.pages.scene import rows
from tests.pages.test_csrf import sign_in_again

# Two at once meet at the locks of each database.
pytestmark = pytest.mark.both_engines

TOO_LONG_AGO = make.timedelta(minutes=31)


@pytest.fixture
def cora(office):
    return make.coordinator("Cora Coordinator")


@pytest.fixture
def training_session(office):
    found = make.training_session(room=make.room(capacity=20))
    make.booking(found, make.person("Nia Nurse"))
    return found


def twice(browser, button, /, **sent):
    """Presses a button of this page, and once more before the answer has come."""
    address, form = browser.address, browser._form_with(button)
    pressed = next((each for each in form.find_all("button") if button in each.get_text() and each.get("name")), None)
    fields = {**browser._filled(form), **({pressed["name"]: pressed["value"]} if pressed else {}), **sent}
    browser.post(form.get("action") or address, **fields)
    first = browser.status
    browser.post(form.get("action") or address, **fields)
    return first


def test_whoever_saves_twice_is_not_told_that_it_was_somebody_else(office, cora):
    room = make.room("Old name")
    browser = office.browser(cora).get(f"/manage/rooms/{room.slug}")

    first = twice(browser, "Save the room", name="New name")

    assert (first, browser.status) == (303, 409)
    assert ("You have changed this already" in browser.main, "Somebody else" in browser.main) == (True, False)
    assert browser.page.find(id="name")["value"] == "New name"


def test_two_changes_that_have_not_been_said_yet_are_said_together(office, cora):
    room = make.room()
    address = f"/manage/rooms/{room.slug}"
    browser = office.browser(cora).get(address)
    token = browser._filled(browser._form_with("Save the room"))["csrf_token"]
    for name in ("One", "Two"):
        browser.post(address, csrf_token=token, seen="999999999", name=name, capacity="9")
        browser.get("/")  # where nothing of this is said

    banners = browser.get("/manage/rooms").page.find_all(class_="nhsuk-notification-banner")

    assert [banner.get_text(" ", strip=True) for banner in banners] == [
        "Success The room has been saved. The room has been saved."
    ]


def test_somebody_without_an_address_is_not_added_twice(office, cora):
    browser = office.browser(cora).get("/manage/people/new")

    first = twice(browser, "Add this person", name="Nele New", team="Ward 9")

    assert (first, browser.status) == (303, 422)
    assert browser.errors == ["Somebody of this name without an email address is in this team already"]
    assert [person.name for person in people.search("Nele")] == ["Nele New"]
    assert browser.page.main.find("a", string="Nele New")


def test_two_of_one_name_are_told_apart_by_their_team_or_an_address(office, cora):
    browser = office.browser(cora)
    for more in ({"team": "Ward 9"}, {"team": "Ward 10"}, {"team": "Ward 9", "email": "nele@example.org"}):
        browser.get("/manage/people/new").submit("Add this person", name="Nele New", **more)
        assert browser.status == 303

    assert len(people.search("Nele New")) == 3


def test_a_session_is_cancelled_once(office, cora, training_session):
    browser = office.browser(cora).get(f"/manage/sessions/{training_session.ref}/cancel").submit("Continue")

    first = twice(browser, "Cancel the session")

    assert (first, browser.status) == (303, 409)
    assert len(office.notices("session_cancelled")) == 1


def test_a_message_leaves_once(office, cora, training_session):
    browser = office.browser(cora).get(f"/manage/sessions/{training_session.ref}/write")
    browser.submit("Continue", headline="The slides", words="Here they are.")

    first = twice(browser, "Send the message")

    assert (first, browser.status) == (303, 409)
    assert len(office.notices("written")) == 1


def test_a_session_is_put_on_the_timetable_once(office, cora):
    tom = make.trainer()
    course, room = make.course(owner=tom), make.room(capacity=20)
    span = f"{make.IN_TWO_WEEKS:%Y%m%dT%H%MZ}-{make.IN_TWO_WEEKS + make.timedelta(hours=2):%Y%m%dT%H%MZ}"
    browser = office.browser(tom).get(f"/manage/courses/{course.slug}/schedule/details?part={span}&room={room.slug}")
    browser.submit("Check the session")

    first = twice(browser, "Put it on the timetable")

    assert (first, browser.status) == (303, 409)
    assert len(rows()["training_sessions"]) == 1


@pytest.mark.parametrize("change", ["places", "cancel", "remove", "write"])
def test_on_a_check_page_that_lost_its_token_everything_typed_is_kept(office, cora, training_session, change):
    browser = checked(office, cora, training_session, change)
    form = browser.page.main.find("form", method="post")
    fields = {**browser._filled(form), "go": "yes", "csrf_token": "too old", "words": "In my own words"}
    before = rows()

    browser.post(browser.address, **fields)

    assert (browser.status, rows() == before) == (422, True)
    kept = browser._filled(browser.page.main.find("form", method="post"))
    assert kept["words"] == ["In my own words"]
    assert {name: kept.get(name) for name in fields.keys() & {"capacity", "headline"}} == {
        name: fields[name] for name in fields.keys() & {"capacity", "headline"}
    }


@pytest.mark.parametrize("change", ["places", "cancel", "remove", "write"])
def test_on_a_check_page_whose_session_ran_out_everything_typed_is_given_back(office, cora, training_session, change):
    browser = checked(office, cora, training_session, change)
    form = browser.page.main.find("form", method="post")
    fields = {**browser._filled(form), "go": "yes", "words": "In my own words"}
    office.now += TOO_LONG_AGO

    browser.post(browser.address, **fields)
    browser.follow()
    before = db.session.query(Booking).filter_by(state="booked").count()
    sign_in_again(browser, cora)

    assert before == 1
    kept = browser._filled(browser.page.main.find("form", method="post"))
    assert kept["words"] == ["In my own words"]
    assert {name: kept.get(name) for name in fields.keys() & {"capacity", "headline"}} == {
        name: fields[name] for name in fields.keys() & {"capacity", "headline"}
    }


def checked(office, person, training_session, change):
    own = f"/manage/sessions/{training_session.ref}"
    [booking] = db.session.query(Booking).all()
    address = f"{own}/bookings/{booking.ref}/remove" if change == "remove" else f"{own}/{change}"
    typed = {
        "places": {"capacity": "9", "minimum": "3"},
        "write": {"headline": "The slides", "words": "Here they are."},
        "remove": {"words": "You asked me to."},
    }
    return office.browser(person).get(address).submit("Continue", **typed.get(change, {}))


@pytest.mark.parametrize("seen", ["9" * 20, "9999999999", "2147483648", "-1", "٣", "x", "1e9"])
def test_a_number_that_no_page_of_ours_carries_breaks_nothing(office, cora, seen):
    room = make.room()
    browser = office.browser(cora)
    for address, button in (
        (f"/manage/rooms/{room.slug}", "Save the room"),
        (f"/manage/sites/{room.site_id}", "Save the site"),
    ):
        browser.get(address).submit(button, seen=seen)
        assert browser.status in {303, 409}


@pytest.mark.parametrize("is_retired", [False, True])
def test_a_room_that_cannot_be_retired_says_why_whatever_was_typed_before(office, cora, is_retired):
    room = make.room()
    browser = office.browser(cora).get(f"/manage/rooms/{room.slug}/retire")
    if is_retired:
        office.do(timetable.retire_room, room.id, by=None, now=office.now)
    else:
        make.training_session(room=room)

    browser.submit("Retire the room", why="x" * 5_000)

    assert ("retired already" in browser.main, "cannot be retired" in browser.main) == (is_retired, not is_retired)
    assert browser.errors == []


@pytest.mark.parametrize("end", ["emails", "addresses/remove"])
def test_a_page_that_asks_nothing_because_there_is_no_address_draws_no_form(office, cora, end):
    person = make.person("Otto Other", address=None)

    browser = office.browser(cora).get(f"/manage/people/{person.ref}/{end}")

    assert browser.page.main.find("form") is None
