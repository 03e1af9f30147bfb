"""Letters to whoever waits for a place, or is offered one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.notices.kinds.frame import About, OfWait, OtherDate, WaitedDate

Wants = Literal["these", "any", "new"]


@dataclass(frozen=True, kw_only=True)
class Waiting(OfWait):
    """Somebody is on the waiting list. dates: those they can be given a place on as things are.

    asked_by: who put them on it, if somebody else did. keeps: the date that they have a place on until another comes.
    """

    name = "waiting"
    said = "On the waiting list"
    wants: Wants
    dates: tuple[WaitedDate, ...] = ()
    books_at_once: bool = False
    would_suit: str = ""
    asked_by: str = ""
    keeps: OtherDate | None = None


@dataclass(frozen=True, kw_only=True)
class Offered(OfWait):
    """A place is held for somebody until `lapses_at`.

    clashes: their own bookings at that time. wanted_at_once: they had asked for it to be booked, but it clashes.
    instead_of: the date that they give up if they take it.
    """

    name = "offered"
    said = "A place is offered"
    about: About
    offer_ref: str
    lapses_at: datetime
    clashes: tuple[str, ...] = ()
    wanted_at_once: bool = False
    instead_of: OtherDate | None = None


@dataclass(frozen=True, kw_only=True)
class OfferEnding(OfWait):
    """The offer is about to run out."""

    name = "offer_ending"
    said = "An offer is about to run out"
    read_late = True
    about: About
    offer_ref: str
    lapses_at: datetime


@dataclass(frozen=True, kw_only=True)
class OfferLapsed(OfWait):
    """The offer ran out. They keep their place in line, and are offered nothing until they say so.

    is_open_to_all: it is the last day before the session, so that whoever is first has the place.
    """

    name = "offer_lapsed"
    said = "An offer ran out"
    about: About
    is_open_to_all: bool = False


@dataclass(frozen=True, kw_only=True)
class PlaceFree(OfWait):
    """In the last 24 hours: a place is free, and whoever books first has it."""

    name = "place_free"
    said = "A place is free, first come first served"
    useless_after = timedelta(hours=12)
    about: About
    places_left: int


@dataclass(frozen=True, kw_only=True)
class NewDate(OfWait):
    """A date that suits somebody, whose places go to others who wait before them."""

    name = "new_date"
    said = "A new date"
    about: About
    ahead_count: int


@dataclass(frozen=True, kw_only=True)
class WaitMoved(OfWait):
    """A session that somebody waits for has moved. lapses_at, offer_ref: if a place on it is held for them."""

    name = "wait_moved"
    said = "New time or room (for those who wait)"
    about: About
    before: About
    words: str = ""
    clashes: tuple[str, ...] = ()
    offer_ref: str = ""
    lapses_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class WaitCancelled(OfWait):
    """A session that somebody waits for will not take place.

    was_offered: a place on it was held for them. goes_on: it was the last date they named, so they wait for a new one.
    """

    name = "wait_cancelled"
    said = "Session cancelled (for those who wait)"
    about: About
    words: str = ""
    was_offered: bool = False
    goes_on: bool = False
    other_dates: tuple[OtherDate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WaitGoesOn(OfWait):
    """No place came free on the dates that somebody named, and these have begun: they wait for a new one."""

    name = "wait_goes_on"
    said = "No place came free"
    about: About
    other_dates: tuple[OtherDate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StillWaiting(OfWait):
    """We have not heard from somebody for half a year: do they still want a place? Asked once; then the wait ends."""

    name = "still_waiting"
    said = "Do you still want a place?"
    asked_on: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class WaitEnded(OfWait):
    """Somebody is not on the waiting list any more. ended_by: who took them off; '' if it ran out."""

    name = "wait_ended"
    said = "Off the waiting list"
    ended_by: str = ""
    why: str = ""
