import pytest

from app import bookings, waiting_list
from tests import make

pytestmark = pytest.mark.both_engines


def spoken(office, training_session):
    """The statements of one booking, from BEGIN to COMMIT: (letters aside, letters)."""
    person, ref = make.person(), training_session.id
    with office.statements() as said:
        office.book(person, training_session)
    assert ref == training_session.id
    letters = [statement for statement in said if "INTO notices" in statement]
    return len(said) - len(letters), len(letters)


def test_a_booking_takes_at_most_twelve_statements_letters_aside(office):
    training_session = make.training_session(
        room=make.room(), capacity=10, trainers=[make.trainer(), make.trainer("T")]
    )

    aside, letters = spoken(office, training_session)

    assert aside <= 12
    assert letters == 3  # 'booked' and two reminders


def test_a_booking_takes_as_many_statements_beside_300_as_beside_one(office):
    quiet, busy = make.training_session(capacity=500), make.training_session(capacity=500)
    make.crowd(quiet, 1)
    make.crowd(busy, 300)

    assert spoken(office, busy) == spoken(office, quiet)


def test_giving_a_place_up_takes_at_most_sixteen_statements_letters_aside_if_nobody_waits(office):
    training_session = make.training_session(room=make.room(), trainers=[make.trainer(), make.trainer("T")])
    booking = make.booking(training_session)
    make.booking(training_session)

    with office.statements() as said:
        office.cancel(booking)

    assert len([statement for statement in said if "notices" not in statement]) <= 16


@pytest.mark.slow
@pytest.mark.parametrize("books_at_once", [False, True])
def test_a_place_goes_on_with_as_many_statements_beside_30_who_wait_as_beside_3(office, books_at_once):
    quiet, busy = make.full_session(), make.full_session()
    for training_session, count in ((quiet, 3), (busy, 30)):
        for _ in range(count):
            make.wait(training_session, books_at_once=books_at_once)

    def passed_on(training_session):
        [booking] = bookings.live_on(training_session)
        with office.statements() as said:
            office.cancel(booking)
        return len(said)

    assert passed_on(busy) == passed_on(quiet)


def test_the_line_of_a_course_is_read_in_as_many_statements_at_3_as_at_1(office):
    short, long = make.full_session(), make.full_session()
    for training_session, count in ((short, 1), (long, 3)):
        for _ in range(count):
            make.wait(training_session)

    def read(training_session):
        with office.statements() as said:
            waiting_list.line_of(training_session)
            waiting_list.line_of_course(training_session.course_id)
        return len(said)

    assert read(long) == read(short) == 2


def test_how_many_wait_is_counted_in_one_statement(office):
    sessions = [make.full_session() for _ in range(3)]
    for training_session in sessions[:2]:
        make.wait(training_session)

    with office.statements() as said:
        counts = waiting_list.counts(sessions)

    assert (counts, len(said)) == ({sessions[0].id: 1, sessions[1].id: 1}, 1)
