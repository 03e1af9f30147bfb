"""A place held for somebody: its page, from the service or from the link in a letter, and three answers to it."""

from datetime import datetime

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app import bookings, clock, timetable, waiting_list
from app.db import transaction
from app.door import must_be_me, signed_in
from app.errors import Gone, NotFound, Overlaps
from app.pages import page
from app.pages.forms import Form
from app.people import Person
from app.waiting_list import Offer

bp = Blueprint("offers", __name__)


class OfferForm(Form):
    """Only buttons, each an answer."""


@bp.route("/offers/<ref>", methods=["GET", "POST"])
@signed_in
def offer(ref: str) -> Response:
    found = waiting_list.get_offer(ref)
    if found.wait.person_id != must_be_me().id:
        raise NotFound("There is no such offer. The address may have been cut short.")
    return answer(found, by=must_be_me())


def answer(found: Offer, *, by: Person) -> Response:
    """The page of an offer, for whoever may answer it. Opening it changes nothing."""
    form, status = OfferForm(), None
    if form.validate_on_submit():
        act = ANSWERS.get(request.form.get("answer", ""))
        if act is None:
            form.refuse("", "Choose one of the answers")
            return _page(form, found, 422)
        try:
            with transaction():
                act(found, by)
        except Overlaps as question:
            status = question.status
        except Gone as gone:  # the page says what became of the place, and what can still be done
            status = gone.status
        found = waiting_list.get_offer(found.ref)
    return _page(form, found, status)


def _page(form: OfferForm, found: Offer, status: int | None) -> Response:
    """What there is to answer; or what has been answered, and what happens next."""
    now, wait = clock.now(), waiting_list.by_id(found.wait_id) or found.wait
    if found.may_be_answered(now):
        return page(
            "offers/offer.html",
            status,
            form=form,
            offer=found,
            wait=wait,
            training_session=found.training_session,
            clashes=bookings.clashing_with(found),
            gives_up=timetable.by_id(wait.instead_of_id) if wait.instead_of_id else None,
        )
    is_gone = found.state in {"open", "lapsed", "withdrawn"} and wait.state != "left"
    may_go_on = wait.is_live and (wait.paused_at is not None or found.is_open)
    has_just_answered = request.method == "POST"
    return page(
        "offers/answered.html",
        status or (Gone.status if is_gone and not has_just_answered else None),
        form=form,
        offer=found,
        wait=wait,
        training_session=found.training_session,
        has_run_out=found.state in {"open", "lapsed"},
        may_go_on=may_go_on,
        has_gone_on=wait.is_live and found.state == "lapsed" and has_just_answered and not may_go_on,
        is_open_to_all=_is_open_to_all(found, now),
        booking=bookings.of_person_on(wait.person, found.training_session) if found.state == "accepted" else None,
        next_offer=_next(found),
    )


def _is_open_to_all(found: Offer, now: datetime) -> bool:
    """Whether the place that was held is free for whoever is first by now."""
    date = timetable.by_id(found.training_session_id) or found.training_session
    is_open = not timetable.why_not_bookable(date, now) and not date.is_full
    return is_open and waiting_list.is_last_day(date.starts_at, now)


def _next(found: Offer) -> Offer | None:
    """Another place that is held for them by now."""
    other = waiting_list.open_offer_of(found.wait)
    is_other = other is not None and other.id != found.id
    return other if other is not None and is_other and other.may_be_answered(clock.now()) else None


def _take(found: Offer, by: Person) -> None:
    bookings.accept(found, by=by, now=clock.now())


def _take_as_well(found: Offer, by: Person) -> None:
    """The button of a page that shows what clashes."""
    bookings.accept(found, by=by, now=clock.now(), despite_overlaps=True)


def _not_this_date(found: Offer, by: Person) -> None:
    bookings.decline(found, by=by, now=clock.now())


def _take_me_off(found: Offer, by: Person) -> None:
    bookings.leave(found.wait, by=by, now=clock.now())


def _still_want(found: Offer, by: Person) -> None:
    bookings.still_want(found.wait, by=by, now=clock.now())


ANSWERS = {
    "take": _take,
    "take as well": _take_as_well,
    "not this date": _not_this_date,
    "take me off": _take_me_off,
    "still want": _still_want,
}
