"""A change of a session: seen before it is made, with who will be told what; then made, and said.

The first press shows what would change and whom it would tell: the verb itself runs, and nothing of it is kept (D32).
The second press makes the change. What was typed travels along unseen; a refusal goes beside its field. A sentence for
the emails is asked on the check page, unless a form asks for its words itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from flask import redirect, request
from werkzeug.wrappers import Response

from app import bookings, clock, timetable, waiting_list
from app.bookings import Booking
from app.bookings.facts import recipient_of
from app.db import rehearsal, transaction
from app.door import must_be_me
from app.errors import Faulty, NotAllowed, NotFound, Refused, RoomTaken, StaleEdit, TooSmall, TrainerBusy
from app.notices import outbox
from app.pages import at, page
from app.pages.forms import long_text
from app.pages.forms.fields import Carried, Text
from app.pages.manage.editing import EditForm
from app.pages.manage.given import Given, given_since
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
    """What somebody is about to do to a session, or for somebody who waits.

    title: the heading of its form, such as 'Move the session'. act: the verb, given `now`. button: what the second
    press says. done: the sentence afterwards. beside: the field that a kind of refusal belongs to, where it is not
    the usual one. fields: what the form calls a field that a verb calls otherwise. also: the refs of further sessions
    that it changes. show: what its form's template needs, read whenever the form is shown. is_final: there is no way
    back. begins_checked: its address says all that has to be said, so that the first look is the check page.
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
    begins_checked: bool = False


@dataclass(frozen=True)
class Difference:
    """How a record would be another: (what, now, after). title: which session, if there are several."""

    title: str
    rows: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Outlook:
    """What a change would do.

    given: the places that go to people from the waiting list, in order. unreachable: who has a place and hears of it
    from nobody.
    """

    differences: Sequence[Difference]
    given: Sequence[Given]
    tellings: Sequence[Telling]
    unreachable: Sequence[tuple[str, str]]


Said = list[tuple[str, dict[str, str]]]  # (which record, if there are several; its facts in words)


class Subject(Protocol):
    """What a change is made to. All is read afresh: a rehearsal makes the page forget what it had read."""

    def sessions(self) -> Sequence[TrainingSession]:
        """Those that it changes. Raises NotFound, NotAllowed."""
        ...

    def course_ids(self) -> Sequence[int]:
        """Whose sessions, and whose waiting list, it may touch."""
        ...

    def said(self) -> Said:
        """The record in words, to compare it with itself later, when it may be somebody else's."""
        ...

    def shown(self) -> Mapping[str, object]:
        """What its templates need to say what they are about, with `back`, the page that it came from."""
        ...

    def afterwards(self) -> str:
        """The page on which it is said that the change was made."""
        ...


@dataclass(frozen=True)
class OfSessions:
    """A change of a session. also: the refs of others that change with it."""

    ref: str
    also: Sequence[str] = ()

    def sessions(self) -> Sequence[TrainingSession]:
        return [mine(each) for each in (self.ref, *self.also)]

    def course_ids(self) -> Sequence[int]:
        return sorted({each.course_id for each in self.sessions()})

    def said(self) -> Said:
        return [
            (f"{each.course.title}, {clock.say_short(each.starts_at)}" if self.also else "", _said(each))
            for each in [timetable.by_id(known.id) or known for known in map(timetable.get, (self.ref, *self.also))]
        ]

    def shown(self) -> Mapping[str, object]:
        training_session = mine(self.ref)
        held_count = bookings.count_held(training_session)
        return {
            "training_session": training_session,
            "held_count": held_count,
            "booked_count": training_session.places_taken - held_count,
            "back": (at(f"/manage/sessions/{self.ref}"), "Back to the session"),
        }

    def afterwards(self) -> str:
        """The session's page; whoever has just taken themselves off it may not open that any more."""
        try:
            mine(self.ref)
        except NotAllowed:
            return at("/manage/timetable")
        return at(f"/manage/sessions/{self.ref}")


def mine(ref: str) -> TrainingSession:
    """A session that whoever is signed in may manage, whatever its state. Raises NotFound, NotAllowed."""
    training_session = timetable.get(ref)
    if not timetable.may_manage(must_be_me(), training_session.course, training_session.trainers):
        raise NotAllowed("This page is for the session's own trainers and for coordinators.")
    return training_session


def answer(change: Change, form: ChangeForm, ref: str, **facts: object) -> Response:
    """A change of a session: the form; then the check page; then the change, and back to the session's page."""
    return answer_about(change, form, OfSessions(ref, change.also), **facts)


def answer_about(change: Change, form: ChangeForm, subject: Subject, **facts: object) -> Response:
    """The same of whatever is changed."""
    if change.begins_checked and request.method == "GET":
        return _checked(change, form, subject, facts)
    is_sound, faulty = form.validate_on_submit(), set(form.errors)
    if not is_sound and not (faulty == {"words"} and not form.asks_words):
        return _form(change, form, subject, facts)
    if "back" in request.form:
        return _form(change, form, subject, facts)
    is_told = is_sound and "go" in request.form
    return _made(change, form, subject, facts) if is_told else _checked(change, form, subject, facts)


def _form(
    change: Change, form: ChangeForm, subject: Subject, facts: Mapping[str, object], refusal: Refused | None = None
) -> Response:
    if not form.asks_words:
        form.words.errors = []  # they are put right where they are asked, on the check page
    status = refusal.status if refusal else None
    shown: dict[str, Any] = {**subject.shown(), **facts, **change.show()}
    return page(change.template, status, form=form, change=change, **shown)


def _checked(change: Change, form: ChangeForm, subject: Subject, facts: Mapping[str, object]) -> Response:
    now = clock.now()
    if form.words.errors:
        form.words.data = ""  # shown as typed, but no letter can have it
    try:
        with rehearsal():
            outlook = _outlook(change, subject, now)
    except (NotFound, NotAllowed):
        raise
    except Refused as refusal:
        return _refused(change, form, subject, facts, refusal)
    if not outlook.differences and not outlook.tellings:
        form.refuse("", NOTHING_NEW)
        return _form(change, form, subject, facts)
    shown: dict[str, Any] = {**subject.shown()}
    is_asked = bool(outlook.tellings) and not form.asks_words
    if not is_asked:
        form.to_the_top(form.words)  # the question is not on the page
    return page(
        "manage/changes/check.html",
        form=form,
        change=change,
        outlook=outlook,
        is_asked=is_asked,
        kept=_kept(form, is_asked=is_asked),
        **shown,
    )


def _outlook(change: Change, subject: Subject, now: datetime) -> Outlook:
    """Within a rehearsal: the verb, and what it did."""
    sessions, course_ids, before = subject.sessions(), subject.course_ids(), subject.said()
    last, last_given = outbox.newest_id(), waiting_list.newest_offer_id()
    unreachable = [booking for each in sessions for booking in bookings.live_on(each) if recipient_of(booking) is None]
    change.act(now)
    differences = [
        Difference(title, rows)
        for (title, was), (_, is_now) in zip(before, subject.said(), strict=True)
        if (rows := [(what, was[what], is_now[what]) for what in was if was[what] != is_now[what]])
    ]
    is_heard = any(what.startswith(HEARD) for difference in differences for what, _, _ in difference.rows)
    return Outlook(
        differences,
        given_since(last_given, course_ids),
        tellings_of(bookings.notices_of_courses(course_ids, after_id=last), now),
        _named(unreachable) if is_heard else [],
    )


def _named(unreachable: Sequence[Booking]) -> list[tuple[str, str]]:
    return [(booking.person.name, booking.person.phone) for booking in unreachable]


def _made(change: Change, form: ChangeForm, subject: Subject, facts: Mapping[str, object]) -> Response:
    now = clock.now()
    try:
        with transaction():
            course_ids, last = subject.course_ids(), outbox.newest_id()
            change.act(now)
            newest = outbox.newest_id()
    except (NotFound, NotAllowed):
        raise
    except Refused as refusal:
        return _refused(change, form, subject, facts, refusal)
    tell_next(change.done, course_ids, after=last, until=newest)
    return redirect(subject.afterwards(), 303)


def _refused(
    change: Change, form: ChangeForm, subject: Subject, facts: Mapping[str, object], refusal: Refused
) -> Response:
    """Beside its field if it has one, with what was typed; somebody else's change above the form."""
    if isinstance(refusal, StaleEdit):
        form.show_changes(refusal)
    else:
        form.refuse(_field_of(change, form, refusal), refusal.sentence)
    return _form(change, form, subject, facts, refusal)


def _field_of(change: Change, form: ChangeForm, refusal: Refused) -> str:
    """Where a refusal belongs: of a part of the session, beside that part's own field if there is one."""
    usual = refusal.field if isinstance(refusal, Faulty) else refusal.facts.get("field", BESIDE.get(type(refusal), ""))
    name = change.beside.get(type(refusal), usual)
    of_part = f"{name}_{refusal.facts.get('slot', 0) + 1}"
    return of_part if of_part in form else change.fields.get(name, name)


def _kept(form: ChangeForm, *, is_asked: bool) -> list[tuple[str, str]]:
    """What was typed on the form, to travel along with the check page, apart from what that asks or carries itself."""
    apart = {"csrf_token", "go", "back", "words", *(each.name for each in form if isinstance(each, Carried))}
    typed = list(request.form.items(multi=True))
    if request.method == "GET":  # nothing has been typed: the form as the page has filled it in
        typed = [(each.name, each.text) for each in form if isinstance(each, Text)]
    kept = [(name, value) for name, value in typed if name not in apart]
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
