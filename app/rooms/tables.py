"""What sites and rooms are made of."""

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base
from app.wording import MOST_SLUG

MOST_PEOPLE = 2_000
MOST_NAME = 120
MOST_ADDRESS = 300
MOST_BOOKED_WITH = 200
MOST_TEXT = 2_000


class Site(Base):
    """A building that people find by its address."""

    __tablename__ = "sites"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(MOST_NAME), unique=True)
    address: Mapped[str] = mapped_column(String(MOST_ADDRESS), default="")


class Room(Base):
    """A room at a site. `capacity` counts people.

    booked_with: whom a trainer also has to book it with, if another team owns it: 'Education Centre, ext 4021'.
    is_retired: not used any more; what was in it stays on record.
    """

    __tablename__ = "rooms"
    __table_args__ = (CheckConstraint("capacity > 0", name="capacity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    slug: Mapped[str] = mapped_column(String(MOST_SLUG), unique=True)
    name: Mapped[str] = mapped_column(String(MOST_NAME))
    capacity: Mapped[int]
    equipment: Mapped[str] = mapped_column(Text, default="")
    access: Mapped[str] = mapped_column(Text, default="")
    directions: Mapped[str] = mapped_column(Text, default="")
    booked_with: Mapped[str] = mapped_column(String(MOST_BOOKED_WITH), default="")
    is_retired: Mapped[bool] = mapped_column(default=False)
    site: Mapped[Site] = relationship(lazy="joined", innerjoin=True)

    @property
    def where(self) -> str:
        """'IT training room, Northgate Hospital'."""
        return f"{self.name}, {self.site.name}"
