import pytest
from sqlalchemy import insert

from app import people, spreadsheets
from app.db import db
from app.people import Person
from app.spreadsheets import FaultyFile
from tests import make
from tests.office import NOW

pytestmark = pytest.mark.both_engines


def names(q="", **how):
    return [person.known_as for person in people.search(q, **how)]


@pytest.fixture
def four(office):
    make.person("Łucja Żółć", address="lucja@example.org", team="Theatres")
    make.trainer("Siân Llŷr", address="sian@example.org", team="Library")
    make.coordinator("Åsa O'Neil", address=None, team="Library")
    office.do(people.join, "newt@example.org", now=NOW)


def test_people_are_listed_by_name_accents_aside_and_by_address_until_they_say_their_name(four):
    assert names() == ["Åsa O'Neil", "Łucja Żółć", "newt@example.org", "Siân Llŷr"]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("lucja", ["Łucja Żółć"]),
        ("ŻÓŁĆ", ["Łucja Żółć"]),
        ("llyr sian", ["Siân Llŷr"]),
        ("asa", ["Åsa O'Neil"]),
        ("library", ["Åsa O'Neil", "Siân Llŷr"]),
        ("SIAN@EXAMPLE.ORG", ["Siân Llŷr"]),
        ("newt@", ["newt@example.org"]),
        ("theatres sian", []),
        ("%", []),
    ],
)
def test_somebody_is_found_by_any_words_of_their_name_team_and_addresses(four, q, found):
    assert names(q) == found


def test_somebody_is_found_by_an_address_that_gets_no_letters(office):
    nia = make.person("Nia Nurse")
    office.do(people.give_address, nia, "home@example.net", by=nia, now=NOW)

    assert names("home@example.net") == ["Nia Nurse"]


@pytest.mark.parametrize(
    ("role", "found"),
    [("trainer", ["Siân Llŷr"]), ("coordinator", ["Åsa O'Neil"]), ("staff", ["Łucja Żółć", "newt@example.org"])],
)
def test_people_are_found_by_their_role(four, role, found):
    assert names(role=role) == found


@pytest.mark.parametrize(
    ("page", "shown"), [(1, (50, 1, None, 2)), (3, (20, 3, 2, None)), (99, (20, 3, 2, None)), (-1, (50, 1, None, 2))]
)
def test_many_people_come_in_pages_of_fifty(office, page, shown):
    everybody = [{"name": f"Person {number}", "added_at": NOW} for number in range(120)]
    office.do(db.session.execute, insert(Person), everybody)

    listing = people.listing(page=page)

    assert (len(listing.people), listing.page, listing.earlier, listing.later) == shown
    assert (listing.total, listing.page_count) == (120, 3)


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_people_takes_one_statement_however_long_it_is(office, count):
    for _ in range(count):
        nia = make.person("Nia Nurse")
        office.do(people.give_address, nia, f"{nia.ref}@example.net".lower(), by=nia, now=NOW)

    with office.statements() as said:
        people.listing("nia")

    assert len(said) == 1


def test_a_list_that_was_saved_can_be_imported_again_and_changes_nobody(office, four, tmp_path):
    make.person('=HYPERLINK("https://evil.example")', address="+odd@example.org", team="-1")
    make.person("O'Brien", is_trainer=True, is_coordinator=True, team="'quoted'")
    file = tmp_path / "people.csv"
    file.write_bytes(spreadsheets.csv_of(people.COLUMNS, map(people.line_of, people.search())))
    before = office.kept()

    assert office.do(people.import_file, file, by=None, now=NOW) == 0
    assert office.kept() == before


def test_a_file_must_name_whoever_is_not_known_by_name(office, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("email,name,role\nnew@example.org,,staff", encoding="utf-8")

    with pytest.raises(FaultyFile, match="line 2: Enter a name"):
        office.do(people.import_file, file, by=None, now=NOW)
