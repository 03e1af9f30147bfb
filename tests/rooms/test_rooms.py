from pathlib import Path

import pytest

from app import rooms
from app.db import db
from app.errors import NotFound
from app.rooms import Room, Site
from app.spreadsheets import FaultyFile
from tests import make
from tests.office import NOW

SAMPLE = Path(__file__).parents[1] / "samples" / "rooms.csv"
HEADING = "site,site_address,room,slug,capacity,equipment,access,directions"
LINE = "Northgate Hospital,Northgate Road,IT training room,northgate-it,10,PCs,Step-free,First floor"


@pytest.fixture
def written(tmp_path):
    def write(*lines):
        file = tmp_path / "rooms.csv"
        file.write_text("\n".join((HEADING, *lines)), encoding="utf-8")
        return file

    return write


def take(office, file):
    return office.do(rooms.import_file, file, by=None, now=NOW)


def faults(office, file):
    with pytest.raises(FaultyFile) as refused:
        take(office, file)
    return refused.value.faults


def test_the_sample_is_taken_whole(office):
    assert take(office, SAMPLE) == 6
    assert [site.name for site in rooms.sites()] == ["Fairfield House", "Llys y Coed", "Northgate Hospital"]


def test_commas_and_quotes_come_through(office):
    take(office, SAMPLE)

    room = rooms.get("llys-y-coed-1")
    assert (room.name, room.directions) == (
        "Ystafell hyfforddi (training room), 1",
        'Through the main doors; "Dysgu" is signed in green',
    )


def test_the_same_file_again_changes_nothing(office):
    take(office, SAMPLE)
    before = office.kept()

    assert take(office, SAMPLE) == 0
    assert office.kept() == before


def test_a_later_file_brings_a_room_up_to_date(office, written):
    take(office, written(LINE))

    assert take(office, written(LINE.replace(",10,", ",12,").replace("First", "Second"))) == 1

    room = rooms.get("northgate-it")
    assert (room.capacity, room.directions) == (12, "Second floor")


def test_a_new_address_of_a_site_is_a_change(office, written):
    take(office, written(LINE))

    assert take(office, written(LINE.replace("Northgate Road", "South Street"))) == 1
    assert rooms.get("northgate-it").site.address == "South Street"


def test_a_line_without_the_sites_address_leaves_it(office, written):
    take(office, written(LINE))

    assert take(office, written(LINE.replace("Northgate Road", ""))) == 0
    assert rooms.get("northgate-it").site.address == "Northgate Road"


def test_a_file_cannot_make_a_room_smaller(office, written):
    take(office, written(LINE))

    assert faults(office, written(LINE.replace(",10,", ",9,"))) == [
        (2, "IT training room holds 10. Sessions may count on it: a file cannot make it smaller.")
    ]


def test_each_faulty_line_is_named_and_nothing_is_kept(office, written):
    file = written(
        LINE,
        LINE.replace(",10,", ",many,"),
        LINE.replace(",10,", ",0,"),
        LINE.replace("northgate-it", "Northgate IT"),
        LINE.replace("IT training room", ""),
        LINE.replace("Northgate Hospital", ""),
    )

    assert faults(office, file) == [
        (3, "the capacity must be a whole number, not 'many'."),
        (4, "the capacity must be between 1 and 2000, not 0."),
        (5, "the slug must be small letters, digits and hyphens, not 'Northgate IT'."),
        (6, "the room is missing."),
        (7, "the site is missing."),
    ]
    assert (db.session.query(Room).count(), db.session.query(Site).count()) == (0, 0)


def test_a_room_that_is_not_there_is_said_to_be_unknown(office):
    with pytest.raises(NotFound, match="There is no room called nowhere"):
        rooms.get("nowhere")


def test_a_room_says_where_it_is(office):
    assert make.room("Seminar room 1", site="Fairfield House").where == "Seminar room 1, Fairfield House"


def test_a_room_holds_somebody(office):
    make.room()

    with pytest.raises(Exception, match="capacity"):
        office.say("UPDATE rooms SET capacity = 0")
