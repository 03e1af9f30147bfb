from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import timetable
from app.db import db
from app.timetable import TrainingSession
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.pages.scene import rows, token

WEEK = timedelta(days=7)
LINK = "https://meet.example.org/secret"
SAVE = "Put the ticked dates on the timetable"


@pytest.fixture
def owner(office):
    return make.trainer("Olga Owner")


@pytest.fixture
def course(office, owner):
    return make.course("Copyright for the busy", slug="copyright", owner=owner)


@pytest.fixture
def room(office):
    return make.room()


@pytest.fixture
def first(course, owner, room):
    return make.training_session(course=course, trainers=[owner], room=room)


def repeating(office, person, training_session):
    return office.browser(person).get(f"/manage/sessions/{training_session.ref}/repeat")


def shown(browser, often="week", more="3"):
    return browser.submit("Show the dates", often=often, more=more)


def offered(browser):
    return [box["value"] for box in browser.page.select("input[name=dates]")]


def ticked(browser):
    return [box["value"] for box in browser.page.select("input[name=dates][checked]")]


def on_the_timetable():
    db.session.rollback()
    return list(db.session.scalars(select(TrainingSession.starts_at).order_by(TrainingSession.starts_at)))


def test_a_trainer_repeats_a_session_every_week_in_three_presses(office, owner, first):
    browser = office.browser(owner).get(f"/manage/sessions/{first.ref}").click("Repeat this session…")

    shown(browser).submit(SAVE)

    assert on_the_timetable() == [IN_TWO_WEEKS + WEEK * number for number in range(4)]
    assert browser.status == 303
    browser.follow()
    assert (browser.heading, "3 sessions put on the timetable" in browser.main) == ("Copyright for the busy", True)
    assert "Tuesday 5 January 2027, 10am to midday" in browser.main


def test_the_dates_are_shown_ticked_with_what_they_share_and_nothing_is_stored(office, owner, first, room):
    office.do(setattr, room, "booked_with", "Education Centre, ext 4021")
    browser = repeating(office, owner, first)
    before = rows()

    shown(browser)

    assert ticked(browser) == ["2026-12-22", "2026-12-29", "2027-01-05"]
    for said in ("Tuesday 22 December 2026, 10am to midday", "Education Centre, ext 4021", "Olga Owner"):
        assert said in browser.main
    assert rows() == before


def test_what_is_unticked_stays_off(office, owner, first):
    shown(repeating(office, owner, first)).submit(SAVE, dates=["2026-12-22", "2027-01-05"])

    assert on_the_timetable() == [IN_TWO_WEEKS, IN_TWO_WEEKS + WEEK, IN_TWO_WEEKS + WEEK * 3]


@pytest.mark.parametrize(
    ("often", "days"),
    [
        ("2-weeks", ["2026-12-29", "2027-01-12"]),
        ("4-weeks", ["2027-01-12", "2027-02-09"]),
        ("month", ["2027-01-19", "2027-02-16"]),
    ],
)
def test_a_session_comes_again_as_often_as_its_trainer_says(office, owner, first, often, days):
    assert offered(shown(repeating(office, owner, first), often, "2")) == days


def test_the_form_says_which_day_of_the_month_it_would_be(office, owner, first):
    browser = repeating(office, owner, first)

    assert "Every month, on the third Tuesday" in browser.main
    assert "on the last Tuesday" not in browser.main


def test_a_session_in_the_last_week_of_a_month_may_come_on_the_last_such_day(office, owner, course):
    last = make.training_session(course=course, starts_at=datetime(2026, 12, 29, 10, tzinfo=UTC))
    browser = repeating(office, owner, last)
    assert "Every month, on the last Tuesday" in browser.main

    assert offered(shown(browser, "last", "2")) == ["2027-01-26", "2027-02-23"]


def test_months_without_a_fifth_such_day_are_named(office, owner, course):
    fifth = make.training_session(course=course, starts_at=datetime(2026, 12, 29, 10, tzinfo=UTC))

    browser = shown(repeating(office, owner, fifth), "month", "1")

    assert offered(browser) == ["2027-03-30"]
    assert "January 2027 It has no fifth Tuesday." in browser.main
    assert "April 2027" not in browser.main


def test_an_old_session_comes_again_in_the_days_to_come(office, owner, course):
    old = make.training_session(course=course, trainers=[owner], starts_at=office.now - timedelta(days=70))

    assert offered(shown(repeating(office, owner, old), more="1")) == ["2026-12-08"]


def test_a_date_whose_time_does_not_exist_is_named_and_left_out(office, owner, course):
    night = make.training_session(course=course, starts_at=datetime(2027, 3, 21, 1, 30, tzinfo=UTC))

    browser = shown(repeating(office, owner, night), more="2")

    assert offered(browser) == ["2027-04-04"]
    assert "1:30am does not exist on Sunday 28 March 2027: the clocks go forward over it." in browser.main


def test_a_date_that_cannot_be_had_says_with_what_and_can_be_scheduled_by_itself(office, owner, first, room):
    make.training_session(room=room, starts_at=IN_TWO_WEEKS + WEEK, course=make.course("Searching"))
    hall = make.room("Hall", capacity=60)

    browser = shown(repeating(office, owner, first))
    assert offered(browser) == ["2026-12-29", "2027-01-05"]
    assert "IT training room is taken on Tuesday 22 December 2026, 10am to midday with ‘Searching’." in browser.main

    browser.click("Schedule this date by itself")
    assert browser.heading == "Where is the session?"
    assert "Tuesday 22 December 2026, 10am to midday" in browser.main
    assert [box["value"] for box in browser.page.select("input[name=room_1][checked]")] == [hall.slug]


def test_where_no_date_is_free_there_is_no_button(office, owner, first, room):
    make.training_session(room=room, starts_at=IN_TWO_WEEKS + WEEK)

    browser = shown(repeating(office, owner, first), more="1")

    assert "None of these dates is free" in browser.main
    assert browser.page.main.find("form", method="post") is None
    assert browser.click("Choose how often again").page.find(id="more")["value"] == "1"


def test_a_date_that_is_taken_meanwhile_keeps_all_off_and_is_marked_and_the_rest_stays_ticked(
    office, owner, first, room
):
    browser = shown(repeating(office, owner, first))
    make.training_session(room=room, starts_at=IN_TWO_WEEKS + WEEK, course=make.course("Searching"))
    before = on_the_timetable()

    browser.submit(SAVE, dates=["2026-12-22", "2027-01-05"])

    assert browser.status == 409
    assert browser.errors == ["Tuesday 22 December 2026 cannot be had. Nothing has been put on the timetable."]
    assert (offered(browser), ticked(browser)) == (["2026-12-29", "2027-01-05"], ["2027-01-05"])
    assert "Tuesday 22 December 2026 No longer free IT training room is taken" in browser.main
    assert on_the_timetable() == before

    browser.submit(SAVE)
    assert on_the_timetable() == [*before, IN_TWO_WEEKS + WEEK * 3]


def test_when_the_only_date_is_taken_meanwhile_the_page_says_so_at_the_top(office, owner, first, room):
    browser = shown(repeating(office, owner, first), more="1")
    make.training_session(room=room, starts_at=IN_TWO_WEEKS + WEEK)

    browser.submit(SAVE)

    assert (browser.status, len(browser.errors)) == (409, 1)
    assert "None of these dates is free" in browser.main


def test_whoever_repeats_what_somebody_else_has_just_changed_is_told_first(office, owner, first, room):
    browser = shown(repeating(office, owner, first))
    later = [make.slot(IN_TWO_WEEKS + timedelta(hours=1), room=room)]
    office.move(timetable.get(first.ref), later, by=make.coordinator("Cora Coordinator"))
    before = on_the_timetable()

    browser.submit(SAVE)
    assert (browser.status, on_the_timetable()) == (409, before)
    assert "Cora Coordinator moved it from" in browser.main
    assert "Tuesday 22 December 2026, 11am to 1pm" in browser.main

    browser.submit(SAVE)
    assert len(on_the_timetable()) == len(before) + 3


def test_a_draft_comes_again_as_drafts_and_the_page_says_so_before_and_after(office, owner, course):
    draft = make.training_session(course=course, trainers=[owner], is_draft=True)
    browser = shown(repeating(office, owner, draft))
    assert "They are kept as drafts" in browser.main

    browser.submit("Keep the ticked dates as drafts").follow()

    assert (browser.heading, "3 drafts kept." in browser.main) == ("My teaching", True)
    assert {training_session.state for training_session in timetable.drafts_of(owner)} == {"draft"}


def test_the_other_parts_are_said_below_the_first(office, owner, course):
    slots = [make.slot(joining_link=LINK), make.slot(IN_TWO_WEEKS + timedelta(days=2), joining_link=LINK)]
    two = make.training_session(course=course, trainers=[owner], slots=slots)

    browser = shown(repeating(office, owner, two), more="1")

    assert "Then Thursday 24 December 2026, 10am to midday" in browser.main
    assert LINK not in browser.main


def test_whoever_is_no_trainer_any_more_is_named(office, owner, course):
    gone = make.trainer("Gus Gone")
    first = make.training_session(course=course, trainers=[owner, gone])
    office.do(setattr, gone, "is_trainer", False)

    assert "Gus Gone is not a trainer any more, and will not run them." in shown(repeating(office, owner, first)).main


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({}, ["Select how often it comes again", "Enter the number of sessions"]),
        ({"often": "last", "more": "1"}, ["Select how often it comes again from the list"]),
        ({"often": "week", "more": "27"}, ["The number of sessions must be between 1 and 26"]),
    ],
)
def test_what_will_not_do_is_refused_beside_its_field(office, owner, first, typed, errors):
    browser = repeating(office, owner, first).submit("Show the dates", **typed)

    assert (browser.status, browser.errors) == (422, errors)


def test_no_date_ticked_is_no_date_put_on(office, owner, first):
    browser = shown(repeating(office, owner, first)).submit(SAVE, dates=[])

    assert (browser.status, browser.errors, ticked(browser)) == (422, ["Select at least one date"], [])


def test_a_date_that_is_not_in_the_rhythm_is_not_taken(office, owner, first):
    before = on_the_timetable()

    browser = shown(repeating(office, owner, first)).submit(SAVE, dates=["2026-12-23"])

    assert (browser.status, browser.errors) == (422, ["Select at least one date from the list"])
    assert on_the_timetable() == before


def test_the_link_is_there_for_those_who_may_timetable_the_course_and_not_once_it_is_archived(office, owner, first):
    runs_it = make.trainer("Rob Runner")
    other = make.training_session(course=first.course, trainers=[runs_it], starts_at=IN_TWO_WEEKS + WEEK * 9)
    page = f"/manage/sessions/{other.ref}"

    assert "Repeat this session" in office.browser(owner).get(page).main
    assert "Repeat this session" not in office.browser(runs_it).get(page).main
    assert office.browser(runs_it).get(f"{page}/repeat").status == 403

    office.do(setattr, first.course, "state", "archived")
    browser = office.browser(owner).get(page)
    assert "Repeat this session" not in browser.main
    assert browser.get(f"{page}/repeat").status == 409


def test_a_button_pressed_by_somebody_who_may_not_saves_nothing(office, course):
    runs_it = make.trainer("Rob Runner")
    first = make.training_session(course=course, trainers=[runs_it])
    browser = office.browser(runs_it)
    ours, before = token(browser), on_the_timetable()

    browser.post(f"/manage/sessions/{first.ref}/repeat", csrf_token=ours, often="week", more="1", dates="2026-12-22")

    assert (browser.status, on_the_timetable()) == (403, before)


@pytest.mark.parametrize("more", ["1", "26"])
def test_twenty_six_dates_ask_the_database_as_often_as_one(office, owner, first, more):
    browser = repeating(office, owner, first)

    with office.statements() as said:
        shown(browser, more=more)

    assert len(offered(browser)) == int(more)
    assert len(said) == 6


def test_hostile_words_stay_words(office, owner):
    title = "<b>Bold</b> العربية " + "W" * 90
    course, room = make.course(title, owner=owner), make.room("<i>Room</i>")
    first = make.training_session(course=course, trainers=[owner], room=room)
    make.training_session(course=course, room=room, starts_at=IN_TWO_WEEKS + WEEK)

    browser = shown(repeating(office, owner, first))

    assert browser.page.main.find(["b", "i"]) is None
    assert f"<i>Room</i> is taken on Tuesday 22 December 2026, 10am to midday with ‘{title}’." in browser.main
