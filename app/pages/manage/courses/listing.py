"""The courses that somebody may edit, and posting one more."""

from datetime import datetime

from flask import redirect, url_for
from werkzeug.wrappers import Response

from app import clock, courses, timetable
from app.courses import MOST_TITLE, Course, written
from app.db import transaction
from app.door import must_be_me, trainer
from app.errors import Faulty
from app.pages import page
from app.pages.forms import Form, SearchForm, pick, short_text, whole_number
from app.pages.manage import files
from app.pages.manage.courses.frame import bp

STATES = (("draft", "Draft"), ("published", "Published"), ("archived", "Archived"))
COLUMNS = (
    *("Title", "State", "Topic", "Language", "Online", "Minutes", "Parts", "Places", "Smallest number"),
    *("Next date", "Coming dates", "Posted by", "Trainers", "Address"),
)


class FindCoursesForm(SearchForm):
    q = short_text("Search these courses", thing="what to look for", needed=False, most=100)
    state = pick("Show", STATES, thing="what to show", needed=False, blank="All courses")


@bp.get("/manage/courses")
@trainer
def editable() -> Response:
    form = FindCoursesForm()
    found = _found(form)
    return page(
        "manage/courses/list.html",
        form=form,
        courses=found,
        next_dates=timetable.next_dates(now=clock.now()),
        states=dict(STATES),
        sees_everybodys=must_be_me().is_coordinator,
        is_narrowed=bool(form.q.data or form.state.data),
        spreadsheet=url_for(".spreadsheet", q=form.q.data or None, state=form.state.data or None),
    )


@bp.get("/manage/courses.csv")
@trainer
def spreadsheet() -> Response:
    next_dates = timetable.next_dates(now=clock.now())
    found = _found(FindCoursesForm())
    return files.csv("courses", COLUMNS, [_line(course, *next_dates.get(course.id, (None, 0))) for course in found])


def _found(form: FindCoursesForm) -> list[Course]:
    """A search that will not do finds everything: its own page says why."""
    if not form.validate():
        return courses.editable(must_be_me())
    return courses.editable(must_be_me(), form.q.data or "", state=form.state.data or "")


def _line(course: Course, next_at: datetime | None, date_count: int) -> tuple[object, ...]:
    return (
        course.title,
        dict(STATES)[course.state],
        course.topic,
        course.language,
        "yes" if course.is_online else "no",
        course.minutes,
        course.parts,
        course.places,
        course.minimum,
        files.said(next_at),
        date_count,
        course.owner.name if course.owner else "",
        ", ".join(person.name for person in course.trainers),
        url_for("courses.course", slug=course.slug, _external=True),
    )


class NewCourseForm(Form):
    title = short_text("Title", thing="the title", most=MOST_TITLE, hint="You can change it later")
    minutes = whole_number(
        "Usual length, in minutes",
        thing="the length in minutes",
        least=1,
        greatest=written.MOST_MINUTES,
        hint="For example, 120 for 2 hours",
    )
    places = whole_number("Usual number of places", thing="the number of places", least=1, greatest=written.MOST_PLACES)


@bp.route("/manage/courses/new", methods=["GET", "POST"])
@trainer
def new() -> Response:
    form = NewCourseForm()
    if form.validate_on_submit():
        try:
            with transaction():
                given = {"minutes": form.minutes.data, "places": form.places.data}
                course = courses.post(form.title.data, **given, by=must_be_me(), now=clock.now())
            return redirect(url_for(".one_course", slug=course.slug), 303)
        except Faulty as fault:
            form.refuse(fault.field, fault.sentence)
    return page("manage/courses/new.html", form=form)
