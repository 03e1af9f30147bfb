"""Posting a course and changing it, by those who may."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app import courses, history, journal, timetable
from app.courses import CourseTrainer
from app.db import db, transaction
from app.errors import Faulty, NotAllowed, NotFound, Refused, StaleEdit
from app.people import Person
from tests import make
from tests.office import NOW


def post(office, by, title="Searching the evidence", **kwargs):
    return office.do(courses.post, title, **{"minutes": 120, "places": 10, **kwargs}, by=by, now=NOW)


def describe(office, course, by, *, seen=None, **wanted):
    return office.do(courses.describe, course.id, wanted, by=by, now=NOW, seen=seen)


def set_trainers(office, course, trainers, *, by=None, seen=None):
    return office.do(courses.set_trainers, course.id, trainers, by=by, now=NOW, seen=seen)


def teaching(course):
    query = select(CourseTrainer.person_id).where(CourseTrainer.course_id == course.id)
    return set(db.session.scalars(query))


def said_of(course):
    return [(line.who, line.did) for line in history.of(course)]


@pytest.mark.parametrize("who", [make.trainer, make.coordinator])
def test_whoever_runs_training_posts_a_draft_of_their_own(office, who):
    by = who()

    course = office.fresh(post(office, by))

    assert (course.state, course.owner_id, course.slug) == ("draft", by.id, "searching-the-evidence")
    assert (course.title, course.minutes, course.places) == ("Searching the evidence", 120, 10)
    assert said_of(course) == [(by.name, "posted the course")]


def test_staff_cannot_post_a_course(office):
    with pytest.raises(NotAllowed):
        post(office, make.person())


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Łucja's Llŷr & Žofie: 2nd part!", "lucjas-llyr-zofie-2nd-part"),
        ("Healthcare Assistants’ half-day", "healthcare-assistants-half-day"),
        ("التواصل مع المرضى", "course"),
        ("!!!", "course"),
        ("New", "new-2"),
        ("x" * 120, "x" * 80),
        ("a" * 79 + " b", "a" * 79),
    ],
)
def test_a_courses_address_is_made_from_its_title(office, title, slug):
    assert post(office, make.trainer(), title).slug == slug


@pytest.mark.parametrize("title", ["Searching", "x" * 120, "شكرا"])
def test_courses_of_one_title_have_addresses_of_their_own(office, title):
    by = make.trainer()

    slugs = [post(office, by, title).slug for _ in range(12)]

    assert len(set(slugs)) == 12
    assert {len(slug) <= 80 for slug in slugs} == {True}
    assert slugs[1].endswith("-2")


def test_two_people_who_post_the_same_title_at_once_both_have_a_course(office):
    ids = [make.trainer().id for _ in range(4)]

    def click(person_id):
        with office.app.app_context(), transaction():
            by = db.session.get_one(Person, person_id)
            return courses.post("Searching", minutes=60, places=5, by=by, now=NOW).slug

    with ThreadPoolExecutor(4) as at_once:
        slugs = list(at_once.map(click, ids))

    assert sorted(slugs) == ["searching", "searching-2", "searching-3", "searching-4"]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"title": "x" * 121}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"places": 2001}, "places"),
        ({"language": "Welsh!"}, "language"),
        ({"objectives": ["x" * 501]}, "objectives"),
        ({"objectives": ["x"] * 31}, "objectives"),
        ({"room_needs": ["x" * 121]}, "room_needs"),
        ({"plan": [[1441, "x"]]}, "plan"),
        ({"questions": [{"ask": "Which?", "kind": "choice"}]}, "questions"),
        ({"minimum": 11}, "minimum"),
        ({"places": 5, "minimum": 6}, "minimum"),
        ({"opens_days_before": 0}, "opens_days_before"),
        ({"closes_hours_before": -1}, "closes_hours_before"),
        ({"is_online": "perhaps"}, "is_online"),
        ({"owner_id": 1}, "owner_id"),
    ],
)
def test_what_a_courses_file_could_not_say_is_refused_by_name(office, wanted, field):
    by = make.trainer()
    course = post(office, by)
    before = office.kept()

    with pytest.raises(Faulty) as refused:
        describe(office, course, by, **wanted)

    assert refused.value.field == field
    assert office.kept() == before


def test_fewer_places_than_make_it_worth_running_are_refused(office):
    by = make.trainer()
    course = post(office, by)
    describe(office, course, by, minimum=8)

    with pytest.raises(Faulty, match="Minimum: must be 5 or less, the number of places"):
        describe(office, course, by, places=5)


def test_a_step_changes_what_it_asks_and_nothing_else(office):
    by = make.trainer()
    course = post(office, by)

    describe(office, course, by, objectives=["Find"], plan=[[10, "Welcome"]], is_online=True)

    course = office.fresh(course)
    assert (course.objectives, course.plan, course.is_online) == (["Find"], [[10, "Welcome"]], True)
    assert (course.title, course.places) == ("Searching the evidence", 10)
    assert said_of(course)[-1] == (
        by.name,
        "changed the objectives, the session plan and the choice of room or online",
    )


def test_saving_a_step_as_it_was_leaves_no_trace(office):
    by = make.trainer()
    course = post(office, by)
    before = office.kept()

    assert describe(office, course, by, title=course.title, objectives=[]) is False
    assert office.kept() == before


def test_the_address_stays_when_the_title_changes(office):
    by = make.trainer()
    course = post(office, by)

    describe(office, course, by, title="Finding")

    assert (office.fresh(course).title, office.fresh(course).slug) == ("Finding", "searching-the-evidence")


def test_a_published_course_keeps_a_summary(office):
    course = make.course()

    with pytest.raises(Faulty, match="Enter a summary"):
        describe(office, course, None, summary="")


def test_of_two_who_change_one_step_the_second_is_told_who_did_what(office):
    by, cora = make.trainer(), make.coordinator("Cora Coordinator")
    course = post(office, by)
    seen = journal.newest(course)
    describe(office, course, cora, title="Finding", seen=seen)

    with pytest.raises(StaleEdit) as stale:
        describe(office, course, by, title="Looking", seen=seen)

    assert [(line.who, line.did) for line in stale.value.facts["lines"]] == [("Cora Coordinator", "changed the title")]
    assert office.fresh(course).title == "Finding"


def test_two_who_change_different_steps_are_not_in_each_others_way(office):
    by = make.trainer()
    course = post(office, by)
    seen = journal.newest(course)
    describe(office, course, make.coordinator(), title="Finding", seen=seen)

    describe(office, course, by, objectives=["Find"], seen=seen)

    assert (office.fresh(course).title, office.fresh(course).objectives) == ("Finding", ["Find"])


VERBS = {
    "describe": lambda course, by: courses.describe(course.id, {"title": "Mine now"}, by=by, now=NOW),
    "set_trainers": lambda course, by: courses.set_trainers(course.id, [by], by=by, now=NOW),
    "publish": lambda course, by: courses.publish(course.id, by=by, now=NOW),
    "restore": lambda course, by: courses.restore(course.id, by=by, now=NOW),
    "copy": lambda course, by: courses.copy(course.id, by=by, now=NOW),
}


@pytest.mark.parametrize("who", ["staff", "another trainer", "a session's trainer", "an owner who trains no more"])
@pytest.mark.parametrize("verb", VERBS)
def test_only_those_who_teach_a_course_and_coordinators_change_it(office, verb, who):
    by = make.person() if who in {"staff", "an owner who trains no more"} else make.trainer()
    course = make.course(owner=by if who.startswith("an owner") else make.trainer())
    if who == "a session's trainer":
        make.training_session(course=course, trainers=[by])
    before = office.kept()

    with pytest.raises(NotAllowed):
        office.do(VERBS[verb], course, by)
    assert office.kept() == before


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_done_to_a_course_that_is_not_there_is_refused(office, verb):
    course = make.course()
    office.do(db.session.delete, course)

    with pytest.raises(NotFound):
        office.do(VERBS[verb], course, make.coordinator())


def test_the_trainers_of_a_course_are_added_and_taken_off(office):
    course, one, other, third = make.course(), make.trainer(), make.trainer(), make.trainer()

    assert set_trainers(office, course, [one, other])
    assert set_trainers(office, course, [other, third])

    assert teaching(course) == {other.id, third.id}
    assert said_of(course) == [("Roomful", "changed the trainers")] * 2
    assert set_trainers(office, course, [third, other]) is False


def test_a_trainer_of_a_course_may_edit_it(office):
    course, by = make.course(), make.trainer()
    set_trainers(office, course, [by])

    assert describe(office, course, by, title="Ours")


def test_somebody_who_is_not_a_trainer_cannot_be_added_to_a_course(office):
    course = make.course()

    with pytest.raises(Faulty, match="Nia Nurse is not a trainer") as refused:
        set_trainers(office, course, [make.person("Nia Nurse")])

    assert (refused.value.field, teaching(course)) == ("trainers", set())


def test_somebody_who_teaches_a_course_may_stay_on_it_when_they_train_no_more(office):
    course, gone = make.course(), make.trainer()
    set_trainers(office, course, [gone])
    office.do(setattr, gone, "is_trainer", False)

    set_trainers(office, course, [gone, make.trainer()])

    assert gone.id in teaching(course)


def test_of_two_who_change_the_trainers_the_second_is_told(office):
    course = make.course()
    set_trainers(office, course, [make.trainer()], seen=0)

    with pytest.raises(StaleEdit):
        set_trainers(office, course, [make.trainer()], seen=0)


def test_a_draft_with_a_summary_is_published_once(office):
    by = make.trainer()
    course = post(office, by)
    describe(office, course, by, summary="In short.")

    for _ in range(2):
        office.do(courses.publish, course.id, by=by, now=NOW)

    assert courses.published(course.slug).state == "published"
    assert [did for _, did in said_of(course)].count("published the course") == 1


def test_a_draft_without_a_summary_is_not_published(office):
    by = make.trainer()
    course = post(office, by)

    with pytest.raises(Faulty, match="Write a summary"):
        office.do(courses.publish, course.id, by=by, now=NOW)

    assert office.fresh(course).state == "draft"


def test_an_archived_course_is_not_published_but_brought_back(office):
    course = make.course(state="archived")

    with pytest.raises(Refused, match="Bring the course back"):
        office.do(courses.publish, course.id, by=None, now=NOW)
    office.do(courses.restore, course.id, by=None, now=NOW)

    assert office.fresh(course).state == "published"


def test_a_copy_has_everything_but_the_dates(office):
    by, other = make.trainer(), make.trainer()
    wanted = {
        "plan": [[10, "Welcome"]],
        "objectives": ["Find"],
        "minimum": 3,
        "opens_days_before": 14,
        "closes_hours_before": 24,
        "bring": "A pen",
        "is_online": True,
        "questions": [{"ask": "Why?", "kind": "text", "choices": [], "needed": True}],
    }
    course = make.course("Critical appraisal", owner=other, **wanted)
    set_trainers(office, course, [by, other])
    make.training_session(course=course)

    made = office.fresh(office.do(courses.copy, course.id, by=by, now=NOW))

    assert (made.title, made.slug, made.state, made.owner_id) == (
        "Critical appraisal (copy)",
        "critical-appraisal-copy",
        "draft",
        by.id,
    )
    assert {column: getattr(made, column) for column in wanted} == wanted
    assert teaching(made) == {by.id, other.id}
    assert not timetable.has_had_dates(made.id)
    assert said_of(made) == [(by.name, "made it as a copy of ‘Critical appraisal’")]


def test_a_copy_of_a_very_long_title_still_says_that_it_is_one(office):
    course = make.course("x" * 120)

    made = office.do(courses.copy, course.id, by=make.coordinator(), now=NOW)

    assert (len(made.title), made.title[-7:]) == (120, " (copy)")


def test_a_copy_leaves_out_who_trains_no_more(office):
    course, gone = make.course(), make.trainer()
    set_trainers(office, course, [gone])
    office.do(setattr, gone, "is_trainer", False)

    assert teaching(office.do(courses.copy, course.id, by=make.coordinator(), now=NOW)) == set()


def test_somebody_finds_the_courses_that_they_may_edit(office):
    tom, cora = make.trainer(), make.coordinator()
    make.course("Écoute", owner=tom, state="draft")
    set_trainers(office, make.course("appraisal"), [tom])
    make.course("Zebra", owner=make.trainer(), state="archived")

    found = {who: [course.title for course in courses.editable(by)] for who, by in (("tom", tom), ("cora", cora))}

    assert found == {"tom": ["appraisal", "Écoute"], "cora": ["appraisal", "Écoute", "Zebra"]}
    assert courses.editable(make.person()) == []
    assert [course.title for course in courses.editable(cora, "ecoute")] == ["Écoute"]
    assert [course.title for course in courses.editable(cora, state="archived")] == ["Zebra"]


def test_an_owner_who_trains_no_more_has_no_courses_to_edit(office):
    owner = make.person()
    make.course(owner=owner)

    assert courses.editable(owner) == []


def test_the_topics_that_there_are_come_once_each(office):
    for topic in ("Writing", "", "Écoute", "Writing"):
        make.course(topic=topic)

    assert courses.topics() == ["Écoute", "Writing"]
