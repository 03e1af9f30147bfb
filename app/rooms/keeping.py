"""Adding sites and rooms, and describing sites. Only coordinators may; None is the command line."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import history, journal, wording
from app.db import db, locked
from app.errors import Faulty, NotAllowed, NotFound
from app.people import Person
from app.rooms.finding import lock, sites
from app.rooms.tables import Room, Site

OWN_ADDRESSES = {"day", "new"}  # pages of ours stand where rooms of these names would
OF_A_SITE = ("name", "address")


@dataclass(frozen=True)
class Description:
    """What people are told of a room. The fields are columns of `Room`."""

    name: str
    capacity: int
    equipment: str = ""
    access: str = ""
    directions: str = ""
    booked_with: str = ""


def add_site(*, name: str, address: str, by: Person | None, now: datetime) -> Site:
    """Raises NotAllowed, Faulty if there is a site of that name."""
    refuse_unless_coordinator(by)
    _refuse_if_site_known(name)
    site = Site(name=name, address=address)
    try:
        with db.session.begin_nested():
            db.session.add(site)
    except IntegrityError as fault:  # somebody else has just added it
        raise _known_site(name) from fault
    journal.record(by, "added", site, now)
    return site


def describe_site(
    site_id: int, *, name: str, address: str, by: Person | None, now: datetime, seen: int | None = None
) -> Site:
    """Raises NotAllowed, NotFound, StaleEdit, Faulty if another site has that name."""
    refuse_unless_coordinator(by)
    held = locked(Site, [site_id])
    if not held:
        raise NotFound("There is no such site.")
    site = held[0]
    history.refuse_if_changed(site, seen, columns=OF_A_SITE)
    _refuse_if_site_known(name, apart_from=site)
    try:
        with db.session.begin_nested():
            journal.describe(by, site, {"name": name, "address": address}, now)
    except IntegrityError as fault:
        raise _known_site(name) from fault
    return site


def add(site: Site, description: Description, *, by: Person | None, now: datetime) -> Room:
    """A new room at a site, with a slug made from both names, once (D35). Raises NotAllowed, Faulty if it is known."""
    refuse_unless_coordinator(by)
    locked(Site, [site.id])  # two rooms of one name must not be added at once
    refuse_if_known(description.name, site_id=site.id)
    room = Room(site=site, slug=_free_slug(f"{site.name} {description.name}"), **vars(description))
    db.session.add(room)
    db.session.flush()  # the journal needs the room's id
    journal.record(by, "added", room, now)
    return room


def hold(room_id: int) -> Room:
    """A room held until the transaction ends, after its site: nobody gives another room its name. Raises NotFound."""
    locked(Site, db.session.scalars(select(Room.site_id).where(Room.id == room_id)).all())
    held = lock([room_id])
    if not held:
        raise NotFound("There is no such room.")
    return held[0]


def refuse_unless_coordinator(by: Person | None) -> None:
    """Raises NotAllowed."""
    if by is not None and not by.is_coordinator:
        raise NotAllowed("Only a coordinator can change rooms and sites.")


def refuse_if_known(name: str, *, site_id: int, apart_from: Room | None = None) -> None:
    """Two rooms of one name at a site cannot be told apart. Raises Faulty."""
    there = db.session.scalars(select(Room).where(Room.site_id == site_id))
    same = next((room for room in there if room.name.casefold() == name.casefold() and room is not apart_from), None)
    if same is not None:
        what_next = " It has been retired: bring it back instead." if same.is_retired else ""
        raise Faulty(f"There is a room called {same.name} at {same.site.name} already.{what_next}", field="name")


def _refuse_if_site_known(name: str, *, apart_from: Site | None = None) -> None:
    if any(site.name.casefold() == name.casefold() and site is not apart_from for site in sites()):
        raise _known_site(name)


def _known_site(name: str) -> Faulty:
    return Faulty(f"There is a site called {name} already.", field="site_name")


def _free_slug(words: str) -> str:
    free = (slug for slug in wording.slugs(words, otherwise="room") if slug not in OWN_ADDRESSES)
    return next(slug for slug in free if db.session.scalar(select(Room.id).where(Room.slug == slug)) is None)
