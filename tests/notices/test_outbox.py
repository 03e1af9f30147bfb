from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.db import db, is_sqlite, transaction
from app.errors import Refused
from app.journal import Deed
from app.notices import kinds, outbox
from app.notices.outbox import Notice
from tests import make
from tests.notices import letters
from tests.notices.letters import NOW

pytestmark = pytest.mark.both_engines

LEASE = timedelta(minutes=5)
SOON = NOW + timedelta(minutes=1)


def take(now=NOW):
    with transaction():
        return outbox.take(now, lease=LEASE)


def settle(notice, state, **given):
    with transaction():
        outbox.close(outbox.held(notice.id, notice.lease), state, **given)


def test_a_letter_waits_with_its_facts(post_room):
    notice = post_room.queue()

    assert (notice.kind, notice.state, notice.due_at, notice.next_at) == ("booked", "waiting", NOW, NOW)
    assert (notice.address, notice.recipient_name) == ("rosa.diaz@hospital.nhs.uk", "Rosa Díaz")
    assert (notice.about, notice.about_id) == ("people", post_room.rosa.id)
    assert kinds.from_json(notice.kind, notice.facts) == letters.BOOKED
    assert not notice.may_have_left


def test_queueing_a_letter_is_one_statement(post_room, office):
    with transaction(), office.statements() as said:
        outbox.queue(letters.BOOKED, to=post_room.to, about=None, now=NOW, dedupe_key="booked:1")

    assert len(said) == 1


def test_the_same_news_is_queued_once(post_room):
    assert post_room.queue(key="full:7") is not None
    assert post_room.queue(key="full:7") is None


def test_a_letter_whose_transaction_fails_is_not_queued(post_room):
    def book():
        outbox.queue(letters.BOOKED, to=post_room.to, about=None, now=NOW, dedupe_key="booked:1")
        raise RuntimeError("nobody was booked")

    with pytest.raises(RuntimeError):
        post_room.office.do(book)

    assert db.session.scalars(select(Notice)).all() == []


def test_withdrawing_stops_what_waits_and_makes_room_for_newer_news(post_room):
    reminder = post_room.queue(letters.REMINDER, key="reminder:1", due_at=SOON)

    with transaction():
        stopped = outbox.withdraw(post_room.rosa, now=NOW)

    assert stopped == [reminder]
    assert (reminder.state, reminder.withdrawn_at, reminder.next_at) == ("withdrawn", NOW, None)
    assert post_room.queue(letters.REMINDER, key="reminder:1", due_at=SOON) is not None


def test_withdrawing_takes_back_what_failed_too_so_that_nobody_sends_it_again(post_room):
    notice = post_room.queue()
    settle(take(), "failed", fault="No such address.")

    with transaction():
        assert [each.id for each in outbox.withdraw(post_room.rosa, now=SOON)] == [notice.id]

    assert not post_room.fresh(notice).may_be_sent_again
    assert outbox.counts(SOON)["failed"] == 0


def test_withdrawing_leaves_a_failed_letter_of_a_thread_which_newer_news_of_it_guard(post_room):
    notice = post_room.queue(thread="booking:1")
    settle(take(), "failed", fault="No such address.")

    with transaction():
        assert outbox.withdraw(post_room.rosa, now=SOON) == []

    assert post_room.fresh(notice).may_be_sent_again


def test_withdrawing_touches_only_the_kinds_and_records_meant(post_room):
    somebody_else = make.person(name="Somebody else")
    meant = post_room.queue(letters.REMINDER, key="meant")
    post_room.queue(letters.BOOKED, key="another kind")
    post_room.queue(letters.REMINDER, key="another record", about=somebody_else)

    with transaction():
        assert outbox.withdraw(post_room.rosa, kinds=(kinds.Reminder,), now=NOW) == [meant]


def test_withdrawing_for_three_hundred_is_one_statement(post_room, office):
    people = [make.person(name=f"Person {number}") for number in range(3)]
    for person in people:
        post_room.queue(key=f"booked:{person.id}", about=person)

    with transaction(), office.statements() as said:
        assert len(outbox.withdraw(*people, now=NOW)) == 3

    assert len(said) == 1


def test_a_letter_in_a_workers_hands_is_not_tried_again_once_withdrawn(post_room):
    post_room.queue()
    taken = take()

    with transaction():
        assert outbox.withdraw(post_room.rosa, now=NOW) == []
    with transaction():
        outbox.put_off(outbox.held(taken.id, taken.lease), SOON, fault="The mail server was busy.")

    assert post_room.fresh(taken).state == "withdrawn"


def test_letters_are_taken_when_due_and_in_order(post_room):
    later = post_room.queue(key="later", due_at=SOON)
    first, second = post_room.queue(key="first"), post_room.queue(key="second")

    assert [take(), take(), take()] == [first, second, None]
    assert take(SOON) == later


def test_whoever_waits_at_a_screen_comes_first(post_room):
    post_room.queue(key="booked:1")
    sign_in = post_room.queue(letters.SIGN_IN, key="sign_in:1")

    assert take() == sign_in


def test_letters_of_one_thread_leave_in_order_even_if_the_first_is_put_off(post_room):
    request = post_room.queue(key="booked:1", thread="booking:1")
    post_room.queue(letters.CANCELLED, key="cancelled:1", thread="booking:1")
    other = post_room.queue(key="booked:2", thread="booking:2")

    first = take()
    with transaction():
        outbox.put_off(outbox.held(first.id, first.lease), NOW + timedelta(hours=1), fault="The server was busy.")

    assert first == request
    assert take() == other
    settle(other, "sent")
    assert take() is None
    assert take(NOW + timedelta(hours=1)) == request


def test_a_thread_goes_on_after_a_letter_that_failed_for_good(post_room):
    post_room.queue(key="booked:1", thread="booking:1")
    cancelled = post_room.queue(letters.CANCELLED, key="cancelled:1", thread="booking:1")

    settle(take(), "failed", fault="No such address.")

    assert take() == cancelled


def test_the_letter_of_a_dead_worker_is_taken_when_its_lease_ends(post_room):
    post_room.queue()
    first = take()
    old_lease = first.lease

    assert take(NOW + LEASE - timedelta(seconds=1)) is None
    second = take(NOW + LEASE)

    assert second == first
    with transaction():
        assert outbox.held(first.id, old_lease) is None  # the first worker, if it wakes up, cannot settle


def test_a_failed_letter_is_sent_again_and_the_journal_says_who(post_room):
    notice = post_room.queue()
    settle(take(), "failed", fault="No such address.")

    with transaction():
        outbox.send_again(notice, by=post_room.rosa, now=SOON)

    assert (notice.state, notice.due_at, notice.fault, notice.attempts) == ("waiting", SOON, "", 0)
    assert notice.again_count == 0  # it never arrived: the same Message-ID
    deed = db.session.scalars(select(Deed).order_by(Deed.id.desc())).first()
    assert (deed.did, deed.about, deed.about_id, deed.by_id) == ("sent again", "notices", notice.id, post_room.rosa.id)


def test_a_letter_that_is_no_longer_true_is_not_sent_again(post_room):
    booked = post_room.queue(key="booked:1", thread="booking:1")
    settle(take(), "sent")
    post_room.queue(letters.CANCELLED, key="cancelled:1", thread="booking:1", now=SOON)

    with pytest.raises(Refused, match="no longer true"), transaction():
        outbox.send_again(booked, by=post_room.rosa, now=SOON)


def test_a_letter_is_no_longer_true_once_another_mailbox_has_had_the_news(post_room):
    booked = post_room.queue(key="booked:1", thread="booking:1:old")
    settle(take(), "failed", fault="No such address.")
    post_room.queue(key="booked:2", thread="booking:1:new", now=SOON)

    with pytest.raises(Refused, match="no longer true"), transaction():
        outbox.send_again(booked, by=post_room.rosa, now=SOON)


def test_a_confirmation_is_sent_again_although_further_parts_were_told_in_the_same_breath(post_room):
    booked = post_room.queue(letters.EVERY["booked_two_parts"], key="booked:1", thread="booking:1")
    post_room.queue(letters.EVERY["entry"], key="entry:1", thread="booking:1")
    settle(take(), "sent")
    settle(take(), "sent")

    with transaction():
        outbox.send_again(booked, by=post_room.rosa, now=SOON)

    assert take(SOON) == booked


def test_a_letter_that_became_untrue_on_its_way_and_was_sent_all_the_same_is_not_sent_again(post_room):
    booked = post_room.queue()
    taken = take()
    with transaction():
        outbox.withdraw(post_room.rosa, now=NOW)
    settle(taken, "sent")

    assert not post_room.fresh(booked).may_be_sent_again
    with pytest.raises(Refused, match="was withdrawn"), transaction():
        outbox.send_again(booked, by=post_room.rosa, now=SOON)


def test_a_sign_in_letter_is_not_sent_again(post_room):
    notice = post_room.queue(letters.SIGN_IN, key="sign_in:1")
    settle(take(), "sent")

    assert not notice.may_be_sent_again
    with pytest.raises(Refused, match="sign in again"), transaction():
        outbox.send_again(notice, by=post_room.rosa, now=SOON)


def test_a_letter_on_its_way_is_not_sent_again(post_room):
    notice = post_room.queue()

    with pytest.raises(Refused, match="on its way"), transaction():
        outbox.send_again(notice, by=post_room.rosa, now=SOON)


def test_coordinators_see_how_many_letters_are_in_each_state(post_room):
    post_room.queue(key="1")
    settle(take(), "failed", fault="No such address.")
    post_room.queue(key="2")
    post_room.queue(key="3", due_at=NOW + timedelta(days=7))

    assert outbox.counts(NOW + timedelta(hours=1)) == {
        "waiting": 2,
        "sending": 0,
        "sent": 0,
        "failed": 1,
        "withdrawn": 0,
        "overdue": 1,
    }


def test_letters_are_listed_newest_first_a_page_at_a_time(post_room):
    for number in range(5):
        post_room.queue(key=str(number))

    newest = outbox.listing(most=2)
    older = outbox.listing("waiting", before_id=newest[-1].id, most=2)

    assert [notice.dedupe_key for notice in newest + older] == ["4", "3", "2", "1"]
    assert outbox.listing("failed") == []


def test_a_state_that_does_not_exist_is_refused_by_the_database(post_room):
    notice = post_room.queue()

    with pytest.raises(IntegrityError), transaction():
        notice.state = "lost"


def test_looking_for_due_letters_uses_an_index_however_many_were_sent(post_room):
    if not is_sqlite(db.engine):
        pytest.skip("PostgreSQL plans by how many rows there are")
    waiting = "SELECT id FROM notices WHERE next_at <= '2026-12-01' LIMIT 1"
    earlier = "SELECT id FROM notices WHERE thread != '' AND thread = 'x' AND id < 7 AND next_at IS NOT NULL"

    plans = [db.session.execute(text(f"EXPLAIN QUERY PLAN {query}")).one()[3] for query in (waiting, earlier)]

    assert "ix_notices_next" in plans[0]
    assert "ix_notices_" in plans[1]
