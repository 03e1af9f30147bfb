"""Feeds: the timetable for calendar programs to fetch, by what is looked for, course, room and trainer; and one's own.

The open ones show what anybody may see: no joining link, and nobody who is booked. One's own is open to whoever has
its address, so it is the one feed with joining links. A program reads no pages: a refusal is one line of text.
"""

from collections.abc import Iterable
from datetime import datetime

from flask import Blueprint, make_response
from werkzeug.wrappers import Response

from app import bookings, clock, courses, people, rooms, settings, timetable
from app.bookings import OwnPart
from app.db import db
from app.door import open_to_all
from app.errors import Faulty, NotFound, Refused
from app.notices import feeds
from app.notices.feeds import Shown
from app.pages.calendars import NO_LINK, uid_of
from app.pages.kept import kept_feed
from app.pages.timetable import FindForm, filters_of, find_form
from app.people import Person
from app.timetable import FeedPart

bp = Blueprint("feeds", __name__)

FILTERS = ("q", "topic", "site", "format", "from", "places")


@bp.get("/calendars/whats-on.ics")
@open_to_all
@kept_feed(*FILTERS)
def whats_on() -> bytes:
    now = clock.now()
    form = sound_form(now)
    parts = timetable.whats_on_feed(filters_of(form), now=now)
    return _open(parts, whats_on_name(form), now)


@bp.get("/calendars/courses/<slug>.ics")
@open_to_all
@kept_feed()
def course(slug: str) -> bytes:
    now, found = clock.now(), followed_course(slug)
    return _open(timetable.course_feed(found.id, now=now), name(found.title), now)


@bp.get("/calendars/rooms/<slug>.ics")
@open_to_all
@kept_feed()
def room(slug: str) -> bytes:
    now, found = clock.now(), rooms.get(slug)
    return _open(timetable.room_feed(found, now=now), name(found.where), now)


@bp.get("/calendars/trainers/<ref>.ics")
@open_to_all
@kept_feed()
def trainer(ref: str) -> bytes:
    now, found = clock.now(), followed_trainer(ref)
    return _open(timetable.trainer_feed(found, now=now), name(f"Sessions with {found.name}"), now)


@bp.get("/calendars/me/<token>.ics")
@open_to_all
@kept_feed()
def own(token: str) -> bytes:
    now, person = clock.now(), people.by_feed(token)
    if person is None:
        raise NotFound("There is no such calendar. Its owner may have made a new address for it.")
    shown = [_own(part) for part in bookings.own_feed(person, now=now)]
    return feeds.written(shown, name=name("My sessions"), zone=settings.current().zone, at=now)


@bp.errorhandler(Refused)
def refuse(refused: Refused) -> Response:
    db.session.rollback()
    answer = make_response(f"{refused.sentence}\n", refused.status)
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def name(of: str) -> str:
    """What a calendar is called, among those of other services in somebody's program."""
    return f"{of} – {settings.current().site_name}"


def sound_form(now: datetime) -> FindForm:
    """What the address asks for. Raises Faulty: a feed of everything instead would be no answer."""
    form = find_form(now)
    if not form.validate():
        raise Faulty(f"{form.problems()[0]['text']}.", field="filters")
    return form


def whats_on_name(form: FindForm) -> str:
    asked = asked_for(form)
    return name(f"What’s on: {asked}" if asked else "What’s on")


def asked_for(form: FindForm) -> str:
    """'‘search’, Databases, Online'; '' if it is all sessions. The form is sound."""
    said = (
        f"‘{form.q.data}’" if form.q.data else "",
        *(form[which].said for which in ("topic", "site", "format")),
        f"from {form['from'].said}" if form["from"].data else "",
        "with places left" if form.places.data else "",
    )
    return ", ".join(filter(None, said))


def followed_course(slug: str) -> courses.Course:
    """One that staff may see or could see once. Raises NotFound."""
    found = courses.get(slug)
    if found.state == "draft":
        raise NotFound(f"There is no course called {slug}.")
    return found


def followed_trainer(ref: str) -> Person:
    """Raises NotFound, for everybody else whom we know too."""
    found = people.get(ref.upper())
    if not found.manages:
        raise NotFound("We do not know this person.")
    return found


def _open(parts: Iterable[FeedPart], called: str, now: datetime) -> bytes:
    chosen = settings.current()
    host, sessions = chosen.host, f"{chosen.base_url}/sessions/"
    shown = [_for_everybody(part, f"{sessions}{part.ref}", host=host) for part in parts]
    return feeds.written(shown, name=called, zone=chosen.zone, at=now)


def _for_everybody(part: FeedPart, address: str, *, host: str) -> Shown:
    told = (part.summary, NO_LINK if part.joining_link else "", address)
    return Shown(
        uid=uid_of(part.ref, part.position, host=host),
        title=_titled(part),
        starts_at=part.starts_at,
        ends_at=part.ends_at,
        stamped_at=part.changed_at,
        place=_place(part) or "Online",
        description="\n\n".join(filter(None, told)),
        url=address,
        is_cancelled=part.is_cancelled,
    )


def _own(own: OwnPart) -> Shown:
    """UIDs of its own: a program that shows an invite too must not take the one for the other."""
    part, chosen = own.part, settings.current()
    page = f"bookings/{own.booking_ref}" if own.booking_ref else f"manage/sessions/{part.ref}"
    address, key = f"{chosen.base_url}/{page}", (own.booking_ref and f"p{own.booking_ref}") or f"t{part.ref}"
    return Shown(
        uid=f"{key.lower()}-{part.position + 1}@{chosen.host}",
        title=_titled(part),
        starts_at=part.starts_at,
        ends_at=part.ends_at,
        stamped_at=own.changed_at,
        place=_place(part) or ("" if part.joining_link and not part.is_cancelled else "Online"),
        joining_link="" if part.is_cancelled else part.joining_link,
        description=part.summary if part.is_cancelled else _how_to_come(own, address),
        url=address,
        is_cancelled=part.is_cancelled,
    )


def _how_to_come(own: OwnPart, address: str) -> str:
    part = own.part
    told = (
        part.summary,
        part.bring and own.booking_ref and f"What to bring: {part.bring}",
        part.directions and f"How to find it: {part.directions}",
        part.access and f"Access: {part.access}",
        f"Cancel or change: {address}" if own.booking_ref else f"You run this session: {address}",
    )
    return "\n\n".join(filter(None, told))


def _titled(part: FeedPart) -> str:
    return part.title + (f" ({part.number} of {part.parts_count})" if part.parts_count > 1 else "")


def _place(part: FeedPart) -> str:
    return ", ".join(filter(None, (part.room, part.site, part.address)))
