from tests import make


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
