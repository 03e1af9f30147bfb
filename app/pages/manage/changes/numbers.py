"""A session with few people: told to more of them, or run with those who come."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask import url_for
from werkzeug.wrappers import Response

from app import bookings, changes, clock, timetable
from app.changes import BookingRules
from app.door import must_be_me, trainer
from app.pages import page, plural
from app.pages.manage import window
from app.pages.manage.changes.frame import bp, changeable, no_change
from app.pages.manage.changing import Change, ChangeForm, answer, mine
from app.pages.manage.editing import seen
from app.timetable import TrainingSession


@bp.get("/manage/sessions/<ref>/promote")
@trainer
def promote(ref: str) -> Response:
    """Words to paste into a blog, a newsletter or a message."""
    training_session, now = changeable(ref), clock.now()
    why_not = timetable.why_not_bookable(training_session, now)
    if training_session.is_full:
        why_not = "All its places are taken. They can join the waiting list."
    return page(
        "manage/changes/promote.html",
        training_session=training_session,
        why_not=why_not,
        texts=_texts(training_session),
    )


def _texts(training_session: TrainingSession) -> Sequence[tuple[str, str]]:
    """(what it is for, the words): in one line, and as a piece of its own."""
    course, slots = training_session.course, training_session.slots
    address = url_for("timetable.one_session", ref=training_session.ref, _external=True)
    when = clock.say_span(slots[0].starts_at, slots[0].ends_at)
    if len(slots) > 1:
        when += f", and {plural(len(slots) - 1, 'more date')}"
    left_count = training_session.places_left
    is_last = 0 < left_count <= course.last_few
    left = plural(left_count, "place")
    title = f"Last {left}: {course.title}" if is_last else course.title
    do = "Book a place" if left_count else "It is full. Join the waiting list"
    short = f"{title}. {when}, {training_session.where}. {do}: {address}"
    audience = f"Who it is for: {course.audience}" if course.audience else ""
    parts = [title, f"{when}\n{training_session.where}", course.summary, audience]
    still = f"{left} {'is' if left_count == 1 else 'are'} left. {do}: {address}" if left_count else f"{do}: {address}"
    return [
        ("A line for a message", short),
        ("A few lines for a blog or newsletter", "\n\n".join(filter(None, [*parts, still]))),
    ]


class RunForm(ChangeForm):
    minimum = window.how_few()


@bp.route("/manage/sessions/<ref>/run", methods=["GET", "POST"])
@trainer
def run(ref: str) -> Response:
    """With as many as have booked: nobody is told of low numbers again."""
    training_session, by = changeable(ref), must_be_me()
    booked_count = training_session.places_taken - bookings.count_held(training_session)
    form, number = RunForm(seen=seen(training_session), minimum=booked_count), training_session.id
    if booked_count >= training_session.minimum:
        raise no_change(training_session, "Enough people have booked: there is nothing to change.")

    def act(now: datetime) -> None:
        # What it has read may be a moment old: whoever changed it meanwhile is seen by `seen`.
        rules = replace(BookingRules.of(mine(ref)), minimum=form.minimum.data)
        changes.change_booking_rules(number, rules, by=by, now=now, words=form.sentence, seen=form.has_seen)

    change = Change(
        title="Run it with fewer people",
        template="manage/changes/run.html",
        act=act,
        button="Run it with fewer people",
        done="The session runs with those who come. Nobody is told of low numbers again.",
        begins_checked=True,
    )
    return answer(change, form, ref)
