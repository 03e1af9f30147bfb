"""Finding courses: one by its slug, the catalogue, those that match some words."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from app.courses.tables import Course, CourseTrainer
from app.db import db
from app.errors import NotFound
from app.people import Person
from app.wording import plain


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


def may_hand_over(by: Person | None, course: Course) -> bool:
    """Whoever owns a course may give it to somebody else, and so may a coordinator; its other trainers may not."""
    return by is None or by.is_coordinator or (course.owner_id == by.id and by.is_trainer)


def matches(q: str) -> ColumnElement[bool]:
    """Courses that have every word of the question somewhere, accents and capitals aside."""
    words = plain(q).split()
    return and_(true(), *(Course.found_by.contains(word, autoescape=True) for word in words[:12]))


def catalogue(q: str = "") -> list[Course]:
    """Published courses that have every word of the question, by title."""
    query = select(Course).where(Course.state == "published", matches(q))
    return list(db.session.scalars(query.order_by(Course.title)))


def editable(by: Person, q: str = "", *, state: str = "") -> list[Course]:
    """The courses that somebody may edit, by title, with owner and trainers. state: '' means any."""
    if not by.manages:
        return []
    query = select(Course).where(matches(q)).options(joinedload(Course.owner), selectinload(Course.trainers))
    if state:
        query = query.where(Course.state == state)
    if not by.is_coordinator:
        teaches = select(CourseTrainer.course_id).where(CourseTrainer.person_id == by.id)
        query = query.where(or_(Course.owner_id == by.id, Course.id.in_(teaches)))
    return sorted(db.session.scalars(query), key=lambda course: (plain(course.title), course.id))


def owner_of(course: Course) -> Person | None:
    return db.session.get(Person, course.owner_id) if course.owner_id else None


def trainers_of(course: Course) -> list[Person]:
    """Who teaches a course, besides its owner, by name."""
    teaching = select(CourseTrainer.person_id).where(CourseTrainer.course_id == course.id)
    return list(db.session.scalars(select(Person).where(Person.id.in_(teaching)).order_by(Person.name, Person.id)))


def topics() -> list[str]:
    """The topics that there are, by name."""
    named = select(Course.topic).where(Course.topic != "").distinct()
    return sorted(db.session.scalars(named), key=plain)


def lock(course_id: int) -> Course | None:
    """The course held until the transaction ends: whatever takes, frees or waits for a place of it waits its turn."""
    return next(iter(lock_all([course_id])), None)


def lock_all(ids: Collection[int] | Select[int]) -> list[Course]:
    """The same for several, in the order of all locks. ids: themselves, or a query for them."""
    query = select(Course).where(Course.id.in_(ids)).order_by(Course.id).with_for_update(key_share=True)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))
