"""When a session is: a day, a start and an end for each of its parts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.courses import Course
from app.door import trainer
from app.pages import page, say_length
from app.pages.manage import times
from app.pages.manage.scheduling.frame import PlanningForm, are_days_near, begun, bp, pressed, taken_along
from app.pages.manage.scheduling.plan import MOST_PARTS, Plan, week_later
from app.timetable import TrainingSession


class WhenForm(PlanningForm):
    """`times.with_parts` adds a day, a start and an end for each part."""


@bp.get("/manage/courses/<slug>/schedule")
@trainer
def when(slug: str) -> Response:
    now, (course, plan, like) = clock.now(), begun(slug)
    count = _part_count(course, plan, like)
    form = _form(course, plan, like, count, now)
    spans = _spans(form, course, count, now) if pressed("go") else None
    if spans:
        return redirect(url_for(".room", slug=slug, **replace(plan, spans=tuple(spans)).query()), 303)
    return page(
        "manage/scheduling/when.html",
        form=form,
        course=course,
        like=like,
        count=count,
        may_add=count < MOST_PARTS,
        carried=taken_along(plan.query("part"), parts=str(count)),
    )


def _part_count(course: Course, plan: Plan, like: TrainingSession | None) -> int:
    usual = len(plan.spans) or (len(like.slots) if like else course.parts)
    count = request.args.get("parts", usual, type=int) + pressed("add") - pressed("fewer")
    return min(max(count, 1), MOST_PARTS)


def _form(course: Course, plan: Plan, like: TrainingSession | None, count: int, now: datetime) -> WhenForm:
    form_class = times.with_parts(WhenForm, count)
    if pressed("go", "add", "fewer"):
        form = form_class(formdata=request.args)
    elif like and not plan.spans:
        form = form_class(data=_filled_with_walls(week_later(like, now)[:count]))
    else:
        form = form_class(data=times.filled(plan.spans[:count]))
    for number in range(1, count + 1):
        end = form[f"end_{number}"]
        end.needed, end.label.text = False, "End (optional)"
        end.hint = f"Leave it empty for {say_length(course.minutes)}. For example, 11:30am or 16:00"
    return form


def _filled_with_walls(walls: Sequence[tuple[datetime, datetime]]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for number, (start, end) in enumerate(walls, start=1):
        shown |= {f"day_{number}": start.date(), f"start_{number}": start.time(), f"end_{number}": end.time()}
    return shown


def _spans(form: WhenForm, course: Course, count: int, now: datetime) -> list[times.Span] | None:
    """The instants that were typed; None if something was refused beside its field."""
    numbers = range(1, count + 1)
    if not form.validate() or not are_days_near(form, [f"day_{number}" for number in numbers], now):
        return None
    have_ends = [_fill_end(form, number, course.minutes) for number in numbers]
    if not all(have_ends):
        return None
    spans = times.spans_of(form, count)
    return spans if spans and _are_coming_in_order(form, spans, now) else None


def _fill_end(form: WhenForm, number: int, minutes: int) -> bool:
    """The usual length, where no end was typed. False if the start was refused."""
    if form[f"end_{number}"].text:
        return True
    starts_at = times.instant_of(form, f"start_{number}", form[f"day_{number}"].data)
    if starts_at is None:
        return False
    for name, value in times.filled_time(f"end_{number}", starts_at + timedelta(minutes=minutes)).items():
        form[name].data = value
    return True


def _are_coming_in_order(form: WhenForm, spans: Sequence[times.Span], now: datetime) -> bool:
    for number, (starts_at, _) in enumerate(spans, start=1):
        if starts_at <= now:
            form.refuse(f"start_{number}", "Choose a time that is still to come")
        elif number > 1 and starts_at < spans[number - 2][1]:
            form.refuse(f"start_{number}", f"Part {number} must start after part {number - 1} has ended")
    return not form.errors
