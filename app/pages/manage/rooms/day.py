"""A day in all rooms, for everybody who runs training: what is where, and what is free."""

from datetime import date, timedelta

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock, rooms, timetable
from app.door import must_be_me, trainer
from app.pages import page
from app.pages.dates import YEARS, day_of
from app.pages.forms import SearchForm, day, pick
from app.pages.manage import files
from app.pages.manage.rooms.frame import bp
from app.pages.manage.rooms.grid import grid_of
from app.timetable import RoomDay

A_DAY = timedelta(days=1)
HEADING = ("site", "room", "from", "to", "what")


class DayForm(SearchForm):
    day = day("Day", thing="the day", needed=False, hint=None)
    site = pick("Site", thing="a site", needed=False, blank="All sites")

    def validate(self, extra_validators: object = None) -> bool:
        sound = super().validate(extra_validators)
        if sound and self.day.data and self.day.data.year not in YEARS:
            self.refuse("day", f"The year must be between {YEARS[0]} and {YEARS[-1]}")
        return not self.errors


@bp.get("/manage/rooms/day")
@trainer
def room_day() -> Response:
    form, today = _asked(), clock.today(clock.now())
    is_sound = form.validate()
    if is_sound and "day-day" in request.args and form.day.data:
        return redirect(url_for(".room_day", on=form.day.data.isoformat(), site=form.site.data or None), 303)
    on, days = _found(form, is_sound=is_sound)
    return page(
        "manage/rooms/day.html",
        form=form,
        on=on,
        today=today,
        before=on - A_DAY,
        following=on + A_DAY,
        grid=grid_of(on, days),
        csv_address=url_for(".room_day_csv", on=on.isoformat(), site=form.site.data or None),
        is_coordinator=must_be_me().is_coordinator,
    )


@bp.get("/manage/rooms/day.csv")
@trainer
def room_day_csv() -> Response:
    form = _asked()
    on, days = _found(form, is_sound=form.validate())
    lines = (
        (each.room.site.name, each.room.name, files.said(stretch.starts_at), files.said(stretch.ends_at), stretch.said)
        for each in days
        for stretch in each.stretches
    )
    return files.csv(f"rooms-{on}", HEADING, lines)


def _asked() -> DayForm:
    """The day is typed in three boxes, or stands in the address as `on=2027-01-31`, which is how pages link to it."""
    form = DayForm()
    form.site.choices = [(str(site.id), site.name) for site in rooms.sites()]
    if "day-day" not in request.args:
        form.day.process_data(day_of(request.args.get("on")))
    return form


def _found(form: DayForm, *, is_sound: bool) -> tuple[date, list[RoomDay]]:
    """The day that was asked for and what is in the rooms; today's in all of them, if that cannot be made out."""
    on = (form.day.data if is_sound else None) or clock.today(clock.now())
    site_id = int(form.site.data) if is_sound and form.site.data else None
    return on, timetable.in_rooms(on, by=must_be_me(), site_id=site_id)
