from datetime import timedelta

import pytest

from app import bookings
from tests import make
from tests.make import IN_TWO_WEEKS

# Who hears what in which words is the same whatever the database.
pytestmark = pytest.mark.one_engine

NEEDS = "A hearing loop and a seat near the door"
ENDS_AT = IN_TWO_WEEKS + timedelta(hours=2)


def test_needs_are_kept_with_the_booking_and_nowhere_else(office):
    training_session = make.training_session(capacity=1)
    person = make.person()
    booking = office.book(person, training_session, access_needs=NEEDS)
    office.deliver()
    office.move(
        training_session, [make.slot(IN_TWO_WEEKS + timedelta(days=1), joining_link="https://meet.example.org/room")]
    )
    office.cancel(booking)

    assert office.fresh(booking).access_needs == NEEDS
    assert "hearing loop" not in office.kept(apart_from={"bookings.access_needs"})


def test_needs_are_in_no_letter(office):
    training_session = make.training_session(capacity=1)
    booking = office.book(make.person(), training_session, access_needs=NEEDS)
    letters = office.deliver()
    for office.now in (IN_TWO_WEEKS - timedelta(days=7, hours=1), IN_TWO_WEEKS - timedelta(days=1, hours=1)):
        letters += office.deliver()
    office.cancel(booking)
    letters += office.deliver()

    assert sorted(letter.subject.partition(":")[0] for letter in letters) == [
        "Booked",
        "Full",
        "Reminder",
        "Tomorrow",
        "You cancelled",
        "Your session",
    ]
    for letter in letters:
        assert "hearing loop" not in f"{letter.text} {letter.html} {letter.calendar}"


def test_the_trainer_reads_only_how_many_told_us_what_they_need(office):
    training_session = make.training_session(trainers=[make.trainer(address="tom@example.org")])
    office.book(make.person(), training_session, access_needs=NEEDS)
    office.book(make.person(), training_session)
    office.deliver()
    office.now = IN_TWO_WEEKS - timedelta(days=1, hours=1)

    [letter] = [letter for letter in office.deliver() if letter.to == "tom@example.org"]

    [notice] = office.notices("trainer_reminder")
    assert (notice.facts["booked_count"], notice.facts["needs_count"]) == (2, 1)
    assert "2 people" in letter.text


def test_needs_are_erased_28_days_after_the_session(office):
    booking = office.book(make.person(), make.training_session(), access_needs=NEEDS)
    office.now = ENDS_AT + timedelta(days=28, seconds=1)

    office.deliver()

    assert office.fresh(booking).access_needs == ""
    assert "hearing loop" not in office.kept()


def test_needs_are_kept_until_then(office):
    booking = office.book(make.person(), make.training_session(), access_needs=NEEDS)
    office.now = ENDS_AT + timedelta(days=28)

    office.deliver()

    assert office.fresh(booking).access_needs == NEEDS


def test_the_needs_of_whoever_cancelled_are_erased_too(office):
    booking = office.book(make.person(), make.training_session(), access_needs=NEEDS)
    office.cancel(booking)

    count = office.do(bookings.erase_needs, ENDS_AT + timedelta(days=29))

    assert (count, office.fresh(booking).access_needs) == (1, "")
