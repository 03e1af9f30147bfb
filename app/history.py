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
    ("bookings", "sent apologies"): "sent the apologies of {which}",
    ("bookings", "booked from the list"): "booked a place for {which}, from the waiting list as they had asked",
    ("bookings", "released"): "freed the place of {which}, who did not say that they were coming",
    ("bookings", "confirmed"): "said that {which} is coming",
    ("bookings", "declined"): "gave up the place of {which}, because their calendar declined",
    ("bookings", "let go"): "gave the place that was held for {which} to whoever is next",
    ("bookings", "put right"): "sent the calendar entry of {which} once more",
    ("replies", "let through"): "let a decline through that had waited",
    ("replies", "left as it is"): "looked at a reply and left everything as it is",
    ("waits", "waited"): "put {which} on the waiting list",
    ("waits", "waits for something else"): "changed what {which} waits for",
    ("waits", "went on waiting"): "kept {which} in line for a new date: none of theirs is left",
    ("waits", "could not change any more"): "kept {which} in line: the date that they wanted to change has begun",
    ("waits", "left"): "took {which} off the waiting list",
    ("waits", "still wants a place"): "said that {which} still wants a place",
    ("waits", "asked whether they still want a place"): "asked {which} whether they still want a place",
    ("waits", "did not hear from"): "took {which} off the waiting list, after asking and hearing nothing",
    ("waits", "was put together with another"): "ended the wait of {which}, of whom there were two records",
    ("waits", "moved up"): "moved {which} to the front of the line",
    ("waits", "offered"): "offered {which} a place on {when}, held until {until}",
    ("waits", "accepted"): "accepted the place on {when} for {which}",
    ("waits", "declined"): "declined the place on {when} for {which}",
    ("waits", "let an offer run out"): "noted that the offer to {which} for {when} ran out",
    ("waits", "gave back an offer"): "gave back the place on {when} that was held for {which}",
    ("waits", "lost an offer"): "took back the place on {when} that was held for {which}: it cannot be kept",
    ("waits", "got a place"): "ended the wait of {which}, who has a place now",
    ("training_sessions", "scheduled"): "put it on the timetable",
    ("training_sessions", "drafted"): "kept it as a draft",
    ("training_sessions", "published"): "put the draft on the timetable",
    ("training_sessions", "moved"): "moved it from {was} to {to}",
    ("training_sessions", "swapped"): "swapped rooms with {other}: moved it from {was} to {to}",
    ("training_sessions", "relinked"): "changed the joining link",
    ("training_sessions", "resized"): "changed the number of places from {was} to {to}",
    ("training_sessions", "reset"): "changed {what} from {was} to {to}",
    ("training_sessions", "restaffed"): "changed the trainers from {was} to {to}",
    ("training_sessions", "cancelled"): "cancelled the session",
    ("training_sessions", "put right"): "sent the trainers’ calendars what they lacked",
    ("training_sessions", "marked"): "marked the register: {said}",
    ("training_sessions", "added a walk-in"): "added somebody to the register who came without booking",
    ("training_sessions", "removed a walk-in"): "took somebody off the register who had come without booking",
    ("training_sessions", "wrote"): "wrote to everybody who has a place: ‘{headline}’",
    ("courses", "posted"): "posted the course",
    ("courses", "copied"): "made it as a copy of ‘{title}’",
    ("courses", "described"): "changed {columns}",
    ("courses", "given an owner"): "made {to} the owner of the course",
    ("courses", "handed over"): "handed the course over from {was} to {to}",
    ("courses", "published"): "published the course",
    ("courses", "taken back"): "took the course back to a draft",
    ("courses", "archived"): "archived the course",
    ("courses", "restored"): "brought the course back from the archive",
    ("rooms", "added"): "added the room",
    ("rooms", "described"): "changed {columns}",
    ("rooms", "closed"): "closed the room {when}",
    ("rooms", "reopened"): "reopened the room: no longer closed {when} ({closed_why})",
    ("rooms", "retired"): "retired the room",
    ("rooms", "brought back"): "brought the room back into use",
    ("sites", "added"): "added the site",
    ("sites", "described"): "changed {columns}",
    ("people", "added"): "added {which}",
    ("people", "sent to us"): "tried to book for a colleague on session {session}, and was told to ask us",
    ("people", "described"): "changed {columns}",
    ("people", "added an address of"): "added an email address of {which}",
    ("people", "chose an address of"): "chose where the emails of {which} go",
    ("people", "removed an address of"): "removed an email address of {which}",
    ("people", "gave a role to"): "gave {which} the {role} role",
    ("people", "took a role from"): "took the {role} role from {which}",
    ("people", "merged"): "put the record of {name} ({ref}) together with that of {which}",
    ("people", "chose a calendar"): "chose how the calendar of {which} hears of sessions: {choice}",
    ("people", "made a feed for"): "made a calendar feed for {which}",
    ("people", "ended the feed of"): "ended the calendar feed of {which}",
    ("people", "signed in"): "signed in",
    ("notices", "sent again"): "had {which} sent again",
}
# The same, where whoever did it is the person that the record belongs to.
SAID_OF_ONESELF: dict[tuple[str, str], str] = {
    ("bookings", "booked"): "booked a place",
    ("bookings", "cancelled"): "gave up their place",
    ("bookings", "sent apologies"): "sent apologies",
    ("bookings", "confirmed"): "said that they are coming",
    ("bookings", "declined"): "gave up their place, by declining in their calendar",
    ("waits", "waited"): "joined the waiting list",
    ("waits", "waits for something else"): "changed what they wait for",
    ("waits", "left"): "left the waiting list",
    ("waits", "still wants a place"): "said that they still want a place",
    ("waits", "accepted"): "accepted the place on {when}",
    ("waits", "declined"): "declined the place on {when}",
    ("waits", "gave back an offer"): "gave back the place on {when}",
    ("waits", "got a place"): "got a place, so that they wait no more",
    ("people", "chose a calendar"): "chose how their calendar hears of sessions: {choice}",
    ("people", "made a feed for"): "made a calendar feed for themselves",
    ("people", "ended the feed of"): "ended their calendar feed",
}
# What a record is called that has no name here, where 'it' will not do.
NAMELESS: dict[str, str] = {"bookings": "somebody", "people": "somebody", "waits": "somebody", "notices": "an email"}
# What somebody did, and what leaves their record as it was: in nobody's way who is changing it.
NO_CHANGE = {("people", "signed in"), ("people", "sent to us")}
# Columns that name what is noted of a record and is no part of it, whatever the form changes.
BESIDE_IT = {"closures", "message", "register"}
# What people call a column, where its own name will not do.
COLUMNS: dict[str, str] = {
    "access": "words on access",
    "asks_to_confirm": "choice to ask whether people are coming",
    "audience": "words on who it is for",
    "booked_with": "team it is also booked with",
    "bring": "words on what to bring",
    "capacity": "number of people it holds",
    "closes_hours_before": "time when booking closes",
    "is_online": "choice of room or online",
    "is_retired": "mark that it is retired",
    "hears_of_full": "choice to hear of full sessions",
    "last_few": "number of places that are the last few",
    "minimum": "smallest number worth running",
    "minutes": "length",
    "offer_hours": "hours that a place is held for somebody who waits",
    "opens_days_before": "day when booking opens",
    "owner_id": "owner",
    "parts": "number of parts",
    "places": "usual number of places",
    "plan": "session plan",
    "site_id": "site",
}


@dataclass(frozen=True)
class Line:
    """One thing that was done. who: a name; 'Roomful' if nobody did it by hand. did: 'moved it from … to …'.

    by_id: whoever it was, by their record's id; None for Roomful. session_ref: of the session that it is about, where
    the record could be about several.
    """

    deed_id: int
    done_at: datetime
    who: str
    did: str
    why: str = ""
    by_id: int | None = None
    session_ref: str = ""


def of(
    *records: Record,
    after: int = 0,
    names: Mapping[tuple[str, int], str] | None = None,
    owners: Mapping[tuple[str, int], int] | None = None,
) -> list[Line]:
    """The history of records, oldest first.

    names: what to call a record, by table and id. owners: the id of the person it belongs to.
    """
    return _lines(journal.deeds_about(*records, after=after), names or {}, owners or {})


def refuse_if_changed(about: Record, seen: int | None, *, columns: Collection[str] = ()) -> None:
    """The record is locked by now. Raises StaleEdit if something was done to it that the form has not seen (D33).

    seen: `journal.newest` when the form was opened; None from commands, which have seen nothing and ask nobody.
    columns: what the form changes; a change of other columns is then not in its way.
    """
    if seen is None:
        return
    later = [deed for deed in journal.deeds_about(about, after=seen) if _concerns(deed, columns)]
    if later:
        sentence = "Somebody else has changed this since you opened the page. Nothing of yours has been saved yet."
        raise StaleEdit(sentence, lines=_lines(later, {}, {}), newest=journal.newest(about))


def _concerns(deed: Deed, columns: Collection[str]) -> bool:
    changed = set(deed.facts.get("columns", []))
    if (deed.about, deed.did) in NO_CHANGE or (changed and changed <= BESIDE_IT):
        return False
    return not (columns and changed) or bool(changed & set(columns))


def _lines(
    deeds: Sequence[Deed],
    names: Mapping[tuple[str, int], str],
    owners: Mapping[tuple[str, int], int],
) -> list[Line]:
    who = _names_of(deed.by_id for deed in deeds)
    return [
        Line(
            deed_id=deed.id,
            done_at=deed.done_at,
            who=who.get(deed.by_id or 0, "Roomful"),
            did=_did(deed, names, is_own=deed.by_id == owners.get((deed.about, deed.about_id), 0)),
            why=deed.why,
            by_id=deed.by_id,
            session_ref=str(deed.facts.get("session", "")),
        )
        for deed in deeds
    ]


def _names_of(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {id_ for id_ in ids if id_ is not None}
    found = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {id_: name or "Somebody" for id_, name in found}


def _did(deed: Deed, names: Mapping[tuple[str, int], str], *, is_own: bool) -> str:
    """A deed that this version does not know is told by the journal's own word."""
    what = (deed.about, deed.did)
    pattern = SAID_OF_ONESELF.get(what, "") if is_own else ""
    pattern = pattern or SAID.get(what, deed.did)
    columns = [COLUMNS.get(column, column.replace("_", " ")) for column in deed.facts.get("columns", [])]
    facts = {key: value for key, value in deed.facts.items() if isinstance(value, str | int)}
    which = names.get((deed.about, deed.about_id), NAMELESS.get(deed.about, "it"))
    return pattern.format_map(_Known(facts, which=which, columns=_listed(columns)))


class _Known(dict[str, object]):
    """Facts for a sentence. Older lines of the journal may have fewer: what is missing is left out."""

    def __missing__(self, _key: str) -> str:
        return "…"


def _listed(things: Sequence[str]) -> str:
    """'the title', 'the title and the summary'."""
    said = [f"the {thing}" for thing in things]
    return " and ".join(filter(None, (", ".join(said[:-1]), *said[-1:])))
