"""Lists that people write one to a line, which is how they have them already: pasted, put in order, crossed out."""

import re
from typing import Any

from app.pages.forms import typed
from app.pages.forms.fields import LongText

BULLET = re.compile(r"[•‣▪◦·*–-]\s+")  # what a list pasted from a document brings along
# '15 Welcome', '15 min Welcome', '15 minutes: Welcome'; but '10 minutes of last time' says minutes twice.
TIMED = re.compile(r"(\d{1,4})\s*(?:(?:mins?|minutes?)[:,.;]|mins?\b|[:,.;])?\s+(\S.*)")


class Lines(LongText):
    """`data` is a list of the lines that say something. most: lines; longest: characters of one."""

    def __init__(self, label: str, *, longest: int, **bound: Any) -> None:
        super().__init__(label, **bound)
        self.longest = longest

    def _written(self, value: Any) -> str:
        return "\n".join(value)

    def _read(self) -> list[Any]:
        return [line for _, line in self._numbered()]

    def _numbered(self) -> list[tuple[int, str]]:
        """(number as people count, the line tidied), without those that say nothing."""
        lines = (BULLET.sub("", typed.tidy(line), count=1) for line in self.text.split("\n"))
        return [(number, " ".join(line.split())) for number, line in enumerate(lines, start=1) if line]

    def _too_long(self) -> str | None:
        lines = self._numbered()
        if len(lines) > self.most:
            return f"{self.subject} must be {self.most} lines or fewer"
        return next((fault for number, line in lines if (fault := self._fault_of(number, line))), None)

    def _fault_of(self, number: int, line: str) -> str | None:
        fits = len(line) <= self.longest
        return None if fits else f"Line {number} of {self.thing} must be {self.longest} characters or fewer"


class TimedLines(Lines):
    """Lines such as '15 Welcome'; `data` is a list of [minutes, what]."""

    def __init__(self, label: str, *, longest_minutes: int, **bound: Any) -> None:
        super().__init__(label, **bound)
        self.longest_minutes = longest_minutes

    def _written(self, value: Any) -> str:
        return "\n".join(self._line(minutes, what) for minutes, what in value)

    def _read(self) -> list[Any]:
        return [[int(found[1]), found[2]] for _, line in self._numbered() if (found := TIMED.fullmatch(line))]

    def _line(self, minutes: int, what: str) -> str:
        plain = f"{minutes} {what}"
        found = TIMED.fullmatch(plain)
        # '10 Mins of last time': the first word would be taken for the unit.
        return plain if found and found[2] == what else f"{minutes} min: {what}"

    def _fault_of(self, number: int, line: str) -> str | None:
        found = TIMED.fullmatch(line)
        if found is None:
            return f"Line {number} of {self.thing} must be the minutes, then what happens, like 15 Welcome"
        if int(found[1]) > self.longest_minutes:
            return f"Line {number} of {self.thing} must be {self.longest_minutes:,} minutes or less"
        return super()._fault_of(number, found[2])


def lines(label: str, *, thing: str, most: int, longest: int, hint: str | None = None, rows: int = 8) -> Lines:
    """One thing to a line. most: lines; longest: characters of one."""
    return Lines(label, thing=thing, needed=False, most=most, longest=longest, hint=hint, rows=rows)


def timed_lines(
    label: str, *, thing: str, most: int, longest: int, longest_minutes: int, hint: str | None = None, rows: int = 10
) -> TimedLines:
    return TimedLines(
        label,
        thing=thing,
        needed=False,
        most=most,
        longest=longest,
        longest_minutes=longest_minutes,
        hint=hint,
        rows=rows,
    )
