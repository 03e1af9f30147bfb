"""Are you still coming? Asked where a course wants to know: signed in, or by the link in the letter.

Opening the page changes nothing, and answering twice is answering once. 'No' leads to the page to cancel.
"""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from app import bookings, clock, settings, timetable
from app.bookings import Booking
from app.db import transaction
from app.door import must_be_me, signed_in
from app.notices import links
from app.notices.links import Link, Purpose
from app.pages import at, page
from app.pages.forms import Form
from app.people import Person

bp = Blueprint("still_coming", __name__)


class ComingForm(Form):
    """Only a button: the other answer is a page of its own."""


@bp.route("/bookings/<ref>/coming", methods=["GET", "POST"])
@signed_in
def coming(ref: str) -> Response:
    found, form = bookings.get_own(ref, must_be_me()), ComingForm()
    if _may_answer(found) and form.validate_on_submit():
        _confirm(found, must_be_me())
        return redirect(url_for("bookings.booking", ref=ref), 303)
    return _page(found, form, cancel_at=at(f"/bookings/{found.ref}/cancel"))


def by_link(link: Link) -> Response:
    """The same without signing in: whoever reads the person's letters answers for them."""
    found, form = bookings.get(link.subject), ComingForm()
    if _may_answer(found) and form.validate_on_submit():
        _confirm(found, found.person)
        found = bookings.get(link.subject)
    cancel = links.sign(Purpose.CANCEL, found.ref, link.expires_at, secret=settings.current().secret_key)
    return _page(found, form, cancel_at=at(f"/a/{cancel}"))


def _may_answer(found: Booking) -> bool:
    return found.is_live and found.training_session.starts_at > clock.now()


def _confirm(found: Booking, by: Person) -> None:
    with transaction():
        bookings.confirm(found, by=by, now=clock.now())


def _page(found: Booking, form: ComingForm, *, cancel_at: str) -> Response:
    """cancel_at: the address of the page to give the place up."""
    session = found.training_session
    return page(
        "bookings/coming.html",
        form=form,
        booking=found,
        training_session=session,
        may_answer=_may_answer(found),
        cancel_at=cancel_at,
        may_book_again=not found.is_live and not timetable.why_not_bookable(session, clock.now()),
    )
