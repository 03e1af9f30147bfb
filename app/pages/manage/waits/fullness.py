"""How full sessions are: who is booked, for whom places are held, who waits."""

from collections.abc import Collection
from typing import NamedTuple

from app import bookings, waiting_list
from app.timetable import Taught, TrainingSession


class Fullness(NamedTuple):
    """Of one session. held_count: places held for people, which count as taken."""

    booked_count: int
    held_count: int
    waiting_count: int


def fullness_of(sessions: Collection[TrainingSession] | Collection[Taught]) -> dict[int, Fullness]:
    """By session's id, in two statements."""
    held, waiting = bookings.held_counts(sessions), waiting_list.counts(sessions)
    return {
        each.id: Fullness(each.places_taken - held.get(each.id, 0), held.get(each.id, 0), waiting.get(each.id, 0))
        for each in sessions
    }
