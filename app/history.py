"""What happened to a record and by whom, in plain sentences, from the lines of the journal.

A form that changes a record carries how much of its history it has seen. Whoever saves second is told who changed
what meanwhile: nothing of theirs is done, and nothing that they typed is lost.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app import journal
from app.db import db
from app.errors import StaleEdit
from app.journal import Deed, Record
from app.people import Person

# What a line of the journal says after the name of whoever did it, by the table of its record and what was done.
# {which}: the record's own name, where the reader needs it. Other names are those of the deed's facts.
SAID: dict[tuple[str, str], str] = {
    ("bookings", "booked"): "booked a place for {which}",
    ("bookings", "cancelled"): "cancelled the place of {which}",
    ("training_sessions", "scheduled"): "put it on the timetable",
    ("training_sessions", "moved"): "changed it",
    ("training_sessions", "resized"): "changed the number of places",
    ("training_sessions", "cancelled"): "cancelled the session",
    ("courses", "posted"): "posted the course",
    ("courses", "described"): "changed {columns}",
    ("rooms", "added"): "added the room",
    ("rooms", "described"): "changed {columns}",
    ("sites", "described"): "changed {columns}",
    ("people", "added"): "added {which}",
    ("people", "described"): "changed {columns}",
    ("people", "added an address of"): "added an email address of {which}",
    ("people", "chose an address of"): "chose where the emails of {which} go",
    ("notices", "sent again"): "had an email sent again",
}
# What people call a column, where its own name will not do.
COLUMNS: dict[str, str] = {}


@dataclass(frozen=True)
class Line:
    """One thing that was done. who: a name; 'Roomful' if nobody did it by hand. did: 'moved it from … to …'."""

    deed_id: int
    done_at: datetime
    who: str
    did: str
    why: str = ""


def of(*records: Record, after: int = 0, names: Mapping[tuple[str, int], str] | None = None) -> list[Line]:
    """The history of records, oldest first. names: what to call a record, by table and id."""
    return _lines(journal.deeds_about(*records, after=after), names or {})


def refuse_if_changed(about: Record, seen: int | None, *, columns: Collection[str] = ()) -> None:
    """The record is locked by now. Raises StaleEdit if something was done to it that the form has not seen.

    seen: `journal.newest` when the form was opened; None from commands, which have seen nothing and ask nobody.
    columns: what the form changes; a change of other columns is then not in its way.
    """
    if seen is None:
        return
    later = [deed for deed in journal.deeds_about(about, after=seen) if _concerns(deed, columns)]
    if later:
        sentence = "Somebody else has changed this since you opened the page. Nothing of yours has been saved yet."
        raise StaleEdit(sentence, lines=_lines(later, {}), newest=journal.newest(about))


def _concerns(deed: Deed, columns: Collection[str]) -> bool:
    changed = deed.facts.get("columns", [])
    return not (columns and changed) or bool(set(columns) & set(changed))


def _lines(deeds: Sequence[Deed], names: Mapping[tuple[str, int], str]) -> list[Line]:
    who = _names_of(deed.by_id for deed in deeds)
    return [
        Line(deed.id, deed.done_at, who.get(deed.by_id or 0, "Roomful"), _did(deed, names), deed.why) for deed in deeds
    ]


def _names_of(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {id_ for id_ in ids if id_ is not None}
    found = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {id_: name or "Somebody" for id_, name in found}


def _did(deed: Deed, names: Mapping[tuple[str, int], str]) -> str:
    """A deed that this version does not know is told by the journal's own word."""
    pattern = SAID.get((deed.about, deed.did), deed.did)
    columns = [COLUMNS.get(column, column.replace("_", " ")) for column in deed.facts.get("columns", [])]
    facts = {key: value for key, value in deed.facts.items() if isinstance(value, str | int)}
    which = names.get((deed.about, deed.about_id), "it")
    return pattern.format_map(_Known(facts, which=which, columns=_listed(columns)))


class _Known(dict[str, object]):
    """Facts for a sentence. Older lines of the journal may have fewer: what is missing is left out."""

    def __missing__(self, _key: str) -> str:
        return "…"


def _listed(things: Sequence[str]) -> str:
    """'the title', 'the title and the summary'."""
    said = [f"the {thing}" for thing in things]
    return " and ".join(filter(None, (", ".join(said[:-1]), *said[-1:])))
