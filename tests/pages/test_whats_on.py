from datetime import UTC, datetime, timedelta

import pytest

from app.db import db
from tests import make
from tests.pages.test_statements import crowd


def on(day, **kwargs):
    """A session at 10am on a day of December 2026."""
    return make.training_session(starts_at=datetime(2026, 12, day, 10, tzinfo=UTC), **kwargs)


def titles(browser):
    """What the list shows, in its order."""
    return [link.get_text(strip=True) for link in browser.page.main.select("a[href^='/sessions/']")]


def test_an_empty_timetable_says_so_and_leads_to_the_courses(office):
    browser = office.browser().get("/")

    assert "no sessions" in browser.main.lower()
    assert browser.page.main.find("a", href="/courses/")


@pytest.mark.both_engines
def test_coming_sessions_are_listed_by_time(office):
    on(9, course=make.course("Later"))
    on(8, course=make.course("Sooner"))

    assert titles(office.browser().get("/")) == ["Sooner", "Later"]


def test_each_session_says_when_and_where_it_is(office):
    on(8, room=make.room("Seminar room", site="Fairfield House"))

    said = office.browser().get("/").main

    assert "Tuesday 8 December 2026" in said
    assert "10am to midday" in said
    assert "Seminar room, Fairfield House" in said


@pytest.mark.parametrize(
    ("capacity", "booked", "words"),
    [(10, 0, "10 places left"), (4, 1, "Last 3 places"), (2, 1, "Last place"), (1, 1, "Full")],
)
def test_places_left_are_said_in_words(office, capacity, booked, words):
    training_session = on(8, capacity=capacity)
    for _ in range(booked):
        make.booking(training_session)

    assert words in office.browser().get("/").main


def test_a_place_that_was_just_taken_is_no_longer_shown_as_free(office):
    training_session = on(8, capacity=1)
    office.browser().get("/")

    make.booking(training_session)

    assert "Full" in office.browser().get("/").main


def test_a_session_that_has_ended_leaves_the_list(office):
    on(8)
    office.browser().get("/")

    office.now = datetime(2026, 12, 8, 12, 0, tzinfo=UTC)

    assert titles(office.browser().get("/")) == []


def test_drafts_cancelled_sessions_and_unpublished_courses_are_not_listed(office):
    trainer = make.trainer()
    office.do(setattr, on(8, trainers=[trainer]), "state", "draft")
    office.cancel_session(on(9, trainers=[trainer]))
    on(10, course=make.course(state="draft"))
    on(11, course=make.course(state="archived"))

    assert titles(office.browser().get("/")) == []


@pytest.mark.both_engines
@pytest.mark.parametrize("q", ["social media", "SOCIAL", "  media   social ", "łucja", "LUCJA", "llyr"])
def test_words_are_found_in_any_order_without_capitals_or_accents(office, q):
    on(8, course=make.course("Social media with Łucja and Llŷr"))
    on(9, course=make.course("Copyright for the busy"))

    assert titles(office.browser().get("/", query_string={"q": q})) == ["Social media with Łucja and Llŷr"]


@pytest.mark.both_engines
@pytest.mark.parametrize("q", ["%", "_", "\\", "100%", "'", "a OR 1=1"])
def test_signs_that_a_database_reads_as_more_than_signs_find_nothing(office, q):
    on(8, course=make.course("Social media"))

    assert titles(office.browser().get("/", query_string={"q": q})) == []


def test_a_search_that_finds_nothing_offers_to_show_everything(office):
    on(8)

    browser = office.browser().get("/?q=nothing+like+it")

    assert "‘nothing like it’" in browser.main
    assert browser.page.main.find("a", href="/")


@pytest.mark.both_engines
def test_the_list_is_narrowed_by_topic_place_form_places_and_month(office):
    far = make.room(site="Fairfield House")
    on(8, course=make.course("Wanted", topic="Copyright"), room=far)
    on(9, course=make.course("Other topic", topic="Searching"), room=far)
    on(10, course=make.course("Online", topic="Copyright"))
    full = on(11, course=make.course("Full", topic="Copyright"), room=far, capacity=1)
    make.booking(full)
    browser = office.browser().get("/")

    browser.submit("Search", topic="Copyright", site=far.site.name, format="room", places="yes")

    assert titles(browser) == ["Wanted"]


def test_what_somebody_looked_for_stays_chosen(office):
    on(8, course=make.course(topic="Copyright"))
    browser = office.browser().get("/").submit("Search", topic="Copyright", q="media")

    assert browser.page.find(id="topic").find("option", selected=True)["value"] == "Copyright"
    assert browser.page.find(id="q")["value"] == "media"


def test_from_a_month_on_leaves_out_what_is_before_it(office):
    on(8, course=make.course("December"))
    make.training_session(course=make.course("January"), starts_at=datetime(2027, 1, 12, 10, tzinfo=UTC))

    assert titles(office.browser().get("/?from=2027-01-01")) == ["January"]


def test_three_hundred_sessions_come_in_pages_of_fifty(office):
    crowd(office, make.course(), 300)
    browser = office.browser().get("/")

    assert "300 sessions, page 1 of 6" in browser.main
    assert len(titles(browser)) == 50


def test_later_and_earlier_lead_through_the_pages_and_keep_the_filters(office):
    crowd(office, make.course(topic="Copyright"), 120)
    browser = office.browser().get("/?topic=Copyright")

    first = titles(browser)
    browser.click("Later").click("Later")

    assert "page 3 of 3" in browser.main
    assert len(titles(browser)) == 20
    assert titles(browser.click("Earlier").click("Earlier")) == first


def test_a_page_beyond_the_last_shows_the_last(office):
    crowd(office, make.course(), 60)

    assert "page 2 of 2" in office.browser().get("/?page=99").main


def test_the_month_shows_each_session_on_its_day(office):
    training_session = on(8)

    browser = office.browser().get("/?view=month")

    [cell] = [cell for cell in browser.page.find_all("td") if cell.find("a", href=f"/sessions/{training_session.ref}")]
    assert cell.select_one(".app-month__day").get_text(" ", strip=True).split() == ["Tuesday", "8", "December"]


def test_a_session_late_on_the_last_day_of_a_month_is_in_that_month(office):
    make.training_session(course=make.course("Late"), starts_at=datetime(2027, 6, 30, 22, 30, tzinfo=UTC))

    assert titles(office.browser().get("/?view=month&on=2027-06-10")) == ["Late"]
    assert titles(office.browser().get("/?view=month&on=2027-07-10")) == []


def test_a_session_after_midnight_by_the_wall_clock_is_on_the_next_day(office):
    make.training_session(course=make.course("Night"), starts_at=datetime(2027, 6, 30, 23, 30, tzinfo=UTC))

    assert titles(office.browser().get("/?view=month&on=2027-06-10")) == []
    assert titles(office.browser().get("/?view=month&on=2027-07-10")) == ["Night"]


def test_the_week_names_every_day_and_what_is_on(office):
    on(8, course=make.course("Tuesday's"))

    browser = office.browser().get("/?view=week&on=2026-12-10")

    days = [heading.get_text(strip=True) for heading in browser.page.main.select("h2.app-day")]
    assert [day.split()[0] for day in days] == [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ]
    assert titles(browser) == ["Tuesday's"]


@pytest.mark.parametrize("view", ["week", "month"])
def test_the_weeks_and_months_around_can_be_reached_and_left_again(office, view):
    browser = office.browser().get(f"/?view={view}&on=2026-12-31")
    here = browser.page.title.get_text()
    links = browser.page.find("nav", {"class": "app-around"}).find_all("a")

    browser.get("/" + links[-1]["href"])

    assert browser.page.title.get_text() != here
    assert browser.get("/" + browser.page.find("nav", {"class": "app-around"}).a["href"]).page.title.get_text() == here


def test_a_course_in_another_language_says_so_to_screen_readers(office):
    on(8, course=make.course("Chwilio am dystiolaeth", language="cy"))

    [link] = office.browser().get("/").page.main.select("a[href^='/sessions/']")

    assert link["lang"] == "cy"


@pytest.mark.both_engines
def test_the_catalogue_lists_published_courses_with_their_next_date(office):
    course = make.course("Copyright for the busy")
    on(8, course=course)
    on(9, course=course)
    make.course("A draft", state="draft")
    make.course("Without a date")

    browser = office.browser().get("/courses/")

    assert [h2.get_text(strip=True) for h2 in browser.page.main.find_all("h2")] == [
        "Copyright for the busy",
        "Without a date",
    ]
    assert "Tuesday 8 December 2026" in browser.main
    assert "No dates yet" in browser.main


def test_a_course_shows_what_it_is_about_and_its_dates(office):
    course = make.course(
        audience="All staff",
        bring="A question",
        objectives=["Find news"],
        description="Some **bold** words",
        minutes=90,
    )
    training_session = on(8, course=course)

    browser = office.browser().get(f"/courses/{course.slug}")

    assert browser.heading == course.title
    assert [
        word for word in ("All staff", "A question", "Find news", "1 hour 30 minutes") if word not in browser.main
    ] == []
    assert browser.page.main.find("strong", string="bold")
    assert browser.page.main.find("a", href=f"/sessions/{training_session.ref}")


def test_a_course_that_is_a_draft_is_nobodys_business(office):
    assert office.browser(make.coordinator()).get(f"/courses/{make.course(state='draft').slug}").status == 404


def test_a_title_of_a_hundred_and_twenty_letters_is_shown_whole(office):
    title = "Using social media " * 6
    on(8, course=make.course(title.strip()))

    assert titles(office.browser().get("/")) == [title.strip()]


def test_whoever_only_looks_is_given_no_cookie(office):
    on(8)

    assert "Set-Cookie" not in office.browser().get("/").answer.headers


def test_sessions_under_way_are_still_listed(office):
    on(8, course=make.course("Under way"))
    office.now = datetime(2026, 12, 8, 10, 0, tzinfo=UTC) + timedelta(minutes=30)
    db.session.rollback()

    assert titles(office.browser().get("/")) == ["Under way"]


def test_everybody_sees_their_own_name_above_the_same_list(office):
    make.training_session()
    one, other = office.browser(make.person("Nia Nurse")), office.browser(make.person("Olu Other"))

    pages = [browser.get("/").page for browser in (one, other, one)]

    assert [page.find(class_="nhsuk-header__account-item").get_text(strip=True) for page in pages] == [
        "My details:Nia Nurse",
        "My details:Olu Other",
        "My details:Nia Nurse",
    ]
    assert [page.find("main") for page in pages[1:]] == [pages[0].find("main")] * 2


def test_a_list_that_was_kept_is_made_anew_once_somebody_books(office):
    training_session = make.training_session(capacity=2)
    browser = office.browser(make.person())
    browser.get("/")

    make.booking(training_session)

    assert "Last place" in browser.get("/").main
