"""A service's own files: CSV or XLSX, read into lines that keep the number a person sees beside them.

Files come from Excel: with a byte order mark, in Windows' code page, with dates and times as Excel's own. Cells
are text when they leave here, trimmed, with dates as 2027-01-12 and times as 14:00. A formula is just text.
"""

import csv
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from io import StringIO
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook

from app.errors import Faulty, Refused

MOST_BYTES = 5_000_000
MOST_LINES = 20_000
FORMULA_STARTS = tuple("=+-@\t\r")
SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"


class FaultyFile(Refused):
    """Nothing of the file was kept. `faults` are (line number, sentence), in the order of the lines."""

    status = 422
    title = "The file cannot be used"

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        super().__init__("\n".join(f"line {number}: {sentence}" for number, sentence in sorted(faults)))
        self.faults = sorted(faults)


@dataclass(frozen=True)
class Line:
    """One line of a file. `number` counts from 1 and includes the heading, as a spreadsheet shows it."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def text(self, column: str, *, most: int, needed: bool = False) -> str:
        """Raises Faulty if it is missing, overlong, or holds what nobody can see."""
        text = unicodedata.normalize("NFC", self[column])
        if needed and not text:
            raise Faulty(f"the {column} is missing.", field=column)
        if len(text) > most:
            raise Faulty(f"the {column} is longer than {most} characters.", field=column)
        if any(unicodedata.category(letter) == "Cc" and letter not in "\n\r\t" for letter in text):
            raise Faulty(f"the {column} holds control characters.", field=column)
        return text

    def whole_number(self, column: str, *, least: int, most: int) -> int:
        if not re.fullmatch(r"\d{1,9}", self[column], re.ASCII):
            raise Faulty(f"the {column} must be a whole number, not '{self[column]}'.", field=column)
        number = int(self[column])
        if not least <= number <= most:
            raise Faulty(f"the {column} must be between {least} and {most}, not {number}.", field=column)
        return number

    def slug(self, column: str) -> str:
        """A name for addresses. Raises Faulty unless it is small letters, digits and hyphens."""
        if not re.fullmatch(SLUG, self[column]):
            raise Faulty(f"the {column} must be small letters, digits and hyphens, not '{self[column]}'.", field=column)
        return self[column]

    def day(self, column: str) -> date:
        try:
            return date.fromisoformat(self[column])
        except ValueError as fault:
            raise Faulty(f"there is no date '{self[column]}': write it as 2027-01-31.", field=column) from fault

    def time_of_day(self, column: str) -> time:
        if not re.fullmatch(r"\d{1,2}:\d\d(:00)?", self[column], re.ASCII):
            raise Faulty(f"there is no time '{self[column]}': write it as 14:00.", field=column)
        hours, minutes = (int(part) for part in self[column].split(":")[:2])
        if hours > 23 or minutes > 59:
            raise Faulty(f"there is no time '{self[column]}': write it as 14:00.", field=column)
        return time(hours, minutes)


def read(file: Path, *, columns: tuple[str, ...]) -> list[Line]:
    """The lines of a file; empty ones and unknown columns are passed over. Raises Refused, FaultyFile.

    columns: those that must be there.
    """
    table = _rows_of(file)
    if not table:
        raise Refused(f"{file.name} is empty.")
    heading = [cell.strip().lower() for cell in table[0][1]]
    missing = [column for column in columns if column not in heading]
    if missing:
        raise Refused(f"{file.name} has no column called {', '.join(missing)}.")
    return [
        Line(number, dict(zip(heading, (_as_typed(cell.strip()) for cell in cells), strict=False)))
        for number, cells in table[1:]
        if any(cell.strip() for cell in cells)
    ]


def keep_all(lines: list[Line], keep: Callable[[Line], bool]) -> int:
    """Keep each line, or say what is wrong with every one that cannot be kept.

    keep: says whether it changed anything. Returns how many did. Raises FaultyFile.
    """
    faults: list[tuple[int, str]] = []
    changed_count = 0
    for line in lines:
        try:
            changed_count += keep(line)
        except Refused as refusal:
            faults.append((line.number, refusal.sentence))
    if faults:
        raise FaultyFile(faults)
    return changed_count


def _rows_of(file: Path) -> list[tuple[int, list[str]]]:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise Refused(f"{file.name} is larger than {MOST_BYTES // 1_000_000} MB.")
        rows = _rows_of_workbook(file) if file.suffix.lower() == ".xlsx" else _rows_of_csv(file)
    except OSError as fault:
        raise Refused(f"{file.name} cannot be opened: {fault.strerror or 'not a file we can read'}.") from fault
    if len(rows) > MOST_LINES:
        raise Refused(f"{file.name} has more than {MOST_LINES} lines.")
    return rows


def _rows_of_csv(file: Path) -> list[tuple[int, list[str]]]:
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")  # what Excel saves as plain 'CSV' in Britain
    if "\0" in text:
        raise Refused(f"{file.name} is not a CSV file.")
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num - sum(cell.count("\n") for cell in cells), cells) for cells in reader]
    except csv.Error as fault:
        raise FaultyFile([(reader.line_num, f"this is not a line of a CSV file ({fault}).")]) from fault


def _rows_of_workbook(file: Path) -> list[tuple[int, list[str]]]:
    try:
        with closing(load_workbook(file, read_only=True, data_only=False)) as book:
            cells = list(book.worksheets[0].values)
    except (BadZipFile, EOFError, IndexError, KeyError, ParseError, ValueError, zlib.error) as fault:
        raise Refused(f"{file.name} is not an Excel workbook that we can read.") from fault
    return [(number, [_text(cell) for cell in row]) for number, row in enumerate(cells, start=1)]


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return f"{cell:%Y-%m-%d}" if cell.time() == time(0) else f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
        case time():
            return f"{cell:%H:%M}"
        case float() if cell.is_integer():
            return str(int(cell))
    return str(cell)


def csv_of(heading: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    """A list as a CSV file that Excel opens as it is: UTF-8 with its mark, and nothing that could start a formula."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    # The heading too: the questions of a course stand in it.
    writer.writerows([_inert(cell) for cell in line] for line in (heading, *lines))
    return text.getvalue().encode("utf-8-sig")


def _as_typed(cell: str) -> str:
    """A list that we gave out comes back in as it was: without the apostrophe of `_inert` (D47)."""
    is_ours = cell.startswith("'") and cell[1:].lstrip().startswith(FORMULA_STARTS)
    return cell[1:] if is_ours else cell


def _inert(cell: object) -> object:
    """Text that a spreadsheet would take for a formula, behind an apostrophe (OWASP, 'CSV injection')."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip()[:1] in FORMULA_STARTS and cell.strip() else cell
