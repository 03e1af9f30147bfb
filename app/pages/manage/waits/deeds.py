"""What a coordinator does for somebody who waits: moves them up, gives them a place, takes them off the list."""

from collections.abc import Mapping
from datetime import datetime

from flask import request
from werkzeug.wrappers import Response

from app import bookings, clock, timetable, waiting_list
from app.door import coordinator, must_be_me
from app.errors import BookingClosed, Overlaps, Refused, SessionFull
from app.pages import plural
from app.pages.forms import Option, choice, long_text
from app.pages.manage.changing import Change, ChangeForm, answer_about
from app.pages.manage.waits.frame import OfWait, back_from, bp, live
from app.timetable import TrainingSession
from app.waiting_list import Wait

ON_RECORD = (
    "It is kept with your name, and coordinators and this course’s trainers can read it. Do not write about anybody’s "
    "health or access needs."
)


class FrontForm(ChangeForm):
    words = long_text("Why do they go first?", thing="why they go first", most=1000, rows=3, hint=ON_RECORD)


@bp.route("/manage/waits/<ref>/front", methods=["GET", "POST"])
@coordinator
def front(ref: str) -> Response:
    wait, by, form = live(ref), must_be_me(), FrontForm()
    name = wait.person.known_as
    if waiting_list.line_of_course(wait.course_id)[0].id == wait.id:
        back = back_from(wait)
        raise Refused(f"{name} is at the front of the line already.", links=[(back[1], back[0])])

    def act(now: datetime) -> None:
        bookings.move_up(waiting_list.get(ref), by=by, now=now, why=form.sentence)

    change = Change(
        title=f"Move {name} to the front of the line",
        template="manage/waits/front.html",
        act=act,
        button="Move them to the front",
        done="This person is at the front of the line now.",
    )
    return answer_about(change, form, OfWait(ref))


class PlaceForm(ChangeForm):
    """question: what is in the way, once it is known; a coordinator may go on all the same."""

    session = choice("Which date?", thing="which date")
    words = long_text("Why do they get this place?", thing="why they get it", most=1000, rows=3, hint=ON_RECORD)
    question = ""


@bp.route("/manage/waits/<ref>/place", methods=["GET", "POST"])
@coordinator
def give_place(ref: str) -> Response:
    wait, by, form, now = live(ref), must_be_me(), PlaceForm(), clock.now()
    name = wait.person.known_as
    form.session.choices = [_option(date) for date in _free_dates(wait, now)]

    def act(now: datetime) -> None:
        chosen = timetable.get(form.session.data)
        is_sure = request.form.get("go_ahead") == chosen.ref
        try:
            bookings.give_place(
                waiting_list.get(ref), chosen.id, by=by, now=now, why=form.sentence, despite_overlaps=is_sure
            )
        except Overlaps as question:
            form.question = question.sentence
            raise

    change = Change(
        title=f"Give {name} a place",
        template="manage/waits/place.html",
        act=act,
        button="Give them the place",
        done="This person has a place now.",
        beside={SessionFull: "session", BookingClosed: "session"},
        show=lambda: _shown(form, ref),
    )
    return answer_about(change, form, OfWait(ref))


def _shown(form: PlaceForm, ref: str) -> Mapping[str, object]:
    """The dates as they are now: one that was refused may be full by now."""
    form.session.choices = [_option(date) for date in _free_dates(waiting_list.get(ref), clock.now())]
    if not form.session.choices:
        form.to_the_top(form.session)
    return {"question": form.question}


def _free_dates(wait: Wait, now: datetime) -> list[TrainingSession]:
    """The dates of the course that have a place for them: a free one, or the one that is held for them."""
    offer, own = waiting_list.open_offer_of(wait), bookings.coming_on_course(wait.person, wait.course_id, now=now)
    held, taken = offer.training_session_id if offer else None, {booking.training_session_id for booking in own}
    return [
        date
        for date in timetable.dates_of(wait.course_id, now=now)
        if not timetable.why_nobody_can_be_added(date, now)
        and (not date.is_full or date.id == held)
        and date.id not in taken
    ]


def _option(date: TrainingSession) -> Option:
    left = plural(date.places_left, "free place") if date.places_left else "The place that is held for them"
    return Option(date.ref, clock.say_span(date.starts_at, date.slots[0].ends_at), f"{date.where}. {left}.")


class OffForm(ChangeForm):
    words = long_text(
        "Why?", thing="the reason", most=1000, rows=3, hint="They will read this in the email that we send them."
    )


@bp.route("/manage/waits/<ref>/off", methods=["GET", "POST"])
@coordinator
def take_off(ref: str) -> Response:
    wait, by, form = live(ref), must_be_me(), OffForm()
    name = wait.person.known_as

    def act(now: datetime) -> None:
        bookings.leave(waiting_list.get(ref), by=by, now=now, why=form.sentence)

    change = Change(
        title=f"Take {name} off the waiting list",
        template="manage/waits/off.html",
        act=act,
        button="Take them off the list",
        done="This person is off the waiting list.",
    )
    return answer_about(change, form, OfWait(ref))
