"""All rooms, site by site; the same as a spreadsheet that can be imported again."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from werkzeug.wrappers import Response

from app import clock, rooms, timetable
from app.door import coordinator
from app.pages import page
from app.pages.manage import files
from app.pages.manage.rooms.frame import bp
from app.rooms import Room, Site

SOON = timedelta(weeks=4)


class AtSite(NamedTuple):
    site: Site
    rooms: Sequence[Room]


@bp.get("/manage/rooms")
@coordinator
def all_rooms() -> Response:
    now, known = clock.now(), rooms.all_rooms()
    in_use = [room for room in known if not room.is_retired]
    by_site = [AtSite(site, [room for room in in_use if room.site_id == site.id]) for site in rooms.sites()]
    return page(
        "manage/rooms/all.html",
        by_site=by_site,
        count=len(in_use),
        retired=[room for room in known if room.is_retired],
        closures=timetable.closures(now=now, until=now + SOON),
        now=now,
    )


@bp.get("/manage/rooms.csv")
@coordinator
def all_rooms_csv() -> Response:
    return files.csv("rooms", rooms.COLUMNS, rooms.lines_of(rooms.all_rooms()))
