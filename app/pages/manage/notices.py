"""What was queued, sent and failed, for coordinators; and 'send again'."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app import bookings, clock
from app.db import transaction
from app.door import coordinator, must_be_me
from app.errors import NotFound
from app.notices import kinds, outbox
from app.notices.outbox import Notice
from app.pages import page
from app.pages.forms import SearchForm, pick, require_own_page
from app.pages.manage import files

bp = Blueprint("manage_notices", __name__)

STATES = (
    ("waiting", "Waiting"),
    ("sending", "Being sent"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("withdrawn", "Withdrawn"),
)
A_PAGE = 50
MOST_IN_A_FILE = 5_000
HEADING = ("Email", "Course", "To", "Address", "State", "Queued", "Due", "Sent", "What went wrong")
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
        most_in_a_file=MOST_IN_A_FILE,
        sent_again=request.args.get("again") == "yes",
    )


@bp.get("/manage/notices.csv")
@coordinator
def notices_csv() -> Response:
    """The newest, narrowed as the page is."""
    form = StateForm()
    listed = outbox.listing((form.state.data or "") if form.validate() else "", most=MOST_IN_A_FILE)
    titles = bookings.courses_of(listed)
    return files.csv("emails", HEADING, [cells(notice, titles.get(notice.id, "")) for notice in listed])


def cells(notice: Notice, title: str) -> list[str]:
    """An email as a line of a file. title: of the course that it is about."""
    told = [kinds.say_kind(notice.kind), title, notice.recipient_name, notice.address, dict(STATES)[notice.state]]
    return [*told, *map(files.said, (notice.queued_at, notice.due_at, notice.sent_at)), notice.fault]


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
