"""Taking a course out of what is on offer."""

from datetime import timedelta

import pytest

from app import courses, history, timetable
from app.errors import BookingClosed, NotAllowed, NotFound, Refused
from tests import make
from tests.office import NOW


def archive(office, course, *, by=None):
    return office.do(timetable.archive_course, course.id, by=by, now=office.now)


def take_back(office, course, *, by=None):
    return office.do(timetable.take_back_course, course.id, by=by, now=office.now)


def restore(office, course):
    return office.do(courses.restore, course.id, by=None, now=office.now)


@pytest.mark.parametrize("state", ["draft", "published"])
def test_an_archived_course_comes_back_as_it_was(office, state):
    course = make.course(state=state)
    archive(office, course)
    with pytest.raises(NotFound):
        courses.published(course.slug)

    restore(office, course)

    assert office.fresh(course).state == state
    assert [line.did for line in history.of(course)] == [
        "archived the course",
        "brought the course back from the archive",
    ]


@pytest.mark.parametrize(("count", "says"), [(1, "1 person has a place"), (3, "3 people have a place")])
def test_a_course_with_people_on_its_coming_dates_is_not_archived(office, count, says):
    course = make.course()
    training_session = make.training_session(course=course)
    make.training_session(course=course, starts_at=make.IN_TWO_WEEKS + timedelta(days=1))
    make.crowd(training_session, count)

    with pytest.raises(Refused, match=f"^{says} on its coming dates"):
        archive(office, course)

    assert office.fresh(course).state == "published"


def test_people_count_until_the_last_part_is_over(office):
    course = make.course()
    slots = [make.slot(make.IN_TWO_WEEKS + timedelta(days=day), joining_link="https://x.example.org") for day in (0, 7)]
    make.booking(make.training_session(course=course, slots=slots))

    office.now = make.IN_TWO_WEEKS + timedelta(days=3)
    with pytest.raises(Refused):
        archive(office, course)
    office.now = make.IN_TWO_WEEKS + timedelta(days=8)
    archive(office, course)

    assert office.fresh(course).state == "archived"


def test_whoever_cancelled_is_in_nobodys_way(office):
    course = make.course()
    office.cancel(make.booking(make.training_session(course=course)))

    archive(office, course)

    assert office.fresh(course).state == "archived"


def test_a_date_of_an_archived_course_cannot_be_booked(office):
    course = make.course()
    training_session = make.training_session(course=course)
    archive(office, course)

    with pytest.raises(BookingClosed):
        office.book(make.person(), training_session)


def test_archiving_and_bringing_back_twice_is_done_once(office):
    course = make.course()
    for _ in range(2):
        archive(office, course)
    for _ in range(2):
        restore(office, course)

    assert len(history.of(course)) == 2


def test_a_course_published_too_soon_is_taken_back_to_a_draft(office):
    course = make.course()

    take_back(office, course)

    assert office.fresh(course).state == "draft"
    assert [line.did for line in history.of(course)] == ["took the course back to a draft"]


@pytest.mark.parametrize("what", ["coming", "cancelled", "over"])
def test_a_course_that_has_had_a_date_is_not_taken_back(office, what):
    course = make.course()
    training_session = make.training_session(course=course)
    if what == "cancelled":
        office.cancel_session(training_session)
    if what == "over":
        office.now = make.IN_TWO_WEEKS + timedelta(days=1)

    with pytest.raises(Refused, match="Archive it instead"):
        take_back(office, course)


def test_a_draft_of_a_date_is_nobodys_promise(office):
    course = make.course()
    office.do(setattr, make.training_session(course=course), "state", "draft")

    take_back(office, course)

    assert office.fresh(course).state == "draft"


@pytest.mark.parametrize("verb", [archive, take_back])
def test_only_those_who_teach_a_course_and_coordinators_take_it_away(office, verb):
    course = make.course(owner=make.trainer())
    training_session = make.training_session(course=make.course())

    for by in (make.person(), make.trainer(), training_session.trainers[0]):
        with pytest.raises(NotAllowed):
            verb(office, course, by=by)
    verb(office, course, by=make.coordinator())


def test_dates_and_people_to_come_are_counted(office):
    course = make.course()
    make.crowd(make.training_session(course=course), 2)
    make.training_session(course=course, starts_at=make.IN_TWO_WEEKS + timedelta(days=1))
    office.cancel_session(make.training_session(course=course, starts_at=make.IN_TWO_WEEKS + timedelta(days=2)))

    assert timetable.coming_of(course.id, now=NOW) == (2, 2)
