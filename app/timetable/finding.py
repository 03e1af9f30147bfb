"""Which rooms and trainers are free at some times; and, where they are not, what is in the way.

This reads and locks nothing: what it says to somebody who chooses is looked at again, under the locks, when they save.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from app import clock
from app.db import db
from app.people import Person
from app.rooms import Room
from app.timetable.closures import say_closed
from app.timetable.tables import SessionTrainer, Slot, TrainingSession
from app.wording import plain

Span = tuple[datetime, datetime]
SMALL_WORDS = {"a", "an", "and", "for", "in", "of", "or", "room", "some", "the", "with"}


@dataclass(frozen=True)
class RoomChoice:
    """A room, to somebody who looks for one.

    lacks: what the course needs and the room does not have. why_not: the sentence that says why it cannot be chosen,
    '' if it can.
    """

    room: Room
    lacks: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def may_be_chosen(self) -> bool:
        return not self.why_not


def rooms_for(
    spans: Sequence[Span], *, places: int, needs: Sequence[str] = (), apart_from: int | None = None
) -> list[RoomChoice]:
    """Every room that is in use, the most fitting first, in two statements.

    First those that are free all the time, hold so many and have what is needed, the smallest first; then those that
    lack something; last those that cannot be chosen. apart_from: the id of the session that is moving.
    """
    rooms = db.session.scalars(select(Room).where(~Room.is_retired).order_by(Room.capacity, Room.name, Room.id)).all()
    clashes = clashes_in([room.id for room in rooms], spans, apart_from=apart_from)
    choices = [
        RoomChoice(room, _lacking(room, needs), _why_not(room, places, clashes.get(room.id, ()))) for room in rooms
    ]
    return sorted(choices, key=lambda choice: (bool(choice.why_not), choice.room.capacity < places, len(choice.lacks)))


def busy_trainers(
    trainers: Iterable[Person], spans: Sequence[Span], *, apart_from: int | None = None
) -> dict[int, str]:
    """By person's id, the sentence that says what each is busy with (absent = free), in one statement."""
    clashes = clashes_of([trainer.id for trainer in trainers], spans, apart_from=apart_from)
    return {person_id: f"Busy {in_the_way(found[0])}." for person_id, found in clashes.items()}


def clashes_in(
    room_ids: Collection[int], spans: Sequence[Span], *, apart_from: int | None = None
) -> dict[int, list[Slot]]:
    """By room's id, the live slots that overlap these spans, closures too, in order of time (absent = none)."""
    query = select(Slot).where(Slot.room_id.in_(room_ids), _overlaps(spans, apart_from))
    found: dict[int, list[Slot]] = {}
    for slot in db.session.scalars(query.order_by(Slot.starts_at).options(*_OF_A_CLASH)):
        found.setdefault(slot.room_id or 0, []).append(slot)
    return found


def clashes_of(
    trainer_ids: Collection[int], spans: Sequence[Span], *, apart_from: int | None = None
) -> dict[int, list[Slot]]:
    """By trainer's id, the live slots of theirs that overlap these spans, in order of time (absent = none)."""
    query = (
        select(SessionTrainer.person_id, Slot)
        .join(Slot, Slot.training_session_id == SessionTrainer.training_session_id)
        .where(SessionTrainer.person_id.in_(trainer_ids), _overlaps(spans, apart_from))
    )
    found: dict[int, list[Slot]] = {}
    for person_id, slot in db.session.execute(query.order_by(Slot.starts_at).options(*_OF_A_CLASH)):
        found.setdefault(person_id, []).append(slot)
    return found


def say_taken(clash: Slot) -> str:
    """'IT training room is taken on … with 'Copyright'.', or that it is closed."""
    name = clash.room.name if clash.room else "The room"
    return f"{name} is {'closed' if clash.closed_why else 'taken'} {in_the_way(clash)}."


def in_the_way(clash: Slot) -> str:
    """'on Tuesday 6 October 2026, 2pm to 4pm with ‘Copyright’', or '…: Redecoration' if the room is closed."""
    if clash.closed_why:
        return f"{say_closed(clash.starts_at, clash.ends_at)}: {clash.closed_why.rstrip('.')}"
    span = clock.say_span(clash.starts_at, clash.ends_at)
    return f"on {span} with ‘{clash.training_session.course.title}’"


_OF_A_CLASH = (
    joinedload(Slot.room),
    joinedload(Slot.training_session).joinedload(TrainingSession.course),
)


def _overlaps(spans: Sequence[Span], apart_from: int | None) -> ColumnElement[bool]:
    """Live slots over any of these spans. A closure belongs to no session, so it is never apart."""
    over = [and_(Slot.starts_at < ends_at, Slot.ends_at > starts_at) for starts_at, ends_at in spans]
    return and_(Slot.is_live, or_(*over), Slot.training_session_id.is_distinct_from(apart_from or 0))


def _why_not(room: Room, places: int, clashes: Sequence[Slot]) -> str:
    if room.capacity < places:
        return f"Too small: it holds {room.capacity} people, and there are to be {places} places."
    if clashes:
        return f"{'Closed' if clashes[0].closed_why else 'Taken'} {in_the_way(clashes[0])}."
    return ""


def _lacking(room: Room, needs: Iterable[str]) -> tuple[str, ...]:
    """Matched by words (D38). 'Not step-free' and 'no projector' are not things that a room has."""
    things = [_words(thing) for thing in _things(room.equipment)]
    things += [{"access", *_words(thing)} for thing in _things(room.access)]
    return tuple(need for need in needs if not _has(things, _words(need)))


def _things(text: str) -> list[str]:
    things = [plain(thing).strip() for thing in re.split(r"[;,.\n]", text)]
    return [thing for thing in things if not re.match(r"(no|not|without)\b", thing)]


def _words(text: str) -> set[str]:
    """Without the small ones, and one PC is like two PCs."""
    words = re.findall(r"\w+", plain(text))
    return {word if word.endswith("ss") else word.removesuffix("s") for word in words if word not in SMALL_WORDS}


def _has(things: Sequence[set[str]], needed: set[str]) -> bool:
    """Whether all of these words are said of a room. A number belongs to its thing, and a larger one will do."""
    if not any(word.isdecimal() for word in needed):
        return needed <= set().union(*things)
    return any(all(_is_among(word, thing) for word in needed) for thing in things)


def _is_among(word: str, thing: set[str]) -> bool:
    return word in thing or (word.isdecimal() and any(each.isdecimal() and int(each) >= int(word) for each in thing))
