import pytest

from app import changes, journal
from app.db import db
from app.errors import SessionFull
from app.journal import Deed
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

LINK = "https://meet.example.org/secret-room"


def deeds():
    return [(deed.by_id, deed.did, deed.about, deed.about_id) for deed in db.session.query(Deed).order_by(Deed.id)]


def test_a_deed_is_kept_with_who_when_what_and_why(office):
    room, person = make.room(), make.person()

    office.do(journal.record, person, "painted", room, NOW, why="It was grey.", colour="green")

    deed = db.session.query(Deed).filter_by(did="painted").one()
    assert (deed.by_id, deed.about, deed.about_id, deed.done_at, deed.why, deed.facts) == (
        person.id,
        "rooms",
        room.id,
        NOW,
        "It was grey.",
        {"colour": "green"},
    )


def test_what_roomful_does_itself_is_by_nobody(office):
    office.do(journal.record, None, "painted", make.room(), NOW)

    assert db.session.query(Deed).filter_by(did="painted").one().by_id is None


def test_a_deed_that_was_refused_leaves_no_line(office):
    training_session, person = make.training_session(capacity=1), make.person()
    make.booking(training_session)
    before = deeds()

    with pytest.raises(SessionFull):
        office.book(person, training_session)

    assert deeds() == before


def test_the_life_of_a_session_can_be_read(office):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer], capacity=5)
    booking = make.booking(training_session)
    office.do(changes.change_capacity, training_session.id, 6, by=trainer, now=NOW)
    office.do(changes.change_joining_link, training_session.id, LINK, by=trainer, now=NOW)
    office.cancel(booking)
    office.cancel_session(training_session, by=trainer)

    of_the_story = [deed for deed in deeds() if deed[2] in {"training_sessions", "bookings"}]
    assert of_the_story == [
        (None, "scheduled", "training_sessions", training_session.id),
        (booking.person_id, "booked", "bookings", booking.id),
        (trainer.id, "resized", "training_sessions", training_session.id),
        (trainer.id, "moved", "training_sessions", training_session.id),
        (booking.person_id, "cancelled", "bookings", booking.id),
        (trainer.id, "cancelled", "training_sessions", training_session.id),
    ]


def test_the_journal_holds_no_needs_links_or_addresses(office):
    person = make.person(address="nia@example.org")
    training_session = make.training_session(slots=[make.slot(IN_TWO_WEEKS, joining_link=LINK)])
    office.cancel(office.book(person, training_session, access_needs="Large print"))

    kept = "\n".join(line for line in office.kept().splitlines() if line.startswith("deeds"))

    assert [word in kept for word in ("Large print", "secret-room", "nia@example.org")] == [False] * 3
