import csv
import os
import subprocess
import sys
from datetime import UTC, date, datetime, time

import pytest
from openpyxl import Workbook

from app import timetable
from app.db import db
from app.errors import Refused
from app.spreadsheets import FaultyFile
from app.timetable import Filters, Slot, TrainingSession
from tests import make
from tests.timetable.conftest import SAMPLES

HEADING = "course,part,date,start,end,room,online_link,capacity,trainers,minimum"
SOUND = "searching-the-evidence,,2027-02-10,10:00,12:00,northgate-it,,10,clinical@example.org,3"

pytestmark = pytest.mark.usefixtures("catalogue")


def take(office, file):
    return office.do(timetable.import_file, file, by=None, now=office.now)


@pytest.fixture
def written(tmp_path):
    def write(*lines, heading=HEADING):
        file = tmp_path / "timetable.csv"
        file.write_text("\n".join((heading, *lines)), encoding="utf-8")
        return file

    return write


def faults(office, file):
    with pytest.raises(FaultyFile) as refused:
        take(office, file)
    return refused.value.faults


def as_workbook(source, target):
    """As Excel would have it: dates, times and numbers in their own kinds of cell."""
    book = Workbook()
    with source.open(encoding="utf-8") as lines:
        for number, row in enumerate(csv.reader(lines)):
            book.active.append([_cell(cell) for cell in row] if number else row)
    book.save(target)
    return target


def _cell(text):
    for kind in (int, date.fromisoformat, time.fromisoformat):
        try:
            return kind(text)
        except ValueError:
            continue
    return text if not text.startswith("=") else f"'{text}"


def sessions():
    db.session.rollback()
    return db.session.query(TrainingSession).order_by(TrainingSession.starts_at).all()


def test_a_sound_file_is_taken_whole(office):
    assert take(office, SAMPLES / "timetable.csv") == 22
    assert (len(sessions()), db.session.query(Slot).count()) == (22, 24)


def test_lines_with_the_same_part_are_one_session(office):
    take(office, SAMPLES / "timetable.csv")

    [lunchtime] = [s for s in sessions() if s.starts_at == datetime(2027, 3, 18, 12, 30, tzinfo=UTC)]
    slots = timetable.by_id(lunchtime.id).slots
    assert [(slot.position, slot.starts_at) for slot in slots] == [
        (0, datetime(2027, 3, 18, 12, 30, tzinfo=UTC)),
        (1, datetime(2027, 3, 25, 12, 30, tzinfo=UTC)),
        (2, datetime(2027, 4, 1, 11, 30, tzinfo=UTC)),
    ]


def test_the_same_file_again_changes_nothing(office):
    take(office, SAMPLES / "timetable.csv")
    before = office.kept()

    assert take(office, SAMPLES / "timetable.csv") == 0
    assert office.kept() == before


def test_a_line_without_places_takes_the_courses_usual(office):
    take(office, SAMPLES / "timetable.csv")

    [february] = [s for s in sessions() if s.starts_at == datetime(2027, 2, 9, 10, tzinfo=UTC)]
    assert february.capacity == 10


def test_a_workbook_is_as_good(office, tmp_path):
    file = as_workbook(SAMPLES / "timetable.csv", tmp_path / "timetable.xlsx")

    assert take(office, file) == 22
    assert take(office, SAMPLES / "timetable.csv") == 0


def test_a_faulty_file_is_refused_naming_each_faulty_line_and_no_other(office):
    found = faults(office, SAMPLES / "timetable-faulty.csv")

    assert [number for number, _ in found] == list(range(3, 16))


def test_a_faulty_workbook_is_refused_in_the_same_words(office, tmp_path):
    of_the_file = faults(office, SAMPLES / "timetable-faulty.csv")
    file = as_workbook(SAMPLES / "timetable-faulty.csv", tmp_path / "timetable.xlsx")

    of_the_workbook = faults(office, file)

    assert of_the_workbook[:-1] == of_the_file[:-1]
    assert of_the_workbook[-1][0] == 15


def test_nothing_of_a_faulty_file_is_kept(office):
    before = office.kept()

    faults(office, SAMPLES / "timetable-faulty.csv")

    assert office.kept() == before


def test_a_session_is_at_the_same_wall_time_either_side_of_a_clock_change(office, written):
    take(
        office,
        written(SOUND.replace("2027-02-10", "2027-03-24"), SOUND.replace("2027-02-10", "2027-03-31")),
    )

    assert [s.starts_at for s in sessions()] == [
        datetime(2027, 3, 24, 10, tzinfo=UTC),
        datetime(2027, 3, 31, 9, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (SOUND.replace("searching", "finding"), "There is no course called finding-the-evidence."),
        (SOUND.replace("2027-02-10", "2027-02-30"), "there is no date '2027-02-30': write it as 2027-01-31."),
        (SOUND.replace("10:00", "25:00"), "there is no time '25:00': write it as 14:00."),
        (SOUND.replace("10:00", "12:00"), "it ends before it starts."),
        (SOUND.replace(",10,", ",11,"), "IT training room holds 10 people, so it cannot give 11 places."),
        (
            SOUND.replace("2027-02-10,10:00", "2027-03-28,01:30"),
            "01:30 does not exist on Sunday 28 March 2027: the clocks go forward over it.",
        ),
        (
            SOUND.replace("2027-02-10,10:00", "2027-10-31,01:30"),
            "01:30 comes twice on Sunday 31 October 2027: the clocks go back. Choose another time.",
        ),
        (SOUND.replace("northgate-it", "nowhere"), "There is no room called nowhere."),
        (SOUND.replace("northgate-it", ""), "it has neither a room nor an online link."),
        (
            SOUND.replace("northgate-it,", ",javascript:alert(1)"),
            "'javascript:alert(1)' is not a link: it starts with https://.",
        ),
        (SOUND.replace(",10,", ",ten,"), "the capacity must be a whole number, not 'ten'."),
        (SOUND.replace(",10,", ",0,"), "the capacity must be between 1 and 2000, not 0."),
        (SOUND.replace("clinical", "hca1"), "Healthcare Assistant One is not a trainer."),
        (SOUND.replace("clinical", "nobody"), "nobody here is known by the address nobody@example.org."),
        (SOUND.replace("clinical@example.org", ""), "it has no trainer."),
        (SOUND.replace("org,3", "org,12"), "The minimum cannot be 12 when there are 10 places."),
    ],
)
def test_a_faulty_line_is_told_what_is_wrong_with_it(office, written, line, sentence):
    assert faults(office, written(SOUND.replace("2027-02-10", "2027-02-09"), line)) == [(3, sentence)]


def test_of_two_clashing_lines_the_later_is_named_though_it_begins_earlier(office, written):
    earlier = SOUND.replace("10:00,12:00", "09:00,11:00").replace("clinical", "outreach")

    assert faults(office, written(SOUND, earlier)) == [
        (3, "IT training room is needed at that time for line 2."),
    ]


def test_of_two_clashing_lines_the_later_is_named_though_its_session_began_before(office, written):
    first = "evidence-at-lunchtime,A1,2027-03-18,12:30,13:00,northgate-it,,10,clinical@example.org,3"
    between = SOUND.replace("2027-02-10,10:00,12:00", "2027-03-25,12:00,14:00").replace("clinical", "outreach")
    second = first.replace("03-18", "03-25")

    assert [number for number, _ in faults(office, written(first, between, second))] == [4]


def test_every_part_of_a_session_that_clashes_is_named(office, written):
    taken = [SOUND.replace("02-10", f"02-{day}").replace("clinical", "outreach") for day in (10, 12)]
    parts = [
        f"evidence-at-lunchtime,A1,2027-02-{day},10:30,11:00,northgate-it,,10,clinical@example.org,3"
        for day in (10, 11, 12)
    ]

    assert [number for number, _ in faults(office, written(*taken, *parts))] == [4, 6]


def test_a_clash_with_a_sound_part_of_a_broken_session_is_named(office, written):
    parts = [
        "evidence-at-lunchtime,A1,2027-02-10,10:30,11:00,northgate-it,,10,clinical@example.org,3",
        "evidence-at-lunchtime,A1,2027-02-30,10:30,11:00,northgate-it,,10,clinical@example.org,3",
    ]

    assert [number for number, _ in faults(office, written(*parts, SOUND))] == [3, 4]


def test_a_line_that_clashes_with_the_timetable_is_named(office, written):
    take(office, written(SOUND))

    found = faults(office, written(SOUND, SOUND.replace("10:00,12:00", "11:00,13:00").replace("clinical", "outreach")))

    assert found == [
        (3, "IT training room is taken on Wednesday 10 February 2027, 10am to midday with ‘Searching the evidence’.")
    ]


def test_a_standing_session_whose_other_part_is_mistyped_is_not_at_fault(office, written):
    parts = [
        f"evidence-at-lunchtime,A1,2027-02-{day},10:30,11:00,northgate-it,,10,clinical@example.org,3"
        for day in (10, 11)
    ]
    take(office, written(*parts))

    assert [number for number, _ in faults(office, written(parts[0], parts[1].replace("02-11", "02-31")))] == [3]


def test_the_lines_of_one_session_agree_on_places_minimum_and_trainers(office, written):
    parts = [
        f"evidence-at-lunchtime,A1,2027-02-{day},10:30,11:00,northgate-it,,{places},clinical@example.org,3"
        for day, places in ((10, 10), (11, 9), (12, 8))
    ]

    sentence = "its places, minimum and trainers must be those of line 2: it is the same session."
    assert faults(office, written(*parts)) == [(3, sentence), (4, sentence)]


def test_the_same_line_twice_is_one_session(office, written):
    assert take(office, written(SOUND, SOUND)) == 1


def test_lines_without_a_part_are_sessions_of_their_own(office, written):
    assert take(office, written(SOUND, SOUND.replace("02-10", "02-11"))) == 2


def test_the_same_part_of_two_courses_are_two_sessions(office, written):
    lines = [
        "evidence-at-lunchtime,A1,2027-02-10,10:30,11:00,northgate-it,,10,clinical@example.org,3",
        "reflective-practice,A1,2027-02-11,10:30,11:00,northgate-it,,10,clinical@example.org,3",
    ]

    assert take(office, written(*lines)) == 2


def test_parts_may_stand_in_any_order(office, written):
    lines = [
        f"evidence-at-lunchtime,A1,2027-02-{day},10:30,11:00,northgate-it,,10,clinical@example.org,3"
        for day in (12, 10)
    ]

    take(office, written(*lines))

    [training_session] = sessions()
    assert [slot.starts_at.day for slot in timetable.by_id(training_session.id).slots] == [10, 12]


def test_past_dates_are_taken(office, written):
    assert take(office, written(SOUND.replace("2027-02-10", "2025-02-10"))) == 1


def test_unknown_columns_are_passed_over(office, written):
    assert take(office, written(f"{SOUND},whatever", heading=f"{HEADING},remarks")) == 1


def test_a_session_cancelled_since_is_not_put_back(office, written):
    file = written(SOUND)
    take(office, file)
    office.cancel_session(sessions()[0])

    assert take(office, file) == 0


def test_a_file_without_a_needed_column_is_refused(office, written):
    with pytest.raises(Refused, match="has no column called start"):
        take(office, written("x,2027-02-10,12:00", heading="course,date,end"))


def test_a_trainer_is_found_by_any_of_their_addresses_in_any_case(office, written):
    assert (
        take(office, written(SOUND.replace("clinical@example.org", " Clinical@Example.ORG ; outreach@example.org")))
        == 1
    )


@pytest.fixture
def command(office, database, tmp_path):
    """`roomful timetable import`, as typed at a terminal, for the service of this test."""

    def typed(*words):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ROOMFUL_")}
        chosen = {"ROOMFUL_INSTANCE": str(tmp_path / "instance"), "ROOMFUL_DATABASE_URL": database.address}
        line = [sys.executable, "-m", "app", "timetable", "import", *map(str, words)]
        return subprocess.run(line, env=kept | chosen, capture_output=True, text=True, timeout=60, check=False)

    return typed


def test_a_dry_run_says_what_would_be_new_and_keeps_nothing(office, command):
    before = office.kept()

    said = command(SAMPLES / "timetable.csv", "--dry-run")

    assert (said.returncode, said.stdout, said.stderr) == (0, "22 sessions would be new.\n", "")
    assert office.kept() == before


@pytest.mark.slow
def test_the_command_names_each_faulty_line_on_standard_error(command):
    said = command(SAMPLES / "timetable-faulty.csv")

    begins = [line.partition(":")[0] for line in said.stderr.splitlines()]
    assert (said.returncode, said.stdout) == (1, "")
    assert begins == [f"line {number}" for number in range(3, 16)]


def test_what_was_imported_can_be_found_and_booked(office):
    take(office, SAMPLES / "timetable.csv")

    [found] = timetable.coming(Filters(q="llunio"), now=office.now).sessions

    assert office.book(make.person(), found).is_live
