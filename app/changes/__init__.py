"""What changes under people who have a place: a session moved, its room or size changed, cancelled.

- A move, a new room, a new joining link reaches everybody who is booked, with their calendar entry brought up to date.
- A room that is too small, or fewer places than are taken, is refused, naming how many people would have to go.
- Changing the room asks for the number of places; it never changes silently.
- Cancelling a session cancels every place, withdraws every entry and shows each person the other dates.
"""

from app.changes.addresses import send_letters_to
from app.changes.moving import cancel_session, change_capacity, change_joining_link, change_room, move

__all__ = [
    "cancel_session",
    "change_capacity",
    "change_joining_link",
    "change_room",
    "move",
    "send_letters_to",
]
