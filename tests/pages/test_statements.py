"""How much a page asks of the database: little, and no more when there is more to show."""

from datetime import timedelta

import pytest

from app.db import db
from app.timetable import Slot, TrainingSession
from tests import make

# Each database is asked in its own way.
pytestmark = pytest.mark.both_engines

MOST = 3  # and one that asks whether anything has changed, on a connection of its own, which is not seen here
MOST_OF_A_SESSION = 7  # with what the visitor has, had a moment ago and waits for
PAGES = ["/", "/?view=month", "/?view=week", "/courses/", "/courses/{slug}", "/sessions/{ref}"]


@pytest.mark.slow
@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("is_signed_in", [False, True], ids=["nobody", "signed in"])
def test_a_public_page_asks_the_database_at_most_four_times_however_much_is_on(office, address, is_signed_in):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)
    browser = office.browser(make.person() if is_signed_in else None)
    filled = address.format(slug=training_session.course.slug, ref=training_session.ref)

    with_one = statements_of(office, browser, filled)
    crowd(office, training_session.course, 299)
    with_many = statements_of(office, browser, filled)

    is_own = is_signed_in and address.startswith("/sessions/")
    assert len(with_one) <= (MOST_OF_A_SESSION if is_own else MOST), "\n".join(with_one)
    assert len(with_many) == len(with_one), "\n".join(with_many)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_that_was_made_a_moment_ago_asks_only_whether_anything_has_changed(office, address):
    training_session = make.training_session()
    filled = address.format(slug=training_session.course.slug, ref=training_session.ref)
    office.browser().get(filled)

    with office.statements() as said:
        assert office.browser().get(filled).status == 200

    assert said == []  # apart from that one


@pytest.mark.parametrize("count", [1, 3])
def test_my_bookings_ask_the_database_as_often_for_three_as_for_one(office, count):
    person = make.person()
    for number in range(count):
        make.booking(make.training_session(starts_at=make.IN_TWO_WEEKS + timedelta(days=number)), person)

    assert len(statements_of(office, office.browser(person), "/bookings/")) == 5


@pytest.mark.parametrize("count", [1, 3])
def test_what_somebody_waits_for_costs_my_bookings_as_much_for_three_as_for_one(office, count):
    person = make.person()
    for number in range(count):
        make.wait(make.full_session(starts_at=make.IN_TWO_WEEKS + timedelta(days=number)), person)

    assert len(statements_of(office, office.browser(person), "/bookings/")) == 7


@pytest.mark.parametrize("count", [1, 3])
def test_a_full_session_costs_as_much_however_many_wait_for_it(office, count):
    full = make.full_session()
    for _ in range(count):
        make.wait(full)

    assert len(statements_of(office, office.browser(), f"/sessions/{full.ref}")) == MOST


@pytest.mark.parametrize("count", [1, 3])
def test_the_trainers_page_asks_the_database_as_often_for_three_people_as_for_one(office, count):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    for _ in range(count):
        make.booking(training_session)

    assert len(statements_of(office, office.browser(trainer), f"/manage/sessions/{training_session.ref}")) == 10


@pytest.mark.parametrize("count", [1, 3])
def test_those_who_gave_up_their_place_cost_the_trainers_page_one_more_for_all_of_them(office, count):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    for _ in range(count):
        office.cancel(make.booking(training_session))

    assert len(statements_of(office, office.browser(trainer), f"/manage/sessions/{training_session.ref}")) == 11


@pytest.mark.parametrize("address", ["/help", "/privacy", "/accessibility", "/cookies", "/sign-in", "/health/live"])
def test_a_page_of_words_asks_the_database_nothing(office, address):
    assert statements_of(office, office.browser(), address) == []


def crowd(office, course, count):
    """Many more sessions of a course, three a day, each with one slot online."""
    sessions = []
    for number in range(count):
        starts_at = make.IN_TWO_WEEKS + timedelta(days=number // 3, hours=1 + number % 3)
        span = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
        slot = Slot(position=0, joining_link="https://meet.example.org/room", **span)
        sessions.append(TrainingSession(course_id=course.id, capacity=10, changed_at=office.now, slots=[slot], **span))
    office.do(db.session.add_all, sessions)


def statements_of(office, browser, address):
    office.now += timedelta(minutes=1)  # nothing is kept for longer
    with office.statements() as said:
        assert browser.get(address).status == 200
    return said
