"""What the steps share: whose courses they are for, and what each takes along from the one before."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, request

from app import clock, timetable
from app.courses import Course
from app.errors import NotFound, Refused
from app.pages.forms import Form
from app.pages.manage.courses.frame import mine
from app.pages.manage.scheduling.plan import Plan, plan_of
from app.timetable import TrainingSession

bp = Blueprint("manage_scheduling", __name__)

FURTHEST = timedelta(days=5 * 366)


class PlanningForm(Form):
    """A form that asks by address: days, times and rooms are no secrets."""

    class Meta:
        csrf = False


def begun(slug: str) -> tuple[Course, Plan, TrainingSession | None]:
    """A course that whoever is signed in may timetable, what is planned so far, and the session it is to be like.

    Raises NotFound, NotAllowed, and Refused if the course is archived.
    """
    course, plan = mine(slug), plan_of(request.args)
    if course.state == "archived":
        raise Refused(f"‘{course.title}’ is archived. Bring it back before you put a session of it on the timetable.")
    return course, plan, _like(plan, course)


def _like(plan: Plan, course: Course) -> TrainingSession | None:
    if not plan.like:
        return None
    try:
        like = timetable.get(plan.like)
    except NotFound:
        return None
    return like if like.course_id == course.id else None


def pressed(*names: str) -> bool:
    """Whether the page was asked for by one of these buttons."""
    return any(name in request.args for name in names)


def taken_along(query: dict[str, Any], **further: str) -> list[tuple[str, str]]:
    """What a form that asks by address carries unseen."""
    return [(name, value) for name, values in query.items() for value in values] + list(further.items())


def are_days_near(form: Form, names: Iterable[str], now: datetime) -> bool:
    """Refuses days that have gone by, or are years ahead: mistyped years, some of which no calendar knows."""
    for name in names:
        on, today = form[name].data, clock.today(now)
        if not isinstance(on, date) or on < today:
            form.refuse(name, "Choose a day that is still to come")
        elif on - today > FURTHEST:
            form.refuse(name, f"Choose a day before {clock.say_date(today + FURTHEST)}")
    return not form.errors
