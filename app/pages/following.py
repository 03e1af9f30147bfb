"""'Subscribe to this calendar': what a feed shows, and how to follow it in one's own program."""

from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app import clock, rooms, settings
from app.door import open_to_all
from app.notices import feeds as written
from app.pages import feeds, page

bp = Blueprint("following", __name__)


class Ways(NamedTuple):
    """Links that follow a feed, and its own address."""

    address: str
    program: str
    google: str
    outlook: str


def ways_to(path: str, name: str) -> Ways:
    """path: of the feed. Programs fetch it from outside, at the service's own address."""
    address = settings.current().base_url + path
    return Ways(address, written.webcal(address), written.google_link(address), written.outlook_link(address, name))


@bp.get("/calendars/whats-on")
@open_to_all
def whats_on() -> Response:
    form = feeds.sound_form(clock.now())
    asked = feeds.asked_for(form)
    kept = [(field, answer) for field in feeds.FILTERS if (answer := request.args.get(field))]
    query = f"?{urlencode(kept)}" if kept else ""
    return _subscribe(
        f"/calendars/whats-on.ics{query}",
        feeds.whats_on_name(form),
        what=f"Sessions for {asked}" if asked else "All sessions on the timetable",
        back=("What’s on", f"/{query}"),
    )


@bp.get("/calendars/courses/<slug>")
@open_to_all
def course(slug: str) -> Response:
    found = feeds.followed_course(slug)
    back = ("Back to the course", f"/courses/{slug}") if found.is_published else ("Courses", "/courses/")
    name = feeds.name(found.title)
    return _subscribe(f"/calendars/courses/{slug}.ics", name, what=f"All dates of {found.title}", back=back)


@bp.get("/calendars/rooms/<slug>")
@open_to_all
def room(slug: str) -> Response:
    found = rooms.get(slug)
    name, what = feeds.name(found.where), f"Sessions in {found.where}"
    return _subscribe(f"/calendars/rooms/{slug}.ics", name, what=what, back=("What’s on", "/"))


@bp.get("/calendars/trainers/<ref>")
@open_to_all
def trainer(ref: str) -> Response:
    found = feeds.followed_trainer(ref)
    what = f"Sessions that {found.name} runs"
    name = feeds.name(f"Sessions with {found.name}")
    return _subscribe(f"/calendars/trainers/{found.ref}.ics", name, what=what, back=("What’s on", "/"))


def _subscribe(path: str, name: str, *, what: str, back: tuple[str, str]) -> Response:
    return page("calendars/subscribe.html", ways=ways_to(path, name), what=what, back=back)
