"""Posting a course and changing it: step by step while it is a draft, and for as long as it is taught.

The slug is made from the first title and stays: addresses are promises (D35). What its dates have to do with, such as
archiving it, is the timetable's (D36).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from app import history, journal, wording
from app.courses.finding import lock, may_edit, may_hand_over
from app.courses.tables import MOST_TITLE, Course, CourseTrainer
from app.courses.written import RESERVED, WrittenCourse
from app.db import db, locked
from app.errors import Faulty, NotAllowed, NotFound, Refused, StaleEdit
from app.people import Person

COPY = " (copy)"
NOT_COPIED = frozenset({"id", "slug", "title", "owner_id", "state", "found_by"})
KEYS = {"is_online": "online"}  # what a file calls a column, where it is another word


def post(title: str, *, minutes: int, places: int, by: Person, now: datetime) -> Course:
    """A draft, owned by whoever posts it. Raises NotAllowed, Faulty."""
    if not by.manages:
        raise NotAllowed("Only trainers and coordinators can post a course.")
    columns = _sound({"title": title, "minutes": minutes, "places": places}, places=places)
    course = _added(Course(**columns, owner_id=by.id))
    journal.record(by, "posted", course, now)
    return course


def copy(course_id: int, *, by: Person, now: datetime) -> Course:
    """A new draft with all that the course has but its dates. Raises NotAllowed, NotFound."""
    course = held(course_id, by)
    columns = {column.key: getattr(course, column.key) for column in Course.__mapper__.column_attrs}
    kept = {key: value for key, value in columns.items() if key not in NOT_COPIED}
    title = course.title[: MOST_TITLE - len(COPY)].rstrip() + COPY
    made = _added(Course(**kept, title=title, owner_id=by.id))
    teaching = select(CourseTrainer.person_id).join(Person, Person.id == CourseTrainer.person_id)
    for person_id in db.session.scalars(teaching.where(CourseTrainer.course_id == course.id, Person.is_trainer)).all():
        db.session.add(CourseTrainer(course_id=made.id, person_id=person_id))
    journal.record(by, "copied", made, now, title=course.title)
    return made


def describe(
    course_id: int, wanted: Mapping[str, object], *, by: Person | None, now: datetime, seen: int | None = None
) -> bool:
    """Change some columns of a course; says whether anything differed.

    seen: how much of its history the form had seen. Raises NotAllowed, NotFound, StaleEdit, Faulty.
    """
    course = held(course_id, by)
    history.refuse_if_changed(course, seen, columns=set(wanted))
    columns = _sound(wanted, places=course.places, minimum=course.minimum)
    if course.is_published and course.summary and not columns.get("summary", course.summary).strip():
        raise Faulty("Enter a summary: staff see this course", field="summary")
    return journal.describe(by, course, columns, now)


def set_trainers(
    course_id: int, trainers: Sequence[Person], *, by: Person | None, now: datetime, seen: int | None = None
) -> bool:
    """Who teaches a course, besides its owner; says whether that differed.

    Whoever teaches it already may stay, a trainer or not. Raises NotAllowed, NotFound, StaleEdit, Faulty.
    """
    wanted = {person.id: person for person in locked(Person, (trainer.id for trainer in trainers))}
    course = held(course_id, by)
    history.refuse_if_changed(course, seen, columns={"trainers"})
    of_course = CourseTrainer.course_id == course.id
    present = set(db.session.scalars(select(CourseTrainer.person_id).where(of_course)))
    for added in wanted.keys() - present:
        if not wanted[added].is_trainer:
            raise Faulty(f"{wanted[added].name} is not a trainer", field="trainers")
        db.session.add(CourseTrainer(course_id=course.id, person_id=added))
    gone = CourseTrainer.person_id.in_(present - wanted.keys())
    db.session.execute(delete(CourseTrainer).where(of_course, gone))
    if wanted.keys() != present:
        journal.record(by, "described", course, now, columns=["trainers"])
    return wanted.keys() != present


def hand_over(
    course_id: int, owner: Person, *, stays: bool, by: Person | None, now: datetime, seen: int | None = None
) -> bool:
    """Give a course another owner; says whether that differed.

    stays: whoever owned it goes on teaching it, if they are a trainer. Raises NotAllowed, NotFound, StaleEdit, Faulty.
    """
    course, people = _held_with_owners(course_id, owner, by)
    if not may_hand_over(by, course):
        raise NotAllowed("Only the owner of a course or a coordinator can hand it over.")
    history.refuse_if_changed(course, seen, columns={"owner_id", "trainers"})
    if owner.id == course.owner_id:
        return False
    if not people[owner.id].manages:
        raise Faulty(f"{owner.known_as} is neither a trainer nor a coordinator", field="owner")
    before = people.get(course.owner_id or 0)
    course.owner_id = owner.id
    teaches = (CourseTrainer.course_id == course.id) & (CourseTrainer.person_id == owner.id)
    db.session.execute(delete(CourseTrainer).where(teaches))
    if before is not None and stays and before.is_trainer:
        db.session.add(CourseTrainer(course_id=course.id, person_id=before.id))
    did, was = ("handed over", {"was": before.known_as}) if before else ("given an owner", {})
    journal.record(by, did, course, now, **was, to=owner.known_as, columns=["owner_id", "trainers"])
    return True


def _held_with_owners(course_id: int, owner: Person, by: Person | None) -> tuple[Course, dict[int, Person]]:
    """A course under its lock, with its owner and whoever is to own it. Raises NotAllowed, NotFound, StaleEdit."""
    before = db.session.scalars(select(Course.owner_id).where(Course.id == course_id, Course.owner_id.is_not(None)))
    people = {person.id: person for person in locked(Person, {owner.id, *before})}
    course = held(course_id, by)
    if owner.id not in people or (course.owner_id or owner.id) not in people:
        # While we waited for them, somebody has changed the owner, or put two records together (D40).
        sentence = "Somebody else has changed the owner just now. Nothing of yours has been saved yet."
        raise StaleEdit(sentence, lines=history.of(course)[-1:], newest=journal.newest(course))
    return course, people


def also_taught_by(course: Course, trainers: Sequence[Person], *, by: Person | None, now: datetime) -> None:
    """Whoever a file puts on a course's dates teaches it (D46). The course and the trainers are locked by now."""
    of_course = CourseTrainer.course_id == course.id
    present = {course.owner_id, *db.session.scalars(select(CourseTrainer.person_id).where(of_course))}
    added = {trainer.id for trainer in trainers} - present
    db.session.add_all(CourseTrainer(course_id=course.id, person_id=person_id) for person_id in sorted(added))
    if added:
        db.session.flush()  # the next line of a file may be about the same course
        journal.record(by, "described", course, now, columns=["trainers"])


def publish(course_id: int, *, by: Person | None, now: datetime) -> None:
    """Let staff see a draft. Raises NotAllowed, NotFound, Refused if it is archived, Faulty if something is missing."""
    course = held(course_id, by)
    if course.state == "archived":
        raise Refused("Bring the course back from the archive first.")
    if not course.summary.strip():
        raise Faulty("Write a summary in ‘About the course’ first. It is what staff read before all else", field="")
    _become(course, "published", "published", by=by, now=now)


def restore(course_id: int, *, by: Person | None, now: datetime) -> None:
    """Bring a course back from the archive as what it was, a draft or published. Raises NotAllowed, NotFound."""
    course = held(course_id, by)
    if course.state == "archived":
        was = [deed.facts.get("was") for deed in journal.deeds_about(course) if deed.did == "archived"]
        _become(course, "draft" if was[-1:] == ["draft"] else "published", "restored", by=by, now=now)


def held(course_id: int, by: Person | None) -> Course:
    """A course under its lock, for somebody who may edit it. Raises NotAllowed, NotFound."""
    course = lock(course_id)
    if course is None:
        raise NotFound("There is no such course.")
    if not may_edit(by, course):
        raise NotAllowed("This page is for the course's own trainers and for coordinators.")
    return course


def _become(course: Course, state: str, did: str, *, by: Person | None, now: datetime) -> None:
    if course.state != state:
        course.state = state
        journal.record(by, did, course, now)


def _sound(wanted: Mapping[str, object], *, places: int, minimum: int = 0) -> dict[str, Any]:
    """The columns as a courses file might say them: one set of limits for both. Raises Faulty.

    places, minimum: as they are, to compare what is wanted with.
    """
    rest = {"slug": "x", "title": "x", "minutes": 1, "places": places, "minimum": minimum}
    try:
        written = WrittenCourse.model_validate(rest | {KEYS.get(column, column): wanted[column] for column in wanted})
    except ValidationError as fault:
        sentence = wording.sentences(fault)[0]
        key = sentence.partition(":")[0].partition(".")[0]
        column = next((column for column, of_file in KEYS.items() if of_file == key), key)
        raise Faulty(sentence[:1].upper() + sentence[1:], field=column) from fault
    said = written.model_dump(mode="json")
    return {column: said[KEYS.get(column, column)] for column in wanted}


def _added(course: Course) -> Course:
    """Saved with a slug of its own. Two people may post the same title at once: whoever is second takes the next."""
    while True:
        course.slug = _free_slug(course.title)
        try:
            with db.session.begin_nested():
                db.session.add(course)
                db.session.flush()  # shows whether the slug is taken; trainers and journal need the id
            return course
        except IntegrityError:
            if not db.session.scalar(select(func.count()).where(Course.slug == course.slug)):
                raise


def _free_slug(title: str) -> str:
    free = (slug for slug in wording.slugs(title, otherwise="course") if slug not in RESERVED)
    return next(slug for slug in free if db.session.scalar(select(Course.id).where(Course.slug == slug)) is None)
