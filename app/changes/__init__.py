"""What changes under people who have a place: a session moved, its room or size changed, cancelled.

- A move, a new room, a new joining link reaches everybody who is booked, with their calendar entry brought up to date.
- A room that is too small, or fewer places than are taken, is refused, naming how many people would have to go.
- Changing the room asks for the number of places; it never changes silently. Two sessions may swap rooms.
- Cancelling a session cancels every place, withdraws every entry and shows each person the other dates.
- Each verb passes on what it frees: a new date, more places, another time go to those who wait, in order.
- Its trainers hear of what somebody else did to it. Of a draft nobody hears.
- Whoever changes what somebody else has changed meanwhile is told who and what, and decides again.
"""

from app.changes.addresses import send_letters_to
from app.changes.calendar_choice import choose_calendar
from app.changes.cancelling import cancel_session
from app.changes.describing import describe_course, describe_room, describe_site, import_courses, import_rooms
from app.changes.merging import Merged, merge
from app.changes.moving import change_joining_link, change_room, change_times, move
from app.changes.offering import (
    import_timetable,
    publish,
    publish_course,
    repeat,
    restore_course,
    schedule,
    take_back_course,
)
from app.changes.roles import describe_person, import_people, still_run_by
from app.changes.sizing import BookingRules, change_booking_rules, change_capacity
from app.changes.swapping import Partner, partners_of, room_of, swap_rooms
from app.changes.trainers import change_trainers
from app.changes.vouching import take_away_address, vouch_for

__all__ = [
    "BookingRules",
    "Merged",
    "Partner",
    "cancel_session",
    "change_booking_rules",
    "change_capacity",
    "change_joining_link",
    "change_room",
    "change_times",
    "change_trainers",
    "choose_calendar",
    "describe_course",
    "describe_person",
    "describe_room",
    "describe_site",
    "import_courses",
    "import_people",
    "import_rooms",
    "import_timetable",
    "merge",
    "move",
    "partners_of",
    "publish",
    "publish_course",
    "repeat",
    "restore_course",
    "room_of",
    "schedule",
    "send_letters_to",
    "still_run_by",
    "swap_rooms",
    "take_away_address",
    "take_back_course",
    "vouch_for",
]
