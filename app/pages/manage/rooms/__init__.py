"""Sites and rooms: add, edit, close for a time, retire; and a day in all of them."""

from app.pages.manage.rooms import closing, day, keeping, listing
from app.pages.manage.rooms.frame import bp

__all__ = ["bp", "closing", "day", "keeping", "listing"]
