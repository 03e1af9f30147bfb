"""Every kind of notice: its facts, the letter it becomes, and whether it carries a calendar entry.

A kind is a frozen dataclass of plain facts. Its letter is `templates/notices/<name>.jinja`, which a service
may override. Facts are stored as JSON with the notice, so that what is said is what was true when it
happened; only kinds that are `read_late` (reminders) have their facts read at the moment they fall due.
`for_name` names the person whose place it is if the letter goes to somebody else, because they have no
address of their own; then it carries no calendar entry.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import ClassVar, Literal

from pydantic import TypeAdapter

Method = Literal["REQUEST", "CANCEL"]
Change = Literal["time", "room", "link"]
News = Literal["added", "removed", "changed", "cancelled"]


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
    def session_meant(self) -> About | None:
        return getattr(self, "about", None)

    @property
    def for_another(self) -> str:
        """Whose place it is, if the letter goes to whoever booked, because the person has no address."""
        return str(getattr(self, "for_name", ""))


@dataclass(frozen=True, kw_only=True)
class OfBooking(Facts):
    """What every letter about a booking says. `for_name` is set if it goes to whoever booked for that person."""

    about: About
    booking_ref: str
    for_name: str = ""


@dataclass(frozen=True, kw_only=True)
class SignIn(Facts):
    """A link and a code to sign in with. Both are made when the letter is claimed, so that none is stored."""

    name = "sign_in"
    said = "Sign-in link"
    secret = True
    useless_after = timedelta(minutes=10)
    request_id: int


@dataclass(frozen=True, kw_only=True)
class ConfirmAddress(Facts):
    """Somebody added this address to their details: is it theirs?"""

    name = "confirm_address"
    said = "Confirm an address"
    claim_ref: str
    person_name: str


@dataclass(frozen=True, kw_only=True)
class Booked(OfBooking):
    """A person has a place. `booked_by` names who booked it for them, if somebody else did.

    invite: empty if the person has no address: the letter then goes to whoever booked, whose calendar it is
    not for.
    """

    name = "booked"
    said = "Booked"
    person_name: str
    invite: Invite | None = None
    booked_by: str = ""

    @property
    def for_another(self) -> str:
        return "" if self.invite else self.person_name


@dataclass(frozen=True, kw_only=True)
class Entry(OfBooking):
    """The short letter that carries the calendar entry of a further part: clients take one entry a letter."""

    name = "entry"
    said = "Calendar entry"
    invite: Invite


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

    invite: empty if the entry never left the house, so that there is nothing to withdraw.
    """

    name = "cancelled"
    said = "Place cancelled"
    invite: Invite | None = None
    cancelled_by: str = ""
    why: str = ""
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
class SessionFull(Facts):
    """The last place just went: for the session's trainers and the course's owner."""

    name = "session_full"
    said = "Session full"
    about: About
    booked_count: int
    capacity: int


@dataclass(frozen=True, kw_only=True)
class SessionNews(Facts):
    """For one trainer of a session: what somebody else did to it. `by_name` is whoever did it.

    about: the session as it is now, to whoever is removed as they last knew it. before: as they last knew it, if
    they knew it. news: added and removed mean the reader, as one of its trainers.
    """

    name = "session_news"
    said = "Session changed (for its trainers)"
    about: About
    before: About | None = None
    news: News
    by_name: str
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class NeedUnmet(Facts):
    """For the trainers: what would help somebody who booked, and a room, do not match. Neither who nor what is said.

    room: where that is. booking_refs: whose needs they are.
    """

    name = "need_unmet"
    said = "A need that the room does not meet"
    about: About
    room: str
    booking_refs: tuple[str, ...]


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
class TrainerReminder(Facts):
    """The working day before, for the trainers: how many come, and how many told us what they need."""

    name = "trainer_reminder"
    said = "Reminder for the trainer"
    read_late = True
    about: About
    part: int = 0
    booked_count: int
    capacity: int
    needs_count: int


KINDS: dict[str, type[Facts]] = {
    kind.name: kind
    for kind in (
        SignIn,
        ConfirmAddress,
        Booked,
        Entry,
        Moved,
        Cancelled,
        SessionCancelled,
        SessionFull,
        SessionNews,
        NeedUnmet,
        Written,
        Reminder,
        TrainerReminder,
    )
}


def say_kind(name: str) -> str:
    """What coordinators call a kind of notice; one that this version does not know goes by its name."""
    return KINDS[name].said if name in KINDS else name


@cache
def _adapter(name: str) -> TypeAdapter[Facts]:
    return TypeAdapter(KINDS[name])


def to_json(facts: Facts) -> dict[str, object]:
    """Plain JSON values, for a notice's row."""
    kept: dict[str, object] = _adapter(facts.name).dump_python(facts, mode="json")
    return kept


def from_json(name: str, kept: dict[str, object]) -> Facts:
    return _adapter(name).validate_python(kept)
