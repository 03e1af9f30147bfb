"""Letters to those who run a session."""

from dataclasses import dataclass
from typing import Literal

from app.notices.kinds.frame import About, Facts, Invite, LargerRoom

News = Literal["added", "removed", "changed", "cancelled"]
Noted = Literal["other time", "too late", "some parts", "somebody else"]


@dataclass(frozen=True, kw_only=True)
class SessionFull(Facts):
    """The last place just went: for the session's trainers, the course's owner and coordinators who asked.

    held_count: places held for people, beside those booked. larger_rooms: free at that time.
    """

    name = "session_full"
    said = "Session full"
    about: About
    booked_count: int
    capacity: int
    held_count: int = 0
    waiting_count: int = 0
    larger_rooms: tuple[LargerRoom, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SessionNews(Facts):
    """For one trainer of a session: what somebody else did to it. `by_name` is whoever did it.

    about: the session as it is now, to whoever is removed as they last knew it. before: as they last knew it, if
    they knew it. news: added and removed mean the reader, as one of its trainers. invite: what this does to the first
    entry in their calendar, if anything.
    """

    name = "session_news"
    said = "Session changed (for its trainers)"
    about: About
    before: About | None = None
    news: News
    by_name: str
    words: str = ""
    invite: Invite | None = None


@dataclass(frozen=True, kw_only=True)
class TrainerEntry(Facts):
    """The short letter that carries the calendar entry of a part of a session, for one who runs it."""

    name = "trainer_entry"
    said = "Calendar entry (for a trainer)"
    about: About
    invite: Invite


@dataclass(frozen=True, kw_only=True)
class CalendarNote(Facts):
    """For the trainers: what somebody's calendar said that changes nothing by itself. The place stays theirs.

    what: they propose another time, declined too late to give the place up, declined some parts, or named somebody else
    to come. words: their own, as they came.
    """

    name = "calendar_note"
    said = "What a calendar answered (for the trainers)"
    about: About
    booking_ref: str
    person_name: str
    what: Noted
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class TrainerDeclined(Facts):
    """For the coordinators: a trainer declined the entry of a session that they run. Nothing has been changed."""

    name = "trainer_declined"
    said = "A trainer declined"
    about: About
    trainer_name: str
    part: int = 0
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class ManyDeclines(Facts):
    """For the coordinators: so many declines of one session in a few minutes that the rest wait for them to look."""

    name = "many_declines"
    said = "Many declines at once"
    about: About
    released_count: int


@dataclass(frozen=True, kw_only=True)
class PassedOn(Facts):
    """What somebody wrote back in words, for the session's trainers or the service's contact address.

    about: the session of the letter that they answered; None if they answered none of ours.
    """

    name = "passed_on"
    said = "A reply in words"
    about: About | None = None
    sender: str
    subject: str
    words: str

    @property
    def reply_to(self) -> str:
        return self.sender


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
    waiting_count: int = 0
    unconfirmed_count: int = 0


@dataclass(frozen=True, kw_only=True)
class LastPlaces(Facts):
    """For the trainers and coordinators: the last few places, in words to paste into a blog or newsletter."""

    name = "last_places"
    said = "Last few places"
    read_late = True
    about: About
    places_left: int


@dataclass(frozen=True, kw_only=True)
class LowNumbers(Facts):
    """For the trainers, a week before: fewer people than make it worth running."""

    name = "low_numbers"
    said = "Low numbers"
    read_late = True
    about: About
    booked_count: int
    minimum: int
