"""A course given to another owner, by those who may."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app import courses, history, journal
from app.courses import CourseTrainer
from app.db import db, transaction
from app.errors import Faulty, NotAllowed, NotFound, StaleEdit
from app.people import Person
from tests import make


@pytest.fixture
def owner(office):
    return make.trainer("Olga Owner")


@pytest.fixture
def course(office, owner):
    return make.course(owner=owner)


def hand_over(office, course, owner, *, stays=True, by=None, seen=None):
    return office.do(courses.hand_over, course.id, owner, stays=stays, by=by, now=office.now, seen=seen)


def teaching(course):
    return set(db.session.scalars(select(CourseTrainer.person_id).where(CourseTrainer.course_id == course.id)))


@pytest.mark.parametrize("who", [make.trainer, make.coordinator])
def test_an_owner_hands_a_course_over_and_stays_one_of_its_trainers(office, owner, course, who):
    new = who()

    assert hand_over(office, course, new, by=owner) is True

    assert office.fresh(course).owner_id == new.id
    assert teaching(course) == {owner.id}
    assert courses.may_edit(owner, course)
    assert [(line.who, line.did) for line in history.of(course)] == [
        ("Olga Owner", f"handed the course over from Olga Owner to {new.name}")
    ]


def test_an_owner_may_let_go_of_a_course_altogether(office, owner, course):
    hand_over(office, course, make.trainer(), stays=False, by=owner)

    assert teaching(course) == set()
    assert not courses.may_edit(owner, office.fresh(course))


def test_whoever_is_no_trainer_any_more_does_not_stay(office, owner, course):
    office.do(setattr, owner, "is_trainer", False)

    hand_over(office, course, make.trainer())

    assert teaching(course) == set()


def test_a_new_owner_who_taught_it_already_is_its_owner_and_nothing_else(office, owner, course):
    tom, tess = make.trainer(), make.trainer("Tess Trainer")
    office.do(courses.set_trainers, course.id, [tom, tess], by=owner, now=office.now)

    hand_over(office, course, tom, by=owner)

    assert teaching(course) == {owner.id, tess.id}


def test_a_course_that_nobody_owns_is_given_to_somebody(office):
    course, tom = make.course(), make.trainer()

    hand_over(office, course, tom, by=make.coordinator("Cora Coordinator"))

    assert office.fresh(course).owner_id == tom.id
    assert history.of(course)[-1].did == "made Tom Trainer the owner of the course"


def test_handing_it_to_its_owner_leaves_no_trace(office, owner, course):
    before = office.kept()

    assert hand_over(office, course, owner, by=owner) is False
    assert office.kept() == before


def test_somebody_who_does_not_run_training_cannot_own_a_course(office, owner, course):
    with pytest.raises(Faulty, match="Nia Nurse is neither a trainer nor a coordinator") as refused:
        hand_over(office, course, make.person(), by=owner)

    assert refused.value.field == "owner"


def test_its_other_trainers_cannot_give_a_course_away(office, owner, course):
    tom = make.trainer()
    office.do(courses.set_trainers, course.id, [tom], by=owner, now=office.now)

    with pytest.raises(NotAllowed):
        hand_over(office, course, tom, by=tom)


def test_what_is_no_course_is_refused(office, owner):
    with pytest.raises(NotFound):
        office.do(courses.hand_over, 999, owner, stays=True, by=None, now=office.now)


@pytest.mark.parametrize("first", ["hands it over", "changes its trainers"])
def test_of_two_who_change_who_has_a_course_the_second_is_told(office, owner, course, first):
    tom, cora = make.trainer(), make.coordinator("Cora Coordinator")
    seen = journal.newest(course)
    if first == "hands it over":
        hand_over(office, course, tom, by=cora)
    else:
        office.do(courses.set_trainers, course.id, [tom], by=cora, now=office.now)

    with pytest.raises(StaleEdit) as stale:
        hand_over(
            office, course, make.trainer("Tess Trainer"), by=owner if first != "hands it over" else cora, seen=seen
        )

    assert [line.who for line in stale.value.facts["lines"]] == ["Cora Coordinator"]


def test_a_change_of_other_words_is_not_in_the_way(office, owner, course):
    seen = journal.newest(course)
    office.do(courses.describe, course.id, {"audience": "All"}, by=owner, now=office.now)

    assert hand_over(office, course, make.trainer(), by=owner, seen=seen)


def test_whoever_chooses_trainers_while_the_course_changes_hands_is_told(office, owner, course):
    cora, seen = make.coordinator(), journal.newest(course)
    hand_over(office, course, make.trainer(), by=owner)

    with pytest.raises(StaleEdit):
        office.do(courses.set_trainers, course.id, [], by=cora, now=office.now, seen=seen)


def test_of_two_who_hand_it_over_at_once_one_is_first_and_everybody_else_stays_a_trainer(office, owner, course):
    ids = [make.trainer(f"Trainer {number}").id for number in range(4)]

    def click(person_id):
        with office.app.app_context():
            try:
                with transaction():
                    new = db.session.get_one(Person, person_id)
                    return courses.hand_over(course.id, new, stays=True, by=None, now=office.now)
            except StaleEdit:
                return False

    with ThreadPoolExecutor(4) as at_once:
        done = list(at_once.map(click, ids))

    owns = office.fresh(course).owner_id
    assert owns in {person_id for person_id, is_done in zip(ids, done, strict=True) if is_done}
    has_it = {owner.id, *(person_id for person_id, is_done in zip(ids, done, strict=True) if is_done)}
    assert teaching(course) == has_it - {owns}
