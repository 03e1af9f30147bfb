"""Waiting for a place: the waiting form of a date or a course, and one's own place in line."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app import bookings, clock, courses, timetable, waiting_list
from app.db import transaction
from app.door import must_be_me, signed_in
from app.errors import AlreadyBooked, BookingClosed, NotFound, SessionFull
from app.pages import page
from app.pages.forms import Form, require_own_page
from app.pages.waiting_form import Asking, WaitForm
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import Offer, Wait

bp = Blueprint("waits", __name__)

NO_SUCH_WAIT = "There is no such place in line. The address may have been cut short."
MOST_DATES = 10  # of those that somebody waits for, on the page of their wait


@bp.route("/sessions/<ref>/wait", methods=["GET", "POST"])
@signed_in
def for_session(ref: str) -> Response:
    training_session, person, now = timetable.visible(ref), must_be_me(), clock.now()
    why_not = timetable.why_not_bookable(training_session, now)
    if why_not:
        raise BookingClosed(why_not)
    own = bookings.of_person_on(person, training_session) or bookings.kept_for(person, training_session)
    if own is not None:
        return redirect(url_for("bookings.booking", ref=own.ref), 303)
    asking = Asking(training_session.course, training_session, now=now, gives_up=_said_given_up())
    is_others_turn = not training_session.is_full and bookings.is_others_turn(training_session, person, now)
    may_book = not training_session.is_full and not is_others_turn and asking.keeps is None
    if may_book and request.method == "GET":
        return redirect(url_for("bookings.book", ref=ref), 303)
    return _ask(asking, is_others_turn=is_others_turn)


@bp.route("/courses/<slug>/wait", methods=["GET", "POST"])
@signed_in
def for_course(slug: str) -> Response:
    return _ask(Asking(courses.published(slug), now=clock.now(), gives_up=_said_given_up()))


def instead_of_booking(training_session: TrainingSession, *, is_others_turn: bool) -> Response:
    """The waiting form, this date chosen, for whoever wanted to book. What they typed there is in it.

    Whoever has pressed Book hears that they have not been booked.
    """
    asking, has_pressed = Asking(training_session.course, training_session, now=clock.now()), request.method == "POST"
    form = asking.form()
    form.choose_usual()
    return _form(
        form,
        asking,
        SessionFull.status if has_pressed else None,
        wanted_to_book=True,
        has_pressed=has_pressed,
        is_others_turn=is_others_turn,
    )


def _ask(asking: Asking, *, is_others_turn: bool = False) -> Response:
    form, person = asking.form(), must_be_me()
    if not form.validate_on_submit():
        return _form(form, asking, is_others_turn=is_others_turn)
    wants, session_ids = asking.wanted(form)
    try:
        with transaction():
            wait = bookings.wait(
                person,
                asking.course.id,
                wants=wants,
                session_ids=session_ids,
                books_at_once=form.how.data == "book",
                would_suit=form.would_suit.data or "",
                answers=form.answers(),
                access_needs=form.access_needs.data or "",
                instead_of=asking.keeps.training_session_id if asking.keeps else None,
                by=person,
                now=asking.now,
            )
    except AlreadyBooked as refused:
        asking = asking.again()
        form.instead_of.data = asking.keeps.training_session.ref if asking.keeps else ""
        return _form(form, asking, refused.status, is_others_turn=is_others_turn)
    return redirect(whereto(wait), 303)


def _said_given_up() -> str | None:
    """What the form that was sent carries; None if it is only opened."""
    return request.form.get("instead_of", "") if request.method == "POST" else None


def _form(form: WaitForm, asking: Asking, status: int | None = None, **why: bool) -> Response:
    """The waiting form. why: wanted_to_book, has_pressed, is_others_turn."""
    return page(
        "waits/wait.html",
        status,
        form=form,
        asking=asking,
        course=asking.course,
        training_session=asking.training_session,
        **{"wanted_to_book": False, "has_pressed": False, "is_others_turn": False, **why},
    )


def whereto(wait: Wait) -> str:
    """One's place in line; or what has come of it at once."""
    if wait.state == "booked":
        own = bookings.coming_on_course(wait.person, wait.course_id, now=clock.now())
        return url_for("bookings.booking", ref=max(own, key=lambda each: each.id).ref)
    offer = waiting_list.open_offer_of(wait)
    return url_for("offers.offer", ref=offer.ref) if offer else url_for("waits.wait", ref=wait.ref)


@bp.get("/waits/<ref>")
@signed_in
def wait(ref: str) -> Response:
    found, now = _mine(ref), clock.now()
    offer = waiting_list.open_offer_of(found)
    stands = waiting_list.standing([found], now).get(found.id, []) if found.is_live else []
    return page(
        "waits/mine.html",
        wait=found,
        offer=offer if offer and offer.may_be_answered(now) else None,
        has_run_out=found.paused_at is not None or (offer is not None and not offer.may_be_answered(now)),
        stands=stands[:MOST_DATES],
        more_count=len(stands[MOST_DATES:]),
        named=waiting_list.wanted_dates([found]).get(found.id, []) if found.wants == "these" else [],
        keeps=timetable.by_id(found.instead_of_id) if found.is_live and found.instead_of_id else None,
        explained=bookings.explained(found, now),
    )


class LeaveForm(Form):
    """Only a button: whoever leaves owes nobody a reason."""


@bp.route("/waits/<ref>/leave", methods=["GET", "POST"])
@signed_in
def leave(ref: str) -> Response:
    found, form = _mine(ref), LeaveForm()
    if found.is_live and not form.validate_on_submit():
        return page("waits/leave.html", form=form, wait=found)
    if found.is_live:
        with transaction():
            bookings.leave(found, by=must_be_me(), now=clock.now())
    return redirect(url_for(".wait", ref=ref), 303)


@bp.post("/waits/<ref>/still-want")
@signed_in
def still_want(ref: str) -> Response:
    found = _mine(ref)
    require_own_page()
    with transaction():
        bookings.still_want(found, by=must_be_me(), now=clock.now())
    return redirect(whereto(_mine(ref)), 303)


def _mine(ref: str) -> Wait:
    """One's own place in line; that another's exists is nobody's business."""
    found = waiting_list.get(ref)
    if found.person_id != must_be_me().id:
        raise NotFound(NO_SUCH_WAIT)
    return found


@dataclass(frozen=True)
class OwnStand:
    """How somebody stands for one session. place: 0 if they do not wait for it. offer: of a place held for them."""

    wait: Wait
    place: int
    offer: Offer | None


def own_stand(person: Person, training_session: TrainingSession, now: datetime) -> OwnStand | None:
    """None if they wait for nothing on its course."""
    wait = waiting_list.of_person(person, training_session.course_id)
    if wait is None:
        return None
    place = waiting_list.places_in_line([wait], now).get((wait.id, training_session.id), 0)
    return OwnStand(wait, place, bookings.offer_on(training_session, wait, now))


@dataclass(frozen=True)
class Waiting:
    """A line of one's own bookings' page: a wait, the place held for it, and where it stands for its next dates."""

    wait: Wait
    offer: Offer | None
    stands: list[waiting_list.Stand]
    more_count: int


def waiting_of_me(*, most_dates: int = 3) -> list[Waiting]:
    """What the one who is signed in waits for, what must be answered first, by its deadline."""
    now = clock.now()
    waits = waiting_list.of(must_be_me())
    if not waits:
        return []
    offers, stands = waiting_list.open_offers(waits), waiting_list.standing(waits, now)
    offers = {wait_id: offer for wait_id, offer in offers.items() if offer.may_be_answered(now)}
    waits.sort(key=lambda each: (each.id not in offers, offers[each.id].lapses_at if each.id in offers else now))
    return [_line(each, offers.get(each.id), stands.get(each.id, []), most_dates) for each in waits]


def _line(wait: Wait, offer: Offer | None, stands: list[waiting_list.Stand], most_dates: int) -> Waiting:
    """Of the date on which a place is held for them, that is said, not where they stand in line."""
    held_id = offer.training_session_id if offer else None
    others = [each for each in stands if each.training_session.id != held_id]
    return Waiting(wait, offer, others[:most_dates], len(others[most_dates:]))
