"""Joining the waiting list, and taking the place that comes of it; and what those who run it make of a list."""

import re
from datetime import date, timedelta

import pytest

from tests import make
from tests.browser.screen import PHONE

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scripts", [True, False])
def test_the_dates_to_tick_show_once_somebody_wants_some_of_them_with_scripts_or_without(office, screens, scripts):
    full = make.full_session()
    make.full_session(course=full.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=7))
    screen = screens(person=make.person(), scripts=scripts).open(f"/sessions/{full.ref}/wait")
    other = screen.page.get_by_label("Tuesday 22 December 2026, 10am to midday")
    assert not other.is_visible()

    screen.tick("Some of these dates")
    other.check()
    screen.click("Join the waiting list")

    assert screen.heading == "You are on the waiting list"
    assert "Tuesday 22 December 2026" in screen.main


def test_from_a_full_session_to_a_place_in_a_few_clicks(office, screens):
    full, nia = make.full_session(), make.person("Nia Nurse", address="nia@example.org")
    screen = screens(person=nia).open(f"/sessions/{full.ref}")
    screen.click("Join the waiting list").click("Join the waiting list")
    assert "1st in line" in screen.main

    office.free(full)
    screen.open("/bookings/").click("Answer").click("Take this place")

    assert screen.heading == "You have a place"
    assert screen.clicks == 4
    assert office.names_on(full)[0] == ["Nia Nurse"]


def link_in(office, subject, words):
    """The address that stands below these words in a letter."""
    [letter] = [letter for letter in office.deliver() if letter.subject.startswith(subject)]
    return re.search(rf"{words}[^\n]*:\n(\S+)", letter.text)[1]


def test_an_offer_is_taken_on_a_phone_from_the_letter_without_signing_in_or_scripts(office, screens):
    full = make.full_session()
    office.wait(make.person("Nia Nurse"), full)
    office.free(full)

    screen = screens(width=PHONE, scripts=False).open(link_in(office, "A place for you", "Take this place"))
    screen.click("Take this place")

    assert screen.heading == "You have a place"
    assert screen.clicks == 1
    assert [letter.method for letter in office.deliver() if letter.subject.startswith("Booked")] == ["REQUEST"]


def test_a_trainer_moves_a_full_session_from_the_letter_and_sees_first_who_gets_the_places(office, screens):
    tess = make.trainer("Tess Trainer", address="tess@example.org")
    make.room("Seminar room", capacity=5)
    session = make.training_session(room=make.room(capacity=1), capacity=1, trainers=[tess])
    make.booking(session)
    office.wait(make.person("Wes Waiting"), session)

    link = link_in(office, "Full", "Seminar room")
    screen = screens(width=PHONE, scripts=False, person=tess).open(link)
    assert "Wes Waiting" in screen.main
    assert office.names_on(session)[1] == []
    screen.click("Move it to Seminar room")

    assert office.names_on(session)[1] == ["Wes Waiting"]
    assert "Wes Waiting" in screen.main


def test_a_coordinator_goes_from_demand_to_a_date_whose_places_go_to_those_who_wait(office, screens):
    course = make.course(owner=make.trainer())
    office.wait(make.person("Wes Waiting"), course, wants="any", would_suit="Tuesdays")
    cora = make.person("Cora Coordinator", is_coordinator=True, is_trainer=True)
    make.room(capacity=20)
    screen = screens(person=cora).open("/").click("Demand")
    assert "Tuesdays" in screen.main

    screen.click("Schedule a session").fill_day("Day", date(2026, 12, 15)).fill("Start", "2pm")
    screen.click("Choose a room").click("Choose trainers and places").click("Check the session")
    screen.click("Put it on the timetable")

    assert "It is on the timetable." in screen.main
    assert office.names_told("offered") == ["Wes Waiting"]
