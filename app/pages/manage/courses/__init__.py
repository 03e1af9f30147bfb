"""Posting a course: the courses that somebody may edit, and one of them, step by step from draft to archive."""

from app.pages.manage.courses import listing, one_course, owner, questions, steps
from app.pages.manage.courses.frame import bp

__all__ = ["bp", "listing", "one_course", "owner", "questions", "steps"]
