"""A session's page for its trainers: who comes, and what would help them."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app import bookings, timetable
from app.bookings import Booking
from app.door import must_be_me, trainer
from app.errors import NotAllowed
from app.pages import page

bp = Blueprint("manage_sessions", __name__)


@bp.get("/manage/sessions/<ref>")
@trainer
def one_session(ref: str) -> Response:
    person, training_session = must_be_me(), timetable.get(ref)
    if not timetable.may_manage(person, training_session.course, training_session.trainers):
        raise NotAllowed("This page is for the session's own trainers and for coordinators.")
    may_see_needs = bookings.may_see_needs(person, training_session)
    told = [(booking.person.name, _told(booking, may_see_needs)) for booking in bookings.live_on(training_session)]
    return page("manage/session.html", training_session=training_session, told=told)


def _told(booking: Booking, may_see_needs: bool) -> list[tuple[str, str]]:  # noqa: FBT001 - one fact more or less
    """What somebody told us, as (what, value); what they left out is not listed."""
    person = booking.person
    told = [("Team", person.team), ("Email", person.address or ""), ("Phone", person.phone), *booking.answers]
    told += [("What would help", booking.access_needs)] if may_see_needs else []
    return [(what, value) for what, value in told if value]
