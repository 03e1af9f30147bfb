"""What the facts of every letter are made of: a session, a calendar message, other dates."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

Method = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One slot of a session as a letter tells it. Times are aware UTC; a room, or a joining link, or both."""

    starts_at: datetime
    ends_at: datetime
    room: str = ""
    site: str = ""
    address: str = ""
    access: str = ""
    directions: str = ""
    joining_link: str = ""


@dataclass(frozen=True, kw_only=True)
class About:
    """The session that a letter is about. `parts` are in order of time; `course_ref` is the course's slug."""

    course: str
    course_ref: str
    session_ref: str
    parts: tuple[Part, ...]
    language: str = "en"
    summary: str = ""
    bring: str = ""
    trainers: tuple[str, ...] = ()

    @property
    def starts_at(self) -> datetime:
        return self.parts[0].starts_at

    @property
    def ends_at(self) -> datetime:
        return self.parts[-1].ends_at


@dataclass(frozen=True, kw_only=True)
class Invite:
    """One calendar message: which entry it speaks of and what it does to it (RFC 5546 §3.2)."""

    method: Method
    uid: str
    sequence: int
    stamped_at: datetime
    part: int = 0  # which of the session's parts, counted from 0


@dataclass(frozen=True, kw_only=True)
class OtherDate:
    """Another date of the same course that can be booked."""

    session_ref: str
    starts_at: datetime
    where: str


@dataclass(frozen=True, kw_only=True)
class WaitedDate:
    """A date that somebody waits for. ahead_count: how many wait for it before them."""

    session_ref: str
    starts_at: datetime
    where: str
    ahead_count: int


@dataclass(frozen=True, kw_only=True)
class LargerRoom:
    """A room that is free at the time of a full session and holds more people. ref: its slug."""

    ref: str
    name: str
    capacity: int


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a letter says. `name` names the kind, its letter and its row."""

    name: ClassVar[str]
    said: ClassVar[str]  # what coordinators call it
    read_late: ClassVar[bool] = False  # facts are read when the notice falls due, not when it is queued
    secret: ClassVar[bool] = False  # the letter carries links that are made when it is claimed
    useless_after: ClassVar[timedelta | None] = None  # not sent once it has been due for so long
    answered: ClassVar[bool] = False  # people may reply, and somebody reads it (D49)

    @property
    def invite_carried(self) -> Invite | None:
        return getattr(self, "invite", None)

    @property
    def reply_to(self) -> str:
        """Whom an answer goes to, if not to the mailbox that all letters come from."""
        return ""

    @property
    def session_meant(self) -> About | None:
        return getattr(self, "about", None)

    @property
    def for_another(self) -> str:
        """Whose place it is, if the letter goes to whoever booked, because the person has no address."""
        return str(getattr(self, "for_name", ""))


@dataclass(frozen=True, kw_only=True)
class OfBooking(Facts):
    """What every letter about a booking says. `for_name` is set if it goes to whoever booked for that person.

    has_entry: whether there is a calendar entry to decline, or they follow a feed.
    """

    about: About
    booking_ref: str
    for_name: str = ""
    has_entry: bool = True


@dataclass(frozen=True, kw_only=True)
class OfWait(Facts):
    """What every letter about a wait says. `for_name` is set if it goes to whoever asked for that person."""

    wait_ref: str
    course: str
    course_ref: str
    language: str = "en"
    for_name: str = ""
