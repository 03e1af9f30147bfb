"""Sites and rooms: where sessions happen.

A room belongs to a site and holds so many people. Its access is told before anybody books; its directions come with
every letter.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import journal, spreadsheets
from app.db import Base, db, locked
from app.errors import NotFound, TooSmall
from app.people import Person

MOST_PEOPLE = 2_000
TOLD = ("equipment", "access", "directions")


class Site(Base):
    """A building that people find by its address."""

    __tablename__ = "sites"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    address: Mapped[str] = mapped_column(String(300), default="")


class Room(Base):
    """A room at a site. `capacity` counts people.

    booked_with: whom a trainer also has to book it with, if another team owns it: 'Education Centre, ext 4021'.
    is_retired: not used any more; what was in it stays on record.
    """

    __tablename__ = "rooms"
    __table_args__ = (CheckConstraint("capacity > 0", name="capacity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    capacity: Mapped[int]
    equipment: Mapped[str] = mapped_column(Text, default="")
    access: Mapped[str] = mapped_column(Text, default="")
    directions: Mapped[str] = mapped_column(Text, default="")
    booked_with: Mapped[str] = mapped_column(String(200), default="")
    is_retired: Mapped[bool] = mapped_column(default=False)
    site: Mapped[Site] = relationship(lazy="joined", innerjoin=True)

    @property
    def where(self) -> str:
        """'IT training room, Northgate Hospital'."""
        return f"{self.name}, {self.site.name}"


def get(slug: str) -> Room:
    """Raises NotFound."""
    room = db.session.scalar(select(Room).where(Room.slug == slug))
    if room is None:
        raise NotFound(f"There is no room called {slug}.")
    return room


def lock(ids: Iterable[int]) -> list[Room]:
    """Rooms held until the transaction ends, so that nobody else fills them meanwhile."""
    return locked(Room, ids)


def sites() -> list[Site]:
    return list(db.session.scalars(select(Site).order_by(Site.name)))


def import_file(file: Path, *, by: Person | None, now: datetime) -> int:
    """Add or bring up to date the rooms of a CSV or XLSX file; the slug says which room.

    Returns how many were added or changed: the same file again changes nothing. Raises FaultyFile.
    """
    lines = spreadsheets.read(file, columns=("site", "room", "slug", "capacity"))
    return spreadsheets.keep_all(lines, partial(_keep_line, by=by, now=now))


def _keep_line(line: spreadsheets.Line, *, by: Person | None, now: datetime) -> bool:
    """A column that the file does not have stays as it is; an empty cell clears."""
    site, site_changed = _keep_site(line, by=by, now=now)
    capacity = line.whole_number("capacity", least=1, most=MOST_PEOPLE)
    wanted = {"site_id": site.id, "name": line.text("room", most=120, needed=True), "capacity": capacity}
    wanted |= {column: line.text(column, most=2_000) for column in TOLD if column in line.cells}
    room = db.session.scalar(select(Room).where(Room.slug == line.slug("slug")))
    if room is None:
        room = Room(slug=line.slug("slug"), **wanted)
        db.session.add(room)
        db.session.flush()  # the journal needs the room's id
        journal.record(by, "added", room, now)
        return True
    if capacity < room.capacity:
        raise TooSmall(f"{room.name} holds {room.capacity}. Sessions may count on it: a file cannot make it smaller.")
    return journal.describe(by, room, wanted, now) or site_changed


def _keep_site(line: spreadsheets.Line, *, by: Person | None, now: datetime) -> tuple[Site, bool]:
    """The site of a line, and whether it is new or its address was changed. An empty address changes nothing."""
    name, address = line.text("site", most=120, needed=True), line.text("site_address", most=300)
    site = db.session.scalar(select(Site).where(Site.name == name))
    if site is None:
        site = Site(name=name, address=address)
        db.session.add(site)
        db.session.flush()  # its rooms need its id
        return site, True
    return site, bool(address) and journal.describe(by, site, {"address": address}, now)
