"""Taking back a decline: by the link in the letter about it, or on one's own booking's page.

Opening the page changes nothing, and pressing twice is pressing once. What pressing would bring is said first: the
place while it is held or free, else a place in line as from the day they booked, or nothing, and why.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from app import bookings, clock, waiting_list
from app.bookings import Booking
from app.db import transaction
from app.door import must_be_me, signed_in
from app.notices.links import Link
from app.pages import page, waits
from app.pages.forms import Form, require_own_page
from app.pages.waits import OwnStand
from app.people import Person

bp = Blueprint("taking_back", __name__)

OTHER_DATE = "They have a place on another date of this course."
YOUR_OTHER_DATE = "You have a place on another date of this course."


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What taking a declined place back would bring.

    brings: 'place', 'line' for a place in line, '' for nothing. held_until: of a place that is still held for them.
    own: the place on the session that they have already. stand: how they wait for it already, as from the day they
    booked. why_not: the sentence that says why it would bring nothing. is_last_day: when nobody is in line any more.
    """

    brings: Literal["place", "line", ""] = ""
    held_until: datetime | None = None
    own: Booking | None = None
    stand: OwnStand | None = None
    why_not: str = ""
    is_last_day: bool = False


def outlook(booking: Booking, *, by: Person, now: datetime) -> Outlook | None:
    """None if the place was not given up by declining. Reads as the verb does, without a lock."""
    training_session = booking.training_session
    own = booking if booking.is_live else bookings.of_person_on(booking.person, training_session)
    if own is not None:
        return Outlook(own=own)
    kept = bookings.kept_for(booking.person, training_session)  # of a later booking, if they declined that too
    if kept is None and not bookings.was_declined(booking):
        return None
    if kept is not None and training_session.starts_at > now:
        return Outlook(brings="place", held_until=kept.held_until)
    return _not_held(booking, by=by, now=now)


def _not_held(booking: Booking, *, by: Person, now: datetime) -> Outlook:
    """Once the place is held no more."""
    training_session, person = booking.training_session, booking.person
    why_not = bookings.why_closed(training_session, by, now)
    if why_not:
        return Outlook(why_not=why_not)
    if not training_session.is_full and not bookings.is_others_turn(training_session, person, now):
        return Outlook(brings="place")
    if bookings.coming_on_course(person, training_session.course_id, now=now):
        return Outlook(why_not=YOUR_OTHER_DATE if by.id == person.id else OTHER_DATE)
    stand = waits.own_stand(person, training_session, now)
    if stand is not None and (stand.place or stand.offer) and stand.wait.ranked_at <= booking.booked_at:
        return Outlook(stand=stand)
    return Outlook(brings="line", is_last_day=waiting_list.is_last_day(training_session.starts_at, now))


class TakeBackForm(Form):
    """Only a button: the link says the rest."""


def by_link(link: Link) -> Response:
    """Whoever reads the person's letters acts for them."""
    form, now = TakeBackForm(), clock.now()
    booking = bookings.get(link.subject)
    found = outlook(booking, by=booking.person, now=now)
    has_acted = found is not None and bool(found.brings) and form.validate_on_submit()
    if has_acted:
        with transaction():
            bookings.undo(booking, by=booking.person, now=now)
        booking = bookings.get(link.subject)
        found = outlook(booking, by=booking.person, now=now)
    return page(
        "links/undo.html",
        form=form,
        booking=booking,
        training_session=booking.training_session,
        outlook=found,
        has_acted=has_acted,
        now=now,
    )


@bp.post("/bookings/<ref>/undo")
@signed_in
def undo(ref: str) -> Response:
    found, by = bookings.get_own(ref, must_be_me()), must_be_me()
    require_own_page()
    with transaction():
        came_of_it = bookings.undo(found, by=by, now=clock.now())
    if isinstance(came_of_it, Booking):
        return redirect(url_for("bookings.booking", ref=came_of_it.ref), 303)
    return redirect(waits.whereto(came_of_it), 303)
