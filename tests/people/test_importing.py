from pathlib import Path

import pytest

from app import people
from app.db import db
from app.people import Person
from app.spreadsheets import FaultyFile
from tests.office import NOW

SAMPLE = Path(__file__).parents[1] / "samples" / "people.csv"


@pytest.fixture
def written(tmp_path):
    def write(*lines):
        file = tmp_path / "people.csv"
        file.write_text("\n".join(("email,name,role,team", *lines)), encoding="utf-8")
        return file

    return write


def take(office, file):
    return office.do(people.import_file, file, by=None, now=NOW)


def test_the_sample_is_taken_whole(office):
    assert take(office, SAMPLE) == 14

    roles = [person.role for person in db.session.query(Person).order_by(Person.id)]
    assert roles == ["coordinator", *["trainer"] * 4, *["staff"] * 9]


def test_the_same_file_again_changes_nobody(office):
    take(office, SAMPLE)
    before = office.kept()

    assert take(office, SAMPLE) == 0
    assert office.kept() == before


def test_names_in_every_script_are_kept_as_written(office):
    take(office, SAMPLE)

    assert people.known("nurse@example.org").name == "Łucja Żółć-Example"
    assert people.known("pharmacist@example.org").name == "ليلى مثال"


def test_somebody_without_an_address_is_known_by_name_and_team(office, written):
    file = written(",Porter Without Email,staff,Porters", ",Porter Without Email,staff,Kitchen")

    assert (take(office, file), take(office, file)) == (2, 0)


def test_a_later_file_brings_a_person_up_to_date(office, written):
    take(office, written("nia@example.org,Nia Nurse,staff,Ward 7"))

    count = take(office, written("NIA@example.org,Nia Nurse-Jones,trainer,Ward 8"))

    person = people.known("nia@example.org")
    assert (count, person.name, person.role, person.team) == (1, "Nia Nurse-Jones", "trainer", "Ward 8")


def test_a_person_is_found_by_any_of_their_addresses(office, written):
    take(office, written("nia@example.org,Nia Nurse,staff,Ward 7"))
    person = people.known("nia@example.org")
    office.do(people.give_address, person, "new@example.org", by=None, now=NOW)

    assert take(office, written("new@example.org,Nia Nurse,staff,Ward 7")) == 0


@pytest.mark.parametrize("role", ["trainer;coordinator", "trainer, coordinator", "Coordinator trainer"])
def test_somebody_may_be_both_trainer_and_coordinator(office, written, role):
    take(office, written(f'tess@example.org,Tess,"{role}",Library'))

    person = people.known("tess@example.org")
    assert (person.is_trainer, person.is_coordinator) == (True, True)


def test_each_faulty_line_is_named_and_nobody_is_kept(office, written):
    file = written(
        "nia@example.org,Nia Nurse,staff,Ward 7",
        "not an address,Sam,staff,",
        "tom@example.org,,staff,",
        "tess@example.org,Tess,boss,",
        f"long@example.org,Long,staff,{'x' * 121}",
    )

    with pytest.raises(FaultyFile) as refused:
        take(office, file)

    assert refused.value.faults == [
        (3, "Enter an email address in the correct format, like name@example.com"),
        (4, "Enter a name"),
        (5, "'boss' is not a role: use staff, trainer, coordinator."),
        (6, "the team is longer than 120 characters."),
    ]
    assert db.session.query(Person).count() == 0
