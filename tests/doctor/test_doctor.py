from datetime import timedelta

import pytest

from app import changes, doctor, waiting_list
from app.attendance import Mark
from app.db import db, is_sqlite
from app.replies import ReplyMailbox, polling
from tests import make
from tests.conftest import settings_for
from tests.make import IN_TWO_WEEKS
from tests.office import NOW


def findings(office):
    office.forget()
    return doctor.examine(office.now)


def past_the_checks(office, statement):
    """Say what the CHECKs of the sessions forbid."""
    db.session.rollback()
    with db.engine.connect() as connection:
        if is_sqlite(connection):
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        else:
            connection.exec_driver_sql("ALTER TABLE training_sessions DROP CONSTRAINT ck_training_sessions_places")
        connection.exec_driver_sql(statement)
        connection.commit()
        if is_sqlite(connection):
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=OFF")


def without_guards(office):
    """Take the guards of the rooms away."""
    if is_sqlite(db.session.connection()):
        office.say("DROP TRIGGER slots_one_at_a_time_on_INSERT")
        office.say("DROP TRIGGER slots_one_at_a_time_on_UPDATE")
    else:
        office.say("ALTER TABLE slots DROP CONSTRAINT ex_slots_one_at_a_time")


def test_an_empty_service_is_well(office):
    assert findings(office) == []


def test_a_busy_service_is_well(office):
    room, course, person = make.room(), make.course(), make.person()
    first = make.training_session(course=course, room=room, capacity=3)
    parts = [make.slot(IN_TWO_WEEKS + timedelta(days=day), room=room) for day in (1, 2)]
    second, third = make.training_session(slots=parts), make.training_session(course=course, starts_at=IN_TWO_WEEKS)
    for _ in range(3):
        make.booking(first)
    office.book(person, second, access_needs="Large print")
    office.cancel(make.booking(third))
    office.deliver()
    office.move(second, [make.slot(IN_TWO_WEEKS + timedelta(days=day), room=room) for day in (3, 4)])
    office.do(changes.change_capacity, third.id, 7, by=None, now=office.now)
    office.cancel_session(third)
    office.deliver()
    for name in ("Ann", "Ben", "Cat"):
        office.wait(make.person(name), first)
    office.free(first)
    office.free(first)
    office.accept(waiting_list.offers_on(first)[0])
    office.deliver()

    assert findings(office) == []


def test_a_wrong_count_of_places_is_found(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.say("UPDATE training_sessions SET places_taken = 3")

    assert findings(office) == [f"Session {training_session.ref} counts 3 places taken, but 1 booked and 0 held."]


def test_an_overbooked_session_is_found(office):
    training_session = make.training_session(capacity=2)
    for _ in range(2):
        make.booking(training_session)
    office.deliver()
    past_the_checks(office, "UPDATE training_sessions SET capacity = 1, minimum = 0")

    assert findings(office) == [f"Session {training_session.ref} is overbooked: 2 for 1 places."]


def test_a_room_that_is_too_small_is_found(office):
    training_session = make.training_session(room=make.room(capacity=10), capacity=10)
    office.say("UPDATE rooms SET capacity = 6")

    assert findings(office) == [f"Session {training_session.ref} has 10 places, but IT training room holds 6."]


def test_a_room_taken_twice_is_found(office):
    room = make.room()
    one = make.training_session(room=room)
    other = make.training_session(room=room, starts_at=IN_TWO_WEEKS + timedelta(days=1))
    without_guards(office)
    office.say(
        "UPDATE slots SET starts_at = (SELECT min(starts_at) FROM slots), ends_at = (SELECT min(ends_at) FROM slots)"
    )

    assert findings(office) == [
        f"IT training room is taken twice at one time, by session {one.ref} and session {other.ref}."
    ]


def test_a_trainer_in_two_places_is_found(office):
    trainer = make.trainer()
    one = make.training_session(trainers=[trainer])
    other = make.training_session(trainers=[trainer], starts_at=IN_TWO_WEEKS + timedelta(days=1))
    office.say(
        "UPDATE slots SET starts_at = (SELECT min(starts_at) FROM slots), ends_at = (SELECT min(ends_at) FROM slots)"
    )

    assert findings(office) == [
        f"Trainer {trainer.ref} is in two places at one time, in sessions {one.ref} and {other.ref}."
    ]


def test_somebody_with_two_places_is_found(office):
    training_session, person = make.training_session(), make.person()
    office.cancel(make.booking(training_session, person))
    make.booking(training_session, person)
    office.deliver()
    office.say("DROP INDEX uq_bookings_live")
    office.say("UPDATE bookings SET state = 'booked', cancelled_at = NULL")
    office.say("UPDATE training_sessions SET places_taken = 2")

    assert f"One person (number {person.id}) has two places on session {training_session.ref}." in findings(office)


def test_a_cancelled_session_still_on_the_timetable_is_found(office):
    training_session = make.training_session()
    office.cancel_session(training_session)
    office.say("UPDATE slots SET is_live = true")

    assert findings(office) == [f"Session {training_session.ref} is cancelled, but still on the timetable."]


def test_a_place_without_a_calendar_entry_is_found(office):
    booking = make.booking(make.training_session())
    office.say("DELETE FROM invites")

    assert findings(office) == [f"Booking {booking.ref} does not have one calendar entry for each part of its session."]


def test_needs_kept_too_long_are_found(office):
    office.book(make.person(), make.training_session(), access_needs="Large print")
    office.deliver()
    office.say("UPDATE notices SET state = 'withdrawn', next_at = NULL WHERE state = 'waiting'")
    office.now = IN_TWO_WEEKS + timedelta(days=30)

    assert findings(office) == ["1 access needs should have been erased by now: is the worker running?"]


def test_notices_that_should_have_left_are_found(office):
    make.booking(make.training_session())
    office.now = NOW + timedelta(minutes=15, seconds=1)

    assert findings(office) == ["Overdue notices: 1. Is the worker running, and the mail server up?"]


def test_notices_just_due_are_no_finding(office):
    make.booking(make.training_session())
    office.now = NOW + timedelta(minutes=15)

    assert findings(office) == []


def test_notices_that_failed_are_found_and_whose_calendar_lacks_what_they_carried(office):
    booking = make.booking(make.training_session())
    office.say("UPDATE notices SET state = 'failed', next_at = NULL WHERE kind = 'booked'")

    whose = f"The calendar of whoever has booking {booking.ref} was told something else"
    assert findings(office) == [
        "Notices that failed in the last two weeks: 1. See /manage/notices.",
        f"{whose}: see /manage/bookings/{booking.ref}.",
    ]


def test_a_place_that_is_still_held_long_after_it_was_declined_is_found(office):
    booking = make.declined(make.training_session())
    office.deliver()
    office.now = NOW + timedelta(minutes=30)
    in_time = findings(office)
    office.now += timedelta(seconds=1)

    assert in_time == []
    assert findings(office) == [
        f"The place of booking {booking.ref}, declined a while ago, is still held: is the worker running?"
    ]


def test_a_declined_place_that_is_held_and_not_counted_is_found(office):
    training_session = make.training_session()
    make.declined(training_session)
    office.say("UPDATE training_sessions SET places_taken = 0")

    assert f"Session {training_session.ref} counts 0 places taken, but 0 booked and 1 held." in findings(office)


def test_a_row_that_refers_to_nothing_is_found(office):
    if not is_sqlite(db.session.connection()):
        pytest.skip("PostgreSQL's own keys cannot be turned off for a while")
    make.booking(make.training_session())
    db.session.rollback()
    with db.engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("DELETE FROM addresses")
        connection.exec_driver_sql("UPDATE notices SET person_id = 4711 WHERE id = 1")
        connection.commit()
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")

    assert findings(office) == ["Row 1 of notices refers to something that is not there."]


def test_secrets_are_masked(database):
    chosen = settings_for(
        database,
        database_url="postgresql+psycopg://roomful:hunter2@db.example.org/roomful",
        smtp_url="smtp://training:hunter2@mail.example.org:587",
        reply_mailbox="imaps://training:hunter2@mail.example.org/INBOX",
        secret_key="hunter2hunter2hunter2",
    )

    shown = doctor.masked(chosen)

    assert "hunter2" not in str(shown)
    assert (shown["DATABASE_URL"], shown["SITE_NAME"]) == (
        "postgresql+psycopg://roomful:***@db.example.org/roomful",
        "Book training",
    )


def test_a_mark_in_the_register_of_another_session_is_found(office):
    booking, other = make.booking(make.training_session()), make.training_session(starts_at=IN_TWO_WEEKS)
    marked(office, booking.id, of=other.id, by=booking.person_id)

    assert findings(office) == [f"Booking {booking.ref} is marked in the register of another session."]


def test_somebody_marked_twice_is_found(office):
    booking = make.booking(make.training_session())
    office.say("DROP INDEX uq_marks_booking_id")
    for _ in range(2):
        marked(office, booking.id, of=booking.training_session_id, by=booking.person_id)

    assert findings(office) == [f"Booking {booking.ref} is marked more than once."]


def test_more_people_walked_in_than_the_room_holds_are_no_fault(office):
    booking = make.booking(make.training_session(room=make.room(capacity=1), capacity=1))
    marked(office, booking.id, of=booking.training_session_id, by=booking.person_id)
    marked(office, None, of=booking.training_session_id, by=booking.person_id)

    assert findings(office) == []


def marked(office, booking_id, *, of, by):
    """A line of the register, past the verbs."""
    facts = {"training_session_id": of, "marked_by_id": by, "mark": "attended", "marked_at": office.now}
    office.do(db.session.add, Mark(booking_id=booking_id, walk_in="" if booking_id else "Wanda", **facts))


@pytest.fixture
def offered(office):
    """A full session, whose place is held for somebody; another waits."""
    full = make.full_session()
    for name in ("Ann", "Ben"):
        make.wait(full, make.person(name))
    office.free(full)
    office.post()
    return full


def test_a_place_that_is_held_and_not_counted_is_found(office, offered):
    office.say("UPDATE training_sessions SET places_taken = 0")

    assert f"Session {offered.ref} counts 0 places taken, but 0 booked and 1 held." in findings(office)


def test_somebody_who_waits_twice_is_found(office):
    full, ann = make.full_session(), make.person("Ann")
    office.leave(make.wait(full, ann))
    make.wait(full, ann)
    office.say("DROP INDEX uq_waits_live")
    office.say("UPDATE waits SET state = 'waiting', ended_at = NULL")

    assert findings(office) == [f"One person (number {ann.id}) waits twice for course {full.course_id}."]


def test_an_offer_for_which_nobody_waits_is_found(office, offered):
    offer = office.offer_on(offered)
    office.say("UPDATE waits SET state = 'left', ended_at = asked_at WHERE id = :id", id=offer.wait_id)

    assert findings(office) == [f"Offer {offer.ref} is open, but nobody waits for it any more."]


def test_an_offer_that_ran_out_a_while_ago_is_found(office, offered):
    offer = office.offer_on(offered)
    office.say("UPDATE notices SET state = 'withdrawn', next_at = NULL WHERE next_at IS NOT NULL")
    office.now = offer.lapses_at + timedelta(minutes=15, seconds=1)

    assert findings(office) == [f"Offer {offer.ref} ran out a while ago and has not passed on: is the worker running?"]


def test_an_offer_that_has_just_run_out_is_no_finding(office, offered):
    office.say("UPDATE notices SET state = 'withdrawn', next_at = NULL WHERE next_at IS NOT NULL")
    office.now = office.offer_on(offered).lapses_at + timedelta(minutes=15)

    assert findings(office) == []


def test_a_free_place_that_nobody_was_given_is_found(office, offered):
    office.say("UPDATE training_sessions SET capacity = 2")

    assert findings(office) == [
        f"Course {offered.course.slug} has a free place that suits somebody who waits: is the worker running?"
    ]


# Replies.


@pytest.fixture
def reading(office, monkeypatch):
    """Sets how replies are read."""

    def choose(**chosen):
        monkeypatch.setitem(office.app.config, "SETTINGS", settings_for(office.database, **chosen))

    return choose


def test_where_replies_are_read_without_a_server_to_trust_it_is_found(office, reading):
    reading(replies="pipe")

    assert findings(office) == [
        "MAIL_AUTHSERV_ID is not set, so no reply is trusted: everybody who declines is asked by email first."
    ]


def test_a_mailbox_that_nobody_named_is_found(office, reading):
    reading(replies="imap", mail_authserv_id="mx.example.org")

    assert findings(office) == ["REPLIES is imap, but REPLY_MAILBOX is not set: nobody reads what calendars answer."]


def test_a_mailbox_that_nobody_has_read_for_a_while_is_found(office, reading):
    reading(replies="imap", mail_authserv_id="mx.example.org", reply_mailbox="imaps://us:secret@mail.example.org")

    assert findings(office) == ["The mailbox for replies has not been read for a while. Is the worker running?"]


def test_a_mailbox_that_cannot_be_read_is_found_with_the_reason(office, reading):
    address = "imaps://us:secret@mail.example.org"
    reading(replies="imap", mail_authserv_id="mx.example.org", reply_mailbox=address)
    name = polling._name(address)
    earlier = NOW - timedelta(hours=1)
    office.do(db.session.add, ReplyMailbox(name=name, polled_at=earlier, failed_at=earlier, fault="It said no."))

    assert findings(office) == ["The mailbox for replies has not been read for a while. It said no."]
