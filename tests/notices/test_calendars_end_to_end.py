"""A library's own files go in by command; people's calendars show the truth after everything that happens to a booking.

Each letter's calendar part is read by all our readers, and each of them keeps a calendar of its own.
"""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app import changes, courses, people, rooms
from app.__main__ import main
from app.db import db
from app.timetable import SlotPlan, TrainingSession
from tests.notices import readers
from tests.notices.calendar_model import Calendar

# Who hears what in which words is the same whatever the database.
pytestmark = [pytest.mark.one_engine, pytest.mark.slow]

SAMPLES = Path(__file__).parents[1] / "samples"
LONDON = ZoneInfo("Europe/London")
HCA = "hca1@example.org"


@pytest.fixture
def library(office, database, monkeypatch):
    """The office of the sample files, brought in as its staff would."""
    monkeypatch.setenv("ROOMFUL_INSTANCE", str(database.instance))
    monkeypatch.setenv("ROOMFUL_DATABASE_URL", database.address)
    monkeypatch.setenv("ROOMFUL_SECRET_KEY", "a secret of the tests")
    for word, file in (
        ("people", "people.csv"),
        ("rooms", "rooms.csv"),
        ("courses", "courses.toml"),
        ("timetable", "timetable.csv"),
    ):
        done = CliRunner().invoke(main, [word, "import", str(SAMPLES / file)])
        assert done.exit_code == 0, done.output
    db.session.rollback()
    return Library(office)


class Library:
    """Notes after each step which letters came and what the calendar should show then; `check` compares."""

    def __init__(self, office):
        self.office, self.steps = office, []

    def person(self, address):
        return people.known(address)

    def session(self, slug, day):
        """The session of a course that begins on a day such as '2027-03-23'."""
        query = select(TrainingSession).where(TrainingSession.course_id == courses.get(slug).id)
        [found] = [
            one for one in db.session.scalars(query) if one.starts_at.astimezone(LONDON).date().isoformat() == day
        ]
        return found

    def move(self, training_session, *walls, room):
        """walls: 'day start end' of each slot, on the wall clock."""
        slots = []
        for wall in walls:
            day, start, end = wall.split()
            times = [datetime.fromisoformat(f"{day} {time}").replace(tzinfo=LONDON) for time in (start, end)]
            slots.append(SlotPlan(*times, rooms.get(room).id))
        self.office.move(training_session, slots)

    def then(self, address, *shown):
        """shown: ('day start end', 'UTC start', place) of each entry that there should be."""
        letters = [letter for letter in self.office.deliver() if letter.to == address and letter.calendar]
        self.steps.append(([letter.calendar for letter in letters], list(shown)))

    def check(self):
        """Every reader comes to the same calendar after each step; the UIDs that it has seen, in order."""
        files = [file for step, _shown in self.steps for file in step]
        walls = iter(readers.what_ical_js_says(files))
        uids = []
        for reader in readers.at_hand():
            messages, calendar = iter(reader(files)), Calendar()
            for step, shown in self.steps:
                for _ in step:
                    message = next(messages)
                    if reader is readers.with_ical_js:
                        said = next(walls)
                        message["wall"] = f"{said['dtstart']['wall']} {said['dtend']['wall']} {said['dtstart']['tzid']}"
                    calendar.take_in(message)
                    uids += [message["uid"]] * (message["uid"] not in uids)
                assert ([_told(entry) for entry in calendar.shown], calendar.puzzling) == (shown, []), reader.__name__
                for entry in calendar.shown:
                    assert entry.get("wall", _wall_as_ical_js(entry)) == _wall_as_ical_js(entry)
            assert list(messages) == [], f"{reader.__name__} finds more than an event a letter"
        return uids


def _told(entry):
    starts, ends = (entry[name].astimezone(LONDON) for name in ("starts_at", "ends_at"))
    return f"{starts:%Y-%m-%d %H:%M} {ends:%H:%M}", f"{entry['starts_at']:%H:%M}Z", entry["location"].partition(",")[0]


def _wall_as_ical_js(entry):
    starts, ends = (entry[name].astimezone(LONDON) for name in ("starts_at", "ends_at"))
    return f"{starts:%Y-%m-%dT%H:%M:%S} {ends:%Y-%m-%dT%H:%M:%S} Europe/London"


def test_a_booking_moves_over_the_clock_change_and_back_and_is_cancelled_and_made_again(library):
    office, person = library.office, library.person(HCA)
    training_session = library.session("healthcare-assistants-half-day", "2027-03-23")

    booking = office.book(person, training_session)
    library.then(HCA, ("2027-03-23 09:00 12:30", "09:00Z", "Seminar room 1"))
    library.move(training_session, "2027-03-30 09:00 12:30", room="northgate-seminar-1")  # summer time by then
    library.then(HCA, ("2027-03-30 09:00 12:30", "08:00Z", "Seminar room 1"))
    office.do(
        changes.change_room, training_session.id, rooms.get("fairfield-boardroom"), capacity=12, by=None, now=office.now
    )
    library.then(HCA, ("2027-03-30 09:00 12:30", "08:00Z", "Boardroom"))
    library.move(training_session, "2027-03-26 10:00 13:30", room="fairfield-boardroom")
    library.then(HCA, ("2027-03-26 10:00 13:30", "10:00Z", "Boardroom"))
    office.cancel(booking)
    library.then(HCA)
    office.book(person, training_session)
    library.then(HCA, ("2027-03-26 10:00 13:30", "10:00Z", "Boardroom"))
    office.cancel_session(training_session)
    library.then(HCA)

    first, again = library.check()
    assert first != again


def test_bookings_on_either_side_of_the_clock_change_keep_their_wall_times(library):
    office, person = library.office, library.person(HCA)
    winter = library.session("searching-the-evidence", "2027-03-25")
    summer = library.session("using-social-media-to-keep-up-to-date", "2027-03-30")

    office.book(person, winter)
    office.book(person, summer)
    in_winter = ("2027-03-25 10:00 12:00", "10:00Z", "Training suite")
    library.then(HCA, in_winter, ("2027-03-30 14:00 16:00", "13:00Z", "Training suite"))
    # Moved twice before the next letter leaves: only the last time counts.
    library.move(summer, "2027-03-31 14:00 16:00", room="fairfield-suite")
    office.now += timedelta(seconds=10)
    library.move(summer, "2027-04-01 14:00 16:00", room="northgate-seminar-1")
    library.then(HCA, in_winter, ("2027-04-01 14:00 16:00", "13:00Z", "Seminar room 1"))

    assert len(library.check()) == 2


def test_a_session_of_three_parts_has_three_entries_that_move_and_go_together(library):
    office, person = library.office, library.person("nurse@example.org")
    address = person.address
    training_session = library.session("evidence-at-lunchtime", "2027-03-18")

    booking = office.book(person, training_session)
    before = [
        ("2027-03-18 12:30 13:00", "12:30Z", "Boardroom"),
        ("2027-03-25 12:30 13:00", "12:30Z", "Boardroom"),
        ("2027-04-01 12:30 13:00", "11:30Z", "Boardroom"),
    ]
    library.then(address, *before)
    library.move(
        training_session,
        "2027-03-18 12:30 13:00",
        "2027-04-01 12:30 13:00",
        "2027-04-08 12:30 13:00",
        room="fairfield-boardroom",
    )
    after = [
        before[0],
        ("2027-04-01 12:30 13:00", "11:30Z", "Boardroom"),
        ("2027-04-08 12:30 13:00", "11:30Z", "Boardroom"),
    ]
    library.then(address, *after)
    office.cancel(booking)
    library.then(address)
    office.book(person, training_session)
    library.then(address, *after)

    assert len(library.check()) == 6
