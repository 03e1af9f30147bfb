"""My teaching: the sessions that somebody runs, with how full they are; drafts, put on the timetable together."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import changes, clock, courses, people, rooms, timetable, waiting_list
from app.db import transaction
from app.door import must_be_me, trainer
from app.errors import Refused
from app.pages import page, plural
from app.pages.forms import Form, Option, SearchForm, short_text, ticks
from app.pages.manage import files
from app.pages.manage.given import given_since, say_given
from app.pages.manage.waits.fullness import Fullness, fullness_of
from app.timetable import Taught, Teaching, TrainingSession, View

bp = Blueprint("manage_timetable", __name__)

VIEWS: dict[View, str] = {"coming": "Coming", "past": "Past", "cancelled": "Cancelled"}
COLUMNS = (
    *("Course", "Part", "Parts", "Starts", "Ends", "Where", "Trainers", "State"),
    *("Places taken", "Places", "Smallest number", "Address", "Booked", "Held for people who waited", "Waiting"),
)


class DraftsForm(Form):
    drafts = ticks("Drafts", thing="at least one draft", hint="Only trainers and coordinators see these.")


class Step(NamedTuple):
    """Something to do on the way to the first session."""

    text: str
    hint: str
    address: str
    is_done: bool


@bp.get("/manage/timetable")
@trainer
def teaching() -> Response:
    return _page(_drafts_form())


@bp.post("/manage/timetable/publish")
@trainer
def publish() -> Response:
    form = _drafts_form()
    if not form.drafts.choices:
        raise Refused("There are no drafts of yours any more. Somebody may have put them on the timetable.")
    if not form.validate_on_submit():
        return _page(form)
    try:
        with transaction():
            last = waiting_list.newest_offer_id()
            new = changes.publish(form.drafts.data, by=must_be_me(), now=clock.now())
            given = given_since(last, {each.course_id for each in new})
    except Refused as refusal:
        form.refuse("drafts", refusal.sentence)
        return _page(form, refusal.status)
    said = f"{plural(len(new), 'session')} {'is' if len(new) == 1 else 'are'} now on the timetable."
    flash(f"{said} {say_given(given)}".strip())
    if request.args.get("then") == "session" and len(new) == 1:
        return redirect(url_for("manage_sessions.one_session", ref=new[0].ref), 303)
    return redirect(url_for(".teaching"), 303)


@bp.get("/manage/timetable.csv")
@trainer
def spreadsheet() -> Response:
    found = timetable.taught_by(must_be_me(), _view(), now=clock.now(), only_own=_is_only_own(), page=None)
    fullness = fullness_of(found.sessions)
    lines = [line for taught in found.sessions for line in _lines(taught, fullness[taught.id])]
    return files.csv("timetable", COLUMNS, lines)


class FindCourseForm(SearchForm):
    q = short_text("Search courses", thing="what to look for", needed=False, most=100)


@bp.get("/manage/timetable/schedule")
@trainer
def choose_course() -> Response:
    """Which course to put a session of on the timetable."""
    form = FindCourseForm()
    q = form.q.data if form.validate() else ""
    found = [course for course in courses.editable(must_be_me(), q or "") if course.state != "archived"]
    return page("manage/timetable/choose_course.html", form=form, courses=found)


def _page(form: DraftsForm, status: int | None = None) -> Response:
    now, me, view = clock.now(), must_be_me(), _view()
    found = timetable.taught_by(me, view, now=now, only_own=_is_only_own(), page=request.args.get("page", 1, type=int))
    return page(
        "manage/timetable/teaching.html",
        status,
        form=form,
        teaching=found,
        days=_by_day(found.sessions),
        fullness=fullness_of(found.sessions),
        view=view,
        views=VIEWS,
        only_own=_is_only_own(),
        sees_everybodys=me.is_coordinator,
        with_register=_with_register(found, view, now),
        list_address=_list_address,
        spreadsheet=url_for(".spreadsheet", **_asked()),
        first_steps=_first_steps() if found.is_empty and view == "coming" else [],
    )


def _drafts_form() -> DraftsForm:
    form = DraftsForm()
    form.drafts.choices = [_option(draft) for draft in timetable.drafts_of(must_be_me(), only_own=_is_only_own())]
    return form


def _option(draft: TrainingSession) -> Option:
    said = f"{clock.say_span(draft.starts_at, draft.slots[0].ends_at)}. {draft.where}."
    if not draft.course.is_published:
        said += " The course is not published yet."
    return Option(draft.ref, draft.course.title, said)


def _view() -> View:
    return next((view for view in VIEWS if view == request.args.get("view")), "coming")


def _is_only_own() -> bool:
    return not must_be_me().is_coordinator or request.args.get("mine") == "yes"


def _asked() -> dict[str, Any]:
    """What the address says beside the page, for links to other lists. The page that publishes shows the list too."""
    asked = {"view": request.args.get("view", ""), "mine": request.args.get("mine", "")}
    return {name: value for name, value in asked.items() if value}


def _list_address(**changes: str | int | None) -> str:
    return url_for(".teaching", **{**_asked(), **changes})


def _by_day(sessions: Sequence[Taught]) -> list[tuple[date, list[Taught]]]:
    return [(day, list(each)) for day, each in groupby(sessions, key=lambda one: clock.today(one.starts_at))]


def _with_register(found: Teaching, view: View, now: datetime) -> set[str]:
    """The refs of the sessions whose register is wanted here: those of today, and past ones."""
    today = clock.today(now)
    return {
        taught.ref
        for taught in found.sessions
        if not taught.is_draft
        and (view == "past" or any(clock.today(slot.starts_at) == today for slot in taught.slots))
    }


def _first_steps() -> list[Step]:
    """What has to be there first, for somebody whose timetable is empty; [] if only the session itself is missing."""
    me = must_be_me()
    steps = [
        Step("Post a course", "What is taught, and for how long.", "/manage/courses/new", bool(courses.editable(me)))
    ]
    if me.is_coordinator:
        steps = [*_first_steps_of_a_coordinator(), *steps]
    said = "The day, the room, and who runs it."
    last = Step("Put a session on the timetable", said, "/manage/timetable/schedule", is_done=False)
    return [] if all(step.is_done for step in steps) else [*steps, last]


def _first_steps_of_a_coordinator() -> list[Step]:
    where = "Not needed if all your sessions are online."
    who = "Choose yourself or somebody else, and tick ‘Trainer’. Without one, no session can be put on the timetable."
    return [
        Step("Add a site and a room", where, "/manage/rooms/new", bool(rooms.sites())),
        Step("Say who runs sessions", who, "/manage/people", bool(people.trainers())),
    ]


def _lines(taught: Taught, fullness: Fullness) -> list[tuple[object, ...]]:
    """A line for each part of a session."""
    return [
        (
            taught.course.title,
            number,
            len(taught.slots),
            files.said(slot.starts_at),
            files.said(slot.ends_at),
            slot.where,
            ", ".join(taught.trainers),
            taught.state.capitalize(),
            taught.places_taken,
            taught.capacity,
            taught.minimum,
            url_for("manage_sessions.one_session", ref=taught.ref, _external=True),
            *fullness,
        )
        for number, slot in enumerate(taught.slots, start=1)
    ]
