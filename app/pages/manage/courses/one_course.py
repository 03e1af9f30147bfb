"""One course as those see it who teach it: what there is to do, and what becomes of it."""

from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from app import changes, clock, courses, history, timetable
from app.courses import Course
from app.db import transaction
from app.door import must_be_me, trainer
from app.errors import NotAllowed, NotFound, Refused
from app.pages import page
from app.pages.forms import Form, require_own_page
from app.pages.manage.courses.frame import bp, mine
from app.pages.manage.courses.tasks import tasks_of
from app.pages.manage.waits.fullness import fullness_of

MOST_DATES = 6


class PublishForm(Form):
    """A button alone. What is missing shows on the course's page."""


@bp.get("/manage/courses/<slug>")
@trainer
def one_course(slug: str) -> Response:
    return _page(slug, PublishForm())


@bp.post("/manage/courses/<slug>/publish")
@trainer
def publish(slug: str) -> Response:
    form = PublishForm()
    if not form.validate_on_submit():
        return _page(slug, form)
    try:
        with transaction():
            changes.publish_course(mine(slug).id, by=must_be_me(), now=clock.now())
    except (NotFound, NotAllowed):
        raise
    except Refused as refusal:
        form.refuse("", refusal.sentence)
        return _page(slug, form, refusal.status)
    flash("The course has been published. Staff see it in the list of courses.")
    return redirect(url_for(".one_course", slug=slug), 303)


def _page(slug: str, form: PublishForm, status: int | None = None) -> Response:
    course, now = mine(slug), clock.now()
    dates = timetable.dates_of(course.id, now=now)
    return page(
        "manage/courses/course.html",
        status,
        form=form,
        course=course,
        task_lists=tasks_of(course, courses.trainers_of(course)),
        dates=dates[:MOST_DATES],
        fullness=fullness_of(dates[:MOST_DATES]),
        sees_demand=must_be_me().is_coordinator and course.state != "draft",
        more_count=len(dates) - len(dates[:MOST_DATES]),
        may_be_taken_back=course.is_published and not timetable.has_had_dates(course.id),
        happened=history.of(course)[::-1],
    )


@bp.get("/manage/courses/<slug>/preview")
@trainer
def preview(slug: str) -> Response:
    course = mine(slug)
    return page(
        "manage/courses/preview.html",
        course=course,
        sessions=timetable.dates_of(course.id, now=clock.now()),
        questions=courses.questions_of(course),
    )


@bp.post("/manage/courses/<slug>/draft")
@trainer
def take_back(slug: str) -> Response:
    require_own_page()
    with transaction():
        changes.take_back_course(mine(slug).id, by=must_be_me(), now=clock.now())
    flash("The course is a draft again. Staff do not see it.")
    return redirect(url_for(".one_course", slug=slug), 303)


class ArchiveForm(Form):
    """A button alone, on a page that says what it does."""


@bp.route("/manage/courses/<slug>/archive", methods=["GET", "POST"])
@trainer
def archive(slug: str) -> Response:
    form, status = ArchiveForm(), None
    if form.validate_on_submit():
        try:
            with transaction():
                timetable.archive_course(mine(slug).id, by=must_be_me(), now=clock.now())
        except (NotFound, NotAllowed):
            raise
        except Refused as refusal:
            form.refuse("", refusal.sentence)
            status = refusal.status
        else:
            flash("The course has been archived. Nobody can book it.")
            return redirect(url_for(".one_course", slug=slug), 303)
    course = mine(slug)
    date_count, people_count = timetable.coming_of(course.id, now=clock.now())
    facts: dict[str, Any] = {"course": course, "date_count": date_count, "people_count": people_count}
    return page("manage/courses/archive.html", status, form=form, **facts)


@bp.post("/manage/courses/<slug>/restore")
@trainer
def restore(slug: str) -> Response:
    require_own_page()
    with transaction():
        changes.restore_course(mine(slug).id, by=must_be_me(), now=clock.now())
    flash(f"The course is back. {_where_it_is(mine(slug))}")
    return redirect(url_for(".one_course", slug=slug), 303)


def _where_it_is(course: Course) -> str:
    return "Staff see it in the list of courses." if course.is_published else "It is a draft, as it was before."


@bp.post("/manage/courses/<slug>/copy")
@trainer
def copy(slug: str) -> Response:
    require_own_page()
    with transaction():
        made = courses.copy(mine(slug).id, by=must_be_me(), now=clock.now())
    flash("This is your copy: a draft without dates. Give it a title of its own in ‘About the course’.")
    return redirect(url_for(".one_course", slug=made.slug), 303)
