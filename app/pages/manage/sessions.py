"""A session's page for its trainers: who comes, and what would help them."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app import bookings, timetable
from app.door import must_be_me, trainer
from app.errors import NotAllowed
from app.pages import page

bp = Blueprint("manage_sessions", __name__)


@bp.get("/manage/sessions/<ref>")
@trainer
def session(ref: str) -> Response:
    training_session = timetable.get(ref)
    if not timetable.may_manage(must_be_me(), training_session.course, training_session.trainers):
        raise NotAllowed("This page is for the session's own trainers and for coordinators.")
    return page("manage/session.html", training_session=training_session, booked=bookings.live_on(training_session))
