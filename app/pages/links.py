"""The signed links in letters: opening one shows, only its button acts. Nobody needs to be signed in."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app import bookings, clock, people, settings
from app.db import transaction
from app.door import open_to_all
from app.notices import links
from app.notices.links import Link, Purpose
from app.pages import bookings as booking_pages
from app.pages import page
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


ACTIONS = {Purpose.CANCEL: _cancel, Purpose.CONFIRM_ADDRESS: _confirm_address}
