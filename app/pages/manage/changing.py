"""A change of a session: seen before it is made, with who will be told what; then made, and said.

The first press shows what would change and whom it would tell: the verb itself runs, and nothing of it is kept. The
second press makes the change. What was typed travels along unseen; a refusal goes beside its field.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import bookings, clock, settings, timetable
from app.db import rehearsal, transaction
from app.door import must_be_me
from app.errors import Faulty, NotAllowed, NotFound, Refused, RoomTaken, StaleEdit, TooSmall, TrainerBusy
from app.notices import kinds, outbox, render
from app.notices.invites import Mailbox
from app.notices.outbox import Notice
from app.pages import page, plural
from app.pages.forms import long_text
from app.pages.manage.editing import EditForm
from app.timetable import TrainingSession

BESIDE: Mapping[type[Refused], str] = {RoomTaken: "room", TooSmall: "capacity", TrainerBusy: "trainers"}
MOST_NAMED = 20  # names in a banner, which travels in a cookie
THEIR_OWN = "[a link of their own]"


class ChangeForm(EditForm):
    """What every form that changes a session carries: words for the letters, asked on the check page."""

    words = long_text(
        "A sentence of your own for the email (optional)", thing="your sentence", needed=False, most=1000, rows=3
    )


@dataclass(frozen=True)
class Change:
    """What somebody is about to do to a session.

    title: the heading of its form, such as 'Move the session'. act: the verb, given `now`. button: what the second
    press says. done: the sentence afterwards. beside: the field that a kind of refusal belongs to, where it is not
    the usual one.
    """

    title: str
    template: str
    act: Callable[[datetime], object]
    button: str
    done: str
    beside: Mapping[type[Refused], str] | None = None


@dataclass(frozen=True)
class Telling:
    """A letter that a change sends, alike to several people. text: as the first of them will read it."""

    subject: str
    text: str
    names: Sequence[str]
    has_entry: bool


def mine(ref: str) -> TrainingSession:
    """A session that whoever is signed in may manage, whatever its state. Raises NotFound, NotAllowed."""
    training_session = timetable.get(ref)
    if not timetable.may_manage(must_be_me(), training_session.course, training_session.trainers):
        raise NotAllowed("This page is for the session's own trainers and for coordinators.")
    return training_session


def answer(change: Change, form: ChangeForm, ref: str, **facts: object) -> Response:
    """The form; then the check page; then the change, and back to the session's page."""
    if not form.validate_on_submit():
        if _is_checking() and set(form.errors) == {"words"}:
            return _checked(change, form, ref, facts)
        return _form(change, form, ref, facts)
    if "back" in request.form:
        return _form(change, form, ref, facts)
    return _made(change, form, ref, facts) if "go" in request.form else _checked(change, form, ref, facts)


def _form(
    change: Change, form: ChangeForm, ref: str, facts: Mapping[str, object], refusal: Refused | None = None
) -> Response:
    return page(
        change.template,
        refusal.status if refusal else None,
        form=form,
        change=change,
        training_session=mine(ref),
        **facts,
    )


def _checked(change: Change, form: ChangeForm, ref: str, facts: Mapping[str, object]) -> Response:
    now = clock.now()
    try:
        with rehearsal():
            training_session = mine(ref)
            before, last = _said(training_session), outbox.newest_id()
            change.act(now)
            after = _said(timetable.by_id(training_session.id) or training_session)
            tellings = _tellings(bookings.notices_about(training_session, after_id=last), now)
    except (NotFound, NotAllowed):
        raise
    except Refused as refusal:
        return _refused(change, form, ref, facts, refusal)
    return page(
        "manage/changes/check.html",
        form=form,
        change=change,
        training_session=mine(ref),
        differences=[(what, was, after[what]) for what, was in before.items() if was != after[what]],
        tellings=tellings,
        kept=_kept(),
    )


def _made(change: Change, form: ChangeForm, ref: str, facts: Mapping[str, object]) -> Response:
    now = clock.now()
    try:
        with transaction():
            training_session, last = mine(ref), outbox.newest_id()
            change.act(now)
            told = _names(bookings.notices_about(training_session, after_id=last), now)
    except (NotFound, NotAllowed):
        raise
    except Refused as refusal:
        return _refused(change, form, ref, facts, refusal)
    flash(f"{change.done} {say_told(told)}")
    return redirect(url_for("manage_sessions.one_session", ref=ref), 303)


def say_told(told: Sequence[str]) -> str:
    """Who has been told, for the banner of the page that follows."""
    if not told:
        return "Nobody needed to be told."
    named = ", ".join(told) if len(told) <= MOST_NAMED else f"{', '.join(told[:MOST_NAMED])} and others"
    return f"We are emailing {plural(len(told), 'person', 'people')}: {named}."


def _refused(change: Change, form: ChangeForm, ref: str, facts: Mapping[str, object], refusal: Refused) -> Response:
    """Beside its field if it has one, with what was typed; somebody else's change above the form."""
    if isinstance(refusal, StaleEdit):
        form.show_changes(refusal)
    else:
        beside = {**BESIDE, **(change.beside or {})}
        field = refusal.field if isinstance(refusal, Faulty) else beside.get(type(refusal), "")
        form.refuse(field, refusal.sentence)
    return _form(change, form, ref, facts, refusal)


def _is_checking() -> bool:
    return "go" in request.form


def _kept() -> list[tuple[str, str]]:
    """What was typed on the form, to travel along with the check page; the words are asked there."""
    apart = {"csrf_token", "go", "back", "seen", "words"}
    return [(name, value) for name, value in request.form.items(multi=True) if name not in apart]


def _said(training_session: TrainingSession) -> dict[str, str]:
    """A session in words, by what people call each fact, to compare it with itself later."""
    many = len(training_session.slots) > 1
    said: dict[str, str] = {}
    for number, slot in enumerate(training_session.slots, start=1):
        which = f", part {number}" if many else ""
        said[f"When{which}"] = clock.say_span(slot.starts_at, slot.ends_at)
        said[f"Where{which}"] = slot.where
        said[f"Joining link{which}"] = slot.joining_link or "None"
    opens_at, closes_at = training_session.booking_opens_at, training_session.booking_closes_at
    return said | {
        "Places": str(training_session.capacity),
        "Smallest number worth running": str(training_session.minimum),
        "Booking opens": clock.say_short(opens_at) if opens_at else "At once",
        "Booking closes": clock.say_short(closes_at) if closes_at else "When the session starts",
        "Trainers": ", ".join(trainer.name for trainer in training_session.trainers),
        "State": training_session.state.capitalize(),
    }


def _tellings(notices: Sequence[Notice], now: datetime) -> list[Telling]:
    """What leaves at once, letters of one kind together. Entries of further parts go with the letter itself."""
    alike: dict[tuple[str, bool], list[Notice]] = {}
    for notice in _leaving(notices, now):
        is_for_another = bool(kinds.from_json(notice.kind, notice.facts).for_another)
        alike.setdefault((notice.kind, is_for_another), []).append(notice)
    return [_telling(of_kind) for of_kind in alike.values()]


def _telling(alike: Sequence[Notice]) -> Telling:
    first = alike[0]
    facts = kinds.from_json(first.kind, first.facts)
    # A trainer reads the letter before it leaves, but not the links in it: they act for the person.
    refs = [date.session_ref for date in getattr(facts, "other_dates", ())]
    links = dict.fromkeys(("booking", "cancel", "session", "course", "manage", *refs), THEIR_OWN)
    letter = render.render(
        facts, links, settings=settings.current(), recipient=Mailbox(name=first.recipient_name, address=first.address)
    )
    return Telling(
        subject=letter.subject,
        text=letter.text,
        names=[_name(notice) for notice in alike],
        has_entry=facts.invite_carried is not None,
    )


def _names(notices: Sequence[Notice], now: datetime) -> list[str]:
    return [_name(notice) for notice in _leaving(notices, now)]


def _name(notice: Notice) -> str:
    """'Nia Nurse'; 'Cora Coordinator (for Otto)' if Otto has no address."""
    other = kinds.from_json(notice.kind, notice.facts).for_another
    name = notice.recipient_name or notice.address
    return f"{name} (for {other})" if other else name


def _leaving(notices: Sequence[Notice], now: datetime) -> list[Notice]:
    return [
        notice
        for notice in notices
        if notice.due_at <= now and notice.state == "waiting" and notice.kind != kinds.Entry.name
    ]
