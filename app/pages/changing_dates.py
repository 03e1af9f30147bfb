"""Another date of the course instead of the one somebody has: they choose, and nobody loses what they have (rule 6).

A full date cannot be changed to, but waited for while the place they have stays theirs: the page says so beforehand.
"""

from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app import bookings, clock, timetable, waiting_list
from app.bookings import Booking
from app.db import transaction
from app.door import must_be_me, signed_in
from app.errors import BookingClosed, NotFound, Overlaps, SessionFull
from app.pages import page, plural
from app.pages.forms import Form, Option, choice
from app.timetable import TrainingSession
from app.waiting_list import Offer

bp = Blueprint("changing_dates", __name__)


class ChangeDateForm(Form):
    date = choice("Which date do you want instead?", thing="the date you want instead")


@bp.route("/bookings/<ref>/change", methods=["GET", "POST"])
@signed_in
def change(ref: str) -> Response:
    found, now = bookings.get_own(ref, must_be_me()), clock.now()
    if not found.is_live:
        return _to_what_they_have(found)
    if found.training_session.starts_at <= now:
        raise BookingClosed("The session has started, so the booking cannot be changed any more.")
    form = _form_for(found, now)
    if not form.date.choices:
        return _form(form, found, status=BookingClosed.status if request.method == "POST" else None)
    return _change(found, form, now) if form.validate_on_submit() else _form(form, found)


def given_up_for(booking: Booking) -> Booking | None:
    """The booking that the visitor has just changed for this one, if that is what brought them to its page."""
    try:
        old = bookings.get(request.args["changed"]) if "changed" in request.args else None
    except NotFound:
        return None
    if old is None or not booking.is_live or old.is_live or old.person_id != booking.person_id:
        return None
    return old if old.training_session.course_id == booking.training_session.course_id else None


def _change(found: Booking, form: ChangeDateForm, now: datetime) -> Response:
    chosen = timetable.visible(form.date.data)
    # Of another date that is chosen meanwhile it is asked again.
    goes_ahead = request.form.get("go_ahead") == chosen.ref
    try:
        with transaction():
            new = bookings.change(found, chosen.id, by=must_be_me(), now=now, despite_overlaps=goes_ahead)
    except Overlaps as question:
        return _form(form, bookings.get(found.ref), question.status, question=question)
    except SessionFull as full:
        return page(
            "bookings/change_full.html",
            full.status,
            why=full.sentence,
            booking=bookings.get(found.ref),
            training_session=timetable.visible(form.date.data),
        )
    return redirect(url_for("bookings.booking", ref=new.ref, changed=found.ref), 303)


def _form(
    form: ChangeDateForm, found: Booking, status: int | None = None, *, question: Overlaps | None = None
) -> Response:
    """Which date; with a question, the same with 'go ahead'."""
    return page(
        "bookings/change.html",
        status,
        form=form,
        booking=found,
        training_session=found.training_session,
        question=question,
        may_wait=found.training_session.course.is_published,
    )


def _to_what_they_have(found: Booking) -> Response:
    """Whoever presses twice is on the page of the date that they have changed to, as after the first time."""
    chosen = request.form.get("date", "")
    own = bookings.coming_on_course(found.person, found.training_session.course_id, now=clock.now())
    new = next((booking for booking in own if booking.training_session.ref == chosen), found)
    return redirect(url_for("bookings.booking", ref=new.ref), 303)


def _form_for(found: Booking, now: datetime) -> ChangeDateForm:
    """The dates that can be booked, but for those that they have, in order of time."""
    form, session = ChangeDateForm(), found.training_session
    own = {each.training_session_id for each in bookings.coming_on_course(found.person, session.course_id, now=now)}
    there = timetable.open_dates_of(session.course_id, now=now, apart_from=session.id)
    dates = [date for date in there if date.id not in own]
    waiting, held = waiting_list.counts(dates), _held_for(found, now)
    form.date.choices = [
        Option(date.ref, _when(date), f"{date.where}. {_said(date, held, waiting.get(date.id, 0), now)}")
        for date in dates
    ]
    return form


def _held_for(found: Booking, now: datetime) -> Offer | None:
    """A place on another date that they are offered instead of this one."""
    wait = waiting_list.of_person(found.person, found.training_session.course_id)
    offer = waiting_list.open_offer_of(wait) if wait and wait.instead_of_id == found.training_session_id else None
    return offer if offer and offer.may_be_answered(now) else None


def _when(date: TrainingSession) -> str:
    first, *others = date.slots
    more = f", and {plural(len(others), 'more date')}" if others else ""
    return clock.say_span(first.starts_at, first.ends_at) + more


def _said(date: TrainingSession, held: Offer | None, waiting_count: int, now: datetime) -> str:
    """Whether there is a place for them."""
    if held and held.training_session_id == date.id:
        return f"We are holding a place for you until {clock.say_short(held.lapses_at)}"
    if date.is_full:
        return "Full: wait for it and keep the place you have"
    if waiting_count and bookings.is_others_turn(date, must_be_me(), now):
        return "The free place goes to people who have waited: wait for it and keep the place you have"
    return f"{plural(date.places_left, 'place')} left"
