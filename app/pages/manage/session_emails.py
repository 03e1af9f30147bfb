"""The emails about one session: what became of each, 'send again', and a message to everybody who has a place."""

from datetime import datetime

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from app import bookings, clock
from app.bookings import believing
from app.db import transaction
from app.door import must_be_me, trainer
from app.errors import NotFound, Refused
from app.notices import outbox
from app.pages import page, plural
from app.pages.forms import SearchForm, long_text, pick, require_own_page, short_text
from app.pages.manage import files
from app.pages.manage.changing import Change, ChangeForm, answer, mine
from app.pages.manage.notices import HEADING, NUMBERS, STATES, cells

bp = Blueprint("manage_session_emails", __name__)


class EmailsForm(SearchForm):
    state = pick("Show", STATES, thing="what to show", needed=False, blank="All emails")


@bp.get("/manage/sessions/<ref>/emails")
@trainer
def emails(ref: str) -> Response:
    training_session, form = mine(ref), EmailsForm()
    state = (form.state.data or "") if form.validate() else ""
    notices = bookings.notices_about(training_session)[::-1]
    return page(
        "manage/sessions/emails.html",
        form=form,
        training_session=training_session,
        notices=[notice for notice in notices if state in {"", notice.state}],
        has_any=bool(notices),
    )


@bp.get("/manage/sessions/<ref>/emails.csv")
@trainer
def emails_csv(ref: str) -> Response:
    training_session = mine(ref)
    notices, title = bookings.notices_about(training_session)[::-1], training_session.course.title
    return files.csv(f"emails-{training_session.ref}", HEADING, [cells(notice, title) for notice in notices])


@bp.post(f"/manage/sessions/<ref>/emails/<int(max={NUMBERS[-1]}):number>/again")
@trainer
def send_again(ref: str, number: int) -> Response:
    require_own_page()
    with transaction():
        notice = bookings.notice_about(mine(ref), number)
        if notice is None:
            raise NotFound("There is no such email about this session.")
        outbox.send_again(notice, by=must_be_me(), now=clock.now())
    flash("The email is on its way again.")
    return redirect(url_for(".emails", ref=ref), 303)


@bp.post("/manage/sessions/<ref>/emails/put-right")
@trainer
def put_trainers_right(ref: str) -> Response:
    """The calendars of those who run it."""
    require_own_page()
    with transaction():
        count = believing.put_trainers_right(mine(ref).id, by=must_be_me(), now=clock.now())
    sent = f"{plural(count, 'calendar entry is', 'calendar entries are')} on the way."
    flash(sent if count else "The trainers’ calendars lack nothing.")
    return redirect(url_for(".emails", ref=ref), 303)


class WriteForm(ChangeForm):
    headline = short_text("Subject", thing="the subject", most=100, hint="For example, Please bring your laptop")
    words = long_text(
        "Your message",
        thing="your message",
        most=4000,
        rows=8,
        hint="Everybody reads the same words. Do not write about anybody’s health or access needs.",
    )


@bp.route("/manage/sessions/<ref>/write", methods=["GET", "POST"])
@trainer
def write(ref: str) -> Response:
    training_session, by, form = mine(ref), must_be_me(), WriteForm()
    booked_count = training_session.places_taken - bookings.count_held(training_session)
    if not booked_count:
        raise Refused("Nobody has a place on this session, so there is nobody to write to.")

    def send(now: datetime) -> None:
        headline, words = form.headline.data or "", form.words.data or ""
        bookings.write_to_everybody(training_session.id, headline=headline, words=words, by=by, now=now)

    change = Change(
        title="Write to everybody who has a place",
        template="manage/sessions/write.html",
        act=send,
        button="Send the message",
        done="Your message is on its way.",
    )
    return answer(change, form, ref, count=booked_count)
