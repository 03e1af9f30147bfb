import pytest

from app import courses
from tests import make


@pytest.fixture
def owner(office):
    return make.trainer("Olga Owner")


@pytest.fixture
def course(office, owner):
    return make.course("Copyright for the busy", slug="copyright", owner=owner)


def at(office, person, step="/owner"):
    return office.browser(person).get(f"/manage/courses/copyright{step}")


def names(browser):
    return [option.get_text().strip() for option in browser.page.select("select[name=owner] option")][1:]


def test_an_owner_hands_over_a_course_from_its_trainers_step(office, owner, course):
    tom = make.trainer()
    browser = at(office, owner, "/trainers").click("Hand it over to somebody else")
    assert browser.page.find("input", {"name": "stays"}).has_attr("checked")

    browser.submit("Hand over the course", owner=tom.ref).follow()

    assert (browser.heading, "Tom Trainer owns the course now." in browser.main) == ("Copyright for the busy", True)
    assert "Olga Owner handed the course over from Olga Owner to Tom Trainer" in browser.main
    assert [person.id for person in courses.trainers_of(office.fresh(course))] == [owner.id]


def test_whoever_lets_go_of_a_course_is_led_to_those_that_they_still_have(office, owner, course):
    tom = make.trainer()

    browser = at(office, owner).submit("Hand over the course", owner=tom.ref, stays=[])

    assert browser.answer.headers["Location"] == "/manage/courses"
    assert "Tom Trainer owns the course now." in browser.follow().main
    assert at(office, owner, "").status == 403


def test_trainers_and_coordinators_can_be_chosen_and_nobody_else(office, owner, course):
    make.person("Nia Nurse")
    make.trainer("Tom Trainer")
    make.coordinator("Cora Coordinator")

    assert names(at(office, owner)) == ["Cora Coordinator", "Tom Trainer"]


def test_a_coordinator_finds_a_new_owner_for_a_course_whose_own_has_left(office, owner, course):
    cora = make.coordinator()
    office.do(setattr, owner, "is_trainer", False)
    browser = at(office, cora)
    assert browser.page.find("input", {"name": "stays"}) is None

    browser.submit("Hand over the course", owner=cora.ref)

    assert (browser.status, office.fresh(course).owner_id) == (303, cora.id)


def test_its_other_trainers_read_who_owns_it_and_cannot_hand_it_over(office, owner, course):
    tom = make.trainer()
    office.do(courses.set_trainers, course.id, [tom], by=owner, now=office.now)

    browser = at(office, tom, "/trainers")

    assert "Olga Owner owns this course." in browser.main
    assert "Hand it over" not in browser.main
    assert at(office, tom).status == 403


def test_a_course_that_nobody_owns_says_so_and_is_given_an_owner(office):
    course, tom = make.course(slug="copyright"), make.trainer()
    browser = at(office, make.coordinator(), "/trainers")
    assert "Nobody owns this course." in browser.main

    browser.click("Choose an owner").submit("Make them the owner", owner=tom.ref)

    assert (browser.status, office.fresh(course).owner_id) == (303, tom.id)


def test_no_new_owner_is_refused_beside_the_field(office, owner, course):
    browser = at(office, owner).submit("Hand over the course")

    assert (browser.status, browser.errors) == (422, ["Select the new owner"])


def test_whoever_saves_second_is_told_who_has_the_course_now(office, owner, course):
    tom, tess, cora = make.trainer(), make.trainer("Tess Trainer"), make.coordinator("Cora Coordinator")
    browser = at(office, cora)
    office.do(courses.hand_over, course.id, tom, stays=True, by=owner, now=office.now)

    browser.submit("Hand over the course", owner=tess.ref)
    assert browser.status == 409
    assert "Olga Owner handed the course over from Olga Owner to Tom Trainer" in browser.main
    assert "Tom Trainer owns this course." in browser.main
    assert "Tom Trainer stays one of its trainers" in browser.main
    assert browser.page.select_one("select[name=owner] option[selected]")["value"] == tess.ref

    browser.submit("Hand over the course")
    assert (browser.status, office.fresh(course).owner_id) == (303, tess.id)


def test_hostile_names_stay_words(office, course):
    make.trainer("<b>Bold</b> العربية", address=None)

    browser = at(office, make.coordinator())

    assert browser.page.main.find("b") is None
    assert "<b>Bold</b> العربية" in names(browser)
