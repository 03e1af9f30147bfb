"""Demand: who waits for what, as coordinators see it."""

import csv
from io import StringIO

import pytest

from tests import make

DAY = make.timedelta(days=1)


@pytest.fixture
def cora(office):
    return make.coordinator("Cora Coordinator", address="cora@example.org")


def demand(office, person, part=""):
    return office.browser(person).get(f"/manage/demand{part}")


def courses_on(browser):
    return [" ".join(item.get_text(" ").split()) for item in browser.page.main.select("li.app-course")]


def csv_of(browser):
    return list(csv.reader(StringIO(browser.answer.get_data().decode("utf-8-sig"))))


def test_coordinators_find_it_in_the_menu_and_trainers_do_not(office, cora):
    shown = [office.browser(who).get("/").page.find("header").get_text() for who in (cora, make.trainer())]

    assert ["Demand" in header for header in shown] == [True, False]


def test_while_nobody_waits_the_page_says_how_people_come_to(office, cora):
    browser = demand(office, cora)

    assert "Nobody is waiting for anything just now." in browser.main
    assert not browser.page.main.find("table")


@pytest.mark.both_engines
def test_the_course_that_most_people_wait_for_comes_first(office, cora):
    little, much = make.course("Copyright"), make.course("Searching")
    make.wait(little)
    for _ in range(2):
        make.wait(much, wants="new")

    first, second = courses_on(demand(office, cora))

    assert first.startswith("Searching 2 people wait , the longest since Tuesday 1 December 2026. 2 wait for a date")
    assert second.startswith("Copyright 1 person waits , the longest since")


def test_what_would_suit_them_is_said_in_their_own_words(office, cora):
    make.wait(make.course(), would_suit="Tuesdays after 2pm")

    assert "What would suit them: Tuesdays after 2pm" in courses_on(demand(office, cora))[0]


def test_the_next_dates_are_there_with_how_full_they_are_and_a_way_to_another(office, cora):
    full = make.full_session(capacity=2)
    make.wait(full)

    browser = demand(office, cora)

    assert "Tue 15 Dec 2026, 10am 2 of 2 places taken" in courses_on(browser)[0]
    assert browser.click("Schedule a session").heading == "When is the session?"


def test_months_without_a_wait_are_there_too(office, cora):
    make.wait(make.course())

    rows = demand(office, cora).page.main.select("tbody tr")

    said = [" ".join(row.get_text(" ").split()) for row in rows]
    assert (len(said), said[0], said[-1]) == (12, "January 2026 0 people", "December 2026 1 person")


@pytest.mark.parametrize("word", ["SEARCH", "thursdays"])
def test_a_course_is_found_by_its_title_and_by_what_would_suit_somebody(office, cora, word):
    make.wait(make.course("Copyright"))
    make.wait(make.course("Searching"), would_suit="Thursdays")

    browser = demand(office, cora, f"?q={word}")

    assert [course.split()[0] for course in courses_on(browser)] == ["Searching"]
    assert "1 person waits for 1 course" in browser.main


def test_a_search_that_finds_nothing_says_so(office, cora):
    make.wait(make.course("Copyright"))

    assert "No course that somebody waits for matches." in demand(office, cora, "?q=nothing").main


def test_it_comes_as_a_spreadsheet_narrowed_as_the_page_is(office, cora):
    make.wait(make.course("Copyright"))
    make.wait(make.course("Searching"), wants="new", would_suit="Thursdays")

    _, line = csv_of(demand(office, cora, ".csv?q=searching"))

    assert line[:5] == ["Searching", "1", "1", "0", "2026-12-01 09:00"]
    assert "Thursdays" in line


def test_a_course_shows_its_whole_line_with_what_can_be_done(office, cora):
    course = make.course("Copyright")
    for name in ("Nia Nurse", "Otto Other"):
        make.wait(course, make.person(name))
    browser = demand(office, cora).click("Copyright")

    people = [" ".join(person.get_text(" ").split()) for person in browser.page.main.select("li.app-person")]

    assert "2 people in line" in browser.main
    assert [person.split(" Ward")[0] for person in people] == ["1st: Nia Nurse", "2nd: Otto Other"]
    assert people[1].endswith("Any date Move to the front Give a place Take off the list Why?")


def test_the_line_of_a_course_comes_as_a_spreadsheet(office, cora):
    course = make.course("Copyright", slug="copyright")
    make.wait(course, make.person("Nia Nurse"))

    _, line = csv_of(demand(office, cora, "/copyright.csv"))

    assert line[:3] == ["1", "Nia Nurse", "Ward 7"]


def test_a_course_that_nobody_waits_for_says_so(office, cora):
    make.course("Copyright", slug="copyright")

    assert "Nobody is waiting for this course." in demand(office, cora, "/copyright").main


def test_its_course_page_leads_there_for_a_coordinator_only(office, cora):
    owner = make.trainer()
    course = make.course("Copyright", slug="copyright", owner=owner)

    shown = [office.browser(who).get(f"/manage/courses/{course.slug}").main for who in (cora, owner)]

    assert ["See who is waiting for this course" in main for main in shown] == [True, False]


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_database_as_often_for_three_courses_as_for_one(office, cora, count):
    for _ in range(count):
        make.wait(make.full_session(capacity=1))
    browser = office.browser(cora)

    with office.statements() as said:
        browser.get("/manage/demand")

    assert len(said) == 5


def test_a_coordinator_asks_to_hear_of_every_full_session_and_does(office, cora):
    office.browser(cora).get("/me").submit("Save my details", hears_of_full="yes")
    office.deliver()

    make.full_session()

    assert "cora@example.org" in [letter.to for letter in office.deliver() if letter.subject.startswith("Full:")]


def test_others_are_not_asked_that_and_cannot_say_so(office):
    nia = make.person()
    browser = office.browser(nia).get("/me")
    assert not browser.page.find(attrs={"name": "hears_of_full"})

    browser.submit("Save my details", hears_of_full="yes")

    assert not office.fresh(nia).hears_of_full
