"""The register: to tick on a phone, to print, to add who walked in."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import attendance, bookings, clock
from app.attendance import Line
from app.db import transaction
from app.door import must_be_me, trainer
from app.errors import Faulty, NotAllowed, NotFound, TooSmall
from app.pages import page, plural
from app.pages.forms import Form, carried, choice, short_text
from app.pages.manage import files
from app.pages.manage.changing import mine
from app.timetable import TrainingSession

bp = Blueprint("manage_register", __name__)

NO_MARK = "none"
CHOICES = (
    (NO_MARK, "No mark"),
    ("attended", "Attended"),
    ("part", "Part of it"),
    ("apologies", "Sent apologies"),
    ("absent", "Did not attend"),
)
HEADING = ("Name", "Team", "Came with", "Mark", "Marked at", "Marked by")
BLANK_LINES = 3  # on paper, for who walks in
MOST_SIGNATURES = 3  # columns beside the names that A4 has room for


class RegisterForm(Form):
    """A mark for each person. `was-…` says how the page showed it: what nobody touched here is not written (D42)."""

    walk_in = short_text("Name of somebody who came without booking", thing="their name", needed=False, width=20)

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = [line for line in lines if not line.is_walk_in]
        self.walk_ins = [line for line in lines if line.is_walk_in]
        super().__init__()

    def process(self, *args: Any, **facts: Any) -> None:
        """WTForms takes fields from the class alone; these are as many as there are people."""
        for line in self.lines:
            asked: dict[str, Any] = {
                f"mark-{line.booking_id}": choice(line.name, CHOICES, thing=f"a mark for {line.name}", needed=False),
                f"was-{line.booking_id}": carried(),
            }
            for name, field in asked.items():
                self._fields[name] = field.bind(form=self, name=name)
                facts[name] = line.mark or NO_MARK
        super().process(*args, **facts)

    def changes(self) -> dict[int, str | None]:
        chosen = {id_: (self[f"was-{id_}"].text, self[f"mark-{id_}"].data) for id_ in self._ids()}
        return {id_: _mark(now) for id_, (was, now) in chosen.items() if now and now != was}

    def unmarked(self) -> list[int]:
        return [id_ for id_ in self._ids() if self[f"mark-{id_}"].data == NO_MARK]

    def _ids(self) -> list[int]:
        return [line.booking_id for line in self.lines if line.booking_id is not None]


@bp.route("/manage/sessions/<ref>/register", methods=["GET", "POST"])
@trainer
def register(ref: str) -> Response:
    training_session = _with_register(ref)
    lines = attendance.register_of(training_session)
    if "copy" in request.args:
        return _paper(training_session, lines)
    form = RegisterForm(lines)
    if not form.validate_on_submit():
        return _page(form, training_session)
    if "add" in request.form and not (form.walk_in.text or form.changes()):
        form.refuse("walk_in", "Enter the name of whoever came without booking")
        return _page(form, training_session)
    try:
        flash(_saved(form, training_session))
    except (Faulty, TooSmall) as refusal:
        form.refuse("walk_in", f"{refusal.sentence}. Nothing has been saved yet")
        return _page(form, _with_register(ref), refusal.status)
    return redirect(url_for(".register", ref=ref), 303)


@bp.get("/manage/sessions/<ref>/register.csv")
@trainer
def register_csv(ref: str) -> Response:
    training_session = _with_register(ref)
    return files.csv(f"register-{training_session.ref}", HEADING, map(_cells, attendance.register_of(training_session)))


def _with_register(ref: str) -> TrainingSession:
    training_session = mine(ref)
    if attendance.why_none(training_session):
        raise NotFound(attendance.why_none(training_session))
    return training_session


def _saved(form: RegisterForm, training_session: TrainingSession) -> str:
    """All that was filled in, whichever button was pressed; what came of it, for the banner."""
    by, now, name, id_ = must_be_me(), clock.now(), form.walk_in.text, training_session.id
    rest = form.unmarked() if "rest" in request.form else ()
    removed = ""
    with transaction():
        changed_count = attendance.mark(id_, form.changes(), unless_marked=rest, by=by, now=now)
        if name:
            attendance.add_walk_in(id_, name, by=by, now=now)
        if "remove" in request.form:
            removed = attendance.remove_walk_in(id_, _number(request.form["remove"]), by=by, now=now)
    said = [f"{plural(changed_count, 'mark')} saved."] if changed_count else []
    said += ["1 person has been added."] if name else []
    said += ["1 person has been taken off."] if removed else []
    return " ".join(said) or "There was nothing to save: no mark had been changed."


def _page(form: RegisterForm, training_session: TrainingSession, status: int | None = None) -> Response:
    return page(
        "manage/register/register.html",
        status,
        form=form,
        training_session=training_session,
        is_open=attendance.opens_at(training_session) <= clock.now(),
        opens_at=attendance.opens_at(training_session),
        counted=attendance.counted(line.mark for line in form.lines),
        may_see_needs=bookings.may_see_needs(must_be_me(), training_session),
    )


def _paper(training_session: TrainingSession, lines: Sequence[Line]) -> Response:
    """To sign, with names alone, for everybody sees it; or the trainer's own copy."""
    is_trainers_copy = request.args["copy"] == "trainer"
    if is_trainers_copy and not bookings.may_see_needs(must_be_me(), training_session):
        raise NotAllowed("What would help people is for the session's own trainers and for coordinators.")
    needs = _needs(training_session) if is_trainers_copy else {}
    slots = training_session.slots
    return page(
        "manage/register/paper.html",
        training_session=training_session,
        lines=lines,
        needs=needs,
        is_trainers_copy=is_trainers_copy,
        signatures=slots if len(slots) <= MOST_SIGNATURES else slots[:1],
        blank_lines=range(BLANK_LINES),
    )


def _needs(training_session: TrainingSession) -> dict[int | None, str]:
    """What would help each person, by their booking's id."""
    return {booking.id: booking.access_needs for booking in bookings.live_on(training_session)}


def _cells(line: Line) -> tuple[str, ...]:
    came_with = "No booking" if line.is_walk_in else "A booking"
    return line.name, line.team, came_with, line.said, files.said(line.marked_at), line.marked_by


def _number(sent: str) -> int:
    """0, which is nobody's, of anything that no button of ours sends."""
    return int(sent) if sent.isdecimal() and len(sent) < 12 else 0


def _mark(chosen: str) -> str | None:
    return None if chosen == NO_MARK else chosen
