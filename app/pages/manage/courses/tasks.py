"""What there is to do before a course can be published, and what may be added: a list of small steps."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import url_for

from app.courses import Course
from app.pages import plural, say_length
from app.pages.manage.courses.steps import say_sum
from app.people import Person

COMPLETED = {"text": "Completed"}
OPTIONAL = {"text": "Optional"}
NOT_STARTED = {"tag": {"text": "Not started", "classes": "nhsuk-tag--blue"}}


class TaskList(NamedTuple):
    """Steps that belong together. `name` tells its ids from those of other lists; `items` are the component's own."""

    name: str
    title: str
    items: list[dict[str, Any]]


def tasks_of(course: Course, trainers: Sequence[Person]) -> list[TaskList]:
    """The steps of posting a course, each with what it holds so far."""
    counted = plural(len(course.objectives), "objective") if course.objectives else ""
    asked = plural(len(course.questions), "question") if course.questions else ""
    needs = plural(len(course.room_needs), "thing") if course.room_needs else ""
    others = plural(len(trainers), "other trainer") if trainers else ""
    about = _task(course, "about", "About the course", _said_about(course))
    about["status"] = COMPLETED if course.summary else NOT_STARTED
    return [
        TaskList(
            "read",
            "What staff read",
            [
                about,
                _task(course, "objectives", "Objectives", counted),
                _task(course, "audience", "Who it is for", "", is_there=bool(course.audience)),
            ],
        ),
        TaskList(
            "booking",
            "Booking",
            [
                _task(course, "booking", "Booking rules", _said_rules(course)),
                _task(course, "questions", "Questions to those who book", asked),
            ],
        ),
        TaskList(
            "teaching",
            "For those who teach it",
            [
                _task(course, "trainers", "Trainers", others),
                _task(course, "rooms", "What the room needs", needs),
                _task(course, "plan", "Session plan", say_sum(course, course.plan)),
            ],
        ),
    ]


def _task(course: Course, step: str, title: str, so_far: str, *, is_there: bool = False) -> dict[str, Any]:
    task: dict[str, Any] = {
        "heading": {"text": title},
        "href": url_for(f".{step}", slug=course.slug),
        "status": COMPLETED if so_far or is_there else OPTIONAL,
    }
    return {**task, "hint": {"text": so_far}} if so_far else task


def _said_about(course: Course) -> str:
    length = say_length(course.minutes)
    long = length if course.parts == 1 else f"{course.parts} parts of {length}"
    return f"{long}, {'online' if course.is_online else 'in a room'}"


def _said_rules(course: Course) -> str:
    least = f", at least {plural(course.minimum, 'person', 'people')} to run it" if course.minimum else ""
    return f"{plural(course.places, 'place')}{least}"
