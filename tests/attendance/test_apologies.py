from datetime import timedelta

import pytest

from app import attendance, history
from app.errors import BookingClosed, NotAllowed
from tests import make


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse")


@pytest.fixture
def booking(office, nia):
    return make.booking(make.training_session(), nia)


def send(office, booking, by):
    office.do(attendance.send_apologies, booking, by=by, now=office.now)


def mark(office, booking, word, by):
    marks = {booking.id: word}
    office.do(attendance.mark, booking.training_session_id, marks, by=by, now=office.now)


def test_once_the_session_has_started_whoever_is_booked_sends_apologies_and_trainers_see_it_at_once(
    office, nia, booking
):
    office.now = booking.training_session.starts_at

    send(office, booking, nia)

    [line] = attendance.register_of(booking.training_session)
    assert (line.mark, line.marked_by, line.marked_at) == ("apologies", "Nia Nurse", office.now)


def test_sending_apologies_twice_is_once(office, nia, booking):
    office.now = booking.training_session.starts_at

    for _ in range(2):
        send(office, booking, nia)

    owners = {("bookings", booking.id): nia.id}
    assert [line.did for line in history.of(booking, owners=owners)] == ["booked a place", "sent apologies"]


def test_the_place_stays_theirs(office, nia, booking):
    training_session = booking.training_session
    office.now = training_session.starts_at

    send(office, booking, nia)

    assert (office.fresh(booking).state, office.fresh(training_session).places_taken) == ("booked", 1)


def test_before_the_start_a_place_is_cancelled_instead(office, nia, booking):
    office.now = booking.training_session.starts_at - timedelta(seconds=1)

    with pytest.raises(BookingClosed, match="cancel your place"):
        send(office, booking, nia)


@pytest.mark.parametrize(("after", "taken"), [(timedelta(days=2, seconds=-1), True), (timedelta(days=2), False)])
def test_apologies_are_taken_until_two_days_after_the_end(office, nia, booking, after, taken):
    office.now = booking.training_session.ends_at + after

    if taken:
        send(office, booking, nia)
    else:
        with pytest.raises(BookingClosed, match="too late"):
            send(office, booking, nia)


@pytest.mark.parametrize("word", ["attended", "part"])
def test_what_a_trainer_has_seen_stands(office, nia, booking, word):
    office.now = booking.training_session.starts_at
    mark(office, booking, word, make.coordinator())

    with pytest.raises(BookingClosed, match="seen that you came"):
        send(office, booking, nia)

    assert attendance.mark_of(booking).mark == word


def test_apologies_are_better_than_not_attending(office, nia, booking):
    office.now = booking.training_session.starts_at
    mark(office, booking, "absent", make.coordinator())

    send(office, booking, nia)

    assert attendance.mark_of(booking).mark == "apologies"


def test_a_trainer_puts_apologies_right(office, nia, booking):
    office.now = booking.training_session.starts_at
    send(office, booking, nia)

    mark(office, booking, "part", make.coordinator())

    assert attendance.mark_of(booking).mark == "part"


@pytest.mark.parametrize("who", [make.person, make.trainer, make.coordinator])
def test_nobody_sends_apologies_for_somebody_else(office, booking, who):
    office.now = booking.training_session.starts_at

    with pytest.raises(NotAllowed):
        send(office, booking, who())


def test_a_cancelled_booking_has_no_apologies_to_send(office, nia, booking):
    office.cancel(booking)
    office.now = booking.training_session.starts_at

    with pytest.raises(BookingClosed, match="cancelled"):
        send(office, booking, nia)
