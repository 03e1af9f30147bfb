"""From an empty service to its first full session, and a trainer's session on the timetable in two minutes."""

from datetime import date
from time import monotonic

import pytest
from sqlalchemy import select

from app.db import db
from app.timetable import TrainingSession
from tests import make
from tests.browser.screen import DESK, PHONE

ON = date(2026, 12, 15)
STAFF = [f"colleague{number}@example.org" for number in range(1, 7)]


@pytest.mark.parametrize(("width", "scripts"), [(DESK, True), (PHONE, False)], ids=["desk", "phone, no scripts"])
def test_an_empty_service_gets_to_its_first_full_session_in_under_twenty_pages(office, screens, width, scripts):
    cora = make.person("Cora Coordinator", is_coordinator=True, is_trainer=True)
    screen = screens(width=width, scripts=scripts, person=cora).open("/manage/timetable")

    add_a_room(screen)
    post_a_course(screen)
    schedule_it(screen)
    fill_it(screen)

    assert db.session.scalars(select(TrainingSession)).one().is_full
    assert len(screen.seen) < 20, screen.seen
    booked = [letter for letter in office.deliver() if letter.subject.startswith("Booked: ")]
    assert sorted(letter.to for letter in booked) == STAFF
    assert all(letter.method == "REQUEST" for letter in booked)
    assert "Full" in screen.open("/").main


def add_a_room(screen):
    screen.click("Rooms").click("Add the first room")
    screen.fill("Name of the new site", "Northgate Hospital").fill("Name of the room", "Library quiet room")
    screen.fill("How many people it holds", "6").click("Add the room")


def post_a_course(screen):
    screen.click("My teaching").click("Post a course")
    screen.fill("Title", "Searching the evidence").fill("Usual length", "90").fill("Usual number of places", "6")
    screen.click("Save as a draft").click("About the course")
    screen.fill("Summary", "Find what has been shown to work.").click("Save")
    screen.click("Publish the course")


def schedule_it(screen):
    screen.click("Schedule a session")
    screen.fill_day("Day", ON).fill("Start", "2pm").click("Choose a room")
    screen.click("Choose trainers and places")
    screen.click("Check the session").click("Put it on the timetable")


def fill_it(screen):
    screen.click("Add somebody").click("several")
    screen.page.get_by_role("textbox").first.fill("\n".join(STAFF))
    screen.click("Check the list").click("Book")


def test_the_script_of_scheduling_a_session_takes_under_two_minutes(office, screens):
    """Somebody who has never seen it, by the script in docs/timing.md: so long to read, find and type each thing."""
    tom = make.trainer()
    make.room()
    make.course(owner=tom)
    screen = screens(person=tom).open("/")
    began = monotonic()
    screen.click("My teaching").click("Schedule a session").click("Using Social Media")
    screen.fill_day("Day", ON).fill("Start", "2pm").click("Choose a room")
    screen.click("Choose trainers and places").click("Check the session").click("Put it on the timetable")
    took = monotonic() - began

    assert screen.heading == "Using Social Media to Keep up to Date"
