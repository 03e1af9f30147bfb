"""Handing a course over to somebody else who runs training."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from app import clock, courses, people
from app.courses import Course
from app.db import transaction
from app.door import must_be_me, trainer
from app.errors import Faulty, NotAllowed, StaleEdit
from app.pages import page
from app.pages.forms import pick, tick
from app.pages.manage.courses.frame import bp, is_still_mine, mine
from app.pages.manage.editing import EditForm, seen


class OwnerForm(EditForm):
    owner = pick("New owner", thing="the new owner", blank="Select a trainer or coordinator")
    stays = tick("Stays one of its trainers", hint="They can still change the course and put it on the timetable.")


@bp.route("/manage/courses/<slug>/owner", methods=["GET", "POST"])
@trainer
def owner(slug: str) -> Response:
    course = _mine(slug)
    form = _form(course)
    if not form.validate_on_submit():
        return _page(course, form)
    chosen, stays = people.get(form.owner.data), "stays" in form and form.stays.data
    try:
        with transaction():
            courses.hand_over(course.id, chosen, stays=stays, by=must_be_me(), now=clock.now(), seen=form.has_seen)
    except Faulty as fault:
        form.refuse(fault.field, fault.sentence)
        return _page(_mine(slug), form)
    except StaleEdit as stale:
        form = _form(_mine(slug))  # the owner may be another one by now
        form.show_changes(stale)
        return _page(_mine(slug), form, stale.status)
    flash(f"{chosen.known_as} owns the course now.")
    return redirect(url_for(".one_course", slug=slug) if is_still_mine(slug) else url_for(".editable"), 303)


def _mine(slug: str) -> Course:
    """A course that whoever is signed in may hand over. Raises NotFound, NotAllowed."""
    course = mine(slug)
    if not courses.may_hand_over(must_be_me(), course):
        raise NotAllowed("Only the owner of a course or a coordinator can hand it over.")
    return course


def _form(course: Course) -> OwnerForm:
    """Who owned it is asked about only if they can go on teaching it."""
    form, before = OwnerForm(seen=seen(course), stays=True), courses.owner_of(course)
    others = [person for person in people.who_run_training() if person.id != course.owner_id]
    form.owner.choices = [(person.ref, person.known_as) for person in others]
    if before is None or not before.is_trainer:
        del form.stays
    else:
        form.stays.label.text = f"{before.known_as} stays one of its trainers"
    return form


def _page(course: Course, form: OwnerForm, status: int | None = None) -> Response:
    before = courses.owner_of(course)
    owner_name = before.known_as if before else ""
    return page("manage/courses/owner.html", status, form=form, course=course, owner_name=owner_name)
