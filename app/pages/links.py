"""The signed links in letters: opening one shows, only its button acts. Nobody needs to be signed in."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app import bookings, clock, people, settings, waiting_list
from app.db import transaction
from app.door import open_to_all
from app.notices import links
from app.notices.links import Link, Purpose
from app.pages import bookings as booking_pages
from app.pages import offers, page, still_coming, taking_back
from app.pages.forms import Form

bp = Blueprint("links", __name__)


class ButtonForm(Form):
    """Only a button: the link says the rest."""


@bp.route("/a/<token>", methods=["GET", "POST"])
@open_to_all
def act(token: str) -> Response:
    link = links.opened(token, now=clock.now(), secret=settings.current().secret_key)
    return ACTIONS[link.purpose](link)


def _cancel(link: Link) -> Response:
    """Whoever reads the person's letters acts for them."""
    form, booking, now = ButtonForm(), bookings.get(link.subject), clock.now()
    if booking.is_live and booking.training_session.starts_at <= now:
        return booking_pages.apologise(booking)
    if booking.is_live and form.validate_on_submit():
        with transaction():
            bookings.cancel(booking, by=booking.person, now=now)
        booking = bookings.get(link.subject)
    return page(
        "links/cancel.html",
        form=form,
        booking=booking,
        training_session=booking.training_session,
        other_dates=bookings.other_dates(booking.training_session, now, person=booking.person),
    )


def _confirm_address(link: Link) -> Response:
    form, now = ButtonForm(), clock.now()
    claim = people.claim_of(link.subject, now)
    if not form.validate_on_submit():
        return page("links/confirm_address.html", form=form, address=claim.address)
    with transaction():
        people.prove_address(link.subject, now=now)
    return page("links/address_confirmed.html", address=claim.address)


def _answer(link: Link) -> Response:
    offer = waiting_list.get_offer(link.subject)
    return offers.answer(offer, by=offer.wait.person)


def _still_want(link: Link) -> Response:
    form, wait = ButtonForm(), waiting_list.get(link.subject)
    has_said = wait.is_live and form.validate_on_submit()
    if has_said:
        with transaction():
            bookings.still_want(wait, by=wait.person, now=clock.now())
    return _wait_page("links/still_want.html", form, link.subject, has_said=has_said)


def _leave(link: Link) -> Response:
    form, wait = ButtonForm(), waiting_list.get(link.subject)
    if wait.is_live and form.validate_on_submit():
        with transaction():
            bookings.leave(wait, by=wait.person, now=clock.now())
    return _wait_page("links/leave.html", form, link.subject)


def _wait_again(link: Link) -> Response:
    """After a session was cancelled: in line for any date, as from the day they booked."""
    form, booking = ButtonForm(), bookings.get(link.subject)
    own = waiting_list.of_person(booking.person, booking.training_session.course_id)
    if own is not None and own.ranked_at <= booking.booked_at:
        return _wait_page("links/waits_again.html", form, own.ref)
    if not form.validate_on_submit():
        return page(
            "links/wait_again.html", form=form, person=booking.person, training_session=booking.training_session
        )
    with transaction():
        wait = bookings.wait_again(booking, by=booking.person, now=clock.now())
    return _wait_page("links/waits_again.html", form, wait.ref)


def _wait_page(template: str, form: ButtonForm, wait_ref: str, **said: bool) -> Response:
    """A page about a wait as it is now, and the place that is held for it, if there is one."""
    wait, now = waiting_list.get(wait_ref), clock.now()
    offer = waiting_list.open_offer_of(wait)
    held = offer if offer is not None and offer.may_be_answered(now) else None
    stands = waiting_list.standing([wait], now).get(wait.id, []) if wait.is_live else []
    return page(template, form=form, wait=wait, offer=held, stands=stands, **said)


ACTIONS = {
    Purpose.CANCEL: _cancel,
    Purpose.UNDO: taking_back.by_link,
    Purpose.COMING: still_coming.by_link,
    Purpose.ANSWER: _answer,
    Purpose.STILL_WANT: _still_want,
    Purpose.LEAVE: _leave,
    Purpose.WAIT_AGAIN: _wait_again,
    Purpose.CONFIRM_ADDRESS: _confirm_address,
}
