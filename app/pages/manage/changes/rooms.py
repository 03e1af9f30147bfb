"""Another room for a session, or none; and another joining link."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Response

from app import changes, clock, rooms, timetable
from app.door import must_be_me, trainer
from app.pages import plural
from app.pages.forms import Option, choice, short_text
from app.pages.manage import window
from app.pages.manage.changes.frame import bp, changeable, coming, part_asked_for, parts_to_choose
from app.pages.manage.changing import Change, ChangeForm, answer, mine
from app.pages.manage.choosing import ONLINE, room_options
from app.pages.manage.editing import seen
from app.timetable import RoomChoice, Slot, TrainingSession

ONLINE_ONLY = Option(ONLINE, "Online only", "Without a room. Only people who have a place get the joining link.")


class RoomForm(ChangeForm):
    room = choice("Where will it be?", thing="where it will be")
    joining_link = short_text(
        "Joining link (optional)",
        thing="the joining link",
        needed=False,
        most=500,
        hint="For people who join online. You need one if you choose ‘Online only’.",
    )
    capacity = window.how_many()

    def validate(self, extra_validators: Any = None) -> bool:
        sound = super().validate(extra_validators)
        if self.room.data == ONLINE and "joining_link" in self and not self.joining_link.text:
            self.refuse("joining_link", "Enter the joining link")
            return False
        return sound


@bp.route("/manage/sessions/<ref>/room", methods=["GET", "POST"])
@trainer
def room(ref: str) -> Response:
    training_session, by, now = changeable(ref), must_be_me(), clock.now()
    part, number = part_asked_for(training_session, now), training_session.id
    form = _room_form(coming(training_session, now, part), training_session)
    form.room.choices = [*(known.slug for known in rooms.all_rooms()), ONLINE]

    def act(now: datetime) -> None:
        chosen = None if form.room.data == ONLINE else rooms.get(form.room.data)
        link = form.joining_link.text if "joining_link" in form else None
        changes.change_room(
            number,
            chosen,
            capacity=form.capacity.data,
            joining_link=link,
            part=part,
            by=by,
            now=now,
            words=form.sentence,
            seen=form.has_seen,
        )

    change = Change(
        title="Change the room",
        template="manage/changes/room.html",
        act=act,
        button="Change the room",
        done="The session has been changed.",
        fields={"minimum": "capacity"},
        show=lambda: _rooms_shown(form, ref, part, now),
    )
    return answer(change, form, ref, parts=parts_to_choose(training_session, now), part=part)


def _room_form(slots: Sequence[Slot], training_session: TrainingSession) -> RoomForm:
    """With what the parts have in common now."""
    places = {slot.room.slug if slot.room else ONLINE for slot in slots}
    links = {slot.joining_link for slot in slots}
    form = RoomForm(
        seen=seen(training_session),
        room=min(places) if len(places) == 1 else None,
        joining_link=min(links),
        capacity=training_session.capacity,
    )
    if len(links) > 1:
        del form.joining_link  # each part keeps its own
    return form


def _rooms_shown(form: RoomForm, ref: str, part: int | None, now: datetime) -> Mapping[str, object]:
    """Rooms that hold everybody who has a place; first those that hold as many as there are places now."""
    training_session = mine(ref)
    taken = training_session.places_taken
    found = timetable.rooms_for(
        [(slot.starts_at, slot.ends_at) for slot in coming(training_session, now, part)],
        places=max(1, taken),
        needs=training_session.course.room_needs,
        apart_from=training_session.id,
    )

    def said(each: RoomChoice) -> RoomChoice:
        """What is too small for those who have a place, however many places there are to be."""
        if each.room.capacity >= taken:
            return each
        have = plural(taken, "person has a place", "people have a place")
        return replace(each, why_not=f"Too small: it holds {each.room.capacity} people, and {have}.")

    def holds_all(each: RoomChoice) -> bool:
        return each.room.capacity >= training_session.capacity

    choices = sorted(map(said, found), key=lambda each: (bool(each.why_not), not holds_all(each)))
    form.room.choices = [*room_options(choices), ONLINE_ONLY]
    return {"choices": choices}


class LinkForm(ChangeForm):
    joining_link = short_text("Joining link", thing="the joining link", needed=False, most=500)


@bp.route("/manage/sessions/<ref>/link", methods=["GET", "POST"])
@trainer
def link(ref: str) -> Response:
    training_session, by, now = changeable(ref), must_be_me(), clock.now()
    part, number = part_asked_for(training_session, now), training_session.id
    slots = coming(training_session, now, part)
    has_room = all(slot.room for slot in slots)
    links = {slot.joining_link for slot in slots}
    form = LinkForm(seen=seen(training_session), joining_link=min(links) if len(links) == 1 else "")
    form.joining_link.needed = not has_room
    form.joining_link.hint = "Leave this empty if nobody joins online." if has_room else None

    def act(now: datetime) -> None:
        changes.change_joining_link(
            number, form.joining_link.text, part=part, by=by, now=now, words=form.sentence, seen=form.has_seen
        )

    change = Change(
        title="Change the joining link",
        template="manage/changes/link.html",
        act=act,
        button="Change the joining link",
        done="The joining link has been changed.",
    )
    return answer(change, form, ref, parts=parts_to_choose(training_session, now), part=part)
