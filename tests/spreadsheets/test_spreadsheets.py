from datetime import date, datetime, time

import pytest
from openpyxl import Workbook

from app import spreadsheets
from app.errors import Faulty, Refused
from app.spreadsheets import FaultyFile, Line

LINES = "name,team\nNia,Ward 7\n"


@pytest.fixture
def file(tmp_path):
    def write(contents, name="people.csv"):
        made = tmp_path / name
        made.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return made

    return write


@pytest.fixture
def workbook(tmp_path):
    def write(*rows):
        book, made = Workbook(), tmp_path / "people.xlsx"
        for row in rows:
            book.active.append(row)
        book.save(made)
        return made

    return write


def read(made, *columns):
    return [(line.number, line.cells) for line in spreadsheets.read(made, columns=columns or ("name",))]


def cell(text):
    return Line(2, {"cell": text})


NIA = [(2, {"name": "Nia", "team": "Ward 7"})]


@pytest.mark.parametrize(
    "contents",
    [
        LINES,
        b"\xef\xbb\xbf" + LINES.encode(),  # as Excel's 'CSV UTF-8'
        LINES.replace("\n", "\r\n"),
        LINES.replace("name", " NAME "),
        LINES.replace("Nia", '  "Nia"  ').replace('  "Nia"  ', '"  Nia "'),
        LINES.rstrip("\n"),
    ],
)
def test_a_file_is_read_however_it_was_saved(file, contents):
    assert read(file(contents)) == NIA


def test_a_file_in_windows_code_page_is_read(file):
    assert read(file("name\nSiân\n".encode("cp1252"))) == [(2, {"name": "Siân"})]


def test_lines_keep_the_numbers_that_people_see_beside_them(file):
    made = file('name,team\n\nNia,"Ward 7"\n,\nSam,Ward 8\n')

    assert [number for number, _ in read(made)] == [3, 5]


def test_a_cell_of_several_lines_belongs_to_the_line_on_which_it_begins(file):
    made = file('name,team\nNia,"Ward 7\nNorth"\nSam,Ward 8\n')

    assert read(made)[0] == (2, {"name": "Nia", "team": "Ward 7\nNorth"})


def test_missing_columns_are_named(file):
    with pytest.raises(Refused) as refused:
        spreadsheets.read(file(LINES), columns=("name", "role", "email"))

    assert refused.value.sentence == "people.csv has no column called role, email."


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (b"", "people.csv is empty."),
        (b"name\n\0\n", "people.csv is not a CSV file."),
        (b"name\n" + b"x\n" * 20_000, "people.csv has more than 20000 lines."),
        (b"name\n" + b"x" * 5_000_001, "people.csv is larger than 5 MB."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(file, contents, sentence):
    with pytest.raises(Refused) as refused:
        read(file(contents))

    assert refused.value.sentence == sentence


def test_a_line_that_is_no_line_of_a_csv_file_is_named(file):
    with pytest.raises(FaultyFile) as refused:
        read(file('name\nNia\n"Sam" x\n'))

    assert [number for number, _ in refused.value.faults] == [3]


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(Refused, match=r"nowhere\.csv cannot be opened"):
        read(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("contents", [b"no workbook", b"PK\x03\x04 not really"])
def test_what_is_no_workbook_is_refused_in_a_sentence(file, contents):
    with pytest.raises(Refused, match=r"people\.xlsx is not an Excel workbook"):
        read(file(contents, "people.xlsx"))


def test_a_workbook_reads_as_a_csv_file_would(workbook):
    made = workbook(
        ["name", "date", "time", "places", "rate", "when"],
        [" Nia ", date(2027, 1, 12), time(14, 0), 10, 2.5, datetime(2027, 1, 12, 14, 30)],  # noqa: DTZ001 - Excel knows no zones
        [None] * 6,
        ["Sam", datetime(2027, 1, 12), time(9, 5), 10.0, "", None],  # noqa: DTZ001 - as above
    )

    assert read(made) == [
        (
            2,
            {
                "name": "Nia",
                "date": "2027-01-12",
                "time": "14:00",
                "places": "10",
                "rate": "2.5",
                "when": "2027-01-12 14:30",
            },
        ),
        (4, {"name": "Sam", "date": "2027-01-12", "time": "09:05", "places": "10", "rate": "", "when": ""}),
    ]


def test_a_formula_is_just_text(workbook):
    assert read(workbook(["name"], ['=HYPERLINK("http://example.org")'])) == [
        (2, {"name": '=HYPERLINK("http://example.org")'})
    ]


def test_a_workbook_can_be_deleted_once_it_was_read(workbook):
    made = workbook(["name"], ["Nia"])
    read(made)

    made.unlink()

    assert not made.exists()


@pytest.mark.parametrize("text", ["0", "7", "007", "2000"])
def test_a_whole_number_is_read(text):
    assert cell(text).whole_number("cell", least=0, most=2000) == int(text)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "ten", "1e3", "٣", "10 ", "1234567890", "2001"])
def test_anything_else_is_no_whole_number(text):
    with pytest.raises(Faulty, match="the cell must be"):
        cell(text).whole_number("cell", least=0, most=2000)


@pytest.mark.parametrize("text", ["", "2027-02-30", "12/01/2027", "20270112T", "tomorrow"])
def test_anything_else_is_no_date(text):
    with pytest.raises(Faulty, match="there is no date"):
        cell(text).day("cell")


@pytest.mark.parametrize(("text", "read"), [("9:05", time(9, 5)), ("09:05", time(9, 5)), ("14:00:00", time(14))])
def test_a_time_is_read(text, read):
    assert cell(text).time_of_day("cell") == read


@pytest.mark.parametrize("text", ["", "24:00", "12:60", "9am", "9.30", "14:00:30", "٩:٠٠"])
def test_anything_else_is_no_time(text):
    with pytest.raises(Faulty, match="there is no time"):
        cell(text).time_of_day("cell")


@pytest.mark.parametrize("text", ["", "Northgate", "north gate", "-north", "north--gate", "a/b", "../etc"])
def test_a_slug_fits_an_address(text):
    with pytest.raises(Faulty, match="small letters, digits and hyphens"):
        cell(text).slug("cell")


def test_text_is_put_together_as_one_letter_each():
    assert cell("Sia\u0302n").text("cell", most=10) == "Siân"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the cell is missing."),
        ("x" * 11, "the cell is longer than 10 characters."),
        ("a\x1bb", "the cell holds control characters."),
    ],
)
def test_text_that_cannot_be_used_is_refused(text, sentence):
    with pytest.raises(Faulty) as refused:
        cell(text).text("cell", most=10, needed=True)

    assert refused.value.sentence == sentence


def test_every_fault_is_told_in_the_order_of_the_lines():
    def keep(line):
        if line.number != 3:
            raise Refused(f"fault {line.number}")
        return True

    with pytest.raises(FaultyFile) as refused:
        spreadsheets.keep_all([Line(number, {}) for number in (4, 3, 2)], keep)

    assert refused.value.sentence == "line 2: fault 2\nline 4: fault 4"


def test_what_people_typed_starts_no_formula_in_the_heading_either():
    said = spreadsheets.csv_of(["Name", "=1+1"], [["Nia", "@x"]]).decode("utf-8-sig")

    assert said == "Name,'=1+1\r\nNia,'@x\r\n"
