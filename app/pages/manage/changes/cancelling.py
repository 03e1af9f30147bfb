"""A session that will not take place."""

from datetime import datetime

from werkzeug.wrappers import Response

from app import changes
from app.door import must_be_me, trainer
from app.pages.forms import long_text
from app.pages.manage.changes.frame import bp, changeable
from app.pages.manage.changing import Change, ChangeForm, answer
from app.pages.manage.editing import seen


class CancelSessionForm(ChangeForm):
    words = long_text(
        "Why? (optional)",
        thing="why",
        needed=False,
        most=1000,
        rows=3,
        hint="Everybody who is told reads this in the email. For example, The trainer is ill.",
    )


@bp.route("/manage/sessions/<ref>/cancel", methods=["GET", "POST"])
@trainer
def cancel(ref: str) -> Response:
    training_session, by = changeable(ref), must_be_me()
    form, number = CancelSessionForm(seen=seen(training_session)), training_session.id

    def act(now: datetime) -> None:
        changes.cancel_session(number, by=by, now=now, words=form.sentence, seen=form.has_seen)

    change = Change(
        title="Cancel this session",
        template="manage/changes/cancel.html",
        act=act,
        button="Cancel the session",
        done="The session has been cancelled.",
        is_final=True,
    )
    return answer(change, form, ref)
