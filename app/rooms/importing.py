"""A service's sites and rooms from its own file, and into one."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import select

from app import journal, spreadsheets
from app.db import db
from app.errors import Faulty, TooSmall
from app.people import Person
from app.rooms.keeping import OWN_ADDRESSES
from app.rooms.tables import MOST_ADDRESS, MOST_BOOKED_WITH, MOST_NAME, MOST_PEOPLE, MOST_TEXT, Room, Site

TOLD = {"equipment": MOST_TEXT, "access": MOST_TEXT, "directions": MOST_TEXT, "booked_with": MOST_BOOKED_WITH}
COLUMNS = ("site", "site_address", "room", "slug", "capacity", *TOLD, "retired")


def lines_of(rooms: Iterable[Room]) -> Iterator[tuple[object, ...]]:
    """Rooms in the columns of a file, so that it can be imported again."""
    for room in rooms:
        told = [getattr(room, column) for column in TOLD]
        retired = "yes" if room.is_retired else ""
        yield room.site.name, room.site.address, room.name, room.slug, room.capacity, *told, retired


def import_file(file: Path, *, by: Person | None, now: datetime) -> int:
    """Add or bring up to date the rooms of a CSV or XLSX file; the slug says which room.

    Returns how many were added or changed: the same file again changes nothing. Raises FaultyFile.
    """
    lines = spreadsheets.read(file, columns=("site", "room", "slug", "capacity"))
    return spreadsheets.keep_all(lines, partial(_keep_line, by=by, now=now))


def _keep_line(line: spreadsheets.Line, *, by: Person | None, now: datetime) -> bool:
    """A column that the file does not have stays as it is; an empty cell clears."""
    site, site_changed = _keep_site(line, by=by, now=now)
    slug, capacity = _slug(line), line.whole_number("capacity", least=1, most=MOST_PEOPLE)
    wanted = {"site_id": site.id, "name": line.text("room", most=MOST_NAME, needed=True), "capacity": capacity}
    wanted |= {column: line.text(column, most=most) for column, most in TOLD.items() if column in line.cells}
    if "retired" in line.cells:
        wanted["is_retired"] = _is_retired(line)
    room = db.session.scalar(select(Room).where(Room.slug == slug))
    if room is None:
        room = Room(slug=slug, **wanted)
        db.session.add(room)
        db.session.flush()  # the journal needs the room's id
        journal.record(by, "added", room, now)
        return True
    if capacity < room.capacity:
        raise TooSmall(f"{room.name} holds {room.capacity}. Sessions may count on it: a file cannot make it smaller.")
    if wanted.get("is_retired") and not room.is_retired:
        raise Faulty(f"{room.name} is in use. Sessions may be in it: a file cannot retire it.", field="retired")
    return journal.describe(by, room, wanted, now) or site_changed


def _slug(line: spreadsheets.Line) -> str:
    slug = line.slug("slug")
    if slug in OWN_ADDRESSES:
        raise Faulty(f"the slug cannot be '{slug}': a page of ours is called so.", field="slug")
    return slug


def _is_retired(line: spreadsheets.Line) -> bool:
    if line["retired"].lower() not in {"", "no", "yes"}:
        raise Faulty(f"the retired must be yes or empty, not '{line['retired']}'.", field="retired")
    return line["retired"].lower() == "yes"


def _keep_site(line: spreadsheets.Line, *, by: Person | None, now: datetime) -> tuple[Site, bool]:
    """The site of a line, and whether it is new or its address was changed. An empty address changes nothing."""
    name, address = line.text("site", most=MOST_NAME, needed=True), line.text("site_address", most=MOST_ADDRESS)
    site = db.session.scalar(select(Site).where(Site.name == name))
    if site is None:
        site = Site(name=name, address=address)
        db.session.add(site)
        db.session.flush()  # its rooms need its id
        return site, True
    return site, bool(address) and journal.describe(by, site, {"address": address}, now)
