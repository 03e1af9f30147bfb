"""The timetable: dated sessions of courses, slot by slot, in rooms of limited capacity.

- A session is one run of a course that people book a place on; it has one or more slots, each in a room or online.
- Two live slots never overlap in one room, and no trainer is in two at once.
- A session never has more places than its smallest room holds people, and never fewer than are taken.
- It is bookable when it is scheduled, its course is published and its booking window is open.
- Times are entered on the service's wall clock; spans are half-open, so back-to-back sessions do not clash.
"""

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
from app.timetable.scheduling import (
    SlotPlan,
    lock,
    lock_for_change,
    may_manage,
    put_back,
    refuse_if_rooms_taken,
    refuse_if_too_small,
    refuse_if_trainers_busy,
    refuse_sizes,
    refuse_slots,
    remind_trainers,
    schedule,
    take_off,
)
from app.timetable.tables import SessionTrainer, Slot, TrainingSession, remake_guards, why_not_bookable

__all__ = [
    "Filters",
    "Listed",
    "Listing",
    "SessionTrainer",
    "Slot",
    "SlotPlan",
    "TrainingSession",
    "between",
    "by_id",
    "choices",
    "coming",
    "dates_of",
    "get",
    "import_file",
    "lock",
    "lock_for_change",
    "may_manage",
    "next_dates",
    "open_dates_of",
    "put_back",
    "refuse_if_rooms_taken",
    "refuse_if_too_small",
    "refuse_if_trainers_busy",
    "refuse_sizes",
    "refuse_slots",
    "remake_guards",
    "remind_trainers",
    "schedule",
    "take_off",
    "visible",
    "why_not_bookable",
]
