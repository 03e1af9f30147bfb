"""People and their roles: find, add, edit, put two records of one person together. For coordinators."""

from app.pages.manage.people import addresses, listing, merging, record
from app.pages.manage.people.frame import bp

__all__ = ["addresses", "bp", "listing", "merging", "record"]
