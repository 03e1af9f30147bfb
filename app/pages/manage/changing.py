"""A change of a session: seen before it is made, with who will be told what; then made, and said.

The first press shows what would change and whom it would tell: the verb itself runs, and nothing of it is kept (D32).
The second press makes the change. What was typed travels along unseen; a refusal goes beside its field. A sentence for
the emails is asked on the check page, unless a form asks for its words itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from app import bookings, clock, timetable
from app.bookings import Booking
from app.bookings.facts import recipient_of
from app.db import rehearsal, transaction
from app.door import must_be_me
from app.errors import Faulty, NotAllowed, NotFound, Refused, RoomTaken, StaleEdit, TooSmall, TrainerBusy
from app.notices import outbox
from app.pages import at, page
from app.pages.forms import long_text
from app.pages.forms.fields import Carried
from app.pages.manage.editing import EditForm
from app.pages.manage.telling import Telling, tell_next, tellings_of
from app.timetable import TrainingSession

BESIDE: Mapping[type[Refused], str] = {RoomTaken: "room", TooSmall: "capacity", TrainerBusy: "trainers"}
NOTHING_NEW = "You have not changed anything yet."
# Facts of a session that those who are booked hear of.
HEARD = ("When", "Where", "Joining link", "State")


class ChangeForm(EditForm):
    """What every form that changes a session carries: words for the letters."""

    words = long_text(
        "A sentence of your own for the email (optional)", thing="your sentence", needed=False, most=1000, rows=3
    )

    @property
    def sentence(self) -> str:
        """The words for the letters."""
        return str(self.words.data or "")

    @property
    def asks_words(self) -> bool:
        """Whether the form asks for its words itself, so that the check page need not."""
        return type(self).words is not ChangeForm.words


@dataclass(frozen=True)
class Change:
    """What somebody is about to do to a session.

    title: the heading of its form, such as 'Move the session'. act: the verb, given `now`. button: what the second
    press says. done: the sentence afterwards. beside: the field that a kind of refusal belongs to, where it is not
    the usual one. fields: what the form calls a field that a verb calls otherwise. also: the refs of further sessions
    that it changes. show: what its form's template needs, read whenever the form is shown. is_final: there is no way
    back.
    """

    title: str
    template: str
    act: Callable[[datetime], object]
    button: str
    done: str
    beside: Mapping[type[Refused], str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    also: Sequence[str] = ()
    show: Callable[[], Mapping[str, object]] = dict
    is_final: bool = False


@dataclass(frozen=True)
class Difference:
    """How a session would be another: (what, now, after). title: which session, if there are several."""

    title: str
    rows: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Outlook:
    """What a change would do. unreachable: who has a place and hears of it from nobody."""

    differences: Sequence[Difference]
    tellings: Sequence[Telling]
    unreachable: Sequence[tuple[str, str]]


def mine(ref: str) -> TrainingSession:
    """A session that whoever is signed in may manage, whatever its state. Raises NotFound, NotAllowed."""
    training_session = timetable.get(ref)
    if not timetable.may_manage(must_be_me(), training_session.course, training_session.trainers):
        raise NotAllowed("This page is for the session's own trainers and for coordinators.")
    return training_session


def answer(change: Change, form: ChangeForm, ref: str, **facts: object) -> Response:
    """The form; then the check page; then the change, and back to the session's page."""
    is_sound, faulty = form.validate_on_submit(), set(form.errors)
    if not is_sound and not (faulty == {"words"} and not form.asks_words):
        return _form(change, form, ref, facts)
    if "back" in request.form:
        return _form(change, form, ref, facts)
    return _made(change, form, ref, facts) if is_sound and "go" in request.form else _checked(change, form, ref, facts)


def _form(
    change: Change, form: ChangeForm, ref: str, facts: Mapping[str, object], refusal: Refused | None = None
) -> Response:
    if not form.asks_words:
        form.words.errors = []  # they are put right where they are asked, on the check page
    return page(
        change.template,
        refusal.status if refusal else None,
        form=form,
        change=change,
        training_session=mine(ref),
        **{**facts, **change.show()},
    )


def _checked(change: Change, form: ChangeForm, ref: str, facts: Mapping[str, object]) -> Response:
    now = clock.now()
    if form.words.errors:
        form.words.data = ""  # shown as typed, but no letter can have it
    try:
        with rehearsal():
            outlook = _outlook(change, ref, now)
    except (NotFound, NotAllowed):
        raise
    except Refused as refusal:
        return _refused(change, form, ref, facts, refusal)
    if not outlook.differences and not outlook.tellings:
        form.refuse("", NOTHING_NEW)
        return _form(change, form, ref, facts)
    is_asked = bool(outlook.tellings) and not form.asks_words
    if not is_asked:
        form.to_the_top(form.words)  # the question is not on the page
    return page(
        "manage/changes/check.html",
        form=form,
        change=change,
        training_session=mine(ref),
        outlook=outlook,
        is_asked=is_asked,
        kept=_kept(form, is_asked=is_asked),
    )


def _outlook(change: Change, ref: str, now: datetime) -> Outlook:
    """Within a rehearsal: the verb, and what it did."""
    sessions = [mine(each) for each in (ref, *change.also)]
    before, last = [_said(each) for each in sessions], outbox.newest_id()
    unreachable = [booking for each in sessions for booking in bookings.live_on(each) if recipient_of(booking) is None]
    change.act(now)
    after = [_said(timetable.by_id(each.id) or each) for each in sessions]
    differences = [
        Difference(f"{each.course.title}, {clock.say_short(each.starts_at)}" if change.also else "", rows)
        for each, was, is_now in zip(sessions, before, after, strict=True)
        if (rows := [(what, was[what], is_now[what]) for what in was if was[what] != is_now[what]])
    ]
    is_heard = any(what.startswith(HEARD) for difference in differences for what, _, _ in difference.rows)
    notices = [notice for each in sessions for notice in bookings.notices_about(each, after_id=last)]
    return Outlook(differences, tellings_of(notices, now), _named(unreachable) if is_heard else [])


def _named(unreachable: Sequence[Booking]) -> list[tuple[str, str]]:
    return [(booking.person.name, booking.person.phone) for booking in unreachable]


def _made(change: Change, form: ChangeForm, ref: str, facts: Mapping[str, object]) -> Response:
    now = clock.now()
    try:
        with transaction():
            ids, last = [mine(each).id for each in (ref, *change.also)], outbox.newest_id()
            change.act(now)
            newest = outbox.newest_id()
    except (NotFound, NotAllowed):
        raise
    except Refused as refusal:
        return _refused(change, form, ref, facts, refusal)
    tell_next(change.done, ids, after=last, until=newest)
    return redirect(_afterwards(ref), 303)


def _afterwards(ref: str) -> str:
    """The session's page; whoever has just taken themselves off it may not open that any more."""
    try:
        mine(ref)
    except NotAllowed:
        return at("/manage/timetable")
    return url_for("manage_sessions.one_session", ref=ref)


def _refused(change: Change, form: ChangeForm, ref: str, facts: Mapping[str, object], refusal: Refused) -> Response:
    """Beside its field if it has one, with what was typed; somebody else's change above the form."""
    if isinstance(refusal, StaleEdit):
        form.show_changes(refusal)
    else:
        form.refuse(_field_of(change, form, refusal), refusal.sentence)
    return _form(change, form, ref, facts, refusal)


def _field_of(change: Change, form: ChangeForm, refusal: Refused) -> str:
    """Where a refusal belongs: of a part of the session, beside that part's own field if there is one."""
    usual = refusal.field if isinstance(refusal, Faulty) else refusal.facts.get("field", BESIDE.get(type(refusal), ""))
    name = change.beside.get(type(refusal), usual)
    of_part = f"{name}_{refusal.facts.get('slot', 0) + 1}"
    return of_part if of_part in form else change.fields.get(name, name)


def _kept(form: ChangeForm, *, is_asked: bool) -> list[tuple[str, str]]:
    """What was typed on the form, to travel along with the check page, apart from what that asks or carries itself."""
    apart = {"csrf_token", "go", "back", "words", *(each.name for each in form if isinstance(each, Carried))}
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in apart]
    return kept if is_asked else [*kept, ("words", form.words.text)]


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
