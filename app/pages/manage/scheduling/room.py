"""Where a session is: a room that is free and large enough for all of its parts, or one for each; or online."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from app import timetable
from app.courses import Course
from app.door import must_be_me, trainer
from app.pages import page
from app.pages.forms import Option, choice
from app.pages.manage import window
from app.pages.manage.choosing import ONLINE, room_options
from app.pages.manage.scheduling.frame import PlanningForm, begun, bp, pressed, taken_along
from app.pages.manage.scheduling.plan import Plan
from app.timetable import RoomChoice, TrainingSession

ONLINE_ONLY = Option(ONLINE, "Online only", "You give the joining link next. Only people who have a place get it.")


class WhereForm(PlanningForm):
    """`_with_rooms` adds the rooms to choose from: room_1, and room_2 and so on if each part has its own."""

    places = window.how_many()


@dataclass(frozen=True)
class Question:
    """One list of rooms. taken: what was chosen before, if it cannot be had any more."""

    field: str
    choices: Sequence[RoomChoice]
    taken: RoomChoice | None


@bp.get("/manage/courses/<slug>/schedule/room")
@trainer
def room(slug: str) -> Response:
    course, plan, like = begun(slug)
    if not plan.spans:
        return redirect(url_for(".when", slug=slug, **plan.query()), 303)
    is_apart = _is_apart(plan)
    form = _form(course, plan, like, len(plan.spans) if is_apart else 1)
    questions = _questions(form, course, plan, like, is_apart=is_apart)
    if pressed("go") and form.validate():
        chosen = tuple(form[question.field].data for question in questions)
        planned = replace(plan, rooms=chosen if is_apart else chosen * len(plan.spans), places=form.places.data)
        return redirect(url_for(".details", slug=slug, **planned.query()), 303)
    apart = "yes" if is_apart else "no"
    return page(
        "manage/scheduling/room.html",
        form=form,
        course=course,
        plan=plan,
        questions=questions,
        is_apart=is_apart,
        back=url_for(".when", slug=slug, **plan.query()),
        otherwise=url_for(".room", slug=slug, **plan.query("room"), apart="no" if is_apart else "yes"),
        carried=taken_along(plan.query("room", "places"), apart=apart),
        may_add_rooms=must_be_me().is_coordinator,
    )


def _is_apart(plan: Plan) -> bool:
    """Whether each part gets a room of its own."""
    usual = "yes" if len(set(plan.rooms)) > 1 else "no"
    return len(plan.spans) > 1 and request.args.get("apart", usual) == "yes"


def _form(course: Course, plan: Plan, like: TrainingSession | None, count: int) -> WhereForm:
    form_class = _with_rooms(count)
    if pressed("go", "show"):
        return form_class(formdata=request.args)
    return form_class(data={"places": plan.places or (like.capacity if like else course.places)})


def _with_rooms(count: int) -> type[WhereForm]:
    fields = {
        f"room_{number}": choice(f"Choose where part {number} is", thing=f"where part {number} is")
        for number in range(1, count + 1)
    }
    if count == 1:
        fields = {"room_1": choice("Choose a room, or online", thing="where it is")}
    make: Any = type(WhereForm)
    return cast("type[WhereForm]", make(WhereForm.__name__, (WhereForm,), fields))


def _questions(
    form: WhereForm, course: Course, plan: Plan, like: TrainingSession | None, *, is_apart: bool
) -> list[Question]:
    """Each list with the rooms for its times, one of them chosen beforehand."""
    before = _before(plan, like)
    asked_for = [[span] for span in plan.spans] if is_apart else [list(plan.spans)]
    places = form.places.data if form.places.validate(form) else course.places
    questions = []
    for number, spans in enumerate(asked_for, start=1):
        choices = timetable.rooms_for(spans, places=places, needs=course.room_needs)
        wanted = before[min(number, len(before)) - 1] if before else ""
        field = form[f"room_{number}"]
        field.choices = [*room_options(choices), ONLINE_ONLY]
        if not pressed("go", "show"):
            field.data = _chosen_beforehand(choices, wanted, is_online=course.is_online)
        taken = next((each for each in choices if each.room.slug == wanted and each.why_not), None)
        questions.append(Question(field.name, choices, taken))
    return questions


def _before(plan: Plan, like: TrainingSession | None) -> Sequence[str]:
    if plan.rooms or like is None:
        return plan.rooms
    return [slot.room.slug if slot.room else ONLINE for slot in like.slots]


def _chosen_beforehand(choices: Sequence[RoomChoice], wanted: str, *, is_online: bool) -> str | None:
    """What was chosen before, else what fits best; None if every room lacks something that the course needs."""
    if wanted == ONLINE or any(each.room.slug == wanted and not each.why_not for each in choices):
        return wanted
    if is_online:
        return ONLINE
    return next((each.room.slug for each in choices if not each.why_not and not each.lacks), None)
