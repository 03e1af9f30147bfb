"""Booking for others: a colleague, or several at once; when there is no place, on the waiting list.

Whoever books for somebody else sees the name as they typed it and 'booked', 'on the list' or 'ask us'.
"""

from datetime import datetime

from flask import Blueprint, redirect, request, session, url_for
from werkzeug.wrappers import Response

from app import bookings, clock, courses, people, timetable, waiting_list
from app.bookings import others, pasted
from app.bookings.others import Outcome
from app.bookings.pasted import Colleague, LeftOut, Pasted
from app.db import rehearsal, transaction
from app.door import must_be_me, signed_in
from app.errors import BookingClosed, Faulty, Overlaps, SessionFull, TooOften
from app.pages import page
from app.pages.forms import Form, email, long_text, short_text, tick, with_questions
from app.timetable import TrainingSession

bp = Blueprint("colleagues", __name__)

JUST_BOOKED = "booked_for"  # in the browser's own session: addresses of pages carry no names


class ColleagueForm(Form):
    name = short_text("Their name", most=people.MOST_NAME)
    email = email("Their work email address", autocomplete=None)
    team = short_text("Their team (optional)", thing="their team", needed=False, most=people.MOST_TEAM)
    access_needs = long_text(
        "What would help them take part? (optional)",
        thing="what would help them",
        needed=False,
        most=1000,
        rows=3,
        hint="For example step-free access, a hearing loop, large print. They do not need to say why.",
    )

    def colleague(self) -> Colleague:
        return Colleague(self.email.data or "", self.name.data, self.team.data if self.team else "")


@bp.route("/sessions/<ref>/book-for", methods=["GET", "POST"])
@signed_in
def book_for(ref: str) -> Response:
    training_session, now = timetable.visible(ref), clock.now()
    booked = session.get(JUST_BOOKED)
    if request.args.get("done") and booked and booked["ref"] == ref:
        session.pop(JUST_BOOKED)  # said once: a name and an address do not stay on a ward's computer
        said = {"waits": False, **booked}
        return page(
            "colleagues/booked.html",
            training_session=training_session,
            runs_it=_runs(ref),
            is_last_day=_is_last_day(training_session),
            **said,
        )
    _refuse_if_closed(training_session, now)
    form = _colleague_form(training_session)
    return _book(form, ref, now) if form.validate_on_submit() else _form(form, ref)


def _colleague_form(training_session: TrainingSession) -> ColleagueForm:
    """Those who run the session may book somebody without an address: they say which team, to tell two apart."""
    form = with_questions(ColleagueForm, courses.questions_of(training_session.course))()
    if _runs(training_session.ref):
        form.email.needed = False
        form.email.label.text = "Their work email address, if they have one"
        form.email.hint = "Without one, our emails about this place come to you. Please pass them on."
    else:
        del form.team
    return form


def _book(form: ColleagueForm, ref: str, now: datetime) -> Response:
    colleague, me = form.colleague(), must_be_me()
    verb = others.book_or_wait_for if "wait" in request.form else others.book_for
    try:
        with transaction():
            outcome = verb(
                colleague,
                timetable.visible(ref).id,
                answers=form.answers(),
                access_needs=form.access_needs.data or "",
                despite_overlaps=request.form.get("go_ahead") == _asked_about(colleague),
                by=me,
                now=now,
            )
    except Overlaps as question:
        return _form(form, ref, question.status, question=question.sentence, go_ahead=_asked_about(colleague))
    except SessionFull as full:
        return _form(form, ref, full.status, full_for=colleague.said)
    except (Faulty, TooOften) as refusal:
        form.refuse(refusal.field if isinstance(refusal, Faulty) else "", refusal.sentence)
        return _form(form, ref, refusal.status)
    return _answered(outcome, form, ref)


def _answered(outcome: Outcome, form: ColleagueForm, ref: str) -> Response:
    if outcome.why_not:
        why_not = "" if outcome.why_not == bookings.ASK_US else outcome.why_not
        return _form(form, ref, Overlaps.status, not_booked=outcome.who.said, why_not=why_not)
    if outcome.is_own:
        own = bookings.of_person_on(must_be_me(), timetable.visible(ref))
        return redirect(url_for("bookings.booking", ref=own.ref) if own else url_for("bookings.mine"), 303)
    who = outcome.who
    session[JUST_BOOKED] = {
        "ref": ref,
        "name": who.name or who.address,
        "address": who.address,
        "had": outcome.had,
        "waits": outcome.waits,
    }
    return redirect(url_for(".book_for", ref=ref, done="yes"), 303)


def _asked_about(colleague: Colleague) -> str:
    """Whom 'Book all the same' is said of: if another name is typed meanwhile, it is asked again."""
    return colleague.address or colleague.name


def _form(form: ColleagueForm, ref: str, status: int | None = None, **said: str) -> Response:
    """The form, with a callout above it if something is said.

    said: question and go_ahead; full_for, whom there was no place for; or not_booked, and why_not if that may be said.
    """
    training_session = timetable.visible(ref)
    waits = "full_for" in said or (_is_full(training_session) and "question" not in said)
    callouts = dict.fromkeys(("question", "go_ahead", "full_for", "not_booked", "why_not"), "")
    return page(
        "colleagues/book_for.html",
        status,
        form=form,
        training_session=training_session,
        waits=waits,
        is_last_day=_is_last_day(training_session),
        other_dates=_dates_with_places(training_session) if waits else [],
        **{**callouts, **said},
    )


def _dates_with_places(training_session: TrainingSession) -> list[TrainingSession]:
    dates = timetable.open_dates_of(training_session.course_id, now=clock.now(), apart_from=training_session.id)
    return [date for date in dates if not date.is_full]


class SeveralForm(Form):
    people = long_text(
        "Their email addresses",
        thing="their email addresses",
        most=20_000,
        rows=8,
        hint="One on each line. You can paste them from Outlook or a spreadsheet, with or without names: "
        f"at most {pasted.MOST}.",
    )
    waits = tick(
        "Put those who get no place on the waiting list",
        thing="whether those who get no place wait for one",
        hint="When it is their turn, we email them and hold the place until they answer.",
    )


@bp.route("/sessions/<ref>/book-for-several", methods=["GET", "POST"])
@signed_in
def book_for_several(ref: str) -> Response:
    training_session, now, form = timetable.visible(ref), clock.now(), SeveralForm(waits=True)
    _refuse_if_closed(training_session, now)
    if not form.validate_on_submit() or "back" in request.form:
        return _several_form(form, ref)
    found = pasted.read(form.people.data)
    if not found.colleagues or len(found.colleagues) > pasted.MOST:
        form.refuse("people", _why_not_read(found))
        return _several_form(form, ref)
    try:
        return (_several_booked if "go" in request.form else _several_checked)(found, form, ref, now)
    except TooOften as refusal:
        form.refuse("people", refusal.sentence)
        return _several_form(form, ref, refusal.status)


def _several_form(form: SeveralForm, ref: str, status: int | None = None) -> Response:
    training_session = timetable.visible(ref)
    return page(
        "colleagues/book_for_several.html",
        status,
        form=form,
        training_session=training_session,
        is_full=_is_full(training_session),
        is_last_day=_is_last_day(training_session),
        has_questions=bool(training_session.course.questions),
    )


def _why_not_read(found: Pasted) -> str:
    if found.colleagues:
        return f"Enter {pasted.MOST} email addresses or fewer. There are {len(found.colleagues)} in your list"
    return "Enter at least one email address, like name@example.com"


def _several_checked(found: Pasted, form: SeveralForm, ref: str, now: datetime) -> Response:
    """What would come of it. To those who run the session all of it: the verb itself, of which nothing is kept."""
    typed = {"by": must_be_me(), "now": now, "waits": form.waits.data}
    session_id = timetable.visible(ref).id
    if _runs(ref):
        with rehearsal():
            outcomes = others.book_several(found.colleagues, session_id, **typed)
    else:
        outcomes = others.foreseen(found.colleagues, session_id, **typed)
    return _listed("colleagues/check.html", outcomes, found.left_out, ref, form)


def _several_booked(found: Pasted, form: SeveralForm, ref: str, now: datetime) -> Response:
    """Answered at once, not after a redirect: a long list fits in no cookie, and sent again it changes nothing."""
    me = must_be_me()
    with transaction():
        outcomes = others.book_several(
            found.colleagues, timetable.visible(ref).id, by=me, now=now, waits=form.waits.data
        )
    return _listed("colleagues/booked_several.html", outcomes, found.left_out, ref, form)


def _listed(template: str, outcomes: list[Outcome], left_out: list[LeftOut], ref: str, form: SeveralForm) -> Response:
    training_session, runs_it = timetable.visible(ref), _runs(ref)
    has_reasons = any(outcome.why_not not in {"", others.NO_PLACE} for outcome in outcomes)
    return page(
        template,
        typed=form.people.data,
        puts_on_list=form.waits.data,
        training_session=training_session,
        has_questions=bool(training_session.course.questions),
        runs_it=runs_it,
        is_last_day=_is_last_day(training_session),
        may_decide=runs_it and has_reasons and not _is_full(training_session),
        booked=[outcome.who.said for outcome in outcomes if outcome.is_booked and not outcome.had],
        had=[outcome.who.said for outcome in outcomes if outcome.is_booked and outcome.had],
        waiting=[outcome.who.said for outcome in outcomes if outcome.waits],
        not_booked=[(outcome.who.said, outcome.why_not) for outcome in outcomes if outcome.why_not]
        + [(f"Line {each.line}: {each.what}", each.why) for each in left_out],
    )


def _runs(ref: str) -> bool:
    training_session = timetable.visible(ref)
    return timetable.may_manage(must_be_me(), training_session.course, training_session.trainers)


def _refuse_if_closed(training_session: TrainingSession, now: datetime) -> None:
    """Raises BookingClosed. Whether there is a place is for the verb to say."""
    why_not = bookings.why_closed(training_session, must_be_me(), now)
    if why_not:
        raise BookingClosed(why_not)


def _is_full(training_session: TrainingSession) -> bool:
    """Whether there is no place for somebody who comes now: all are taken, or others have waited for the free one."""
    return training_session.is_full or bookings.is_others_turn(training_session, None, clock.now())


def _is_last_day(training_session: TrainingSession) -> bool:
    return waiting_list.is_last_day(training_session.starts_at, clock.now())
