"""A session moved to another time; and to another room, if its own is taken then."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from app import changes, clock, rooms, timetable
from app.door import must_be_me, trainer
from app.errors import RoomTaken, TrainerBusy
from app.pages.forms import Option, choice
from app.pages.manage import times
from app.pages.manage.changes.frame import bp, changeable
from app.pages.manage.changing import Change, ChangeForm, answer, mine
from app.pages.manage.choosing import room_options
from app.pages.manage.editing import seen
from app.timetable import TrainingSession

KEEP = "-keep"  # where a room's slug stands otherwise; no slug begins like that
FURTHEST = timedelta(days=5 * 366)


class MoveForm(ChangeForm):
    """`times.with_parts` adds a day, a start and an end for each part.

    room: asked only once the session's own is known to be taken at the new time.
    """

    room = choice("Where will it be?", thing="where it will be", needed=False)
    before: Sequence[times.Span] = ()
    spans: Sequence[times.Span] | None = None
    is_room_taken = False

    def validate(self, extra_validators: Any = None) -> bool:
        sound = super().validate(extra_validators)
        if self.room.errors:
            self.to_the_top(self.room)  # the question may not be on the page
            self.room.data = None
        if not set(self.errors) - {"words"} and self._are_days_near():
            self.spans = times.spans_of(self, len(self.before))
        return sound and self.spans is not None

    def _are_days_near(self) -> bool:
        """Days that have gone by, or are years ahead, are mistyped; a part that has been keeps its day."""
        today = clock.today(clock.now())
        for number, (starts_at, _) in enumerate(self.before, start=1):
            on: date = self[f"day_{number}"].data
            if on < today and on != clock.today(starts_at):
                self.refuse(f"day_{number}", "Choose a day that is still to come")
            elif on - today > FURTHEST:
                self.refuse(f"day_{number}", f"Choose a day before {clock.say_date(today + FURTHEST)}")
        return not set(self.errors) - {"words"}

    @property
    def new_room(self) -> str | None:
        return None if self.room.data == KEEP else self.room.data


@bp.route("/manage/sessions/<ref>/move", methods=["GET", "POST"])
@trainer
def move(ref: str) -> Response:
    training_session, by = changeable(ref), must_be_me()
    form, number = _move_form(training_session), training_session.id

    def act(now: datetime) -> None:
        room = rooms.get(form.new_room) if form.new_room else None
        try:
            changes.change_times(
                number, form.spans or (), room=room, by=by, now=now, words=form.sentence, seen=form.has_seen
            )
        except RoomTaken:
            form.is_room_taken = True
            raise

    change = Change(
        title="Change the date or time",
        template="manage/changes/move.html",
        act=act,
        button="Move the session",
        done="The session has been moved.",
        beside={RoomTaken: "room" if form.new_room else "start", TrainerBusy: "start"},
        show=lambda: _shown(form, ref),
    )
    return answer(change, form, ref)


def _move_form(training_session: TrainingSession) -> MoveForm:
    spans = [(slot.starts_at, slot.ends_at) for slot in training_session.slots]
    form = times.with_parts(MoveForm, len(spans))(seen=seen(training_session), **times.filled(spans))
    form.before = spans
    if request.method == "POST":
        form.room.choices = [KEEP, *(room.slug for room in rooms.all_rooms())]
    return form


def _shown(form: MoveForm, ref: str) -> Mapping[str, object]:
    """The rooms that are free at the new time, once it is known that the session's own is not."""
    if not form.spans or not (form.is_room_taken or form.new_room):
        return {"choices": None}
    training_session = mine(ref)
    choices = timetable.rooms_for(
        form.spans,
        places=training_session.capacity,
        needs=training_session.course.room_needs,
        apart_from=training_session.id,
    )
    keep = Option(KEEP, f"Stay in {training_session.where}", "Then choose another time above.")
    form.room.choices = [*room_options(choices), keep]
    return {"choices": choices}
