"""What the pages share: which sessions can be changed, and which part of one."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, request

from app import clock
from app.errors import Refused
from app.pages import at, with_query
from app.pages.manage.changing import mine
from app.timetable import Slot, TrainingSession

bp = Blueprint("manage_changes", __name__)


class PartLink(NamedTuple):
    """One of the parts that a page may be about; all of them if `number` is None."""

    number: int | None
    text: str
    address: str


def changeable(ref: str) -> TrainingSession:
    """A session of one's own that can still be changed. Raises NotFound, NotAllowed, Refused."""
    training_session = mine(ref)
    is_over = training_session.ends_at <= clock.now()
    if training_session.is_cancelled or is_over:
        what = "has been cancelled" if training_session.is_cancelled else "is over"
        raise no_change(training_session, f"This session {what}, so it cannot be changed any more.")
    return training_session


def no_change(training_session: TrainingSession, sentence: str) -> Refused:
    """A refusal of the whole page, with the way back."""
    own = at(f"/manage/sessions/{training_session.ref}")
    return Refused(sentence, links=[("See the session", own), ("See my teaching", at("/manage/timetable"))])


def coming(training_session: TrainingSession, now: datetime, part: int | None = None) -> list[Slot]:
    """The slots that are not over, or the one asked for."""
    return [slot for number, slot in enumerate(training_session.slots) if slot.ends_at > now and part in {None, number}]


def part_asked_for(training_session: TrainingSession, now: datetime) -> int | None:
    """Which part the address names (from 1), counted from 0 here; None for all, or if that part cannot be changed."""
    part = request.args.get("part", 0, type=int) - 1
    return part if len(training_session.slots) > 1 and coming(training_session, now, part) else None


def parts_to_choose(training_session: TrainingSession, now: datetime) -> Sequence[PartLink]:
    """Empty if there is only one that can be changed."""
    slots = coming(training_session, now)
    if len(slots) < 2:
        return []
    links = [
        PartLink(number, f"Part {number + 1} only, {clock.say_short(slot.starts_at)}", with_query(part=number + 1))
        for number, slot in enumerate(training_session.slots)
        if slot in slots
    ]
    return [PartLink(None, "All parts", with_query(part=None)), *links]
