"""The timetable: dated sessions of courses, slot by slot, in rooms of limited capacity.

- A session is one run of a course that people book a place on; it has one or more slots, each in a room or online.
- Two live slots never overlap in one room, and no trainer is in two at once.
- A session never has more places than its smallest room holds people, and never fewer than are taken.
- It is bookable when it is scheduled, its course is published and its booking window is open.
- Times are entered on the service's wall clock; spans are half-open, so back-to-back sessions do not clash.
"""

from app.timetable.archiving import archive_course, coming_of, has_had_dates, take_back_course
from app.timetable.closures import Closure, close_room, closures, reopen_room
from app.timetable.drafts import drafts_of, publish
from app.timetable.finding import RoomChoice, busy_trainers, rooms_for
from app.timetable.importing import import_file
from app.timetable.listing import (
    Filters,
    Listed,
    Listing,
    between,
    by_id,
    choices,
    coming,
    dates_of,
    get,
    next_dates,
    open_dates_of,
    visible,
)
from app.timetable.repeating import (
    MOST_REPEATS,
    Repeat,
    refuse_unless_repeatable,
    repeat,
    repeats_on,
    still_trainers,
)
from app.timetable.rhythms import Rhythm, Series, rhythms_of, say_weekday, series
from app.timetable.room_days import RoomDay, Stretch, in_rooms
from app.timetable.room_keeping import (
    InRoom,
    bring_back_room,
    describe_room,
    refuse_if_retired,
    retire_room,
    sessions_in,
)
from app.timetable.scheduling import (
    SlotPlan,
    is_link,
    lock,
    lock_all_for_change,
    lock_for_change,
    may_manage,
    put_back,
    refuse_if_not_trainers,
    refuse_if_rooms_taken,
    refuse_if_too_small,
    refuse_if_trainers_busy,
    refuse_sizes,
    refuse_slots,
    refuse_window,
    remind_trainers,
    schedule,
    take_off,
)
from app.timetable.tables import (
    SessionTrainer,
    Slot,
    TrainingSession,
    remake_guards,
    why_nobody_can_be_added,
    why_not_bookable,
)
from app.timetable.teaching import Taught, Teaching, View, taught_by
from app.timetable.windows import Window, window_like, window_to_come

__all__ = [
    "MOST_REPEATS",
    "Closure",
    "Filters",
    "InRoom",
    "Listed",
    "Listing",
    "Repeat",
    "Rhythm",
    "RoomChoice",
    "RoomDay",
    "Series",
    "SessionTrainer",
    "Slot",
    "SlotPlan",
    "Stretch",
    "Taught",
    "Teaching",
    "TrainingSession",
    "View",
    "Window",
    "archive_course",
    "between",
    "bring_back_room",
    "busy_trainers",
    "by_id",
    "choices",
    "close_room",
    "closures",
    "coming",
    "coming_of",
    "dates_of",
    "describe_room",
    "drafts_of",
    "get",
    "has_had_dates",
    "import_file",
    "in_rooms",
    "is_link",
    "lock",
    "lock_all_for_change",
    "lock_for_change",
    "may_manage",
    "next_dates",
    "open_dates_of",
    "publish",
    "put_back",
    "refuse_if_not_trainers",
    "refuse_if_retired",
    "refuse_if_rooms_taken",
    "refuse_if_too_small",
    "refuse_if_trainers_busy",
    "refuse_sizes",
    "refuse_slots",
    "refuse_unless_repeatable",
    "refuse_window",
    "remake_guards",
    "remind_trainers",
    "reopen_room",
    "repeat",
    "repeats_on",
    "retire_room",
    "rhythms_of",
    "rooms_for",
    "say_weekday",
    "schedule",
    "series",
    "sessions_in",
    "still_trainers",
    "take_back_course",
    "take_off",
    "taught_by",
    "visible",
    "why_nobody_can_be_added",
    "why_not_bookable",
    "window_like",
    "window_to_come",
]
