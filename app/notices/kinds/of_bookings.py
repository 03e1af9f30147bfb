"""Letters to whoever has a place, or had one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.notices.kinds.frame import About, Invite, OfBooking, OtherDate

Change = Literal["time", "room", "link"]
WhyAgain = Literal["words", "trainers", "earlier time", "asked", "put right"]


@dataclass(frozen=True, kw_only=True)
class Booked(OfBooking):
    """A person has a place. `booked_by` names who booked it for them, if somebody else did.

    from_list: it came from the waiting list, and they had asked for it to be booked. changed_from: the date of the
    course that they gave up for it.
    invite: empty if the person has no address: the letter then goes to whoever booked, whose calendar it is
    not for.
    """

    name = "booked"
    said = "Booked"
    person_name: str
    invite: Invite | None = None
    booked_by: str = ""
    from_list: bool = False
    changed_from: OtherDate | None = None


@dataclass(frozen=True, kw_only=True)
class Entry(OfBooking):
    """The short letter that carries the calendar entry of a further part: clients take one entry a letter."""

    name = "entry"
    said = "Calendar entry"
    invite: Invite


@dataclass(frozen=True, kw_only=True)
class EntryAgain(OfBooking):
    """A calendar entry sent once more, as it is now.

    why: the words about the session or its trainers have changed; the answer that came was about an earlier time; their
    calendar asked for it; a coordinator put it right.
    """

    name = "entry_again"
    said = "Calendar entry, once more"
    invite: Invite
    why: WhyAgain


@dataclass(frozen=True, kw_only=True)
class GiveUpAsked(OfBooking):
    """A decline came that we cannot be sure is theirs: one link, one button, gives the place up."""

    name = "give_up_asked"
    said = "Give up your place?"


@dataclass(frozen=True, kw_only=True)
class PartsDeclined(OfBooking):
    """They declined some parts of a session, not all. declined: which, counted from 0. Do they give up all of it?"""

    name = "parts_declined"
    said = "Give up all parts?"
    declined: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class NotBooked(OfBooking):
    """They accepted an entry whose place they no longer have: accepting in a calendar does not book.

    may_undo: they had given it up by declining, and may take that back.
    """

    name = "not_booked"
    said = "Accepted without a place"
    may_undo: bool = False


@dataclass(frozen=True, kw_only=True)
class Moved(OfBooking):
    """The time, the room or the joining link of a session changed.

    before: the session as it was. changed: what is new. clashes: the person's own sessions that now overlap.
    """

    name = "moved"
    said = "New time, room or link"
    before: About
    invite: Invite | None = None
    changed: tuple[Change, ...]
    words: str = ""
    clashes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cancelled(OfBooking):
    """A person no longer has their place. `cancelled_by` is empty if they gave it up themselves.

    changed_to: the date that they have a place on instead. was_silent: we asked whether they were coming, they did not
    answer, and others waited. by_calendar: they declined it in their calendar; the place is held_until then for them to
    take back, unless the session is too near for that.
    invite: empty if the entry never left the house, so that there is nothing to withdraw.
    """

    name = "cancelled"
    said = "Place cancelled"
    invite: Invite | None = None
    cancelled_by: str = ""
    why: str = ""
    changed_to: OtherDate | None = None
    was_silent: bool = False
    by_calendar: bool = False
    held_until: datetime | None = None
    other_dates: tuple[OtherDate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SessionCancelled(OfBooking):
    """The session will not take place."""

    name = "session_cancelled"
    said = "Session cancelled"
    invite: Invite | None = None
    words: str = ""
    other_dates: tuple[OtherDate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Written(OfBooking):
    """What a trainer writes to everybody who has a place. has_begun: nobody can cancel any more."""

    name = "written"
    said = "A message from the trainers"
    answered = True
    headline: str
    words: str
    written_by: str
    has_begun: bool = False


@dataclass(frozen=True, kw_only=True)
class Reminder(OfBooking):
    """Your session is coming. part: which comes next. days_before: calendar days until it, 0 being the day itself."""

    name = "reminder"
    said = "Reminder"
    read_late = True
    part: int = 0
    days_before: int


@dataclass(frozen=True, kw_only=True)
class StillComing(OfBooking):
    """A week ahead, where the course asks: are you still coming?

    is_second: they have not answered the first letter. may_be_released: silence can cost them the place.
    """

    name = "still_coming"
    said = "Still coming?"
    read_late = True
    is_second: bool = False
    may_be_released: bool = True
