"""Finding courses: one by its slug, the catalogue, those that match some words."""

from sqlalchemy import ColumnElement, ScalarSelect, and_, select, true

from app.courses.tables import Course, CourseTrainer, plain
from app.db import db
from app.errors import NotFound
from app.people import Person


def get(slug: str) -> Course:
    """A course by its slug, whatever its state. Raises NotFound."""
    course = db.session.scalar(select(Course).where(Course.slug == slug))
    if course is None:
        raise NotFound(f"There is no course called {slug}.")
    return course


def published(slug: str) -> Course:
    """A course that staff may see. Raises NotFound, for a draft too."""
    course = get(slug)
    if not course.is_published:
        raise NotFound(f"There is no course called {slug}.")
    return course


def may_edit(by: Person | None, course: Course) -> bool:
    """A coordinator may edit every course, a trainer those that they own or teach; None is the command line."""
    if by is None or by.is_coordinator:
        return True
    if not by.is_trainer:
        return False
    of_course = (CourseTrainer.course_id == course.id) & (CourseTrainer.person_id == by.id)
    return course.owner_id == by.id or db.session.scalar(select(CourseTrainer.person_id).where(of_course)) is not None


def matches(q: str) -> ColumnElement[bool]:
    """Courses that have every word of the question somewhere, accents and capitals aside."""
    words = plain(q).split()
    return and_(true(), *(Course.found_by.contains(word, autoescape=True) for word in words[:12]))


def catalogue(q: str = "") -> list[Course]:
    """Published courses that have every word of the question, by title."""
    query = select(Course).where(Course.state == "published", matches(q))
    return list(db.session.scalars(query.order_by(Course.title)))


def lock(course_id: int | ScalarSelect[int]) -> Course | None:
    """The course held until the transaction ends: whatever takes, frees or waits for a place of it waits its turn."""
    query = select(Course).where(Course.id == course_id).with_for_update(key_share=True)
    return db.session.scalar(query.execution_options(populate_existing=True))
