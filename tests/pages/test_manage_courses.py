"""Posting a course, as a trainer does it: from an empty list to a page that staff see."""

import csv
import io

import pytest

from app import courses
from tests import make
from tests.office import NOW
from tests.pages.scene import token
from tests.pages.test_hostile_text import HOSTILE, NAMES, Service, faults_of, plain, words_of

WELCOME = [[15, "Welcome"], [105, "Hands on"]]
STEPS = ("about", "objectives", "audience", "booking", "questions", "trainers", "rooms", "plan")


@pytest.fixture
def tom(office):
    return make.trainer("Tom Trainer")


@pytest.fixture
def course(tom):
    return make.course("Searching", owner=tom, state="draft", topic="")


def at(office, person, course, step=""):
    return office.browser(person).get(f"/manage/courses/{course.slug}{step and '/' + step}")


def statuses(browser):
    """{step: what the list says of it}."""
    items = browser.page.main.select(".nhsuk-task-list__item")
    return {
        item.a["href"].rpartition("/")[2]: item.select_one(".nhsuk-task-list__status").get_text(strip=True)
        for item in items
    }


def listed(browser):
    return [row.a.get_text() for row in browser.page.main.select("tbody tr")]


def pressed(browser, button, number):
    """Press one of the buttons of the list of questions."""
    form = browser.page.main.find("form", method="post")
    fields = {box["name"]: box["value"] for box in form.find_all("input")}
    return browser.post(browser.address, **fields, **{button: str(number)})


def questions_on(browser):
    return [h2.get_text() for h2 in browser.page.main.select(".app-question h2")]


def test_a_trainer_posts_a_course_from_a_title_to_a_page_that_staff_see(office, tom):
    browser = office.browser(tom).get("/manage/courses").click("Post a course")
    browser.submit("Save as a draft", title="Searching the evidence", minutes="120", places="10").follow()
    assert statuses(browser)["about"] == "Not started"

    browser.click("About the course").submit("Save", summary="From a question to a good search.").follow()
    browser.click("Objectives").submit("Save", objectives="Find\n\n• Choose").follow()
    browser.click("Session plan").submit("Save", plan="15 Welcome\n105 min: Hands on").follow()
    assert "adds up to 2 hours, as long as the course" in browser.main
    browser.submit("Publish the course").follow()

    assert "has been published" in browser.main
    shown = office.browser().get("/courses/searching-the-evidence").main
    assert all(words in shown for words in ("From a question to a good search.", "Find", "Choose"))


def test_a_trainer_without_courses_reads_how_to_begin(office, tom):
    browser = office.browser(tom).get("/manage/courses")

    assert "There is nothing here yet" in browser.main
    assert browser.page.main.find("table") is None


def test_a_trainer_finds_their_own_courses_and_a_coordinator_all(office, tom):
    make.course("Mine", owner=tom)
    make.course("Another's", owner=make.trainer())

    assert listed(office.browser(tom).get("/manage/courses")) == ["Mine"]
    assert listed(office.browser(make.coordinator()).get("/manage/courses")) == ["Another's", "Mine"]


def test_each_course_of_the_list_has_its_state_and_its_next_date(office, tom):
    course = make.course("Searching", owner=tom)
    make.training_session(course=course)
    make.training_session(course=course, starts_at=make.IN_TWO_WEEKS + make.timedelta(days=1))
    make.course("Zebra", owner=tom, state="archived")

    rows = [row.get_text(" ", strip=True) for row in office.browser(tom).get("/manage/courses").page.select("tbody tr")]

    assert rows == [
        "Course Searching State Published Next date Tuesday 15 December 2026, and 1 more date",
        "Course Zebra State Archived Next date None",
    ]


def test_a_list_is_narrowed_by_words_and_state(office, tom):
    make.course("Searching", owner=tom, state="draft")
    make.course("Finding", owner=tom)
    browser = office.browser(tom)

    assert listed(browser.get("/manage/courses?q=sear")) == ["Searching"]
    assert listed(browser.get("/manage/courses?state=published")) == ["Finding"]
    assert "No course matches." in browser.get("/manage/courses?q=nothing").main


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_as_often_for_three_courses_as_for_one(office, tom, count):
    for _ in range(count):
        course = make.course(owner=tom)
        make.training_session(course=course)
    browser = office.browser(tom)

    for address in ("/manage/courses", "/manage/courses.csv"):
        with office.statements() as said:
            browser.get(address)
        assert len(said) == 4, "\n".join(said)


@pytest.mark.parametrize("count", [1, 3])
def test_a_courses_page_asks_the_database_as_often_for_three_dates_as_for_one(office, tom, count):
    course = make.course(owner=tom)
    for number in range(count):
        make.training_session(course=course, starts_at=make.IN_TWO_WEEKS + make.timedelta(days=number))
        office.do(courses.describe, course.id, {"objectives": [str(number)]}, by=tom, now=NOW)
    browser = office.browser(tom)

    with office.statements() as said:
        browser.get(f"/manage/courses/{course.slug}")

    assert len(said) == 9, "\n".join(said)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_people_typed_is_shown_as_they_typed_it_to_those_who_change_it(office, name):
    service = Service(office, HOSTILE[name])
    browser = office.browser(service.trainer)
    here = f"/manage/courses/{service.course.slug}"
    ends = ("", "/preview", "/about", "/objectives", "/audience", "/questions", "/questions/1", "/archive")

    pages = {address: browser.get(address).page for address in ["/manage/courses", *(here + end for end in ends)]}

    assert {address for address, page in pages.items() if plain(HOSTILE[name]) not in plain(words_of(page))} == set()
    assert {address: faults_of(page) for address, page in pages.items() if faults_of(page)} == {}


def test_the_list_is_a_spreadsheet_too(office, tom):
    course = make.course("=1+1", owner=tom)
    office.do(courses.set_trainers, course.id, [make.trainer("Olu Other")], by=None, now=NOW)
    make.training_session(course=course)
    make.course("Zebra", owner=tom)

    file = office.browser(tom).get("/manage/courses").page.find("a", string="Download as a spreadsheet (CSV)")
    answer = office.browser(tom).get(file["href"]).answer

    assert answer.content_type == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [(line["Title"], line["Next date"], line["Trainers"]) for line in lines] == [
        ("'=1+1", "2026-12-15 10:00", "Olu Other"),
        ("Zebra", "", ""),
    ]


def test_each_step_says_whether_it_is_needed_or_done(office, tom):
    empty = make.course(owner=tom, state="draft", summary="")
    full = make.course(
        owner=tom,
        objectives=["Find"],
        audience="All",
        questions=[{"ask": "Why?", "kind": "text", "choices": [], "needed": True}],
        room_needs=["PCs"],
        plan=WELCOME,
    )
    office.do(courses.set_trainers, full.id, [make.trainer()], by=None, now=NOW)

    apart = dict.fromkeys(STEPS, "Optional") | {"about": "Not started", "booking": "Completed"}
    assert statuses(at(office, tom, empty)) == apart
    assert statuses(at(office, tom, full)) == dict.fromkeys(STEPS, "Completed")


@pytest.mark.parametrize(
    ("step", "typed", "kept"),
    [
        (
            "about",
            {
                "title": "Finding",
                "summary": "In short.",
                "description": "At *length*.",
                "topic": "Getting started",
                "minutes": "90",
                "parts": "3",
                "held": "online",
                "bring": "A pen",
                "language": "cy",
            },
            {
                "title": "Finding",
                "summary": "In short.",
                "description": "At *length*.",
                "topic": "Getting started",
                "minutes": 90,
                "parts": 3,
                "is_online": True,
                "bring": "A pen",
                "language": "cy",
            },
        ),
        (
            "objectives",
            {"objectives": "Find\r\n\r\n  •\tChoose\n- Set up "},
            {"objectives": ["Find", "Choose", "Set up"]},
        ),
        ("audience", {"audience": "All staff"}, {"audience": "All staff"}),
        (
            "booking",
            {"places": "12", "minimum": "4", "opens_days_before": "30", "closes_hours_before": "24"},
            {"places": 12, "minimum": 4, "opens_days_before": 30, "closes_hours_before": 24},
        ),
        ("booking", {"opens_days_before": ""}, {"opens_days_before": None, "closes_hours_before": 0}),
        ("rooms", {"room_needs": "PCs\nProjector"}, {"room_needs": ["PCs", "Projector"]}),
        (
            "plan",
            {"plan": "15 Welcome\n10min Tea\n5 mins Talk\n20 minutes: Cases\n0, Close\n10 minutes of last time"},
            {
                "plan": [
                    [15, "Welcome"],
                    [10, "Tea"],
                    [5, "Talk"],
                    [20, "Cases"],
                    [0, "Close"],
                    [10, "minutes of last time"],
                ]
            },
        ),
    ],
)
def test_a_step_keeps_what_was_typed_and_shows_it_again(office, tom, course, *, step, typed, kept):
    browser = at(office, tom, course, step).submit("Save", **typed)

    assert (browser.status, browser.follow().heading) == (303, typed.get("title", "Searching"))
    assert "saved" in browser.page.find(class_="nhsuk-notification-banner").get_text()
    course = office.fresh(course)
    assert {column: getattr(course, column) for column in kept} == kept
    before = office.kept()
    browser.get(f"/manage/courses/{course.slug}/{step}").submit("Save")
    assert office.kept() == before


@pytest.mark.parametrize(
    ("step", "typed", "says"),
    [
        (
            "objectives",
            {"objectives": "ok\n\n" + "x" * 501},
            "Line 3 of the objectives must be 500 characters or fewer",
        ),
        ("objectives", {"objectives": "x\n" * 31}, "The objectives must be 30 lines or fewer"),
        ("rooms", {"room_needs": "x" * 121}, "Line 1 of the room needs must be 120 characters or fewer"),
        ("plan", {"plan": "15 Welcome\nTea"}, "Line 2 of the session plan must be the minutes, then what happens"),
        ("plan", {"plan": "10:30 Tea"}, "Line 1 of the session plan must be the minutes, then what happens"),
        ("plan", {"plan": "15"}, "Line 1 of the session plan must be the minutes, then what happens"),
        ("plan", {"plan": "9999 Tea"}, "Line 1 of the session plan must be 1,440 minutes or less"),
        ("booking", {"places": "5", "minimum": "6"}, "The smallest number must be 5 or less, the number of places"),
        ("about", {"title": ""}, "Enter the title"),
        ("about", {"language": "xx"}, "Select the language from the list"),
    ],
)
def test_what_will_not_do_is_named_and_nothing_typed_is_lost(office, tom, course, *, step, typed, says):
    browser = at(office, tom, course, step).submit("Save", **typed)

    assert (browser.status, len(browser.errors)) == (422, 1)
    assert browser.errors[0].startswith(says)
    for name, words in typed.items():
        box = browser.page.find(attrs={"name": name})
        assert box.name == "select" or (box.get("value") or box.get_text()).strip() == words.strip()


def test_the_minutes_of_a_plan_are_added_up_before_it_is_saved(office, tom, course):
    browser = at(office, tom, course, "plan").submit("Add up the minutes", plan="15 Welcome\n90 Hands on")

    assert "The plan adds up to 1 hour 45 minutes: 15 minutes less than the course, which is 2 hours." in browser.main
    assert browser.page.find(id="plan").get_text().strip() == "15 Welcome\n90 Hands on"
    assert office.fresh(course).plan == []


def test_a_published_course_cannot_lose_its_summary(office, tom):
    course = make.course(owner=tom)

    browser = at(office, tom, course, "about").submit("Save", summary="")

    assert (browser.status, browser.errors) == (422, ["Enter a summary: staff see this course"])


def test_topics_that_there_are_can_be_chosen(office, tom, course):
    make.course(topic="Getting <started>")

    options = at(office, tom, course, "about").page.select("datalist option")

    assert [option["value"] for option in options] == ["Getting <started>"]


def test_a_language_that_a_file_named_is_kept(office, tom):
    course = make.course(owner=tom, language="kw")

    browser = at(office, tom, course, "about").submit("Save", title="Finding")

    assert (browser.status, office.fresh(course).language) == (303, "kw")


def test_of_two_who_save_one_step_the_second_reads_who_did_what_and_loses_nothing(office, tom, course):
    cora = make.coordinator("Cora Coordinator")
    first, second = at(office, tom, course, "objectives"), at(office, cora, course, "objectives")
    second.submit("Save", objectives="Theirs")

    first.submit("Save", objectives="Mine")

    assert first.status == 409
    assert "Cora Coordinator changed the objectives" in first.main
    assert first.page.find(id="objectives").get_text().strip() == "Mine"
    assert office.fresh(course).objectives == ["Theirs"]
    first.submit("Save")
    assert (first.status, office.fresh(course).objectives) == (303, ["Mine"])


def test_two_who_save_different_steps_are_not_in_each_others_way(office, tom, course):
    first, second = at(office, tom, course, "objectives"), at(office, make.coordinator(), course, "audience")

    second.submit("Save", audience="All staff")

    assert first.submit("Save", objectives="Find").status == 303


def test_trainers_are_ticked_and_the_owner_is_not_asked_about(office, tom, course):
    olu = make.trainer("Olu Other")
    make.person("Nia Nurse")
    browser = at(office, tom, course, "trainers")
    names = [label.get_text(strip=True) for label in browser.page.select(".nhsuk-checkboxes__label")]

    browser.submit("Save", trainers=olu.ref).follow()

    assert names == ["Olu Other"]
    assert "1 other trainer" in browser.main
    assert courses.may_edit(olu, course)
    assert at(office, tom, course, "trainers").page.find("input", value=olu.ref).has_attr("checked")


def test_a_trainer_who_leaves_a_course_goes_back_to_their_others(office, tom):
    course = make.course()
    office.do(courses.set_trainers, course.id, [tom], by=None, now=NOW)
    browser = at(office, tom, course, "trainers")
    seen = browser.page.find(attrs={"name": "seen"})["value"]

    browser.post(browser.address, csrf_token=token(browser), seen=seen)

    assert browser.follow().heading == "My courses"


def test_questions_are_added_changed_put_in_order_and_removed(office, tom, course):
    browser = at(office, tom, course).click("Questions to those who book").click("Add a question")
    browser.submit("Save", ask="Why?", kind="text", needed="no").follow()
    browser.click("Add a question")
    browser.submit("Save", ask="Which?", kind="choice", choices="This\nThat", needed="yes").follow()
    browser.click("Add a question").submit("Save", ask="Bring a laptop?", kind="yes_no", needed="yes").follow()
    assert questions_on(browser) == ["Why?", "Which?", "Bring a laptop?"]

    pressed(browser, "up", 3).follow()
    pressed(browser, "down", 1).follow()
    assert questions_on(browser) == ["Bring a laptop?", "Why?", "Which?"]
    pressed(browser, "remove", 2).follow()
    browser.click("Change question 2").submit("Save", ask="Which one?").follow()

    assert questions_on(browser) == ["Bring a laptop?", "Which one?"]
    assert office.fresh(course).questions == [
        {"ask": "Bring a laptop?", "kind": "yes_no", "choices": [], "needed": True},
        {"ask": "Which one?", "kind": "choice", "choices": ["This", "That"], "needed": True},
    ]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"kind": "choice"}, "Enter the answers to choose from, one to a line"),
        ({"kind": "text", "choices": "This"}, "Select ‘One of the answers below’, or take these answers out"),
        ({"kind": "choice", "choices": "ok\n" + "x" * 121}, "Line 2 of the answers to choose from must be 120"),
        ({"ask": "", "kind": "text"}, "Enter the question"),
        ({}, "Select how people answer"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_in_words(office, tom, course, typed, says):
    browser = at(office, tom, course, "questions/new").submit("Save", **{"ask": "Which?", "needed": "no", **typed})

    assert browser.status == 422
    assert browser.errors[0].startswith(says)
    assert office.fresh(course).questions == []


def test_a_button_of_a_list_that_somebody_changed_meanwhile_does_nothing_but_say_so(office, tom):
    asked = [{"ask": ask, "kind": "text", "choices": [], "needed": False} for ask in ("One?", "Two?", "Three?")]
    course = make.course(owner=tom, questions=asked)
    first = at(office, tom, course, "questions")
    pressed(at(office, make.coordinator("Cora"), course, "questions"), "remove", 1)

    pressed(first, "remove", 1)

    assert (first.status, questions_on(first)) == (409, ["Two?", "Three?"])
    assert "Cora changed the questions" in first.main


@pytest.mark.parametrize("press", [{}, {"up": "0"}, {"down": "4"}, {"remove": "x"}, {"remove": "-1"}, {"up": "9" * 99}])
def test_a_button_for_a_question_that_is_not_there_is_refused(office, tom, course, press):
    browser = at(office, tom, course, "questions")

    browser.post(browser.address, csrf_token=token(browser), seen="0", **press)

    assert browser.status == 404


def test_no_more_questions_are_asked_than_there_may_be(office, tom):
    asked = [{"ask": "Why?", "kind": "text", "choices": [], "needed": False}] * 30
    course = make.course(owner=tom, questions=asked)
    browser = at(office, tom, course, "questions")
    assert "as many as there can be" in browser.main

    browser.get(f"/manage/courses/{course.slug}/questions/new").submit("Save", ask="More?", kind="text", needed="no")

    assert (browser.status, len(browser.errors)) == (422, 1)
    assert len(office.fresh(course).questions) == 30


def test_people_who_answered_keep_what_they_were_asked(office, tom):
    course = make.course(owner=tom, questions=[{"ask": "Why?", "kind": "text", "choices": [], "needed": False}])
    booking = make.booking(make.training_session(course=course, trainers=[tom]), answers=[("Why?", "To find")])

    at(office, tom, course, "questions/1").submit("Save", ask="What for?")

    assert [tuple(pair) for pair in office.fresh(booking).answers] == [("Why?", "To find")]


def test_a_draft_without_a_summary_says_what_is_missing_when_somebody_publishes_it(office, tom):
    course = make.course(owner=tom, state="draft", summary="")

    browser = at(office, tom, course).submit("Publish the course")

    assert browser.status == 422
    assert browser.errors == ["Write a summary in ‘About the course’ first. It is what staff read before all else"]


def test_the_preview_is_what_staff_will_see(office, tom):
    course = make.course(
        owner=tom,
        state="draft",
        description="At *length*.",
        objectives=["Find"],
        audience="All staff",
        questions=[{"ask": "Which?", "kind": "choice", "choices": ["This", "That"], "needed": False}],
    )
    preview = at(office, tom, course, "preview")
    ahead = preview.page.main.get_text(" ", strip=True)

    preview.submit("Publish the course")

    shown = office.browser().get(f"/courses/{course.slug}").page.main
    shown.find(class_="nhsuk-back-link") and shown.find(class_="nhsuk-back-link").extract()
    for part in shown.find_all(["h1", "h2", "dd", "li", "em"]):
        assert part.get_text(" ", strip=True) in ahead
    assert "Which? (This, That) (optional)" in ahead


@pytest.mark.parametrize("state", ["draft", "archived"])
def test_a_course_that_is_not_published_does_not_exist_for_others(office, state):
    course = make.course(owner=make.trainer(), state=state)
    session_trainer = make.training_session(course=course).trainers[0]
    none = office.browser(session_trainer).get("/manage/courses/none").main

    for end in ("", "/preview", "/archive", *(f"/{step}" for step in STEPS)):
        browser = office.browser(session_trainer).get(f"/manage/courses/{course.slug}{end}")
        assert (browser.status, browser.main) == (404, none.replace("none", course.slug))
    assert office.browser(make.coordinator()).get(f"/manage/courses/{course.slug}").status == 200


def test_a_published_course_of_somebody_else_is_not_to_be_changed(office, tom):
    course = make.course(owner=make.trainer())

    assert at(office, tom, course).status == 403
    assert at(office, tom, course, "about").status == 403


def test_a_course_with_people_on_it_is_not_archived_and_says_how_many(office, tom):
    course = make.course(owner=tom)
    make.crowd(make.training_session(course=course), 2)
    browser = at(office, tom, course, "archive")
    assert "2 people have a place on its coming dates" in browser.main

    browser.post(browser.address, csrf_token=token(browser))

    assert (browser.status, browser.errors[0][:19]) == (409, "2 people have a pla")
    assert office.fresh(course).state == "published"


def test_a_course_is_archived_and_brought_back(office, tom):
    course = make.course(owner=tom)
    make.training_session(course=course)
    browser = at(office, tom, course).click("Archive this course")
    assert "1 coming date without anybody booked" in browser.main

    browser.submit("Archive the course").follow()
    assert office.browser().get(f"/courses/{course.slug}").status == 404
    browser.submit("Bring it back").follow()

    assert "The course is back. Staff see it" in browser.main
    assert office.browser().get(f"/courses/{course.slug}").status == 200


def test_a_course_without_dates_can_be_taken_back_to_a_draft(office, tom):
    course = make.course(owner=tom)

    browser = at(office, tom, course).submit("Take it back to a draft").follow()

    assert "The course is a draft again" in browser.main
    assert office.browser().get(f"/courses/{course.slug}").status == 404


def test_a_course_with_dates_has_no_button_to_take_it_back(office, tom):
    course = make.course(owner=tom)
    make.training_session(course=course)
    browser = at(office, tom, course)
    assert "Take it back" not in browser.main

    browser.post(f"/manage/courses/{course.slug}/draft", csrf_token=token(browser))

    assert browser.status == 409


def test_a_copy_is_a_draft_of_ones_own(office, tom):
    course = make.course("Searching", owner=tom)

    browser = at(office, tom, course).submit("Copy this course").follow()

    assert (browser.heading, browser.address) == ("Searching (copy)", "/manage/courses/searching-copy")
    assert "This is your copy" in browser.main


def test_the_dates_of_a_course_lead_to_their_pages(office, tom):
    course = make.course(owner=tom)
    dates = [
        make.training_session(course=course, starts_at=make.IN_TWO_WEEKS + make.timedelta(days=day)) for day in range(8)
    ]
    make.booking(dates[0])

    browser = at(office, tom, course)

    links = [a["href"] for a in browser.page.main.select(".app-dates a")]
    assert links == [f"/manage/sessions/{date.ref}" for date in dates[:6]]
    assert "1 of 10 places taken" in browser.main
    assert "And 2 later dates" in browser.main
    assert browser.page.main.find("a", href=f"/manage/courses/{course.slug}/schedule")


def test_what_has_happened_to_a_course_is_told_with_the_newest_first(office, tom, course):
    at(office, tom, course, "objectives").submit("Save", objectives="Find")

    browser = at(office, tom, course).submit("Publish the course").follow()

    told = [li.get_text(" ", strip=True).partition(" (")[0] for li in browser.page.select(".nhsuk-details li")]
    assert told == ["Tom Trainer published the course", "Tom Trainer changed the objectives"]


def test_what_staff_see_changes_as_soon_as_a_step_is_saved(office, tom):
    course = make.course(owner=tom)
    nobody = office.browser()
    nobody.get(f"/courses/{course.slug}")

    at(office, tom, course, "about").submit("Save", title="Finding")

    assert nobody.get(f"/courses/{course.slug}").heading == "Finding"


@pytest.mark.parametrize("rule", ["publish", "draft", "restore", "copy"])
def test_a_lone_button_without_the_token_does_nothing(office, tom, rule):
    course = make.course(owner=tom, state="archived" if rule == "restore" else "published")
    before = office.kept()
    browser = office.browser(tom)

    browser.post(f"/manage/courses/{course.slug}/{rule}")

    assert 400 <= browser.status < 500
    assert len(office.kept().splitlines()) == len(before.splitlines()) + 1  # whoever signed in
