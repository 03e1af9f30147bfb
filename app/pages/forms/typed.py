"""What people type, made tidy without changing what they mean, and what one-line answers must not hold.

Ends are stripped, line ends are one character, letters that can be written in two ways are written in one
(NFC). Anything that would change the meaning is refused with a sentence instead.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, time

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>[ap]m)?")
_DAY = re.compile(r"\d{1,2}")
_YEAR = re.compile(r"\d{4}")
_BREAKS = "\t\n\v\f\r\x85\u2028\u2029"
_ALLOWED_IN_LONG_TEXT = "\n\t"


def first(sent: Sequence[object]) -> str:
    """The first text that came under a name; '' if none did, or if a file came in its place."""
    return next((value for value in sent if isinstance(value, str)), "")


def tidy(text: str) -> str:
    """Strip the ends and compose the letters; a text that shows nothing at all is ''."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return "" if all(_shows_nothing(letter) for letter in text) else text


def has_breaks(text: str) -> bool:
    return any(letter in _BREAKS for letter in text)


def has_controls(text: str) -> bool:
    """Has characters that no keyboard writes and no page shows. Line breaks and tabs do not count."""
    return any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text if letter not in _ALLOWED_IN_LONG_TEXT)


def as_day(day: str, month: str, year: str) -> date | None:
    """The date typed in three boxes: '6', '10' or 'October', '2026'. None if there is no such date."""
    number = MONTHS.index(month[:3].lower()) + 1 if month[:3].lower() in MONTHS else month
    if not (_DAY.fullmatch(day) and _DAY.fullmatch(str(number)) and _YEAR.fullmatch(year)):
        return None
    try:
        return date(int(year), int(number), int(day))
    except ValueError:
        return None


def as_time(text: str) -> time | None:
    """'9:30am', '2pm', '14:00', 'midday'. None if it is neither, or leaves open which half: '2:00'."""
    plain = text.lower().replace("noon", "midday").replace(".m.", "m").replace(" m", "m")
    if plain in {"midday", "12 midday"}:
        return time(12)
    found = _CLOCK.fullmatch(plain)
    if found is None or not (found["half"] or found["minute"]):
        return None
    return _on_the_clock(int(found["hour"]), int(found["minute"] or 0), found["half"], found["hour"])


def _on_the_clock(hour: int, minute: int, half: str | None, written: str) -> time | None:
    if half and not 1 <= hour <= 12:
        return None
    # '2:00' may be meant for the afternoon; '02:00' and '9:30' are plain.
    if not half and len(written) == 1 and 1 <= hour < 7:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _shows_nothing(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) == "Cf"
