"""Words: found whatever their accents and capitals, made into addresses; and pydantic's own said in plain English."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import count

from pydantic import ValidationError

MOST_SLUG = 80
STRUCK = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})  # no accent comes off
SAID = {
    "missing": "is missing",
    "extra_forbidden": "is not known here: is it misspelt",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_type": "must be text, in quotes",
    "list_type": "must be a list, in square brackets",
    "tuple_type": "must be a pair: minutes, then what happens",
    "too_short": "is too short",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have {max_length} characters or fewer",
    "too_long": "must have {max_length} items or fewer",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "has characters, or an order of them, that cannot be used here",
}


def plain(words: str) -> str:
    """Small letters without accents: SQLite folds only the capitals of English, and few can type Łucja or Llŷr."""
    if words.isascii():
        return words.lower()  # most are, and it takes a tenth of the time
    apart = unicodedata.normalize("NFKD", words.casefold().translate(STRUCK))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def slugs(words: str, *, otherwise: str) -> Iterator[str]:
    """Addresses for what is called so, the first choice first: 'it-room', 'it-room-2', … Each is short enough.

    otherwise: for words of which no English letter or digit is left.
    """
    said = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", plain(words))).strip("-")
    yield said[:MOST_SLUG].rstrip("-") or otherwise
    base = said[: MOST_SLUG - len("-999")].rstrip("-") or otherwise
    yield from (f"{base}-{number}" for number in count(2))


def sentences(fault: ValidationError) -> list[str]:
    """One for each thing that is wrong: 'minutes: must be more than 0'."""
    found = fault.errors(include_input=False, include_url=False)
    return [f"{_where(error['loc'])}: {_said(error['type'], error['msg'], error.get('ctx', {}))}" for error in found]


def _where(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in path) or "all of it"


def _said(kind: str, message: str, facts: dict[str, object]) -> str:
    if kind in SAID:
        return SAID[kind].format(**facts)
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
