"""What the pages of one course share: who may open them, and how a step is saved."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from app import changes, clock, courses
from app.courses import Course
from app.db import transaction
from app.door import must_be_me
from app.errors import Faulty, NotAllowed, NotFound, StaleEdit
from app.pages import page
from app.pages.forms.fields import Asked
from app.pages.manage.editing import EditForm

bp = Blueprint("manage_courses", __name__)

Act = Callable[[Course, datetime], object]


class StepForm(EditForm):
    """A step whose questions are called after the columns that they fill."""

    def wanted(self) -> dict[str, Any]:
        return {asked.name: asked.data for asked in self if isinstance(asked, Asked) and asked.name != "seen"}


def mine(slug: str) -> Course:
    """A course that whoever is signed in may edit. Raises NotAllowed, or NotFound if they cannot know of it."""
    course = courses.get(slug)
    if courses.may_edit(must_be_me(), course):
        return course
    if not course.is_published:
        raise NotFound(f"There is no course called {slug}.")
    raise NotAllowed("This page is for the course's own trainers and for coordinators.")


def describe(slug: str, form: StepForm, template: str, *, done: str, **facts: Any) -> Response:
    """A step that fills columns: its form; then saved, and back to the course."""

    def act(course: Course, now: datetime) -> None:
        changes.describe_course(course.id, form.wanted(), by=must_be_me(), now=now, seen=form.has_seen)

    return step(slug, form, template, act=act, done=done, **facts)


def step(
    slug: str, form: EditForm, template: str, *, act: Act, done: str, goes_to: str = ".one_course", **facts: Any
) -> Response:
    """The form of a step; its change, made; a refusal beside its field; what others changed meanwhile above it.

    done: the sentence afterwards. goes_to: the page where it is said.
    """
    if form.validate_on_submit():
        try:
            with transaction():
                act(mine(slug), clock.now())
        except Faulty as fault:
            form.refuse(fault.field, fault.sentence)
        except StaleEdit as stale:
            form.show_changes(stale)
            return page(template, 409, form=form, course=mine(slug), **facts)
        else:
            flash(done)
            return redirect(url_for(goes_to, slug=slug) if is_still_mine(slug) else url_for(".editable"), 303)
    return page(template, form=form, course=mine(slug), **facts)


def is_still_mine(slug: str) -> bool:
    """A trainer may have taken themselves off a course."""
    return courses.may_edit(must_be_me(), courses.get(slug))
