"""What was queued, sent and failed, for coordinators; and 'send again'."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app import bookings, clock
from app.db import transaction
from app.door import coordinator, must_be_me
from app.errors import NotFound
from app.notices import outbox
from app.pages import page
from app.pages.forms import SearchForm, pick, require_own_page

bp = Blueprint("manage_notices", __name__)

STATES = (
    ("waiting", "Waiting"),
    ("sending", "Being sent"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("withdrawn", "Withdrawn"),
)
A_PAGE = 50
NUMBERS = range(1, 2**31)  # what a database takes for an id


class StateForm(SearchForm):
    state = pick("Show", STATES, thing="what to show", needed=False, blank="All emails")


@bp.get("/manage/notices")
@coordinator
def notices() -> Response:
    form, now = StateForm(), clock.now()
    state = (form.state.data or "") if form.validate() else ""
    before = request.args.get("before", 0, type=int)
    listed = outbox.listing(state, before_id=before if before in NUMBERS else None, most=A_PAGE + 1)
    return page(
        "manage/notices.html",
        form=form,
        notices=listed[:A_PAGE],
        titles=bookings.courses_of(listed),
        older_than=listed[A_PAGE - 1].id if len(listed) > A_PAGE else None,
        counts=outbox.counts(now),
        now=now,
        sent_again=request.args.get("again") == "yes",
    )


@bp.post(f"/manage/notices/<int(max={NUMBERS[-1]}):number>/again")
@coordinator
def send_again(number: int) -> Response:
    require_own_page()
    with transaction():
        notice = outbox.by_id(number)
        if notice is None:
            raise NotFound("There is no such email.")
        outbox.send_again(notice, by=must_be_me(), now=clock.now())
    return redirect(url_for(".notices", again="yes"), 303)
