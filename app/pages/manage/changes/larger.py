"""A full session into a larger room, so that more people can come. Letters lead here: the check page comes at once."""

from datetime import datetime

from werkzeug.wrappers import Response

from app import changes, clock, rooms, timetable
from app.door import must_be_me, trainer
from app.errors import Refused, RoomTaken, TooSmall
from app.pages import at
from app.pages.manage import window
from app.pages.manage.changes.frame import bp, changeable, coming
from app.pages.manage.changing import Change, ChangeForm, answer
from app.pages.manage.editing import seen
from app.rooms import Room
from app.timetable import TrainingSession


class LargerForm(ChangeForm):
    capacity = window.how_many()


@bp.route("/manage/sessions/<ref>/larger/<slug>", methods=["GET", "POST"])
@trainer
def larger(ref: str, slug: str) -> Response:
    training_session, room, by, now = changeable(ref), rooms.get(slug), must_be_me(), clock.now()
    _refuse_unless_free(training_session, room, now)
    form = LargerForm(seen=seen(training_session), capacity=_what_fits(training_session, room))
    number, name = training_session.id, room.where

    def act(now: datetime) -> None:
        changes.change_room(
            number,
            rooms.get(slug),
            capacity=form.capacity.data,
            by=by,
            now=now,
            words=form.sentence,
            seen=form.has_seen,
        )

    change = Change(
        title=f"Move the session to {name}",
        template="manage/changes/larger.html",
        act=act,
        button=f"Move it to {room.name}",
        done="The session has a larger room.",
        beside={RoomTaken: "", TooSmall: "capacity"},
        fields={"minimum": "capacity", "room": "capacity"},
        begins_checked=True,
    )
    return answer(change, form, ref, room_name=room.name, room_capacity=room.capacity)


def _what_fits(training_session: TrainingSession, room: Room) -> int:
    """All that the room holds; the course's usual number if that is smaller, but more than there are now."""
    usual = training_session.course.places
    return min(usual, room.capacity) if usual > training_session.capacity else room.capacity


def _refuse_unless_free(training_session: TrainingSession, room: Room, now: datetime) -> None:
    """The letter that leads here may be some days old. Raises Refused."""
    slots = coming(training_session, now)
    found = timetable.rooms_for(
        [(slot.starts_at, slot.ends_at) for slot in slots],
        places=training_session.capacity + 1,
        apart_from=training_session.id,
    )
    why_not = next((each.why_not for each in found if each.room.id == room.id), "It is not in use any more.")
    if all(slot.room_id == room.id for slot in slots):
        why_not = "The session is in this room already."
    if why_not:
        own = at(f"/manage/sessions/{training_session.ref}")
        raise Refused(
            f"The session cannot go into {room.where}. {why_not}",
            links=[("Choose another room", f"{own}/room"), ("See the session", own)],
        )
