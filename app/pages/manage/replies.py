"""What came back to the mailbox that our letters come from, for coordinators: what was read, what was done and why.

Anybody can write to that mailbox. What stands in a mail is shown as text and kept short, and the mail itself can only
be saved, as plain text, never opened here.
"""

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import bookings, clock, replies, settings
from app.bookings import Booking
from app.db import transaction
from app.door import coordinator, must_be_me
from app.pages import page, taking_back
from app.pages.forms import require_own_page
from app.pages.manage.notices import NUMBERS
from app.replies import Did, Reply

bp = Blueprint("manage_replies", __name__)

ONE = f"/manage/replies/<int(max={NUMBERS[-1]}):number>"
A_PAGE = 50
MOST_WORDS = 1_000
ANSWERS = {
    "ACCEPTED": "Accepted",
    "TENTATIVE": "Maybe",
    "DECLINED": "Declined",
    "DELEGATED": "Names somebody else",
}


@bp.get("/manage/replies")
@coordinator
def listing() -> Response:
    """What waits, if anything does and nothing else is asked for."""
    open_count, before = replies.count_open(), request.args.get("before", 0, type=int)
    asked = request.args.get("show", "")
    is_open = asked == "waiting" or (asked != "all" and bool(open_count))
    found = replies.listing(is_open=is_open, before_id=before if before in NUMBERS else None, most=A_PAGE + 1)
    return page(
        "manage/replies/all.html",
        found=found[:A_PAGE],
        older_than=found[A_PAGE - 1].id if len(found) > A_PAGE else None,
        is_open=is_open,
        open_count=open_count,
        say_answer=say_answer,
        say_done=replies.say,
        are_read=settings.current().replies != "none",
        mailbox=replies.state() if settings.current().replies == "imap" else None,
    )


@bp.get(ONE)
@coordinator
def one_reply(number: int) -> Response:
    reply, now = replies.get(number), clock.now()
    booking = bookings.get(reply.booking.ref) if reply.booking else None
    outlook = taking_back.outlook(booking, by=must_be_me(), now=now) if booking else None
    return page(
        "manage/replies/one.html",
        reply=reply,
        booking=booking,
        outlook=outlook if reply.did == Did.RELEASED else None,
        answer=say_answer(reply),
        done=replies.say(reply.did, reply.why),
        words=reply.words[:MOST_WORDS],
        is_cut=len(reply.words) > MOST_WORDS,
        has_mail=reply.raw is not None,
        declines=reply.answer == "DECLINED",
        may_let_through=reply.answer == "DECLINED" and booking is not None and _still_declines(booking),
        now=now,
    )


@bp.get(f"{ONE}/mail")
@coordinator
def mail(number: int) -> Response:
    """To be saved and read as text: a mail program would fetch its pictures and follow its calendar."""
    raw = replies.raw_of(replies.get(number), by=must_be_me())
    answer = Response(raw)
    answer.headers["Content-Type"] = "text/plain"
    answer.headers["Content-Disposition"] = f'attachment; filename="reply-{number}.txt"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@bp.post(f"{ONE}/give-up")
@coordinator
def give_up(number: int) -> Response:
    require_own_page()
    with transaction():
        replies.let_through(replies.get(number), by=must_be_me(), now=clock.now())
    flash("The place has been given up. We are emailing the person, with a link to take it back.")
    return redirect(url_for(".one_reply", number=number), 303)


@bp.post(f"{ONE}/leave")
@coordinator
def leave(number: int) -> Response:
    require_own_page()
    with transaction():
        replies.leave(replies.get(number), by=must_be_me(), now=clock.now())
    flash("It stays as it is.")
    return redirect(url_for(".one_reply", number=number), 303)


@bp.post(f"{ONE}/undo")
@coordinator
def undo(number: int) -> Response:
    require_own_page()
    with transaction():
        is_place = isinstance(replies.undo(replies.get(number), by=must_be_me(), now=clock.now()), Booking)
    waits = "The place had gone on. They wait for this date, as from the day they booked."
    flash(f"{'They have their place again.' if is_place else waits} We are emailing them.")
    return redirect(url_for(".one_reply", number=number), 303)


def _still_declines(booking: Booking) -> bool:
    """Whether they have a place, and their calendar has answered nothing else since."""
    entries = bookings.invites_of([booking]).get(booking.id, [])
    return booking.is_live and all(entry.answer == "declined" for entry in entries)


def say_answer(reply: Reply) -> str:
    """What a mail answers, in a word or two."""
    if reply.did == Did.CAME_BACK:
        return "An email came back"
    if reply.method == "COUNTER":
        return "Proposes another time"
    if reply.method == "REFRESH":
        return "Asks for the entry"
    if reply.answer:
        return ANSWERS.get(reply.answer, "Neither yes nor no")
    return "In words" if reply.did == Did.PASSED_ON or (reply.words and not reply.method) else "Nothing we can read"
