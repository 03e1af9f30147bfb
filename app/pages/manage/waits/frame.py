"""What the pages about one wait share: whose it is, and the page that they were opened from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, request

from app import timetable, waiting_list
from app.errors import NotFound, Refused
from app.notices.render import ordinal
from app.pages import at
from app.pages.manage.changing import Said
from app.timetable import TrainingSession
from app.waiting_list import Wait

bp = Blueprint("manage_waits", __name__)

WHAT_BECAME = {"booked": "Has a place", "left": "Off the list", "ended": "Off the list"}


@dataclass(frozen=True)
class OfWait:
    """A change of somebody's place in line."""

    ref: str

    def sessions(self) -> Sequence[TrainingSession]:
        return []

    def course_ids(self) -> Sequence[int]:
        return [waiting_list.get(self.ref).course_id]

    def said(self) -> Said:
        wait = waiting_list.by_id(waiting_list.get(self.ref).id) or waiting_list.get(self.ref)
        return [("", {"Place in line": say_place(wait)})]

    def shown(self) -> Mapping[str, object]:
        wait = waiting_list.get(self.ref)
        return {"wait": wait, "back": back_from(wait)}

    def afterwards(self) -> str:
        return back_from(waiting_list.get(self.ref))[0]


def live(ref: str) -> Wait:
    """Somebody who still waits. Raises NotFound, Refused."""
    wait = waiting_list.get(ref)
    if not wait.is_live:
        back, name = back_from(wait), wait.person.known_as
        sentence = (
            f"{name} has a place now." if wait.state == "booked" else f"{name} is not on the waiting list any more."
        )
        raise Refused(sentence, links=[(back[1], back[0])])
    return wait


def say_place(wait: Wait) -> str:
    """'2nd of 14', among all who wait for the course; or what became of them."""
    if not wait.is_live:
        return WHAT_BECAME[wait.state]
    ids = [each.id for each in waiting_list.line_of_course(wait.course_id)]
    return f"{ordinal(ids.index(wait.id) + 1)} of {len(ids):,}"


def back_from(wait: Wait) -> tuple[str, str]:
    """The page that somebody came from, and what the link to it says: a session's, else that of who waits."""
    came_from = _session_of(wait)
    if came_from is not None:
        return at(f"/manage/sessions/{came_from.ref}"), "Back to the session"
    return at(f"/manage/demand/{wait.course.slug}"), "Back to the waiting list"


def came_from(wait: Wait) -> str:
    """The ref of the session whose page somebody came from; '' if it was another page."""
    found = _session_of(wait)
    return found.ref if found else ""


def _session_of(wait: Wait) -> TrainingSession | None:
    ref = request.args.get("session", "")
    try:
        found = timetable.get(ref) if ref else None
    except NotFound:
        return None
    return found if found is not None and found.course_id == wait.course_id else None
