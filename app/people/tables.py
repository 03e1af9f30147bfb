"""A person, their addresses, and the addresses that they say are theirs."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, aliased, column_property, mapped_column

from app.db import Base, UTCDateTime, new_long_ref, new_ref

CalendarChoice = Literal["invites", "feed", "both"]
HAS_FEED = text("feed_hash <> ''")
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
    calendar_choice: how their calendar hears of their sessions. feed_hash: of the secret in their feed's
    address, if they have one.
    """

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("calendar_choice IN ('invites', 'feed', 'both')", name="calendar_choice"),
        Index("uq_people_feed_hash", "feed_hash", unique=True, sqlite_where=HAS_FEED, postgresql_where=HAS_FEED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Of ten thousand short ones two would be alike in one service of fifteen.
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=new_long_ref)
    name: Mapped[str] = mapped_column(String(MOST_NAME), default="")
    team: Mapped[str] = mapped_column(String(MOST_TEAM), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    is_trainer: Mapped[bool] = mapped_column(default=False)
    is_coordinator: Mapped[bool] = mapped_column(default=False)
    hears_of_full: Mapped[bool] = mapped_column(default=False)
    calendar_choice: Mapped[CalendarChoice] = mapped_column(String(8), default="invites")
    feed_hash: Mapped[str] = mapped_column(String(64), default="")
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
    def gets_invites(self) -> bool:
        """Whether calendar entries are sent to them: they have an address, and did not choose their feed instead."""
        return self.address is not None and self.calendar_choice != "feed"

    @property
    def manages(self) -> bool:
        """May open the pages of trainers and coordinators at all."""
        return self.is_trainer or self.is_coordinator
