"""Courses: what is taught, to whom, how long, and what is asked of whoever books.

A course is a draft, published or archived; staff see only published ones, its own trainers and coordinators see it
whatever its state. Its owner posted it; its owner, its trainers and coordinators may change it. Its usual length,
places, parts, minimum and booking times are what a session starts from, not what a session must have.
"""

from app.courses.finding import catalogue, get, lock, matches, may_edit, published
from app.courses.importing import import_file
from app.courses.tables import MOST_TEXT, MOST_TITLE, Course, CourseTrainer, Question, questions_of

__all__ = [
    "MOST_TEXT",
    "MOST_TITLE",
    "Course",
    "CourseTrainer",
    "Question",
    "catalogue",
    "get",
    "import_file",
    "lock",
    "matches",
    "may_edit",
    "published",
    "questions_of",
]
