"""Who runs a session, for how many, and when people can book; a check of it all; and then it is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import changes, clock, courses, people, rooms, timetable, waiting_list
from app.courses import Course
from app.db import rehearsal, transaction
from app.door import must_be_me, trainer
from app.errors import Faulty, NotAllowed, NotFound, Refused, RoomTaken, TooSmall, TrainerBusy
from app.pages import page
from app.pages.forms import Form, choice, short_text, ticks
from app.pages.manage import times, window
from app.pages.manage.choosing import ONLINE, trainer_options
from app.pages.manage.given import Given, given_since, say_given
from app.pages.manage.scheduling.frame import are_days_near, begun, bp
from app.pages.manage.scheduling.plan import Plan, usual_window
from app.people import Person
from app.rooms import Room
from app.timetable import SlotPlan, TrainingSession

NOW, DRAFT = "now", "draft"
KEEPING = (
    (NOW, "Put it on the timetable now", "Everybody can see it, and book once booking opens."),
    (DRAFT, "Keep it as a draft", "Only trainers and coordinators see it. It holds the room and the trainers."),
)
BESIDE: Mapping[type[Refused], str] = {TooSmall: "capacity", TrainerBusy: "trainers"}
FIELDS = {"booking_opens_at": "opens_on", "booking_closes_at": "closes_on", "state": "keep"}


class DetailsForm(Form):
    trainers = ticks("Who runs it?", thing="who runs it")
    joining_link = short_text("Joining link", thing="the joining link", most=500, needed=False)
    capacity = window.how_many()
    minimum = window.how_few()
    opens, opens_on, opens_at, opens_at_which = window.opening("As soon as it is on the timetable")
    closes, closes_on, closes_at, closes_at_which = window.closing()
    keep = choice("What do you want to do with it?", KEEPING, thing="what you want to do with it")


@bp.route("/manage/courses/<slug>/schedule/details", methods=["GET", "POST"])
@trainer
def details(slug: str) -> Response:
    now, (course, plan, like) = clock.now(), begun(slug)
    places = _places_of(plan)
    if places is None:
        return redirect(url_for(".room", slug=slug, **plan.query()), 303)
    form = _form(course, plan, like, [room for room in places if room], now)
    if not form.validate_on_submit() or "back" in request.form:
        return _page(slug, form)
    planned = _planned(form, plan, now)
    if planned is None:
        return _page(slug, form)
    try:
        if "go" in request.form:
            return _saved(slug, planned, form.joining_link.text, now)
        with rehearsal():
            last = waiting_list.newest_offer_id()
            made = _schedule(slug, planned, form.joining_link.text, now)
            given = given_since(last, [made.course_id])
            still_waiting = waiting_list.counts([made]).get(made.id, 0)
    except (NotFound, NotAllowed):
        raise
    except Refused as refusal:
        field = refusal.field if isinstance(refusal, Faulty) else BESIDE.get(type(refusal), "")
        form.refuse(FIELDS.get(field, field), refusal.sentence)
        return _page(slug, form, status=refusal.status, is_room_taken=isinstance(refusal, RoomTaken))
    return _check_page(slug, planned, form, given, still_waiting)


def _places_of(plan: Plan) -> list[Room | None] | None:
    """The room of each part, None where it is online; None if they are still to be chosen."""
    if not plan.is_placed:
        return None
    try:
        return [None if slug == ONLINE else rooms.get(slug) for slug in plan.rooms]
    except NotFound:
        return None


# --- the form ---


def _form(
    course: Course, plan: Plan, like: TrainingSession | None, held_in: Sequence[Room], now: datetime
) -> DetailsForm:
    offered, own = _trainers_offered(course)
    busy = timetable.busy_trainers(offered, plan.spans)
    if not plan.trainers:
        free = [person.ref for person in own if person.id not in busy]
        plan = _usual(course, plan, like, now, trainers=tuple(free))
    smallest = min([plan.places or course.places, *(room.capacity for room in held_in)])
    form = DetailsForm(data={**_shown(plan, smallest), "joining_link": _link_of(like, plan)})
    form.trainers.choices = trainer_options(offered, busy)
    form.joining_link.label.text = "Joining link" if plan.is_online else "Joining link (optional)"
    form.joining_link.hint = None if plan.is_online else "If people may join online too"
    if not course.is_published:
        form.keep.choices = KEEPING[1:]
        form.keep.hint = "The course is not published yet. Until it is, its sessions can only be drafts."
    return form


def _trainers_offered(course: Course) -> tuple[list[Person], list[Person]]:
    """Everybody who may run it, those of the course first; and who probably will: oneself, else those of the course."""
    everybody, me = people.trainers(), must_be_me()
    of_course = {course.owner_id, *(person.id for person in courses.trainers_of(course))}
    theirs = [person for person in everybody if person.id in of_course]
    mine = [person for person in everybody if person.id == me.id and (me.id in of_course or not theirs)]
    return sorted(everybody, key=lambda person: person.id not in of_course), mine or theirs


def _usual(
    course: Course, plan: Plan, like: TrainingSession | None, now: datetime, *, trainers: tuple[str, ...]
) -> Plan:
    """What a course's sessions usually have, or what the session has that this one is to be like."""
    starts_at = plan.spans[0][0]
    if like is None:
        opens_at, closes_at = usual_window(course, starts_at, now)
        minimum, is_draft = course.minimum, not course.is_published
    else:
        opens_at, closes_at = timetable.window_like(like, starts_at, now)
        minimum, is_draft = like.minimum, not course.is_published or like.state == "draft"
        trainers = tuple(person.ref for person in like.trainers if person.is_trainer)
    return replace(plan, trainers=trainers, minimum=minimum, opens_at=opens_at, closes_at=closes_at, is_draft=is_draft)


def _shown(plan: Plan, places: int) -> dict[str, object]:
    """What the form shows at first, by field."""
    return {
        "trainers": plan.trainers,
        "capacity": places,
        "minimum": min(plan.minimum, places),
        **window.filled(plan.opens_at, plan.closes_at),
        "keep": DRAFT if plan.is_draft else NOW,
    }


def _link_of(like: TrainingSession | None, plan: Plan) -> str:
    """The link of the session that this one is to be like, if people join this one in the same way."""
    links = [slot.joining_link for slot in (like.slots if like else ()) if plan.is_online or slot.room_id]
    return next((link for link in links if link), "")


# --- what was typed ---


def _planned(form: DetailsForm, plan: Plan, now: datetime) -> Plan | None:
    """The whole plan; None if something was refused beside its field."""
    if plan.spans[0][0] <= now:
        form.refuse("", "The start has gone by. Choose another day or time.")
    if plan.is_online and not form.joining_link.text:
        form.refuse("joining_link", "Enter the joining link")
    if form.joining_link.text and not timetable.is_link(form.joining_link.text):
        form.refuse("joining_link", "Enter the joining link as it begins: with https://")
    opens_at = _instant(form, "opens", now)
    closes_at = _instant(form, "closes", now)
    if closes_at and closes_at <= now and not form.closes_on.errors:
        form.refuse("closes_on", "Choose a day and time that are still to come, or nobody can book")
    if form.errors:
        return None
    return replace(
        plan,
        places=form.capacity.data,
        trainers=tuple(form.trainers.data),
        minimum=form.minimum.data,
        opens_at=opens_at,
        closes_at=closes_at,
        is_draft=form.keep.data == DRAFT,
    )


def _instant(form: DetailsForm, name: str, now: datetime) -> datetime | None:
    """When booking opens or closes; None for the usual moment, or if something was refused."""
    on = f"{name}_on"
    if not window.is_dated(form, name) or form.errors or not are_days_near(form, [on], now):
        return None
    return times.instant_of(form, f"{name}_at", form[on].data)


def _schedule(slug: str, planned: Plan, link: str, now: datetime) -> TrainingSession:
    """The verb, with everything fetched afresh: the page's own records have expired if it was rehearsed before."""
    trainers = {person.ref: person for person in people.trainers()}
    slots = []
    for (starts_at, ends_at), where in zip(planned.spans, planned.rooms, strict=True):
        room_id = None if where == ONLINE else rooms.get(where).id
        slots.append(SlotPlan(starts_at, ends_at, room_id, link if _needs(planned, where) else ""))
    return changes.schedule(
        courses.get(slug),
        slots=slots,
        trainers=[trainers[ref] for ref in planned.trainers if ref in trainers],
        capacity=planned.places,
        minimum=planned.minimum,
        booking_opens_at=planned.opens_at,
        booking_closes_at=planned.closes_at,
        is_draft=planned.is_draft,
        by=must_be_me(),
        now=now,
    )


def _needs(planned: Plan, where: str) -> bool:
    """Of a session that is partly online, only those parts have the link; of one in rooms, all may have it."""
    return where == ONLINE or not planned.is_online


# --- what is shown ---


def _page(slug: str, form: DetailsForm, *, status: int | None = None, is_room_taken: bool = False) -> Response:
    course, plan, _ = begun(slug)
    return page(
        "manage/scheduling/details.html",
        status,
        form=form,
        course=course,
        when_and_where=_when_and_where(plan),
        change_when=url_for(".when", slug=slug, **plan.query()),
        change_room=url_for(".room", slug=slug, **plan.query()),
        is_room_taken=is_room_taken,
        shows_window=window.ON in {form.opens.data, form.closes.data} or _has_faulty_window(form),
        may_add_trainers=must_be_me().is_coordinator,
    )


def _has_faulty_window(form: DetailsForm) -> bool:
    return any(str(name).startswith(("opens", "closes")) for name in form.errors)


def _check_page(slug: str, planned: Plan, form: DetailsForm, given: Sequence[Given], still_waiting: int) -> Response:
    """given: the places that go to people who wait, as soon as it is there. still_waiting: how many wait for it then.

    Those who are offered one are among them.
    """
    course, _, _ = begun(slug)
    return page(
        "manage/scheduling/check.html",
        form=form,
        course=course,
        planned=planned,
        given=given,
        others_count=max(0, still_waiting - sum(each.how == "asked" for each in given)),
        when_and_where=_when_and_where(planned),
        change_when=url_for(".when", slug=slug, **planned.query()),
        change_room=url_for(".room", slug=slug, **planned.query()),
        kept=[(name, value) for name, value in request.form.items(multi=True) if name not in {"csrf_token", "go"}],
    )


def _when_and_where(plan: Plan) -> list[tuple[times.Span, Room | None]]:
    return list(zip(plan.spans, _places_of(plan) or [None] * len(plan.spans), strict=True))


def _saved(slug: str, planned: Plan, link: str, now: datetime) -> Response:
    with transaction():
        last = waiting_list.newest_offer_id()
        training_session = _schedule(slug, planned, link, now)
        ref, opens_at = training_session.ref, training_session.booking_opens_at
        given = given_since(last, [training_session.course_id])
    if planned.is_draft:
        said = "It is kept as a draft. It holds its room and trainers, and only trainers and coordinators see it."
    elif opens_at and opens_at > now:
        said = f"It is on the timetable. Booking opens on {clock.say_day(opens_at)} at {clock.say_time(opens_at)}."
    else:
        said = "It is on the timetable. People can book now."
    flash(f"{said} {say_given(given)}".strip())
    return redirect(url_for("manage_sessions.one_session", ref=ref), 303)
