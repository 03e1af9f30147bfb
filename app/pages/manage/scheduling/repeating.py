"""Repeat a session: how often, then its dates with what is in the way of each, then all that are ticked at once."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import changes, clock, timetable, waiting_list
from app.db import transaction
from app.door import must_be_me, trainer
from app.errors import NotAllowed, NotFound, Refused, StaleEdit
from app.pages import page, plural
from app.pages.forms import Option, choice, ticks, whole_number
from app.pages.manage.changing import mine
from app.pages.manage.editing import EditForm, seen
from app.pages.manage.given import Given, given_since, say_given
from app.pages.manage.scheduling.frame import PlanningForm, bp, pressed
from app.pages.manage.scheduling.plan import Plan
from app.timetable import MOST_REPEATS, Repeat, Rhythm, Series, TrainingSession


class RepeatForm(PlanningForm):
    often = choice("How often?", thing="how often it comes again")
    more = whole_number(
        "How many more sessions?",
        least=1,
        greatest=MOST_REPEATS,
        thing="the number of sessions",
        hint=f"Up to {MOST_REPEATS}. You can leave out dates on the next page.",
    )


class DatesForm(EditForm):
    dates = ticks("These dates are free", thing="at least one date", hint="Untick those that you do not want.")


class LeftOut(NamedTuple):
    """What is not among the dates to choose from. address: where that date can be scheduled by itself, or ''."""

    when: str
    why_not: str
    address: str = ""
    is_lost: bool = False


@bp.route("/manage/sessions/<ref>/repeat", methods=["GET", "POST"])
@trainer
def repeat(ref: str) -> Response:
    training_session = _mine(ref)
    asked = _asked(training_session)
    if not (request.method == "POST" or pressed("go")) or not asked.validate():
        return page("manage/scheduling/repeat.html", form=asked, training_session=training_session)
    form, wanted = DatesForm(seen=seen(training_session)), _wanted(training_session, asked)
    form.dates.choices = [on.isoformat() for on in wanted.days]
    if not form.validate_on_submit():
        return _dates_page(training_session, form, wanted, asked)
    try:
        with transaction():
            days = [date.fromisoformat(value) for value in form.dates.data]
            last = waiting_list.newest_offer_id()
            new = changes.repeat(training_session.id, days, by=must_be_me(), now=clock.now(), seen=form.has_seen)
            given = given_since(last, [training_session.course_id])
    except (NotFound, NotAllowed):
        raise
    except Refused as refusal:
        return _refused(ref, form, asked, refusal)
    return _saved(new, given)


def _mine(ref: str) -> TrainingSession:
    """A session that may be repeated. Raises NotFound, NotAllowed, Refused."""
    training_session = mine(ref)
    timetable.refuse_unless_repeatable(training_session, must_be_me())
    return training_session


def _asked(training_session: TrainingSession) -> RepeatForm:
    """How often and how many more: from the address, or along with the dates when they are posted."""
    form = RepeatForm(formdata=request.form if request.method == "POST" else request.args or None)
    first_on = _first(training_session)
    form.often.choices = [_rhythm_option(rhythm, first_on) for rhythm in timetable.rhythms_of(first_on)]
    return form


def _rhythm_option(rhythm: Rhythm, first_on: date) -> Option:
    said = {
        Rhythm.WEEKLY: "Every week",
        Rhythm.FORTNIGHTLY: "Every 2 weeks",
        Rhythm.FOUR_WEEKLY: "Every 4 weeks",
        Rhythm.MONTHLY: f"Every month, on the {timetable.say_weekday(first_on)}",
        Rhythm.LAST: f"Every month, on the last {first_on:%A}",
    }
    return Option(rhythm.value, said[rhythm])


def _first(training_session: TrainingSession) -> date:
    return clock.today(training_session.slots[0].starts_at)


def _wanted(training_session: TrainingSession, asked: RepeatForm) -> Series:
    rhythm, today = Rhythm(asked.often.data), clock.today(clock.now())
    return timetable.series(_first(training_session), rhythm, many=asked.more.data, after=today)


def _refused(ref: str, form: DatesForm, asked: RepeatForm, refusal: Refused) -> Response:
    """The dates as they are now, with what was ticked; what somebody else changed above them."""
    training_session = _mine(ref)
    lost = refusal.facts.get("why_not", ())
    if isinstance(refusal, StaleEdit):
        form.show_changes(refusal)
    else:
        form.refuse("dates", refusal.sentence)
    return _dates_page(
        training_session, form, _wanted(training_session, asked), asked, status=refusal.status, lost=lost
    )


def _dates_page(
    training_session: TrainingSession,
    form: DatesForm,
    wanted: Series,
    asked: RepeatForm,
    *,
    status: int | None = None,
    lost: Collection[date] = (),
) -> Response:
    """Those that can be had, ticked at first; and the others with why not. lost: those that were ticked."""
    repeats = timetable.repeats_on(training_session, wanted.days, clock.now())
    form.dates.choices = [_option(each) for each in repeats if not each.why_not]
    if request.method == "GET" and not form.dates.data:
        form.dates.data = [option.value for option in form.dates.choices]
    if not form.dates.choices:
        form.to_the_top(form.dates)
    no_such = f"It has no {timetable.say_weekday(_first(training_session))}."
    trainers = timetable.still_trainers(training_session)
    return page(
        "manage/scheduling/repeat_dates.html",
        status,
        form=form,
        training_session=training_session,
        trainers=trainers,
        no_longer=[each for each in training_session.trainers if not each.is_trainer],
        rooms=list(dict.fromkeys(slot.room for slot in training_session.slots if slot.room)),
        waiting_count=len(waiting_list.line_of_course(training_session.course_id)),
        are_drafts=training_session.state == "draft" or not training_session.course.is_published,
        left_out=[_left_out(each, training_session, lost) for each in repeats if each.why_not],
        without=[LeftOut(f"{month:%B %Y}", no_such) for month in wanted.without],
        often={"often": asked.often.data, "more": asked.more.text},
    )


def _option(each: Repeat) -> Option:
    """Its first part, and the others below it."""
    spans = [clock.say_span(slot.starts_at, slot.ends_at) for slot in each.slots]
    return Option(each.on.isoformat(), spans[0], f"Then {'; '.join(spans[1:])}" if spans[1:] else "")


def _left_out(each: Repeat, training_session: TrainingSession, lost: Collection[date]) -> LeftOut:
    spans = tuple(slot.span for slot in each.slots)
    plan = Plan(spans=spans, places=training_session.capacity, like=training_session.ref)
    address = url_for(".room", slug=training_session.course.slug, **plan.query()) if spans else ""
    return LeftOut(clock.say_date(each.on), each.why_not, address, is_lost=each.on in lost)


def _saved(new: list[TrainingSession], given: Sequence[Given]) -> Response:
    """Said where the new sessions are to be seen: drafts are listed under 'My teaching'."""
    if new[0].state == "draft":
        flash(f"{plural(len(new), 'draft')} kept. Only trainers and coordinators see them. You can change each alone.")
        return redirect(url_for("manage_timetable.teaching"), 303)
    said = f"{plural(len(new), 'session')} put on the timetable. You can change each alone."
    flash(f"{said} {say_given(given)}".strip())
    return redirect(url_for("manage_courses.one_course", slug=new[0].course.slug), 303)
