"""Closing a room for a time, and for good; and opening it again."""

from datetime import date, datetime, timedelta

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from app import clock, rooms, timetable
from app.db import transaction
from app.door import coordinator, must_be_me
from app.errors import Faulty, RoomTaken
from app.pages import page
from app.pages.forms import Form, day, require_own_page, short_text, time_of_day
from app.pages.manage import times
from app.pages.manage.rooms.frame import NUMBERS, bp, put_beside
from app.timetable.closures import MOST_WHY

FURTHEST = timedelta(days=5 * 366)


class CloseForm(Form):
    why = short_text("Why is it closed?", thing="why the room is closed", most=MOST_WHY, hint="For example, Decorating")
    from_on = day("First day", thing="the first day")
    from_time = time_of_day(
        "From what time? (optional)",
        thing="the time from which it is closed",
        needed=False,
        hint="Leave it empty if it is closed all day. If that is today, it closes at once",
    )
    from_time_which = times.which()
    until_on = day(
        "Last day (optional)", thing="the last day", needed=False, hint="Leave it empty if it is the same day"
    )
    until_time = time_of_day(
        "Until what time? (optional)",
        thing="the time until which it is closed",
        needed=False,
        hint="Leave it empty if it is closed until the end of that day",
    )
    until_time_which = times.which()

    def span(self, now: datetime) -> tuple[datetime, datetime] | None:
        """When the room is closed; None if a time was refused, or asked about, beside its field."""
        first, last = self.from_on.data, self.until_on.data or self.from_on.data
        if not self._are_days(first, last, clock.today(now)):
            return None
        if self.from_time.data is not None:
            starts_at = times.instant_of(self, "from_time", first)
        else:
            this_minute = now.replace(second=0, microsecond=0)
            starts_at = this_minute if first == clock.today(now) else clock.midnight(first)
        if self.until_time.data is not None:
            ends_at = times.instant_of(self, "until_time", last)
        else:
            ends_at = clock.midnight(last + timedelta(days=1))
        return (starts_at, ends_at) if starts_at and ends_at else None

    def _are_days(self, first: date, last: date, today: date) -> bool:
        if first < today:
            self.refuse("from_on", "The first day must be today or later")
        elif last < first:
            self.refuse("until_on", "The last day must not be before the first")
        elif last - today > FURTHEST:
            self.refuse("until_on" if self.until_on.data else "from_on", "Choose a day within the next five years")
        return not self.errors


@bp.route("/manage/rooms/<slug>/close", methods=["GET", "POST"])
@coordinator
def close_room(slug: str) -> Response:
    room, form, now = rooms.get(slug), CloseForm(), clock.now()
    status, facts = None, {}
    if form.validate_on_submit() and (span := form.span(now)):
        try:
            with transaction():
                closure = timetable.close_room(room.id, *span, why=form.why.text, by=must_be_me(), now=now)
        except (Faulty, RoomTaken) as refusal:
            put_beside(form, refusal)
            status, facts = refusal.status, refusal.facts
        else:
            flash(f"The room is closed {closure.when}. Nobody has been told.")
            return redirect(url_for(".one_room", slug=slug), 303)
        room = rooms.get(slug)
    return page("manage/rooms/close.html", status, form=form, room=room, in_the_way=facts.get("sessions", ()))


@bp.post(f"/manage/rooms/<slug>/closures/<int(max={NUMBERS}):closure_id>/reopen")
@coordinator
def reopen_room(slug: str, closure_id: int) -> Response:
    require_own_page()
    with transaction():
        closure = timetable.reopen_room(rooms.get(slug).id, closure_id, by=must_be_me(), now=clock.now())
    flash(f"The room is no longer closed {closure.when}.")
    return redirect(url_for(".one_room", slug=slug), 303)


class RetireForm(Form):
    why = short_text("Why? (optional)", thing="why you retire it", needed=False, most=MOST_WHY)


@bp.route("/manage/rooms/<slug>/retire", methods=["GET", "POST"])
@coordinator
def retire_room(slug: str) -> Response:
    room, form, now = rooms.get(slug), RetireForm(), clock.now()
    if form.validate_on_submit():
        try:
            with transaction():
                timetable.retire_room(room.id, why=form.why.text, by=must_be_me(), now=now)
        except RoomTaken as refusal:
            put_beside(form, refusal)
            room = rooms.get(slug)
            return page("manage/rooms/retire.html", 409, form=form, room=room, in_the_way=refusal.facts["sessions"])
        flash("The room has been retired. It is not offered for sessions any more.")
        return redirect(url_for(".one_room", slug=slug), 303)
    in_the_way = timetable.sessions_in(room, now=now)
    if room.is_retired or in_the_way:
        form.why.errors = []  # the page does not ask it then
    return page("manage/rooms/retire.html", form=form, room=room, in_the_way=in_the_way)


@bp.post("/manage/rooms/<slug>/bring-back")
@coordinator
def bring_back_room(slug: str) -> Response:
    require_own_page()
    with transaction():
        timetable.bring_back_room(rooms.get(slug).id, by=must_be_me(), now=clock.now())
    flash("The room is in use again.")
    return redirect(url_for(".one_room", slug=slug), 303)
