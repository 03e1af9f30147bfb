"""A person, their addresses, and the addresses that they say are theirs."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, aliased, column_property, mapped_column

from app.db import Base, UTCDateTime, new_long_ref, new_ref

MOST_NAME = 120
MOST_TEAM = 120


class Address(Base):
    """One email address of a person, in small letters. At most one of a person's gets their letters."""

    __tablename__ = "addresses"
    __table_args__ = (
        Index(
            "uq_addresses_letters",
            "person_id",
            unique=True,
            sqlite_where=text("gets_letters"),
            postgresql_where=text("gets_letters"),
        ),
    )

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    gets_letters: Mapped[bool] = mapped_column(default=False)


class AddressClaim(Base):
    """Somebody says that an address is theirs; a link sent there proves it. `ref` is what the link names."""

    __tablename__ = "address_claims"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=new_ref)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    claimed_at: Mapped[datetime] = mapped_column(UTCDateTime)


_letters = aliased(Address)  # a name of its own: queries about people join addresses too


class Person(Base):
    """Somebody. `address` is where their letters go, None if they have no address.

    hears_of_full: a coordinator who asked to be told of every session that becomes full.
    """

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Of ten thousand short ones two would be alike in one service of fifteen.
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=new_long_ref)
    name: Mapped[str] = mapped_column(String(MOST_NAME), default="")
    team: Mapped[str] = mapped_column(String(MOST_TEAM), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    is_trainer: Mapped[bool] = mapped_column(default=False)
    is_coordinator: Mapped[bool] = mapped_column(default=False)
    hears_of_full: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    address: Mapped[str | None] = column_property(
        select(_letters.address)
        .where(_letters.person_id == id, _letters.gets_letters)
        .correlate_except(_letters)
        .scalar_subquery()
    )

    @property
    def known_as(self) -> str:
        """What those who run training call somebody: by their address until they have told us their name."""
        return self.name or self.address or "Somebody"

    @property
    def role(self) -> str:
        return "coordinator" if self.is_coordinator else "trainer" if self.is_trainer else "staff"

    @property
    def manages(self) -> bool:
        """May open the pages of trainers and coordinators at all."""
        return self.is_trainer or self.is_coordinator
