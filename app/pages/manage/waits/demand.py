"""Demand: who waits for what, for those who decide what to put on the timetable next."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from flask import url_for
from werkzeug.wrappers import Response

from app import clock, courses, timetable, waiting_list
from app.door import coordinator
from app.pages import page
from app.pages.forms import SearchForm, short_text
from app.pages.manage import files
from app.pages.manage.waits.frame import bp
from app.pages.manage.waits.fullness import fullness_of
from app.pages.manage.waits.lines import COLUMNS, cells, in_line
from app.waiting_list import Demand
from app.wording import plain

HEADING = (
    *("Course", "Waiting", "Of them for a date that is not there yet", "Not offered anything just now"),
    *("Longest since", "Coming dates", "Of them full", "Next date", "Would suit", "Address"),
)
MOST_DATES = 3  # of a course, in the list
MOST_WISHES = 5


class FindDemandForm(SearchForm):
    q = short_text("Search these courses", thing="what to look for", needed=False, most=100)


class Month(NamedTuple):
    """How many joined a waiting list in it. most: in any of the months shown, which is as long as a bar gets."""

    name: str
    joined_count: int
    most: int


@bp.get("/manage/demand")
@coordinator
def demand() -> Response:
    form, now = FindDemandForm(), clock.now()
    everything = waiting_list.by_course(now)
    found, months = _narrowed(everything, form), _months(waiting_list.joined_by_month(now))
    return page(
        "manage/waits/demand.html",
        form=form,
        found=found,
        waiting_count=sum(each.waiting_count for each in found),
        is_empty=not everything,
        months=months,
        has_joined=any(month.joined_count for month in months),
        most_dates=MOST_DATES,
        most_wishes=MOST_WISHES,
        spreadsheet=url_for(".demand_csv", q=form.q.data or None),
    )


@bp.get("/manage/demand.csv")
@coordinator
def demand_csv() -> Response:
    found = _narrowed(waiting_list.by_course(clock.now()), FindDemandForm())
    return files.csv("demand", HEADING, map(_cells, found))


@bp.get("/manage/demand/<slug>")
@coordinator
def of_course(slug: str) -> Response:
    course, now = courses.get(slug), clock.now()
    lines = in_line(waiting_list.line_of_course(course.id), now)
    dates = timetable.dates_of(course.id, now=now)
    fullness = fullness_of(dates)
    return page("manage/waits/course.html", course=course, lines=lines, dates=dates, fullness=fullness)


@bp.get("/manage/demand/<slug>.csv")
@coordinator
def of_course_csv(slug: str) -> Response:
    course = courses.get(slug)
    lines = in_line(waiting_list.line_of_course(course.id), clock.now())
    return files.csv(f"waiting-{course.slug}", COLUMNS, map(cells, lines))


def _narrowed(everything: Sequence[Demand], form: FindDemandForm) -> list[Demand]:
    """Each word is in the title, or in what would suit somebody. A search that will not do finds everything."""
    words = plain(form.q.data or "").split() if form.validate() else []
    return [each for each in everything if all(word in plain(" ".join([each.title, *each.wishes])) for word in words)]


def _months(counted: Sequence[tuple[date, int]]) -> list[Month]:
    most = max((count for _, count in counted), default=0)
    return [Month(f"{first:%B %Y}", count, max(most, 1)) for first, count in counted]


def _cells(each: Demand) -> list[object]:
    full_count = sum(coming.places_taken >= coming.capacity for coming in each.dates)
    return [
        each.title,
        each.waiting_count,
        each.new_count,
        each.paused_count,
        files.said(each.since),
        len(each.dates),
        full_count,
        files.said(each.dates[0].starts_at if each.dates else None),
        "; ".join(each.wishes),
        url_for(".of_course", slug=each.slug, _external=True),
    ]
