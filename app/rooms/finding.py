"""Finding sites and rooms, and holding rooms."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.db import db, locked
from app.errors import NotFound
from app.rooms.tables import Room, Site


def get(slug: str) -> Room:
    """Raises NotFound."""
    room = db.session.scalar(select(Room).where(Room.slug == slug))
    if room is None:
        raise NotFound(f"There is no room called {slug}.")
    return room


def get_site(site_id: int) -> Site:
    """Raises NotFound."""
    site = db.session.get(Site, site_id)
    if site is None:
        raise NotFound("There is no such site.")
    return site


def lock(ids: Iterable[int]) -> list[Room]:
    """Rooms held until the transaction ends, so that nobody else fills them meanwhile."""
    return locked(Room, ids)


def sites() -> list[Site]:
    return list(db.session.scalars(select(Site).order_by(Site.name)))


def all_rooms() -> Sequence[Room]:
    """Every room, retired ones too, by site and name."""
    query = select(Room).join(Room.site).options(contains_eager(Room.site))
    return db.session.scalars(query.order_by(Site.name, Room.name, Room.id)).all()


def in_use() -> list[Room]:
    """Those that sessions may be put into, by site and name."""
    return [room for room in all_rooms() if not room.is_retired]
