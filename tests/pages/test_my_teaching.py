import csv
from datetime import timedelta
from io import StringIO

import pytest

from tests import make
from tests.make import IN_TWO_WEEKS
from tests.pages.scene import rows, token

DAY = timedelta(days=1)


@pytest.fixture
def tom(office):
    return make.trainer("Tom Trainer", address="tom@example.org")


@pytest.fixture
def cora(office):
    return make.coordinator("Cora Coordinator", address="cora@example.org")


def teaching(office, person, query=""):
    return office.browser(person).get(f"/manage/timetable{query}")


def titles(browser):
    return [link.get_text(strip=True) for link in browser.page.main.select(".app-session__what > a")]


def lines(browser):
    return list(csv.reader(StringIO(browser.answer.get_data().decode("utf-8-sig"))))


def test_a_trainer_sees_what_they_run_and_what_is_of_their_courses_by_day(office, tom):
    make.training_session(course=make.course("Run by me"), trainers=[tom], starts_at=IN_TWO_WEEKS + DAY)
    make.training_session(course=make.course("Of my course", owner=tom))
    make.training_session(course=make.course("Somebody else’s"))

    browser = teaching(office, tom)

    assert titles(browser) == ["Of my course", "Run by me"]
    assert [h2.get_text() for h2 in browser.page.main.select("h2.app-day")] == [
        "Tuesday 15 December 2026",
        "Wednesday 16 December 2026",
    ]


def test_a_coordinator_sees_everybodys_and_may_narrow_it_to_their_own(office, cora):
    make.training_session(course=make.course("Mine", owner=cora))
    make.training_session(course=make.course("Somebody else’s"), starts_at=IN_TWO_WEEKS + DAY)
    browser = teaching(office, cora)
    assert titles(browser) == ["Mine", "Somebody else’s"]

    assert titles(browser.click("Only mine")) == ["Mine"]
    assert titles(browser.click("Everybody’s")) == ["Mine", "Somebody else’s"]


def test_how_full_it_is_stands_in_words(office, tom):
    full = make.training_session(trainers=[tom], capacity=1)
    make.booking(full)
    make.training_session(trainers=[tom], capacity=5, minimum=4, starts_at=IN_TWO_WEEKS + DAY)

    first, second = teaching(office, tom).page.main.select(".app-session__places")

    assert " ".join(first.get_text(" ").split()) == "1 of 1 place taken Full"
    assert " ".join(second.get_text(" ").split()) == "0 of 5 places taken 4 more needed to run"
    assert (first.progress["value"], first.progress["max"]) == ("1", "1")


def test_the_register_is_a_click_away_on_the_day_only(office, tom):
    today = make.training_session(trainers=[tom], starts_at=office.now + timedelta(hours=2))
    make.training_session(trainers=[tom])

    links = [link["href"] for link in teaching(office, tom).page.main.find_all("a", href=True)]

    assert [link for link in links if link.endswith("/register")] == [f"/manage/sessions/{today.ref}/register"]


def test_what_is_past_is_on_a_view_of_its_own_the_latest_first(office, tom):
    for number in (3, 2):
        make.training_session(
            course=make.course(f"{number} days ago"), trainers=[tom], starts_at=office.now - number * DAY
        )
    browser = teaching(office, tom)
    assert titles(browser) == []

    assert titles(browser.click("Past")) == ["2 days ago", "3 days ago"]


def test_what_was_cancelled_is_found_again(office, tom):
    office.cancel_session(make.training_session(course=make.course("Called off"), trainers=[tom]))
    browser = teaching(office, tom)
    assert titles(browser) == []

    assert titles(browser.click("Cancelled")) == ["Called off"]


def test_many_sessions_come_in_pages_each_once(office, tom):
    course = make.course()
    for number in range(51):
        make.training_session(course=course, trainers=[tom], starts_at=IN_TWO_WEEKS + number * DAY)
    browser = teaching(office, tom)
    counts = [len(titles(browser))]

    browser.click("Next page")

    assert [*counts, len(titles(browser))] == [50, 1]
    assert "51 sessions, page 2 of 2" in browser.main


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "9" * 400])
def test_any_page_number_gives_a_page(office, tom, page):
    make.training_session(trainers=[tom])

    assert teaching(office, tom, f"?page={page}").status == 200


@pytest.mark.parametrize("count", [1, 3, 30])
def test_thirty_sessions_ask_the_database_as_often_as_one(office, tom, count):
    for number in range(count):
        starts_at = IN_TWO_WEEKS + number * DAY
        make.training_session(trainers=[tom], room=make.room(), starts_at=starts_at, is_draft=number % 2 == 1)
    make.training_session(trainers=[tom], starts_at=IN_TWO_WEEKS - DAY, is_draft=True)
    browser = office.browser(tom)
    office.now += timedelta(minutes=1)

    with office.statements() as said:
        assert browser.get("/manage/timetable").status == 200

    # Who it is; drafts and their slots; sessions, slots, trainers; places held and people waiting.
    assert len(said) == 8, "\n".join(said)


def test_the_list_is_a_spreadsheet_too_a_line_for_each_part(office, tom):
    parts = [make.slot(joining_link="https://meet.example.org/1"), make.slot(IN_TWO_WEEKS + DAY, room=make.room())]
    make.training_session(course=make.course("=Formula()"), trainers=[tom], slots=parts, capacity=8, minimum=2)
    browser = teaching(office, tom).click("Download as a spreadsheet")

    heading, *found = lines(browser)

    assert heading[:4] == ["Course", "Part", "Parts", "Starts"]
    assert [line[:11] for line in found] == [
        [
            "'=Formula()",
            "1",
            "2",
            "2026-12-15 10:00",
            "2026-12-15 12:00",
            "Online",
            "Tom Trainer",
            "Scheduled",
            "0",
            "8",
            "2",
        ],
        [
            *("'=Formula()", "2", "2", "2026-12-16 10:00", "2026-12-16 12:00"),
            *("IT training room, Northgate Hospital", "Tom Trainer", "Scheduled", "0", "8", "2"),
        ],
    ]
    assert "attachment" in browser.answer.headers["Content-Disposition"]


def test_the_spreadsheet_has_no_joining_links(office, tom):
    make.training_session(trainers=[tom], slots=[make.slot(joining_link="https://meet.example.org/secret")])

    browser = office.browser(tom).get("/manage/timetable.csv")

    assert "secret" not in browser.answer.get_data(as_text=True)


# --- drafts ---


def test_ticked_drafts_go_on_the_timetable_together(office, tom):
    drafts = [make.training_session(trainers=[tom], is_draft=True, starts_at=IN_TWO_WEEKS + n * DAY) for n in range(3)]

    browser = teaching(office, tom).submit(
        "Put the ticked drafts on the timetable", drafts=[draft.ref for draft in drafts[:2]]
    )

    assert [office.fresh(draft).state for draft in drafts] == ["scheduled", "scheduled", "draft"]
    assert "2 sessions are now on the timetable." in browser.follow().main


def test_no_tick_is_asked_about(office, tom):
    make.training_session(trainers=[tom], is_draft=True)

    browser = teaching(office, tom).submit("Put the ticked drafts on the timetable")

    assert (browser.status, browser.errors) == (422, ["Select at least one draft"])
    assert browser.click("Past").address == "/manage/timetable?view=past"


def test_a_draft_that_cannot_go_on_holds_the_others_back_and_says_why(office, tom):
    ready = make.training_session(trainers=[tom], is_draft=True)
    early = make.training_session(
        course=make.course("Copyright", state="draft"), trainers=[tom], is_draft=True, starts_at=IN_TWO_WEEKS + DAY
    )
    browser = teaching(office, tom)
    assert "The course is not published yet." in browser.main

    browser.submit("Put the ticked drafts on the timetable", drafts=[ready.ref, early.ref])

    assert browser.status == 409
    which = "‘Copyright’ on Wednesday 16 December 2026 at 10am"
    assert browser.errors == [
        f"{which} cannot go on the timetable: its course is not published. Publish the course first."
    ]
    assert office.fresh(ready).state == "draft"
    assert len(browser.page.select("input[name=drafts][checked]")) == 2


@pytest.mark.parametrize(("has_own", "status"), [(True, 422), (False, 409)])
def test_somebody_elses_draft_is_not_on_ones_list(office, tom, has_own, status):
    others = make.training_session(is_draft=True)
    if has_own:
        make.training_session(trainers=[tom], is_draft=True)
    browser = teaching(office, tom)
    before = rows(apart_from=("signed_in",))

    browser.post("/manage/timetable/publish", drafts=others.ref, csrf_token=token(browser))

    assert browser.status == status
    assert rows(apart_from=("signed_in",)) == before


# --- the first time ---


def test_a_trainer_who_is_new_is_led_to_post_a_course(office, tom):
    browser = teaching(office, tom)

    assert [link.get_text(strip=True) for link in browser.page.main.select(".nhsuk-task-list a")] == [
        "1. Post a course",
        "2. Put a session on the timetable",
    ]


def test_a_coordinator_of_an_empty_service_is_led_to_rooms_first(office, cora):
    steps = teaching(office, cora).page.main.select(".nhsuk-task-list__item")

    assert [
        (step.a.get_text(), step.select_one(".nhsuk-task-list__status").get_text(strip=True)) for step in steps
    ] == [
        ("1. Add a site and a room", "To do"),
        ("2. Say who runs sessions", "To do"),
        ("3. Post a course", "To do"),
        ("4. Put a session on the timetable", "To do"),
    ]


def test_what_has_been_done_is_said_so(office, cora):
    make.room()
    make.trainer("Tom Trainer")

    steps = teaching(office, cora).page.main.select(".nhsuk-task-list__status")

    assert [step.get_text(strip=True) for step in steps] == ["Done", "Done", "To do", "To do"]


def test_with_rooms_and_courses_but_nothing_coming_the_button_is_there(office, cora):
    make.room()
    make.course(owner=make.trainer("Tom Trainer"))

    browser = teaching(office, cora)

    assert "Nothing is coming up" in browser.main
    assert browser.page.main.find("a", href="/manage/timetable/schedule")


# --- which course ---


def test_a_trainer_chooses_among_the_courses_they_may_edit(office, tom):
    make.course("Mine", owner=tom, slug="mine")
    make.course("A draft of mine", owner=tom, state="draft", slug="draft")
    make.course("In the archive", owner=tom, state="archived")
    make.course("Somebody else’s")

    browser = teaching(office, tom).click("Schedule a session")

    links = [link["href"] for link in browser.page.main.find_all("a", href=True) if link["href"].endswith("/schedule")]
    assert links == ["/manage/courses/draft/schedule", "/manage/courses/mine/schedule"]


def test_a_course_is_found_by_its_words(office, cora):
    make.course("Copyright for the busy", slug="copyright")
    make.course("Searching")

    browser = office.browser(cora).get("/manage/timetable/schedule?q=copyright")

    assert ("Copyright for the busy" in browser.main, "Searching" in browser.main) == (True, False)


def test_a_trainer_without_a_course_is_told_how_to_get_one(office, tom):
    browser = office.browser(tom).get("/manage/timetable/schedule")

    assert "You have no course yet" in browser.main
    assert browser.page.main.find("a", href="/manage/courses/new")
