from pathlib import Path

import pytest

from app import courses, people, rooms

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.fixture
def catalogue(office):
    """The people, rooms and courses that the sample timetables name."""
    for word, file in ((people, "people.csv"), (rooms, "rooms.csv"), (courses, "courses.toml")):
        office.do(word.import_file, SAMPLES / file, by=None, now=office.now)
