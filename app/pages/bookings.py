"""A person's own bookings: book, see, cancel."""

from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app import attendance, bookings, clock, courses, timetable, waiting_list
from app.bookings import Booking
from app.db import transaction
from app.door import must_be_me, signed_in
from app.errors import BookingClosed, Overlaps, SessionFull
from app.pages import calendars, changing_dates, page, taking_back, waits
from app.pages.forms import Form, what_would_help, with_questions
from app.timetable import TrainingSession

bp = Blueprint("bookings", __name__)


class BookForm(Form):
    access_needs = what_would_help()


@bp.route("/sessions/<ref>/book", methods=["GET", "POST"])
@signed_in
def book(ref: str) -> Response:
    training_session, person, now = timetable.visible(ref), must_be_me(), clock.now()
    # Seen without a lock: it spares whoever comes too late the wait for one. The verb looks again under the lock.
    instead = _instead_of_form(training_session, now)
    if instead is not None:
        return instead
    form = with_questions(BookForm, courses.questions_of(training_session.course))()
    if not form.validate_on_submit():
        return _form(form, training_session)
    try:
        with transaction():
            booking = bookings.book(
                person,
                training_session.id,
                answers=form.answers(),
                access_needs=form.access_needs.data or "",
                despite_overlaps=request.form.get("go_ahead") == "yes",
                by=person,
                now=now,
            )
    except Overlaps as question:
        return _form(form, timetable.visible(ref), question)
    except SessionFull as full:
        return waits.instead_of_booking(timetable.visible(ref), is_others_turn=full.facts.get("is_others_turn", False))
    return redirect(url_for(".booking", ref=booking.ref), 303)


@bp.get("/bookings/")
@signed_in
def mine() -> Response:
    now = clock.now()
    coming, past = bookings.mine(must_be_me(), now=now)
    return page("bookings/mine.html", coming=coming, waiting=waits.waiting_of_me(), past=past, now=now)


@bp.get("/bookings/<ref>")
@signed_in
def booking(ref: str) -> Response:
    found, now = _mine(ref), clock.now()
    entries = calendars.entries_of_booking(found)
    own = attendance.mark_of(found) if found.training_session.starts_at <= now else None
    return page(
        "bookings/booking.html",
        booking=found,
        training_session=found.training_session,
        may_cancel=found.is_live and found.training_session.starts_at > now,
        is_over=found.training_session.ends_at <= now,
        may_send_apologies=attendance.may_send_apologies(found, own, now),
        own_mark=own.mark if own else "",
        own_mark_said=attendance.MARKS[own.mark] if own else "",
        copies=calendars.copies(entries) if found.is_live else [],
        changed_from=changing_dates.given_up_for(found),
        declined=None if found.is_live else taking_back.outlook(found, by=must_be_me(), now=now),
        now=now,
        is_asked=bookings.is_asked(found, now),
        calendar_choice=must_be_me().calendar_choice,
        is_need_unmet=bool(bookings.needs.unmet(found.access_needs, found.training_session)),
    )


@bp.get("/bookings/<ref>.ics")
@signed_in
def booking_entry(ref: str) -> Response:
    found = _mine(ref)
    return calendars.download(calendars.entries_of_booking(found), found.ref, is_cancelled=not found.is_live)


class CancelForm(Form):
    """Only a button: whoever cancels owes nobody a reason."""


@bp.route("/bookings/<ref>/cancel", methods=["GET", "POST"])
@signed_in
def cancel(ref: str) -> Response:
    found, form = _mine(ref), CancelForm()
    if not found.is_live:
        return redirect(url_for(".booking", ref=ref), 303)
    if found.training_session.starts_at <= clock.now():
        return apologise(found)
    if not form.validate_on_submit():
        return page("bookings/cancel.html", form=form, booking=found, training_session=found.training_session)
    with transaction():
        bookings.cancel(found, by=must_be_me(), now=clock.now())
    return redirect(url_for(".booking", ref=ref), 303)


def apologise(found: Booking) -> Response:
    """What cancelling becomes once the session has started. Whoever reads the person's letters may do it for them.

    A page that was still open from before the start comes back as this one.
    """
    form, now, status = CancelForm(), clock.now(), None
    if form.validate_on_submit():
        if "apologies" in request.form:
            with transaction():
                attendance.send_apologies(found, by=found.person, now=now)
            found = bookings.get(found.ref)
        else:
            status = BookingClosed.status
    own = attendance.mark_of(found)
    return page(
        "bookings/apologies.html",
        status,
        form=form,
        training_session=found.training_session,
        may_send_apologies=attendance.may_send_apologies(found, own, now),
        has_sent=own is not None and own.mark == "apologies",
    )


def _mine(ref: str) -> Booking:
    """One's own booking; that another's exists is nobody's business."""
    return bookings.get_own(ref, must_be_me())


def _form(form: Form, training_session: TrainingSession, question: Overlaps | None = None) -> Response:
    """The booking form; with a question, the same form with 'go ahead'."""
    status = question.status if question else None
    return page("bookings/book.html", status, form=form, training_session=training_session, question=question)


def _instead_of_form(training_session: TrainingSession, now: datetime) -> Response | None:
    """Whoever has a place, or cannot have one, is not asked anything; whoever is offered one answers that."""
    person, is_opened = must_be_me(), request.method == "GET"
    own = bookings.of_person_on(person, training_session)
    if own is not None and is_opened:
        return redirect(url_for(".booking", ref=own.ref), 303)
    kept = bookings.kept_for(person, training_session)
    if kept is not None and own is None:  # declined a moment ago: their place is still there
        return redirect(url_for(".booking", ref=kept.ref), 303) if is_opened else None
    why_not = timetable.why_not_bookable(training_session, now)
    if why_not:
        raise BookingClosed(why_not)
    wait = waiting_list.of_person(person, training_session.course_id)
    offer = bookings.offer_on(training_session, wait, now)
    if offer is not None:
        return redirect(url_for("offers.offer", ref=offer.ref), 303) if is_opened else None
    is_others_turn = not training_session.is_full and bookings.is_others_turn(training_session, person, now)
    if own is None and (training_session.is_full or is_others_turn):
        return waits.instead_of_booking(training_session, is_others_turn=is_others_turn)
    return None
