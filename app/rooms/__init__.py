"""Sites and rooms: where sessions happen.

- A room belongs to a site and holds so many people. Its access is told before anybody books; its directions come with
  every letter.
- A retired room is not offered any more; what was in it stays on record.
- Sessions count on the size of a room and on its being in use: the timetable's verbs change these.
"""

from app.rooms.finding import all_rooms, get, get_site, in_use, lock, sites
from app.rooms.importing import COLUMNS, import_file, lines_of
from app.rooms.keeping import (
    Description,
    add,
    add_site,
    describe_site,
    hold,
    refuse_if_known,
    refuse_unless_coordinator,
)
from app.rooms.tables import MOST_ADDRESS, MOST_BOOKED_WITH, MOST_NAME, MOST_PEOPLE, MOST_TEXT, Room, Site

__all__ = [
    "COLUMNS",
    "MOST_ADDRESS",
    "MOST_BOOKED_WITH",
    "MOST_NAME",
    "MOST_PEOPLE",
    "MOST_TEXT",
    "Description",
    "Room",
    "Site",
    "add",
    "add_site",
    "all_rooms",
    "describe_site",
    "get",
    "get_site",
    "hold",
    "import_file",
    "in_use",
    "lines_of",
    "lock",
    "refuse_if_known",
    "refuse_unless_coordinator",
    "sites",
]
