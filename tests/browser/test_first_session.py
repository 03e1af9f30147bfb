"""From an empty service to its first full session, and a trainer's session on the timetable in two minutes."""

from datetime import date

import pytest
from sqlalchemy import select

from app.db import db
from app.timetable import TrainingSession
from tests import make
from tests.browser.screen import DESK, PHONE

pytestmark = pytest.mark.slow

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
    screen.fill("Name of the site", "Northgate Hospital").fill("Name of the room", "Library quiet room")
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
    screen.click("Book a place for somebody").click("several")
    screen.page.get_by_role("textbox").first.fill("\n".join(STAFF))
    screen.click("Check the list").click("Book")


READ_S = 60 / 238  # a word read in silence (Brysbaert 2019)
TYPE_S, POINT_S, THINK_S = 0.5, 1.1, 1.35  # a key, slowly; the mouse to its place; a thought (Card, Moran, Newell 1980)


class Newcomer:
    """Does what a script says. `took_s`: how long somebody takes who reads every line of each page once."""

    def __init__(self, screen):
        self.screen, self.took_s, self.read_before = screen, 0.0, set()

    def read(self):
        lines = set(self.screen.page.get_by_role("main").inner_text().splitlines())
        self.took_s += sum(len(line.split()) for line in lines - self.read_before) * READ_S
        self.read_before |= lines

    def click(self, words):
        self.screen.click(words)
        self.took_s += THINK_S + POINT_S
        return self

    def type(self, fill, question, text, *, keys):
        fill(question, text)
        self.took_s += THINK_S + POINT_S + keys * TYPE_S


def test_a_newcomer_has_a_session_on_the_timetable_in_under_two_minutes(office, screens):
    """The script is in docs/schedule-a-session.md."""
    tom = make.trainer()
    for name in ("IT training room", "Seminar room", "Library quiet room"):
        make.room(name)
    make.course(owner=tom)
    screen = screens(person=tom).open("/")
    newcomer = Newcomer(screen)

    for words in ("My teaching", "Schedule a session", "Using Social Media"):
        newcomer.click(words).read()
    newcomer.type(screen.fill_day, "Day", ON, keys=8)
    newcomer.type(screen.fill, "Start", "2pm", keys=3)
    for words in ("Choose a room", "Choose trainers and places", "Check the session"):
        newcomer.click(words).read()
    newcomer.click("Put it on the timetable")

    assert "It is on the timetable." in screen.main
    assert newcomer.took_s < 120
