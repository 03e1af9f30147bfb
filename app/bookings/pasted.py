"""A list of colleagues as people paste it: from Outlook, a spreadsheet, a rota, or typed.

Addresses stand on lines of their own or between commas, semicolons and spaces, with or without a name before them:
'Nia Nurse <nia@example.org>; "Carer, Cai" <cai@example.org>'.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app import people
from app.errors import Faulty

MOST = 100
SHOWN = 60  # characters of something that is no address

_IN_BRACKETS = re.compile(r"(?P<name>[^<]*)<(?P<address>[^<>]*)>\s*$")
_LAST_FIRST = re.compile(r"(?P<last>[^,]+),\s*(?P<first>[^,]+)$")
_AROUND_NAMES = " \t\"'“”‘’,:"
_AROUND = " \t\"'“”‘’<>()[].:"


@dataclass(frozen=True)
class Colleague:
    """Somebody to book, as typed: an address as we keep it ('' if they have none), a name ('' if none was given)."""

    address: str = ""
    name: str = ""
    team: str = ""

    @property
    def said(self) -> str:
        """'Nia Nurse (nia@example.org)', or as much of it as there is."""
        return f"{self.name} ({self.address})" if self.name and self.address else self.name or self.address


@dataclass(frozen=True)
class LeftOut:
    """Something in the list that cannot be booked. line: counted from 1. why: a sentence."""

    line: int
    what: str
    why: str


@dataclass
class Pasted:
    """What was found, in the order of the list."""

    colleagues: list[Colleague] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def read(text: str) -> Pasted:
    """Everybody in a list, each once."""
    found = Pasted()
    for number, line in enumerate(text.splitlines(), start=1):
        for name, typed in _entries(line):
            _add(found, number, name, typed)
    return found


def _add(found: Pasted, number: int, name: str, typed: str) -> None:
    what = _short(typed or name)
    try:
        address = people.tidy_address(typed)
    except Faulty:
        why = "This is not an email address." if typed else "There is no email address here."
        found.left_out.append(LeftOut(number, what, why))
        return
    if any(colleague.address == address for colleague in found.colleagues):
        found.left_out.append(LeftOut(number, what, "This is in the list twice: it counts once."))
    else:
        found.colleagues.append(Colleague(address, _tidy_name(name)))


def _entries(line: str) -> Iterator[tuple[str, str]]:
    """Each (name, address) of a line, either of them perhaps ''."""
    for part in line.split(";"):
        waiting: list[str] = []  # a name may have a comma in it: the address comes after
        for piece in part.split(","):
            if "@" not in piece and not _IN_BRACKETS.match(piece):
                waiting.append(piece)
                continue
            entries = list(_with_address(piece))
            first_name, first = entries[0]
            yield ",".join([*waiting, first_name]), first
            yield from entries[1:]
            waiting = []
        if any(piece.strip(_AROUND) for piece in waiting):
            yield ",".join(waiting).strip(), ""


def _with_address(piece: str) -> Iterator[tuple[str, str]]:
    """'Nia <nia@x.org>', 'Nia nia@x.org', 'nia@x.org', or several addresses with spaces between them."""
    bracketed = _IN_BRACKETS.match(piece)
    if bracketed:
        yield bracketed["name"], _bare(bracketed["address"])
        return
    words = piece.split()
    name = " ".join(word for word in words if "@" not in word)
    for number, word in enumerate(word for word in words if "@" in word):
        yield name if number == 0 else "", _bare(word)


def _bare(word: str) -> str:
    return word.strip(_AROUND).removeprefix("mailto:")


def _tidy_name(typed: str) -> str:
    """'Nia Nurse' of '"Nurse, Nia (Ward 7)"'; '' if it will not do as a name: they are asked when they sign in."""
    name = re.sub(r"\([^()]*\)", " ", typed).strip(_AROUND_NAMES)
    if "@" in name:  # Outlook writes an address twice when it knows no name
        return ""
    turned = _LAST_FIRST.match(name)
    try:
        return people.tidy_name(f"{turned['first']} {turned['last']}" if turned else name)
    except Faulty:
        return ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
