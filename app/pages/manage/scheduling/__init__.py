"""Putting a session on the timetable: when, where, who, and a check before it is saved.

The first two pages ask by address, and what was chosen travels along in it (`plan.py`); the last one posts. Before
anything is saved the verb itself runs and nothing of it is kept, so that every clash shows beside its field. A session
that is there can be repeated (`repeating.py`).
"""

from app.pages.manage.scheduling import details, repeating, room, when
from app.pages.manage.scheduling.frame import bp

__all__ = ["bp", "details", "repeating", "room", "when"]
