from datetime import UTC, datetime, timedelta

import pytest

from tests import make
from tests.make import IN_TWO_WEEKS

# Who hears what in which words is the same whatever the database.
pytestmark = pytest.mark.one_engine


@pytest.fixture
def porter(office):
    return make.person("Joan Armah", address=None, team="Porters")


@pytest.fixture
def coordinator(office):
    return make.coordinator(address="cora@example.org")


def test_the_confirmation_goes_to_whoever_booked_without_a_calendar_entry(office, porter, coordinator):
    office.book(porter, make.training_session(), by=coordinator)

    [letter] = office.deliver()

    assert (letter.to, letter.entry) == ("cora@example.org", None)
    assert letter.subject == "Booked: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am"
    assert "We have no email address for Joan Armah, so we are telling you." in " ".join(letter.text.split())


def test_a_move_is_told_to_whoever_booked_and_names_the_person(office, porter, coordinator):
    training_session = make.training_session()
    office.book(porter, training_session, by=coordinator)
    office.deliver()

    office.move(
        training_session, [make.slot(IN_TWO_WEEKS + timedelta(days=1), joining_link="https://meet.example.org/room")]
    )

    [letter] = office.deliver()
    assert (letter.to, letter.entry) == ("cora@example.org", None)
    assert "Can Joan Armah still come?" in letter.text


def test_whoever_booked_is_not_told_of_the_persons_other_bookings(office, porter, coordinator):
    training_session, other = (
        make.training_session(),
        make.training_session(course=make.course("Secret course"), starts_at=IN_TWO_WEEKS + timedelta(days=1)),
    )
    office.book(porter, training_session, by=coordinator)
    office.book(porter, other, by=make.coordinator("Carl", address="carl@example.org"))
    office.deliver()

    office.move(
        training_session, [make.slot(IN_TWO_WEEKS + timedelta(days=1), joining_link="https://meet.example.org/room")]
    )

    [letter] = office.deliver()
    assert letter.to == "cora@example.org"
    assert "Secret course" not in letter.text


def test_a_cancelled_place_is_told_to_whoever_booked_and_names_the_person(office, porter, coordinator):
    booking = office.book(porter, make.training_session(), by=coordinator)
    office.deliver()

    office.cancel(booking, by=coordinator)

    [letter] = office.deliver()
    assert (letter.to, letter.entry) == ("cora@example.org", None)
    assert "The place of Joan Armah on Using Social Media to Keep up to Date is" in letter.text


def test_a_cancelled_session_is_told_to_whoever_booked(office, porter, coordinator):
    training_session = make.training_session()
    office.book(porter, training_session, by=coordinator)
    office.deliver()

    office.cancel_session(training_session)

    [letter] = office.deliver()
    assert (letter.to, letter.entry) == ("cora@example.org", None)
    assert "Please tell Joan Armah." in letter.text


def test_a_reminder_goes_to_whoever_booked_and_names_the_person(office, porter, coordinator):
    office.book(porter, make.training_session(), by=coordinator)
    office.deliver()
    office.now = datetime(2026, 12, 8, 9, tzinfo=UTC)

    [letter] = office.deliver()

    assert letter.to == "cora@example.org"
    assert "Joan Armah has a place." in letter.text


def test_the_further_parts_of_a_session_bring_no_letters_without_an_entry(office, porter, coordinator):
    parts = [
        make.slot(joining_link="https://meet.example.org/1"),
        make.slot(IN_TWO_WEEKS + timedelta(days=7), joining_link="https://meet.example.org/2"),
    ]

    office.book(porter, make.training_session(slots=parts), by=coordinator)

    assert [letter.to for letter in office.deliver()] == ["cora@example.org"]


def test_two_of_them_booked_by_one_person_bring_a_letter_each(office, porter, coordinator):
    training_session = make.training_session()

    office.book(porter, training_session, by=coordinator)
    office.book(make.person("Jon Arm", address=None), training_session, by=coordinator)

    assert [letter.to for letter in office.deliver()] == ["cora@example.org", "cora@example.org"]
