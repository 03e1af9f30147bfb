"""What falls due with nobody pressing a button."""

from datetime import timedelta

import pytest

from app import bookings
from app.db import db
from app.journal import Deed
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HALF_A_YEAR = timedelta(days=183)


@pytest.fixture
def wait(office):
    """Ann waits for a course that has no date."""
    return office.wait(make.person("Ann"), make.course(), wants="new")


def told(office, kind):
    return [(notice.recipient_name, notice.facts) for notice in office.notices(kind)]


def test_nothing_is_due_in_an_empty_service(office):
    assert bookings.courses_due(office.now) == []


def test_a_course_of_which_nothing_has_fallen_due_is_left_alone(office):
    office.wait(make.person("Ann"), make.full_session())
    before = office.kept()

    office.catch_up()

    assert office.kept() == before


def test_a_course_that_is_gone_by_now_is_nothing_to_do(office):
    assert office.do(bookings.catch_up, 4711, office.now) == 0


def test_only_the_course_concerned_is_due(office):
    full, other = make.full_session(), make.full_session(starts_at=IN_TWO_WEEKS + DAY)
    for each in (full, other):
        office.wait(make.person("Ann"), each)
    office.free(full)
    office.now = office.offer_on(full).lapses_at

    assert bookings.courses_due(office.now) == [full.course_id]


def test_catching_up_twice_is_catching_up_once(office):
    full = make.full_session()
    for name in ("Ann", "Ben"):
        office.wait(make.person(name), full)
    office.free(full)
    office.now = office.offer_on(full).lapses_at
    office.catch_up()
    before = office.kept()

    office.do(bookings.catch_up, full.course_id, office.now)
    office.catch_up()

    assert office.kept() == before


def test_when_the_dates_they_named_have_begun_they_wait_for_a_new_one_and_are_told(office):
    full = make.full_session()
    wait = office.wait(make.person("Ann"), full, books_at_once=True)
    other = make.training_session(course=full.course, starts_at=IN_TWO_WEEKS + 9 * DAY)
    office.now = IN_TWO_WEEKS

    office.catch_up()

    kept = office.fresh(wait)
    assert (kept.state, kept.wants, kept.books_at_once, kept.ranked_at) == ("waiting", "new", False, NOW)
    [(name, facts)] = told(office, "wait_goes_on")
    assert (name, facts["about"]["session_ref"]) == ("Ann", full.ref)
    assert [date["session_ref"] for date in facts["other_dates"]] == [other.ref]


def test_that_they_wait_for_a_new_date_is_said_once(office):
    full = make.full_session()
    office.wait(make.person("Ann"), full)
    office.now = IN_TWO_WEEKS
    office.catch_up()
    office.now += DAY

    office.catch_up()

    assert (office.names_told("wait_goes_on"), bookings.courses_due(office.now)) == (["Ann"], [])


def test_while_one_of_the_dates_they_named_is_to_come_nothing_changes(office):
    course, ann = make.course(), make.person("Ann")
    dates = [make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2)]
    wanted = [date.id for date in dates]
    wait = office.do(bookings.wait, ann, course.id, wants="these", session_ids=wanted, by=ann, now=office.now)
    office.now = IN_TWO_WEEKS

    office.catch_up()

    assert (office.fresh(wait).wants, office.names_told("wait_goes_on")) == ("these", [])


def test_whoever_waits_for_any_date_goes_on_waiting_untold(office):
    full = make.full_session()
    wait = office.wait(make.person("Ann"), full.course)
    office.now = IN_TWO_WEEKS

    office.catch_up()

    assert (office.fresh(wait).wants, office.names_told("wait_goes_on")) == ("any", [])


def test_whoever_has_said_nothing_for_half_a_year_is_asked_whether_they_still_want_a_place(office, wait):
    office.now = NOW + HALF_A_YEAR

    office.catch_up()

    [(name, facts)] = told(office, "still_waiting")
    assert (name, facts["asked_on"], facts["ends_at"]) == ("Ann", "2026-12-01T09:00:00Z", "2027-06-16T09:00:00Z")
    assert office.fresh(wait).is_live


def test_a_second_earlier_nobody_is_asked(office, wait):
    office.now = NOW + HALF_A_YEAR - timedelta(seconds=1)

    office.catch_up()

    assert told(office, "still_waiting") == []


def test_they_are_asked_once(office, wait):
    for days in range(14):
        office.now = NOW + HALF_A_YEAR + DAY * days
        office.catch_up()

    assert office.names_told("still_waiting") == ["Ann"]
    assert office.fresh(wait).is_live


def test_two_weeks_of_silence_later_the_wait_ends_and_they_are_told(office, wait):
    office.now = NOW + HALF_A_YEAR
    office.catch_up()
    office.now += timedelta(days=14)

    office.catch_up()

    assert (office.fresh(wait).state, office.fresh(wait).ended_at) == ("ended", office.now)
    [(name, facts)] = told(office, "wait_ended")
    assert (name, facts["ended_by"], facts["why"]) == ("Ann", "", "")
    assert bookings.courses_due(office.now) == []


def test_whoever_answers_waits_on_for_another_half_year(office, wait):
    office.now = NOW + HALF_A_YEAR
    office.catch_up()
    office.now += DAY
    office.still_want(wait)
    answered = office.now

    office.now = answered + HALF_A_YEAR - timedelta(seconds=1)
    office.catch_up()

    assert office.fresh(wait).is_live
    assert [(notice.kind, notice.state) for notice in office.notices("still_waiting")] == [
        ("still_waiting", "withdrawn")
    ]


def test_asking_for_something_else_is_saying_something(office, wait):
    office.now = NOW + HALF_A_YEAR - DAY
    office.wait(wait.person, wait.course, wants="new", would_suit="Mornings")
    office.now += DAY

    office.catch_up()

    assert told(office, "still_waiting") == []


def test_whoever_holds_an_offer_is_not_asked_whether_they_want_a_place(office, wait):
    opens_at = NOW + HALF_A_YEAR - HOUR
    new = make.training_session(course=wait.course, starts_at=NOW + HALF_A_YEAR + 30 * DAY, booking_opens_at=opens_at)
    office.now = opens_at
    office.catch_up()
    office.now += HOUR

    office.catch_up()

    assert office.names_on(new)[1] == ["Ann"]
    assert told(office, "still_waiting") == []
    assert bookings.courses_due(office.now) == []


def test_the_journal_says_that_nobody_did_it_by_hand(office, wait):
    office.now = NOW + HALF_A_YEAR
    office.catch_up()
    office.now += timedelta(days=14)
    office.catch_up()

    said = db.session.query(Deed).filter_by(about="waits", by_id=None).order_by(Deed.id)
    assert [deed.did for deed in said] == ["asked whether they still want a place", "did not hear from"]


@pytest.mark.slow
def test_finding_what_is_due_takes_as_many_statements_with_30_waiting_as_with_3(office):
    full = make.full_session()

    def spoken(count):
        for number in range(count):
            office.wait(make.person(f"P{number}"), full)
        with office.statements() as said:
            bookings.courses_due(office.now)
        return len(said)

    assert spoken(3) == spoken(27)


def test_the_worker_does_it_all_by_itself(office):
    full = make.full_session()
    office.wait(make.person("Ann"), full)
    office.free(full)
    office.wait(make.person("Ben"), full)
    office.now = office.offer_on(full).lapses_at

    office.app.extensions["notice_worker"].do_due_work(office.now)

    assert office.names_on(full)[1] == ["Ben"]


def test_a_fault_in_one_course_does_not_keep_the_others_from_being_done(office):
    broken, full = make.full_session(), make.full_session(starts_at=IN_TWO_WEEKS + DAY)
    for each in (broken, full):
        office.wait(make.person("Ann"), each)
        office.free(each)
        office.wait(make.person("Ben"), each)
    office.say("UPDATE training_sessions SET places_taken = 0 WHERE id = :id", id=broken.id)
    office.now = office.offer_on(full).lapses_at

    office.app.extensions["notice_worker"].do_due_work(office.now)

    assert office.names_on(full)[1] == ["Ben"]
    assert office.names_on(broken)[1] == ["Ann"]
