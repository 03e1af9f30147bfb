"""Courses: what is taught, to whom, how long, and what is asked of whoever books.

A course is a draft, published or archived; staff see only published ones, its own trainers and coordinators see it
whatever its state. Its owner posted it; its owner, its trainers and coordinators may change it. Its usual length,
places, parts, minimum and booking times are what a session starts from, not what a session must have.
"""

from app.courses.finding import (
    catalogue,
    editable,
    get,
    lock,
    lock_all,
    matches,
    may_edit,
    may_hand_over,
    owner_of,
    published,
    topics,
    trainers_of,
)
from app.courses.importing import import_file
from app.courses.posting import also_taught_by, copy, describe, hand_over, held, post, publish, restore, set_trainers
from app.courses.tables import MOST_TEXT, MOST_TITLE, Course, CourseTrainer, Question, questions_of

__all__ = [
    "MOST_TEXT",
    "MOST_TITLE",
    "Course",
    "CourseTrainer",
    "Question",
    "also_taught_by",
    "catalogue",
    "copy",
    "describe",
    "editable",
    "get",
    "hand_over",
    "held",
    "import_file",
    "lock",
    "lock_all",
    "matches",
    "may_edit",
    "may_hand_over",
    "owner_of",
    "post",
    "publish",
    "published",
    "questions_of",
    "restore",
    "set_trainers",
    "topics",
    "trainers_of",
]
