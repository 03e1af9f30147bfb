"""Letters to those who run a session."""

from dataclasses import dataclass
from typing import Literal

from app.notices.kinds.frame import About, Facts, LargerRoom

News = Literal["added", "removed", "changed", "cancelled"]


@dataclass(frozen=True, kw_only=True)
class SessionFull(Facts):
    """The last place just went: for the session's trainers, the course's owner and coordinators who asked.

    held_count: places held for people from the waiting list, beside those booked. larger_rooms: free at that time.
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
