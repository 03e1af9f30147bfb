"""The changes of a session: each is shown with whom it tells before it is made."""

from app.pages.manage.changes import cancelling, larger, moving, numbers, places, rooms, swapping, trainers
from app.pages.manage.changes.frame import bp

__all__ = ["bp", "cancelling", "larger", "moving", "numbers", "places", "rooms", "swapping", "trainers"]
