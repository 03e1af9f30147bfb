"""What is answered, and what comes of it: each on a real booking, with an invite that really left."""

from datetime import timedelta

import pytest

from app import bookings, changes, people, replies, timetable
from app.timetable import SlotPlan
from tests import make

DAY = timedelta(days=1)
LINK = "https://meet.example.org/room"


def in_two_parts():
    return make.training_session(
        slots=[make.slot(make.IN_TWO_WEEKS + n * DAY, joining_link=LINK) for n in range(2)],
        trainers=[make.trainer("Tom Trainer")],
    )


def moved(desk, training_session, *, by=DAY, part=None):
    """The session at another time: all of it, or one part."""
    slots = [
        SlotPlan(
            slot.starts_at + (by if part in {None, n} else timedelta(0)),
            slot.ends_at + (by if part in {None, n} else timedelta(0)),
            slot.room_id,
            slot.joining_link,
        )
        for n, slot in enumerate(timetable.by_id(training_session.id).slots)
    ]
    desk.office.move(training_session, slots)
    desk.deliver()


# --- yes and maybe ---


@pytest.mark.parametrize(("partstat", "said"), [("ACCEPTED", "accepted"), ("TENTATIVE", "tentative")])
def test_yes_and_maybe_are_written_beside_the_booking(desk, partstat, said):
    booking = desk.booked()

    assert desk.take(desk.answer(desk.entry(booking), partstat)) == ("noted", said)

    assert desk.answer_beside(booking) == said
    assert desk.has_place(booking)
    assert desk.deliver() == []


def test_the_last_answer_stands_beside_the_booking(desk):
    booking = desk.booked()
    desk.take(desk.answer(desk.entry(booking), "ACCEPTED"))
    desk.take(desk.answer(desk.entry(booking), "TENTATIVE"))

    assert desk.answer_beside(booking) == "tentative"


def test_an_answer_in_small_letters_counts(desk):
    booking = desk.booked()

    assert desk.take(desk.answer(desk.entry(booking), "declined")) == ("released", "")


@pytest.mark.parametrize("partstat", ["NEEDS-ACTION", "COMPLETED", "X-PERHAPS"])
def test_what_answers_neither_yes_nor_no_changes_nothing(desk, partstat):
    booking = desk.booked()

    assert desk.ignores(desk.answer(desk.entry(booking), partstat)) == ("dropped", "no answer")
    assert desk.has_place(booking)


def test_who_names_somebody_else_to_come_keeps_the_place_and_the_trainer_reads_of_it(desk):
    booking = desk.booked()

    assert desk.take(desk.answer(desk.entry(booking), "DELEGATED")) == ("told_trainers", "delegated")

    assert desk.has_place(booking)
    [note] = desk.office.notices("calendar_note")
    assert note.address == booking.training_session.trainers[0].address
    assert (note.facts["what"], note.facts["person_name"]) == ("somebody else", booking.person.name)


# --- another time, please send it again ---


def test_another_time_that_somebody_proposes_is_shown_to_the_trainer_and_the_place_stays(desk):
    booking = desk.booked()

    assert desk.take(desk.fill("04_outlook_counter", desk.entry(booking))) == ("told_trainers", "other time")

    assert desk.has_place(booking)
    [note] = desk.office.notices("calendar_note")
    assert note.address == booking.training_session.trainers[0].address
    assert (note.facts["what"], note.facts["words"]) == ("other time", "Could we do the afternoon?")


def test_a_second_wish_for_another_time_is_shown_too(desk):
    booking = desk.booked()
    for _ in range(2):
        desk.take(desk.fill("04_outlook_counter", desk.entry(booking)))

    assert len(desk.told("calendar_note")) == 2


def test_a_calendar_that_asks_for_its_entry_gets_it_once_a_day(desk):
    booking = desk.booked()
    before = desk.entry(booking)

    said = [desk.take(please_again(desk, booking)) for _ in range(3)]
    [again] = desk.deliver()

    assert said == [("sent_again", "asked"), *[("dropped", "sent today")] * 2]

    assert again.entry == ("REQUEST", before["UID"], before["SEQUENCE"])
    assert again.event["DTSTAMP"].dt > before["DTSTAMP"].dt
    desk.wait(days=1)
    desk.take(please_again(desk, booking))
    assert len(desk.deliver()) == 1


def please_again(desk, booking):
    return desk.answer(desk.entry(booking), "NEEDS-ACTION").replace(b"REPLY", b"REFRESH")


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "ADD", "PUBLISH", "DECLINECOUNTER"])
def test_what_is_no_reply_changes_nothing(desk, method):
    booking = desk.booked()

    assert desk.ignores(desk.decline(booking).replace(b"REPLY", method.encode())) == ("dropped", "not a reply")


def test_a_calendar_part_that_contradicts_itself_is_left_for_a_person(desk):
    booking = desk.booked()
    raw = desk.decline(booking).replace(b"method=REPLY", b"method=REQUEST")

    assert desk.ignores(raw) == ("left", "other_method")
    assert desk.has_place(booking)


# --- not about us, or seen before ---


def test_an_unknown_entry_changes_nothing(desk):
    booking = desk.booked()

    assert desk.ignores(desk.fill("30_unknown_uid", desk.entry(booking))) == ("dropped", "unknown")
    assert desk.ignores(desk.answer(desk.entry(booking), UID="")) == ("dropped", "unknown")


def test_the_same_mail_twice_is_acted_on_once(desk):
    booking = desk.booked()
    raw = desk.answer(desk.entry(booking), "ACCEPTED")
    desk.take(raw)

    assert desk.ignores(raw) is None


def test_another_mail_under_a_message_id_that_was_seen_changes_nothing(desk):
    booking = desk.booked()
    desk.take(desk.answer(desk.entry(booking), "ACCEPTED", MESSAGE_ID="one"))

    assert desk.ignores(desk.answer(desk.entry(booking), "DECLINED", MESSAGE_ID="one")) is None
    assert desk.has_place(booking)


def test_the_same_answer_under_a_new_message_id_is_acted_on_once(desk):
    booking = desk.booked()
    desk.take(desk.decline(booking, STAMP="20261201T090001Z", MESSAGE_ID="one"))

    assert desk.ignores(desk.decline(booking, STAMP="20261201T090001Z", MESSAGE_ID="two")) is None


def test_the_answer_to_somebody_elses_invite_changes_nothing(desk):
    booking = desk.booked()

    assert desk.ignores(desk.decline(booking, ORGANIZER="rooms@elsewhere.example.net")) == (
        "dropped",
        "other organiser",
    )
    assert desk.has_place(booking)


def test_exchange_names_no_organiser_and_is_understood(desk):
    booking = desk.booked()
    raw = desk.fill("02_outlook_declined_with_comment", desk.entry(booking))
    assert b"\nORGANIZER" not in raw

    assert desk.take(raw) == ("released", "")


def test_the_organiser_may_be_written_in_capitals(desk):
    booking = desk.booked()

    assert desk.take(desk.decline(booking, ORGANIZER="TRAINING@Example.ORG")) == ("released", "")


# --- which version ---


def test_a_decline_of_an_earlier_room_counts_because_the_time_is_the_same(desk):
    training_session = make.training_session(room=make.room("Seminar room"))
    booking = desk.booked(training_session)
    early = desk.entry(booking)
    desk.office.move(training_session, [make.slot(room=make.room("Boardroom"))])
    desk.deliver()
    assert desk.entry(booking)["SEQUENCE"] == early["SEQUENCE"] + 1

    assert desk.take(desk.answer(early)) == ("released", "")


@pytest.mark.parametrize("partstat", ["DECLINED", "ACCEPTED"])
def test_an_answer_to_an_earlier_time_changes_nothing_and_the_invite_is_sent_again(desk, partstat):
    booking = desk.booked()
    early = desk.entry(booking)
    moved(desk, booking.training_session)
    now = desk.entry(booking)

    assert desk.take(desk.answer(early, partstat)) == ("sent_again", "earlier time")

    assert desk.has_place(booking)
    assert desk.answer_beside(booking) == ""
    [again] = desk.deliver()
    assert (again.entry, again.event["DTSTART"].dt) == (("REQUEST", now["UID"], now["SEQUENCE"]), now["DTSTART"].dt)


def test_what_is_not_sent_a_second_time_that_day_is_not_said_to_be_sent(desk):
    booking = desk.booked()
    early = desk.entry(booking)
    moved(desk, booking.training_session)

    said = [desk.take(desk.answer(early)) for _ in range(2)]

    assert said == [("sent_again", "earlier time"), ("dropped", "sent today")]


def test_a_session_moved_there_and_back_has_the_time_that_was_answered(desk):
    booking = desk.booked()
    early = desk.entry(booking)
    moved(desk, booking.training_session)
    desk.wait(minutes=1)
    moved(desk, booking.training_session, by=-DAY)

    assert desk.take(desk.answer(early)) == ("released", "")


def test_an_answer_to_the_present_time_after_a_move_counts(desk):
    booking = desk.booked()
    moved(desk, booking.training_session)

    assert desk.take(desk.decline(booking)) == ("released", "")


def test_a_move_of_which_they_have_not_heard_yet_leaves_their_decline_without_effect(desk):
    booking = desk.booked()
    raw = desk.decline(booking)
    slot = booking.training_session.slots[0]
    desk.office.move(
        booking.training_session, [SlotPlan(slot.starts_at + DAY, slot.ends_at + DAY, None, slot.joining_link)]
    )

    assert desk.take(raw) == ("sent_again", "earlier time")
    assert desk.has_place(booking)


def test_a_version_that_we_never_sent_is_shown_to_a_person(desk):
    booking = desk.booked()

    assert desk.ignores(desk.answer(desk.entry(booking), sequence=7)) == ("left", "newer")
    assert desk.has_place(booking)


def test_an_answer_without_a_version_is_about_the_first(desk):
    booking = desk.booked()
    early = desk.entry(booking)
    moved(desk, booking.training_session)
    raw = desk.answer(early).replace(b"SEQUENCE:0\r\n", b"")

    assert desk.take(raw) == ("sent_again", "earlier time")


def test_what_they_said_of_another_time_does_not_stay_beside_the_booking(desk):
    booking = desk.booked()
    desk.take(desk.answer(desk.entry(booking), "ACCEPTED"))

    moved(desk, booking.training_session)

    assert desk.answer_beside(booking) == ""


# --- when it was written ---


def test_an_answer_older_than_the_last_one_changes_nothing(desk):
    booking = desk.booked()
    desk.take(desk.answer(desk.entry(booking), "ACCEPTED", STAMP="20261201T085900Z"))

    for stamp in ("20261201T085859Z", "20261201T085900Z"):
        assert desk.ignores(desk.decline(booking, STAMP=stamp)) == ("dropped", "stale")
    assert desk.take(desk.decline(booking, STAMP="20261201T085901Z")) == ("released", "")


def test_an_answer_from_the_far_future_counts_as_written_when_it_came(desk):
    booking = desk.booked()
    desk.take(desk.answer(desk.entry(booking), "ACCEPTED", STAMP="20991231T000000Z"))
    desk.wait(minutes=1)

    assert desk.take(desk.decline(booking, STAMP="20261201T090001Z")) == ("released", "")


def test_an_answer_from_a_clock_that_is_a_little_fast_counts_as_it_says(desk):
    booking = desk.booked()
    desk.take(desk.answer(desk.entry(booking), "ACCEPTED", STAMP="20261202T080000Z"))

    assert desk.ignores(desk.decline(booking, STAMP="20261202T075900Z")) == ("dropped", "stale")


@pytest.mark.parametrize("written", [b"DTSTAMP:20261201T100000", b"DTSTAMP:yesterday", b"X-STAMP:20261201T100000Z"])
def test_an_answer_that_does_not_say_when_it_was_written_is_shown_to_a_person(desk, written):
    booking = desk.booked()
    raw = desk.decline(booking, STAMP="20261201T100000Z").replace(b"DTSTAMP:20261201T100000Z", written)

    assert desk.ignores(raw) == ("left", "no time stamp")
    assert desk.has_place(booking)


# --- when the session is ---


def test_a_decline_after_the_start_is_shown_to_the_trainer_and_the_place_stays(desk):
    booking = desk.booked()
    desk.office.now = make.IN_TWO_WEEKS + timedelta(minutes=1)
    desk.deliver()

    assert desk.take(desk.decline(booking)) == ("told_trainers", "too late")

    assert desk.has_place(booking)
    assert desk.told("calendar_note") == [booking.training_session.trainers[0].address]


def test_whatever_is_said_of_a_session_that_is_over_changes_nothing(desk):
    booking = desk.booked()
    desk.office.now = make.IN_TWO_WEEKS + timedelta(hours=3)
    desk.deliver()

    assert desk.ignores(desk.decline(booking)) == ("dropped", "over")


def test_whatever_is_said_of_a_cancelled_session_changes_nothing(desk):
    booking = desk.booked()
    event = desk.entry(booking)
    desk.office.cancel_session(booking.training_session)
    desk.deliver()

    assert desk.ignores(desk.answer(event)) == ("dropped", "cancelled")
    assert desk.ignores(desk.answer(event, "ACCEPTED")) == ("dropped", "cancelled")


# --- several parts ---


def test_who_declines_one_part_of_two_keeps_the_place_and_is_asked(desk):
    booking = desk.booked(in_two_parts())

    assert desk.take(desk.decline(booking, part=1)) == ("asked_all_parts", "some parts")

    assert desk.has_place(booking)
    [asked], [note] = desk.office.notices("parts_declined"), desk.office.notices("calendar_note")
    assert (asked.address, asked.facts["declined"]) == (booking.person.address, [1])
    assert (note.address, note.facts["what"]) == (booking.training_session.trainers[0].address, "some parts")


def test_who_declines_all_parts_gives_up_the_place(desk):
    booking = desk.booked(in_two_parts())
    first, second = desk.decline(booking, part=0), desk.decline(booking, part=1)

    assert desk.take(second) == ("asked_all_parts", "some parts")
    assert desk.take(first) == ("released", "")

    assert not desk.has_place(booking)
    assert [letter.method for letter in desk.deliver() if letter.to == booking.person.address] == ["CANCEL", "CANCEL"]
    assert desk.office.notices("parts_declined", "waiting") == []


def test_who_takes_back_the_decline_of_one_part_keeps_the_place(desk):
    booking = desk.booked(in_two_parts())
    first, second = desk.entry(booking, 0), desk.entry(booking, 1)
    desk.take(desk.answer(first))
    desk.take(desk.answer(first, "ACCEPTED"))

    assert desk.take(desk.answer(second)) == ("asked_all_parts", "some parts")
    assert desk.has_place(booking)


def test_a_part_declined_before_it_was_moved_is_not_declined_any_more(desk):
    booking = desk.booked(in_two_parts())
    desk.take(desk.decline(booking, part=0))
    moved(desk, booking.training_session, by=timedelta(hours=3), part=0)

    assert desk.take(desk.decline(booking, part=1)) == ("asked_all_parts", "some parts")
    assert desk.has_place(booking)


def test_the_second_part_declined_when_the_first_has_begun_is_shown_to_the_trainer(desk):
    booking = desk.booked(in_two_parts())
    raw = desk.decline(booking, part=1)
    desk.office.now = make.IN_TWO_WEEKS + timedelta(hours=4)
    desk.deliver()

    assert desk.take(raw) == ("told_trainers", "too late")
    assert desk.has_place(booking)


# --- what should never be ---


def test_a_mail_that_we_come_to_grief_over_is_left_for_a_person_and_not_tried_for_ever(desk):
    booking, room = desk.booked(), make.room()
    raw = desk.decline(booking)
    starts_at, ends_at = make.IN_TWO_WEEKS, make.IN_TWO_WEEKS + DAY
    desk.office.do(
        timetable.close_room, room.id, starts_at, ends_at, why="Painting", by=make.coordinator(), now=desk.now
    )
    desk.office.say("UPDATE invites SET slot_id = (SELECT id FROM slots WHERE training_session_id IS NULL)")

    reply = replies.act_on(raw, desk.now)

    assert (reply.did, reply.why, reply.state) == ("left", "broken", "open")
    assert replies.raw_of(reply, by=make.coordinator("Cleo", address="cleo@example.org")) == raw
    assert desk.has_place(booking)


# --- bookings of other times and other mailboxes ---


def test_an_old_entry_does_not_reach_the_booking_made_after_it(desk):
    booking = desk.booked()
    old = desk.entry(booking)
    desk.office.cancel(booking)
    again = desk.booked(booking.training_session, booking.person)
    assert desk.entry(again)["UID"] != old["UID"]

    assert desk.ignores(desk.answer(old)) == ("dropped", "no place")
    assert desk.ignores(desk.answer(old, "ACCEPTED")) == ("dropped", "former")
    assert desk.has_place(again)


def test_an_entry_in_a_mailbox_that_they_use_no_more_answers_nothing(desk):
    booking = desk.booked()
    old = desk.entry(booking)
    changed_address(desk, booking.person.address, "nia.new@example.org")
    assert desk.entry(booking)["UID"] != old["UID"]

    assert desk.ignores(desk.answer(old)) == ("dropped", "former")
    assert desk.take(desk.decline(booking)) == ("released", "")
    assert bookings.live_on(booking.training_session) == []


def changed_address(desk, was, address):
    person = people.known(was)
    desk.office.do(people.give_address, person, address, by=person, now=desk.now)
    desk.office.do(changes.send_letters_to, person, address, by=person, now=desk.now)
    desk.deliver()
