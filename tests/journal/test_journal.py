from datetime import timedelta

import pytest

from app import attendance, bookings, changes, journal, timetable
from app.db import db
from app.errors import SessionFull
from app.journal import Deed
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

LINK = "https://meet.example.org/secret-room"
DAY = timedelta(days=1)


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
        (trainer.id, "relinked", "training_sessions", training_session.id),
        (booking.person_id, "cancelled", "bookings", booking.id),
        (trainer.id, "cancelled", "training_sessions", training_session.id),
    ]


def deeds_kept(office):
    return "\n".join(line for line in office.kept().splitlines() if line.startswith("deeds"))


@pytest.mark.slow
def test_what_people_type_themselves_brings_no_links_or_addresses_into_the_journal(office):
    """Every verb that takes words, with a key and somebody's address among them."""
    words = f"Join at {LINK}?pwd=1 (or www.meet.example.org/secret-room), or write to tom.secret@example.org."
    trainer, cora = make.trainer(), make.coordinator()
    room, other_room = make.room(capacity=20), make.room("Other", capacity=20)
    one, other = make.training_session(trainers=[trainer], room=room), make.training_session(room=other_room)
    booking, given = make.booking(one), {"by": cora, "now": NOW, "words": words}

    office.cancel(make.booking(one), by=cora, why=words)
    message = {"headline": words[:100], "words": words}
    office.do(bookings.write_to_everybody, one.id, **message, by=cora, now=NOW)
    office.move(one, [make.slot(IN_TWO_WEEKS + DAY, room=room, joining_link=LINK)], by=cora, words=words)
    office.do(changes.change_joining_link, one.id, f"{LINK}/2", **given)
    office.do(changes.change_room, one.id, other_room, capacity=8, **given)
    office.do(changes.change_room, one.id, room, capacity=8, **given)
    office.do(changes.swap_rooms, one.id, other.id, **given)
    office.do(changes.change_booking_rules, one.id, changes.BookingRules(9, 1, None, None), **given)
    office.do(
        changes.change_trainers, one.id, [trainer, make.trainer("tess.secret@example.org", address=None)], **given
    )
    office.do(attendance.mark, one.id, {booking.id: "absent"}, by=cora, now=IN_TWO_WEEKS + DAY)
    office.cancel_session(one, by=cora, words=words)
    closed = (IN_TWO_WEEKS + DAY * 9, IN_TWO_WEEKS + DAY * 10)
    closure = office.do(timetable.close_room, other_room.id, *closed, why=words, by=cora, now=NOW)
    office.do(timetable.reopen_room, other_room.id, closure.id, by=cora, now=NOW)
    office.do(timetable.retire_room, other_room.id, why=words, by=cora, now=NOW)
    double = make.person("nia.secret@example.org", address="nia.secret@example.org")
    office.do(changes.merge, make.person(), double, by=cora, now=NOW)

    kept = deeds_kept(office)
    assert "secret" not in kept
    assert "[a link]" in kept
    assert "[an email address]" in kept


def test_the_journal_holds_no_needs_links_or_addresses(office):
    person = make.person(address="nia@example.org")
    training_session = make.training_session(slots=[make.slot(IN_TWO_WEEKS, joining_link=LINK)])
    office.cancel(office.book(person, training_session, access_needs="Large print"))

    kept = deeds_kept(office)

    assert [word in kept for word in ("Large print", "secret-room", "nia@example.org")] == [False] * 3
