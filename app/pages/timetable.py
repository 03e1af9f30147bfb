"""What's on: the list, the month, the week; and one session."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app import bookings, clock, door, timetable, waiting_list
from app.door import open_to_all
from app.pages import calendars, page, waits
from app.pages.dates import day_of
from app.pages.forms import SearchForm, pick, short_text, tick
from app.pages.kept import kept, kept_for_all
from app.timetable import Filters, Listed

bp = Blueprint("timetable", __name__)

FORMATS = (("room", "In a room"), ("online", "Online"))
MONTHS_AHEAD = 12

Day = tuple[date, list[Listed]]


class FindForm(SearchForm):
    q = short_text("Find a session", thing="what to look for", needed=False, most=100)
    topic = pick("Topic", thing="a topic", needed=False, blank="All topics")
    site = pick("Place", thing="a place", needed=False, blank="All places")
    format = pick("Room or online", FORMATS, thing="room or online", needed=False, blank="Both")
    places = tick("Only sessions with places left")


# The address says `from`, which Python keeps for itself.
setattr(FindForm, "from", pick("From", thing="a month", needed=False, blank="Now"))


@bp.get("/")
@open_to_all
@kept_for_all
def whats_on() -> Response:
    now = clock.now()
    form = find_form(now)
    is_sound = form.validate()
    filters = filters_of(form) if is_sound else Filters()
    view = request.args.get("view", "list")
    if view in {"month", "week"} and is_sound:
        return _spread(view, form, filters, now)
    listing = timetable.coming(filters, now=now, page=request.args.get("page", 1, type=int))
    return page("timetable/whats_on.html", form=form, listing=listing, days=_by_day(listing.sessions), filters=filters)


def _spread(view: str, form: FindForm, filters: Filters, now: datetime) -> Response:
    """A month or a week laid out by its days, each of them, empty ones too."""
    today = clock.today(now)
    first, following = _span(view, day_of(request.args.get("on")) or today)
    found = timetable.between(first, following, filters)
    sessions = dict(_by_day(found))
    facts: dict[str, Any] = {
        "span": view,
        "count": len(found),
        "form": form,
        "filters": filters,
        "today": today,
        "first": first,
        "before": _span(view, first - timedelta(days=1))[0],
        "following": following,
    }
    if view == "week":
        return page(
            "timetable/week.html", days=[(day, sessions.get(day, [])) for day in _days(first, following)], **facts
        )
    monday, after = first - timedelta(days=first.weekday()), following + timedelta(days=-following.weekday() % 7)
    days = [(day, sessions.get(day, [])) for day in _days(monday, after)]
    return page("timetable/month.html", weeks=[days[number : number + 7] for number in range(0, len(days), 7)], **facts)


@bp.get("/sessions/<ref>")
@open_to_all
@kept
def one_session(ref: str) -> Response:
    now, training_session, person = clock.now(), timetable.visible(ref), door.me()
    course, why_not = training_session.course, timetable.why_not_bookable(training_session, now)
    waiting_count = waiting_list.counts([training_session]).get(training_session.id, 0)
    is_open = not why_not and not training_session.is_full
    wants_another = training_session.is_full or bool(why_not)
    booking = bookings.of_person_on(person, training_session) if person else None
    return page(
        "timetable/session.html",
        training_session=training_session,
        course=course,
        booking=booking,
        kept=bookings.kept_for(person, training_session) if person and booking is None and wants_another else None,
        why_not=why_not,
        waiting_count=waiting_count,
        is_others_turn=bool(is_open and waiting_count) and bookings.is_others_turn(training_session, person, now),
        own=waits.own_stand(person, training_session, now) if person else None,
        other_dates=timetable.open_dates_of(course.id, now=now, apart_from=training_session.id)
        if wants_another
        else [],
        may_manage=person is not None and timetable.may_manage(person, course, training_session.trainers),
    )


@bp.get("/sessions/<ref>.ics")
@open_to_all
def session_entry(ref: str) -> Response:
    """The session as a calendar entry to download. It does not follow changes; a booking's invite does."""
    training_session = timetable.visible(ref)
    return calendars.download(
        calendars.entries_of_session(training_session), ref, is_cancelled=training_session.is_cancelled
    )


def find_form(now: datetime) -> FindForm:
    """What the address asks for, not yet checked."""
    form = FindForm()
    form.topic.choices, form.site.choices = timetable.choices()
    form["from"].choices = _months(clock.today(now), asked=day_of(request.args.get("from")))
    return form


def filters_of(form: FindForm) -> Filters:
    return Filters(
        q=form.q.data or "",
        topic=form.topic.data or "",
        site=form.site.data or "",
        format=form.format.data or "",
        from_on=day_of(form["from"].data),
        has_places=form.places.data,
    )


def _months(today: date, *, asked: date | None) -> list[tuple[str, str]]:
    """The next twelve months to begin from, as ('2027-01-01', 'January 2027'); first another day, if one was asked."""
    firsts = [today.replace(day=1)]
    while len(firsts) <= MONTHS_AHEAD:
        firsts.append((firsts[-1] + timedelta(days=31)).replace(day=1))
    months = [(first.isoformat(), f"{first:%B %Y}") for first in firsts[1:]]
    return months if asked is None or asked in firsts[1:] else [(asked.isoformat(), clock.say_date(asked)), *months]


def _span(view: str, on: date) -> tuple[date, date]:
    """The first day of the month or week that a day is in, and of the next."""
    if view == "week":
        monday = on - timedelta(days=on.weekday())
        return monday, monday + timedelta(days=7)
    first = on.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _days(first: date, following: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((following - first).days)]


def _by_day(sessions: Sequence[Listed]) -> list[Day]:
    """Sessions in order of time, by the local date of their start."""
    return [(day, list(each)) for day, each in groupby(sessions, key=lambda one: clock.today(one.starts_at))]
