import pytest

from app import people
from app.errors import SessionFull
from tests import make

# Who hears what in which words is the same whatever the database.
pytestmark = pytest.mark.one_engine


def told(office, *states):
    """To whom 'session full' letters go, in the order in which they were queued."""
    return [notice.address for notice in office.notices("session_full") if not states or notice.state in states]


def test_each_trainer_and_the_owner_hear_that_the_last_place_went(office):
    owner = make.coordinator(address="owner@example.org")
    trainers = [make.trainer(address="tom@example.org"), make.trainer("Tess", address="tess@example.org")]
    training_session = make.training_session(capacity=1, course=make.course(owner=owner), trainers=trainers)

    make.booking(training_session)

    assert sorted(told(office)) == ["owner@example.org", "tess@example.org", "tom@example.org"]


def test_an_owner_who_is_the_trainer_hears_it_once(office):
    trainer = make.trainer(address="tom@example.org")
    training_session = make.training_session(capacity=1, course=make.course(owner=trainer), trainers=[trainer])

    make.booking(training_session)

    assert told(office) == ["tom@example.org"]


def test_the_letter_says_how_many_are_booked(office):
    training_session = make.training_session(capacity=2, trainers=[make.trainer(address="tom@example.org")])
    make.booking(training_session)
    make.booking(training_session)

    [_, letter] = [letter for letter in office.deliver() if letter.to == "tom@example.org"]

    assert letter.subject.startswith("Full: Using Social Media")
    assert "2" in letter.text
    assert letter.entry is None


def test_nobody_is_told_while_a_place_is_left(office):
    make.booking(make.training_session(capacity=2))

    assert told(office) == []


def test_people_refused_a_place_cause_no_further_letter(office):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)

    for _ in range(3):
        with pytest.raises(SessionFull):
            office.book(make.person(), training_session)

    assert len(told(office)) == 1


def test_a_trainer_without_an_address_is_passed_over(office):
    training_session = make.training_session(capacity=1, trainers=[make.trainer(address=None)])

    make.booking(training_session)

    assert told(office) == []


def test_the_letter_is_withdrawn_when_a_place_frees_before_it_left(office):
    booking = make.booking(make.training_session(capacity=1))

    office.cancel(booking)

    assert [notice.state for notice in office.notices("session_full")] == ["withdrawn"]


def test_a_session_that_becomes_full_again_is_told_again(office):
    training_session = make.training_session(capacity=1, trainers=[make.trainer(address="tom@example.org")])
    booking = make.booking(training_session)
    office.deliver()
    office.cancel(booking)

    make.booking(training_session)

    assert told(office) == ["tom@example.org", "tom@example.org"]
    assert told(office, "waiting") == ["tom@example.org"]


def test_a_letter_that_was_withdrawn_comes_back_when_it_is_full_again(office):
    training_session = make.training_session(capacity=1)
    office.cancel(make.booking(training_session))

    make.booking(training_session)

    assert [notice.state for notice in office.notices("session_full")] == ["withdrawn", "waiting"]


def test_the_letter_goes_where_the_trainer_reads_letters(office):
    trainer = make.trainer(address="old@example.org")
    training_session = make.training_session(capacity=1, trainers=[trainer])
    office.do(people.give_address, trainer, "new@example.org", by=None, now=office.now)
    office.do(people.send_letters_to, trainer, "new@example.org", by=trainer, now=office.now)

    make.booking(training_session)

    assert told(office) == ["new@example.org"]
