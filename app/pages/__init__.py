"""The frame that every page stands in: how it is rendered, and what its template may use without being given.

One module per word beside this one holds that word's forms and pages. A page fetches, checks its form, calls
one verb and answers with `page()` or a redirect.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from flask import Flask, Response, current_app, g, render_template, request, url_for
from flask_wtf.csrf import CSRFError, generate_csrf
from markupsafe import Markup

from app import clock, door, replies, settings
from app.errors import Refused
from app.notices import kinds, render
from app.pages import environment, markdown
from app.pages.forms import NOT_OUR_PAGE, Form
from app.people import Person


class Stop(NamedTuple):
    """One link of the menu. `parts` are the addresses that count as being there."""

    text: str
    address: str
    parts: tuple[str, ...]


EVERYBODY = (
    Stop("What’s on", "/", ("/sessions/",)),
    Stop("Courses", "/courses/", ("/courses/",)),
    Stop("My bookings", "/bookings/", ("/bookings/", "/offers/", "/waits/")),
)
TRAINERS = (Stop("My teaching", "/manage/timetable", ("/manage/timetable", "/manage/sessions/", "/manage/courses")),)
COORDINATORS = (
    Stop("Demand", "/manage/demand", ("/manage/demand", "/manage/waits/")),
    Stop("Rooms", "/manage/rooms", ("/manage/rooms", "/manage/sites/")),
    Stop("People", "/manage/people", ("/manage/people",)),
    Stop("Emails", "/manage/notices", ("/manage/notices",)),
)
REPLIES = Stop("Replies", "/manage/replies", ("/manage/replies",))


def plural(count: int, one: str, many: str = "") -> str:
    """'1 place', '2 places', '1,200 people'."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def dialled(number: str) -> str:
    """A phone number as a link dials it: '01632960001' of '01632 960 001 ext 4021'."""
    return re.sub(r"[^0-9+]", "", re.split(r"[A-Za-z]", number, maxsplit=1)[0])


def say_length(minutes: int) -> str:
    """'2 hours', '45 minutes', '3 hours 30 minutes'."""
    hours, rest = divmod(minutes, 60)
    return " ".join(plural(count, unit) for count, unit in ((hours, "hour"), (rest, "minute")) if count)


# What a template may pipe a value through. The clock's have the clock's own names.
FILTERS: dict[str, Callable[..., object]] = {
    "say_date": clock.say_date,
    "say_day": clock.say_day,
    "say_short": clock.say_short,
    "say_span": clock.say_span,
    "say_time": clock.say_time,
    "say_times": clock.say_times,
    "dialled": dialled,
    "markdown": markdown.render,
    "ordinal": render.ordinal,
    "plural": plural,
    "say_kind": kinds.say_kind,
    "say_length": say_length,
}


def set_up(app: Flask) -> None:
    """Give an app its templates. Before anything is rendered; app.config["SETTINGS"] is there."""
    if "jinja_env" in vars(app):
        raise RuntimeError("Something looked at the templates before pages.set_up() said how to find them.")
    chosen: settings.Settings = app.config["SETTINGS"]
    app.jinja_options = environment.options(chosen.instance)
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # a token lives as long as its session
    app.config["WTF_I18N_ENABLED"] = False  # every sentence is our own
    app.config["ASSETS"] = _manifest(Path(app.static_folder or "") / "manifest.json")
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        site_name=chosen.site_name,
        organisation=chosen.organisation,
        contact_email=chosen.contact_email or chosen.sender,
        contact_phone=chosen.contact_phone,
        is_demo=chosen.demo,
        me=door.me,
        asset=asset,
        at=at,
        csrf_field=csrf_field,
        menu=menu,
        with_query=with_query,
        sign_in_address=sign_in_address,
    )
    app.register_error_handler(CSRFError, _not_from_our_page)


def page(template: str, status: int | None = None, **facts: Any) -> Response:
    """A page as an answer: 422 if one of its forms was sent back with errors, else 200."""
    _count_replies()
    faulty = any(isinstance(fact, Form) and fact.errors for fact in facts.values())
    answer = current_app.make_response(render_template(template, **facts))
    answer.status_code = status or (422 if faulty else 200)
    return answer


def with_query(**changes: object) -> str:
    """This page's address with some of its questions answered otherwise; None takes one out."""
    asked = {**request.args.to_dict(), **changes}
    kept = {name: str(value) for name, value in asked.items() if value not in {None, ""}}
    return f"?{urlencode(kept)}" if kept else request.path


def asset(name: str) -> str:
    """The address of a built asset, such as app.css. It changes with the contents: kept for a year."""
    return url_for("static", filename=current_app.config["ASSETS"][name])


def at(address: str) -> str:
    """One of the addresses that docs promise, under wherever the service is mounted."""
    return request.script_root + address


def sign_in_address() -> str:
    """Where to sign in, and from a session or a course straight back to it."""
    back = request.path if request.path.startswith(("/sessions/", "/courses/")) else ""
    return at("/sign-in") + (f"?next={quote(back)}" if back and request.method == "GET" else "")


def menu(visitor: Person | None) -> list[dict[str, str]]:
    """The links at the top of every page: text, href, and current, which is `aria-current` or ''."""
    stops: tuple[Stop, ...] = EVERYBODY
    if visitor is not None:
        stops += (TRAINERS if visitor.manages else ()) + (COORDINATORS if visitor.is_coordinator else ())
        stops += _replies() if visitor.is_coordinator else ()
    return [{"text": stop.text, "href": at(stop.address), "current": _current(stop)} for stop in stops]


def _replies() -> tuple[Stop, ...]:
    """Where they are read, and how many wait for a coordinator."""
    if settings.current().replies == "none":
        return ()
    count = g.get("open_replies", 0)
    return (REPLIES._replace(text=f"Replies ({count})") if count else REPLIES,)


def _count_replies() -> None:
    """For the menu of a page, not for one that says that the database is away."""
    visitor = door.me() if request.path.startswith("/manage/") else None
    if visitor is not None and visitor.is_coordinator and settings.current().replies != "none":
        g.open_replies = replies.count_open()


def _current(stop: Stop) -> str:
    if request.path == stop.address:
        return "page"
    return "true" if request.path.startswith(stop.parts) else ""


def csrf_field() -> Markup:
    """The hidden token that a form without fields carries: a lone button that changes something."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _manifest(file: Path) -> dict[str, str]:
    """What each built asset is called. Until they are built, pages go without."""
    if not file.exists():
        return {name: name for name in ("app.css", "app.js", "favicon.svg")}
    built: dict[str, str] = json.loads(file.read_text("utf-8"))
    return built


def _not_from_our_page(_fault: CSRFError) -> Response:
    refused = Refused(
        NOT_OUR_PAGE,
        what_next="Nothing has been changed. Go back to the page you were on and reload it first. "
        "Your browser has to allow cookies from this site.",
    )
    return page("refusal.html", 400, refused=refused)
