"""What a decline sets off: the place is held for a while, then passed on; too many at once wait for a coordinator."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import bookings, replies, timetable
from app.bookings import Booking
from app.db import db
from app.errors import NotAllowed, Refused, SessionFull
from app.replies import Reply
from app.waiting_list import Wait
from tests import make

pytestmark = pytest.mark.both_engines


def places_taken(training_session):
    db.session.rollback()
    return timetable.by_id(training_session.id).places_taken


def held_until(booking):
    db.session.rollback()
    return db.session.scalar(select(Booking.held_until).where(Booking.id == booking.id))


# --- a place given up ---


def test_a_declined_place_is_given_up_and_the_letter_says_how_to_take_that_back(desk):
    booking = desk.booked()
    uid, sequence = desk.entry(booking)["UID"], desk.entry(booking)["SEQUENCE"]

    assert desk.take(desk.decline(booking)) == ("released", "")

    assert not desk.has_place(booking)
    [letter] = desk.deliver()
    assert (letter.to, letter.entry) == (booking.person.address, ("CANCEL", uid, sequence + 1))
    [cancelled] = desk.office.notices("cancelled")
    assert cancelled.facts["by_calendar"]
    assert desk.office.notices("reminder", "waiting") == []


def test_a_declined_place_is_held_for_a_quarter_of_an_hour(desk):
    booking = desk.booked(capacity=1)
    desk.take(desk.decline(booking))

    assert held_until(booking) == desk.now + timedelta(minutes=15)
    assert places_taken(booking.training_session) == 1
    with pytest.raises(SessionFull):
        desk.office.book(make.person(), booking.training_session)


def test_after_a_quarter_of_an_hour_it_goes_to_whoever_is_next_in_line(desk):
    booking = desk.booked(capacity=1)
    make.wait(booking.training_session, make.person("Wanda Waits"))
    desk.take(desk.decline(booking))
    desk.wait(minutes=14)
    desk.office.catch_up()
    assert desk.office.names_on(booking.training_session) == ([], [], ["Wanda Waits"])

    desk.wait(minutes=1)
    desk.office.catch_up()

    assert desk.office.names_on(booking.training_session)[1] == ["Wanda Waits"]
    assert held_until(booking) is None


def test_in_the_last_day_a_declined_place_is_free_at_once(desk):
    booking = desk.booked(capacity=1)
    make.wait(booking.training_session, make.person("Wanda Waits"))
    raw = desk.decline(booking)
    desk.office.now = make.IN_TWO_WEEKS - timedelta(hours=23)
    desk.deliver()

    assert desk.take(raw) == ("released", "")

    assert held_until(booking) is None
    assert places_taken(booking.training_session) == 0
    assert desk.office.names_told("place_free") == ["Wanda Waits"]


def test_who_declined_by_mistake_has_the_place_again(desk):
    booking = desk.booked(capacity=1)
    uid = desk.entry(booking)["UID"]
    desk.take(desk.decline(booking))

    again = desk.office.do(bookings.undo, booking, by=booking.person, now=desk.now)
    desk.deliver()

    assert desk.has_place(again)
    assert places_taken(booking.training_session) == 1
    assert desk.entry(again)["UID"] != uid


def test_who_declined_by_mistake_and_too_late_is_in_line_as_from_the_day_they_booked(desk):
    booking = desk.booked(capacity=1)
    make.wait(booking.training_session, make.person("Wanda Waits"))
    desk.take(desk.decline(booking))
    desk.wait(minutes=15)
    desk.office.catch_up()

    wait = desk.office.do(bookings.undo, booking, by=booking.person, now=desk.now)

    assert isinstance(wait, Wait)
    assert wait.ranked_at == booking.booked_at


def test_declining_twice_gives_up_one_place(desk):
    booking = desk.booked()
    first, second = desk.decline(booking), desk.decline(booking)
    desk.take(first)

    assert desk.ignores(second) == ("dropped", "no place")


# --- accepting what is gone ---


@pytest.mark.parametrize("is_declined", [True, False])
def test_accepting_after_the_place_has_gone_is_answered_with_a_link_and_books_nothing(desk, is_declined):
    booking = desk.booked()
    event = desk.entry(booking)
    if is_declined:
        desk.take(desk.answer(event))
    else:
        desk.office.cancel(booking)
    desk.deliver()

    assert desk.take(desk.answer(event, "ACCEPTED")) == ("sent_link", "accepted")
    assert desk.take(desk.answer(event, "ACCEPTED")) == ("sent_link", "accepted")

    assert not desk.has_place(booking)
    [letter] = desk.office.notices("not_booked")
    assert (letter.address, letter.facts["may_undo"]) == (booking.person.address, is_declined)


@pytest.mark.parametrize("partstat", ["TENTATIVE", "DECLINED", "DELEGATED"])
def test_any_other_answer_after_the_place_has_gone_changes_nothing(desk, partstat):
    booking = desk.booked()
    event = desk.entry(booking)
    desk.take(desk.answer(event))

    assert desk.ignores(desk.answer(event, partstat)) == ("dropped", "no place")


def test_a_wish_of_whoever_has_no_place_reaches_nobody(desk):
    booking = desk.booked()
    event = desk.entry(booking)
    desk.office.cancel(booking)
    desk.deliver()

    assert desk.ignores(desk.fill("04_outlook_counter", event)) == ("dropped", "no place")


# --- many at once ---


def many(desk, *, count=7):
    """People with a place on one session, and a coordinator."""
    make.coordinator(address="cora@example.org")
    training_session = make.training_session(capacity=count + 1)
    return [
        desk.booked(training_session, make.person(f"Person {n}", address=f"p{n}@example.org")) for n in range(count)
    ]


def test_after_five_declines_in_ten_minutes_the_next_wait_for_a_coordinator(desk):
    booked = many(desk)

    said = [desk.take(desk.decline(booking)) for booking in booked]

    assert said == [("released", "")] * 5 + [("held", "many")] * 2
    assert [desk.has_place(booking) for booking in booked] == [False] * 5 + [True] * 2
    assert desk.told("many_declines") == ["cora@example.org"]
    assert replies.count_open() == 2


def test_declines_of_different_sessions_are_counted_apart(desk):
    booked = many(desk, count=5)
    other = desk.booked()

    for booking in booked:
        desk.take(desk.decline(booking))

    assert desk.take(desk.decline(other)) == ("released", "")


def test_ten_minutes_later_declines_count_again(desk):
    booked = many(desk)
    for booking in booked[:6]:
        desk.take(desk.decline(booking))
    desk.wait(minutes=10)
    desk.deliver()

    assert desk.take(desk.decline(booked[6])) == ("released", "")


def held_one(desk):
    """A decline that waits for a coordinator: (its reply, the booking, the coordinator)."""
    booked = many(desk, count=6)
    for booking in booked[:5]:
        desk.take(desk.decline(booking))
    reply = desk.reply_to(desk.decline(booked[5]))
    assert (reply.did, reply.state) == ("held", "open")
    return reply, booked[5], make.coordinator("Cleo", address="cleo@example.org")


def test_a_coordinator_lets_a_decline_through(desk):
    reply, booking, cora = held_one(desk)

    desk.office.do(replies.let_through, reply, by=cora, now=desk.now)

    assert not desk.has_place(booking)
    assert (reply.did, reply.state, reply.settled_by_id) == ("released", "settled", cora.id)
    with pytest.raises(Refused, match="decided this already"):
        desk.office.do(replies.let_through, reply, by=cora, now=desk.now)


def test_what_a_coordinator_lets_through_does_not_count_against_the_others(desk):
    reply, booking, cora = held_one(desk)
    desk.wait(minutes=10)
    desk.office.do(replies.let_through, reply, by=cora, now=desk.now)
    other = desk.booked(booking.training_session)

    assert desk.take(desk.decline(other)) == ("released", "")


def test_a_coordinator_leaves_a_decline_as_it_is(desk):
    reply, booking, cora = held_one(desk)

    for _ in range(2):
        desk.office.do(replies.leave, reply, by=cora, now=desk.now)

    assert desk.has_place(booking)
    assert (reply.did, reply.state, replies.count_open()) == ("held", "settled", 0)


def test_only_a_coordinator_decides(desk):
    reply, booking, _ = held_one(desk)
    tom = make.trainer("Tom")

    for verb in (replies.let_through, replies.leave, replies.undo):
        with pytest.raises(NotAllowed):
            desk.office.do(verb, reply, by=tom, now=desk.now)
    with pytest.raises(NotAllowed):
        replies.raw_of(reply, by=tom)
    assert desk.has_place(booking)


def test_a_decline_that_was_taken_back_cannot_be_let_through(desk):
    reply, booking, cora = held_one(desk)
    desk.take(desk.answer(desk.entry(booking), "ACCEPTED"))

    with pytest.raises(Refused, match="answered something else"):
        desk.office.do(replies.let_through, reply, by=cora, now=desk.now)
    assert desk.has_place(booking)


def test_a_decline_of_a_time_that_has_changed_cannot_be_let_through(desk):
    reply, booking, cora = held_one(desk)
    desk.office.move(
        booking.training_session, [make.slot(make.IN_TWO_WEEKS + timedelta(days=1), joining_link="https://a.example")]
    )

    with pytest.raises(Refused, match="another time"):
        desk.office.do(replies.let_through, reply, by=cora, now=desk.now)
    assert desk.has_place(booking)


def test_a_decline_of_a_place_given_up_since_cannot_be_let_through(desk):
    reply, booking, cora = held_one(desk)
    desk.office.cancel(booking)

    with pytest.raises(Refused, match="no place any more"):
        desk.office.do(replies.let_through, reply, by=cora, now=desk.now)


def test_a_coordinator_takes_a_release_back(desk):
    booking, cora = desk.booked(), make.coordinator()
    reply = desk.reply_to(desk.decline(booking))

    again = desk.office.do(replies.undo, reply, by=cora, now=desk.now)

    assert (desk.has_place(again), again.person_id) == (True, booking.person_id)


def test_what_gave_up_no_place_cannot_be_taken_back(desk):
    booking, cora = desk.booked(), make.coordinator()
    reply = desk.reply_to(desk.answer(desk.entry(booking), "ACCEPTED"))

    with pytest.raises(Refused, match="did not give up a place"):
        desk.office.do(replies.undo, reply, by=cora, now=desk.now)
    with pytest.raises(Refused, match="decided this already"):
        desk.office.do(replies.let_through, reply, by=cora, now=desk.now)


# --- those who run the session ---


def of_trainer(desk):
    """(the session, the entry of its trainer), with a coordinator."""
    make.coordinator(address="cora@example.org")
    training_session = make.training_session(trainers=[make.trainer(address="tom@example.org")])
    desk.deliver()
    [event] = desk.invites("tom@example.org")
    return training_session, event


@pytest.mark.parametrize("partstat", ["DECLINED", "DELEGATED"])
def test_a_trainer_who_declines_still_runs_the_session_and_the_coordinators_hear_of_it(desk, partstat):
    training_session, event = of_trainer(desk)

    assert desk.take(desk.answer(event, partstat)) == ("told_coordinators", "")

    assert desk.told("trainer_declined") == ["cora@example.org"]
    [trainer] = timetable.by_id(training_session.id).trainers
    assert trainer.address == "tom@example.org"


@pytest.mark.parametrize(("partstat", "said"), [("ACCEPTED", "accepted"), ("TENTATIVE", "tentative")])
def test_a_trainers_yes_is_noted(desk, partstat, said):
    _, event = of_trainer(desk)

    assert desk.take(desk.answer(event, partstat)) == ("noted", said)
    assert desk.take(desk.answer(event, "NEEDS-ACTION")) == ("dropped", "no answer")


def test_another_time_that_a_trainer_proposes_goes_to_the_coordinators(desk):
    _, event = of_trainer(desk)

    assert desk.take(desk.fill("04_outlook_counter", event)) == ("told_coordinators", "other time")
    assert desk.told("trainer_declined") == ["cora@example.org"]


def test_a_trainers_decline_in_doubt_is_told_but_not_written_down(desk):
    _, event = of_trainer(desk)

    doubtful = desk.answer(event, AUTHSERV="mx.elsewhere.example.net", STAMP="20261202T080000Z")
    assert desk.take(doubtful) == ("told_coordinators", "no result")
    assert desk.ignores(desk.answer(event, "ACCEPTED", FROM="assistant@example.org")) == ("dropped", "other mailbox")

    assert desk.take(desk.answer(event, "ACCEPTED")) == ("noted", "accepted")


def test_a_trainers_answer_to_an_earlier_time_changes_nothing(desk):
    training_session, event = of_trainer(desk)
    desk.office.move(
        training_session, [make.slot(make.IN_TWO_WEEKS + timedelta(days=1), joining_link="https://a.example")]
    )
    desk.deliver()

    assert desk.ignores(desk.answer(event)) == ("dropped", "earlier time")
    assert desk.ignores(desk.answer(event, sequence=9)) == ("left", "newer")


def test_a_forged_answer_of_a_trainer_changes_nothing(desk):
    _, event = of_trainer(desk)

    assert desk.ignores(desk.fill("20_forged_from_dmarc_fail", event)) == ("dropped", "untrusted")


# --- how long replies are kept ---


def test_after_thirty_days_mails_are_forgotten_but_not_what_was_done(desk):
    booking = desk.booked()
    desk.take(desk.answer(desk.entry(booking), "ACCEPTED"))
    desk.take(desk.fill("20_forged_from_dmarc_fail", desk.entry(booking)))
    desk.take(desk.fill("02_outlook_declined_with_comment", desk.entry(booking)))
    kept = select(Reply.did, Reply.raw.is_not(None), Reply.words, Reply.subject != "").order_by(Reply.id)
    leave = "I am on leave that week, sorry."

    desk.office.do(replies.forget, desk.now + timedelta(days=30))
    assert [tuple(row) for row in db.session.execute(kept)] == [
        ("noted", True, "", True),
        ("dropped", True, "", True),
        ("released", True, leave, True),
    ]
    assert desk.office.do(replies.forget, desk.now + timedelta(days=30, seconds=1)) == 3

    assert [tuple(row) for row in db.session.execute(kept)] == [("released", False, "", False)]
    assert desk.office.do(replies.forget, desk.now + timedelta(days=60)) == 0
