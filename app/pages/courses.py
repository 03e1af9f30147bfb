"""The catalogue, and a course with its coming dates."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app import clock, courses, timetable
from app.door import open_to_all
from app.pages import page
from app.pages.forms import SearchForm, short_text
from app.pages.kept import kept_for_all

bp = Blueprint("courses", __name__)


class SearchCoursesForm(SearchForm):
    q = short_text("Search courses", thing="what to look for", needed=False, most=100)


@bp.get("/courses/")
@open_to_all
@kept_for_all
def catalogue() -> Response:
    form = SearchCoursesForm()
    q = form.q.data if form.validate() else ""
    found = courses.catalogue(q or "")
    next_dates = timetable.next_dates(now=clock.now())
    return page("courses/catalogue.html", form=form, courses=found, next_dates=next_dates)


@bp.get("/courses/<slug>")
@open_to_all
@kept_for_all
def course(slug: str) -> Response:
    now, found = clock.now(), courses.published(slug)
    return page("courses/course.html", course=found, sessions=timetable.dates_of(found.id, now=now))
