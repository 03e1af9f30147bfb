from datetime import timedelta

import pytest

from app import bookings, waiting_list
from tests import make
from tests.make import IN_TWO_WEEKS

# Who hears what in which words is the same whatever the database.
pytestmark = pytest.mark.one_engine

DAY = timedelta(days=1)
WHEN, UNTIL = "Tue 15 Dec 2026, 10am", "Thu 3 Dec 2026, 9am"


@pytest.fixture
def full(office):
    """A session with one place, which is taken."""
    training_session = make.training_session(capacity=1)
    make.booking(training_session, make.person("Nia Nurse"))
    return training_session


@pytest.fixture
def waiting(office, full):
    """Somebody joins the waiting list of the full session, a minute after whoever joined before."""

    def joins(name, **kwargs):
        office.now += timedelta(minutes=1)
        person = make.person(name)
        given = {"wants": "any", **kwargs}
        return office.do(bookings.wait, person, full.course_id, by=person, now=office.now, **given)

    return joins


def place_frees(office, training_session):
    office.now += timedelta(minutes=1)
    office.cancel(bookings.live_on(training_session)[0])


def why(office, wait, **kwargs):
    return [line.said for line in bookings.explained(waiting_list.get(wait.ref), office.now, **kwargs)]


def test_whoever_waits_reads_how_many_are_before_them(office, full, waiting):
    waiting("Ben Before")
    wait = waiting("Wes Waiter")

    assert why(office, wait) == [
        "You joined the waiting list.",
        f"{WHEN} is full. 1 person is before you in line.",
    ]


def test_whoever_is_offered_a_place_reads_until_when(office, full, waiting):
    wait = waiting("Wes Waiter")

    place_frees(office, full)

    held = f"We hold a place on {WHEN} for you, until Thu 3 Dec 2026, 9:02am."
    assert why(office, wait)[-1] == held


def test_somebody_behind_reads_that_the_place_went_to_whoever_was_before_them_and_not_to_whom(office, full, waiting):
    waiting("Ben Before")
    wait = waiting("Wes Waiter")

    place_frees(office, full)

    assert f"A place on {WHEN} went to somebody else: they were before you in line." in why(office, wait)
    assert not any("Ben" in said for said in why(office, wait))


def test_a_coordinator_reads_to_whom(office, full, waiting):
    waiting("Ben Before")
    wait = waiting("Wes Waiter")

    place_frees(office, full)

    told = why(office, wait, named=True)
    assert f"A place on {WHEN} went to Ben Before: they were before Wes Waiter in line." in told


def test_whoever_let_an_offer_run_out_reads_why_the_next_place_was_not_theirs(office, full, waiting):
    wait = waiting("Wes Waiter")
    waiting("Nell Next", books_at_once=True)
    place_frees(office, full)
    office.now += 3 * DAY
    office.catch_up()

    told = why(office, wait)

    reason = "an offer had run out, and you had not yet said that you still want a place."
    assert told[-2:] == [
        f"A place on {WHEN} went to somebody else: {reason}",
        "We offer you nothing now, because an offer ran out. Say that you still want a place to go on.",
    ]


def test_whoever_has_another_date_reads_that_this_is_why(office, full, waiting):
    other = make.training_session(course=full.course, starts_at=IN_TWO_WEEKS + DAY, capacity=5)
    wait = waiting("Wes Waiter", wants="these", session_ids=[full.id])
    # By hand, as no verb lets anybody wait who has a place and does not want to change it.
    make.booking(other, make.person("Olga Other"))
    office.say("UPDATE bookings SET person_id = :id WHERE training_session_id = :of", id=wait.person_id, of=other.id)
    waiting("Nell Next", wants="these", session_ids=[full.id])

    place_frees(office, full)

    reason = "you had a place on another date of this course."
    assert f"A place on {WHEN} went to somebody else: {reason}" in why(office, wait)


def test_a_reason_for_moving_somebody_up_is_told_to_coordinators_alone(office, full, waiting):
    cora = make.coordinator("Cora Coordinator")
    waiting("Ben Before")
    wait = waiting("Wes Waiter")
    office.do(bookings.move_up, wait, by=cora, now=office.now, why="New in post")

    assert "Cora Coordinator moved Wes Waiter to the front of the line: New in post" in why(office, wait, named=True)
    assert "A coordinator moved you to the front of the line" in why(office, wait)


def test_whoever_was_overtaken_reads_that_somebody_was_before_them(office, full, waiting):
    cora = make.coordinator("Cora Coordinator")
    wait = waiting("Ben Before")
    moved = waiting("Wes Waiter")
    office.do(bookings.move_up, moved, by=cora, now=office.now, why="New in post")

    place_frees(office, full)

    assert f"A place on {WHEN} went to somebody else: they were before you in line." in why(office, wait)


def test_a_place_that_a_coordinator_gave_is_told_as_given(office, full, waiting):
    cora = make.coordinator("Cora Coordinator")
    wait, other = waiting("Ben Before"), waiting("Wes Waiter")
    office.now = full.starts_at - timedelta(hours=20)
    office.cancel(bookings.live_on(full)[0])
    office.do(bookings.give_place, other, full.id, by=cora, now=office.now, why="She is on the rota")

    assert f"A place on {WHEN} went to somebody else: a coordinator gave it to them." in why(office, wait)


def test_whoever_has_got_a_place_reads_how_it_came(office, full, waiting):
    wait = waiting("Wes Waiter", books_at_once=True)

    place_frees(office, full)

    assert why(office, wait) == ["You joined the waiting list.", "You got a place, so you wait no more."]


def test_where_there_is_no_date_the_next_one_is_promised_in_order(office):
    course, person = make.course(), make.person()
    wait = office.do(bookings.wait, person, course.id, wants="any", by=person, now=office.now)

    assert why(office, wait)[-1] == (
        "There is no date yet that would suit. The next one goes to those who wait, in order."
    )
