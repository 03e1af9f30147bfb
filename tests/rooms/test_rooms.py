from pathlib import Path

import pytest

from app import history, journal, rooms, timetable
from app.db import db
from app.errors import Faulty, NotAllowed, NotFound, StaleEdit
from app.rooms import Description, Room, Site
from app.spreadsheets import FaultyFile, csv_of
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


# --- added and described by hand ---


@pytest.fixture
def northgate(office):
    return office.do(rooms.add_site, name="Northgate Hospital", address="Northgate Road", by=None, now=NOW)


def add(office, site, name="Seminar room", capacity=12, *, by=None, **told):
    return office.do(rooms.add, site, Description(name, capacity, **told), by=by, now=NOW)


def describe_site(office, site, *, seen=None, by=None, **changed):
    wanted = {"name": site.name, "address": site.address, **changed}
    return office.do(rooms.describe_site, site.id, **wanted, by=by, now=NOW, seen=seen)


def test_a_room_gets_an_address_of_its_sites_name_and_its_own(office, northgate):
    assert add(office, northgate).slug == "northgate-hospital-seminar-room"


@pytest.mark.parametrize(
    ("site", "name", "slug"),
    [
        ("Llys y Coed", "Ystafell Glyndŵr", "llys-y-coed-ystafell-glyndwr"),
        ("St Mary's", "Łódź & Øre", "st-marys-lodz-ore"),
        ("مستشفى", "قاعة التدريب", "room"),
        ("x" * 120, "y" * 120, "x" * 80),
    ],
)
def test_an_address_of_a_room_is_plain_english_letters_whatever_the_names_are(office, site, name, slug):
    made = office.do(rooms.add_site, name=site, address="", by=None, now=NOW)

    assert add(office, made, name).slug == slug


def test_rooms_whose_names_look_alike_in_an_address_are_told_apart(office):
    made = office.do(rooms.add_site, name="مستشفى", address="", by=None, now=NOW)

    assert [add(office, made, name).slug for name in ("قاعة", "مكتبة", "مكتب")] == ["room", "room-2", "room-3"]


def test_two_rooms_of_one_name_at_a_site_are_refused(office, northgate):
    add(office, northgate)

    with pytest.raises(Faulty, match="There is a room called Seminar room at Northgate Hospital already") as refused:
        add(office, northgate, "seminar room")
    assert refused.value.field == "name"


def test_a_room_that_was_retired_is_brought_back_rather_than_added_again(office, northgate):
    office.do(timetable.retire_room, add(office, northgate).id, by=None, now=NOW)

    with pytest.raises(Faulty, match="It has been retired: bring it back instead"):
        add(office, northgate)


def test_two_sites_may_have_a_room_of_the_same_name(office, northgate):
    other = office.do(rooms.add_site, name="Fairfield House", address="", by=None, now=NOW)

    assert add(office, northgate).name == add(office, other).name


def test_two_sites_do_not_share_a_name(office, northgate):
    other = office.do(rooms.add_site, name="Fairfield House", address="", by=None, now=NOW)

    with pytest.raises(Faulty, match="There is a site called northgate hospital already"):
        office.do(rooms.add_site, name="northgate hospital", address="", by=None, now=NOW)
    with pytest.raises(Faulty, match="There is a site called Northgate Hospital already"):
        describe_site(office, other, name="Northgate Hospital")


def test_a_site_is_described_and_its_history_says_so(office, northgate):
    cora = make.coordinator()

    describe_site(office, northgate, address="South Street", by=cora)

    assert office.fresh(northgate).address == "South Street"
    assert [(line.who, line.did) for line in history.of(northgate)] == [
        ("Roomful", "added the site"),
        ("Cora Coordinator", "changed the address"),
    ]


def test_two_who_describe_a_site_at_once_do_not_undo_each_other(office, northgate):
    seen = journal.newest(northgate)
    describe_site(office, northgate, address="South Street", seen=seen)

    with pytest.raises(StaleEdit):
        describe_site(office, northgate, address="North Street", seen=seen)


@pytest.mark.parametrize("who", [make.trainer, make.person])
def test_only_coordinators_add_and_describe_sites_and_rooms(office, northgate, who):
    person = who()

    for act in (
        lambda: office.do(rooms.add_site, name="Another", address="", by=person, now=NOW),
        lambda: add(office, northgate, by=person),
        lambda: describe_site(office, northgate, address="Elsewhere", by=person),
    ):
        with pytest.raises(NotAllowed):
            act()


# --- out into a file, and in again ---


def written_out(tmp_path):
    file = tmp_path / "out.csv"
    file.write_bytes(csv_of(rooms.COLUMNS, rooms.lines_of(rooms.all_rooms())))
    return file


def all_told(office):
    office.forget()
    return sorted(map(str, rooms.lines_of(rooms.all_rooms())))


@pytest.fixture
def many(office, northgate):
    """Rooms of every kind, one with words that a spreadsheet would take for a formula."""
    take(office, SAMPLE)
    add(office, northgate, "قاعة", booked_with="Education Centre, ext 4021", access='Two steps; "ramp"\nat the side')
    add(office, northgate, "=Store", equipment="- 10 PCs", directions="@ the back")
    office.do(timetable.retire_room, add(office, northgate, "Old store").id, by=None, now=NOW)


def test_a_list_that_was_given_out_changes_nothing_when_it_is_taken_in_again(office, many, tmp_path):
    before = office.kept()

    assert take(office, written_out(tmp_path)) == 0
    assert office.kept() == before


def test_a_list_that_was_given_out_makes_the_same_rooms_in_an_empty_service(office, many, tmp_path):
    file, before = written_out(tmp_path), all_told(office)
    for table in ("deeds", "rooms", "sites"):
        office.say(f"DELETE FROM {table}")

    assert take(office, file) == len(before)
    assert all_told(office) == before


def test_a_file_cannot_retire_a_room_but_bring_one_back(office, tmp_path):
    file = tmp_path / "retired.csv"
    take(office, SAMPLE)
    line = "site,room,slug,capacity,retired\nNorthgate Hospital,IT training room,northgate-it,10,"
    file.write_text(line + "yes", encoding="utf-8")

    assert faults(office, file) == [
        (2, "IT training room is in use. Sessions may be in it: a file cannot retire it."),
    ]
    office.do(timetable.retire_room, rooms.get("northgate-it").id, by=None, now=NOW)
    file.write_text(line, encoding="utf-8")
    take(office, file)
    assert not rooms.get("northgate-it").is_retired


@pytest.mark.parametrize("slug", ["new", "day"])
def test_a_room_cannot_have_the_address_of_another_page(office, written, slug):
    assert faults(office, written(LINE.replace("northgate-it", slug))) == [
        (2, f"the slug cannot be '{slug}': a page of ours is called so."),
    ]


def test_a_retired_column_holds_yes_or_nothing(office, tmp_path):
    file = tmp_path / "retired.csv"
    file.write_text("site,room,slug,capacity,retired\nA,B,c,1,perhaps", encoding="utf-8")

    assert faults(office, file) == [(2, "the retired must be yes or empty, not 'perhaps'.")]
