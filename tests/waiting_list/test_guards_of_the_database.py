"""What the database itself refuses when the code is passed by, on both engines."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests import make
from tests.office import NOW

AT = NOW.replace(tzinfo=None)
WAIT = (
    "INSERT INTO waits (ref, course_id, person_id, asked_by_id, state, asked_at, ranked_at, heard_at, ended_at, wants,"
    " books_at_once, would_suit, answers, access_needs) SELECT :ref, course_id, person_id, asked_by_id, :state,"
    " asked_at, ranked_at, heard_at, :ended_at, :wants, books_at_once, would_suit, '[]', '' FROM waits WHERE id = :id"
)
OFFER = (
    "INSERT INTO offers (ref, wait_id, training_session_id, state, how, offered_at, lapses_at, answered_at, ranked_at,"
    " why) SELECT :ref, wait_id, training_session_id, :state, :how, offered_at, lapses_at, :answered_at, ranked_at, ''"
    " FROM offers WHERE id = :id"
)


@pytest.fixture
def wait(office):
    return make.wait(make.full_session(), make.person("Ann"))


@pytest.fixture
def offer(office, wait):
    full = make.full_session()
    make.wait(full, make.person("Ann"))
    office.free(full)
    return office.offer_on(full)


def wait_past_the_code(office, like, *, state="waiting", ended_at=None, wants="any"):
    office.say(WAIT, ref="RAW2", id=like.id, state=state, ended_at=ended_at, wants=wants)


def offer_past_the_code(office, like, *, state="open", answered_at=None, how="asked"):
    office.say(OFFER, ref="RAW2", id=like.id, state=state, answered_at=answered_at, how=how)


def test_a_second_live_wait_for_a_course_cannot_be_kept(office, wait):
    with pytest.raises(IntegrityError):
        wait_past_the_code(office, wait)


def test_a_wait_that_is_over_can_be_kept_beside_a_live_one(office, wait):
    wait_past_the_code(office, wait, state="left", ended_at=AT)


@pytest.mark.parametrize(("state", "ended_at"), [("waiting", AT), ("left", None), ("booked", None), ("gone", AT)])
def test_a_wait_that_is_over_and_no_other_says_when(office, wait, state, ended_at):
    office.leave(wait)

    with pytest.raises(IntegrityError):
        wait_past_the_code(office, wait, state=state, ended_at=ended_at)


def test_a_wish_that_nobody_knows_cannot_be_kept(office, wait):
    office.leave(wait)

    with pytest.raises(IntegrityError):
        wait_past_the_code(office, wait, wants="some")


def test_a_second_open_offer_to_one_wait_cannot_be_kept(office, offer):
    with pytest.raises(IntegrityError):
        offer_past_the_code(office, offer)


def test_an_offer_that_was_answered_can_be_kept_beside_an_open_one(office, offer):
    offer_past_the_code(office, offer, state="declined", answered_at=AT)


@pytest.mark.parametrize(("state", "answered_at"), [("open", AT), ("declined", None), ("lapsed", None), ("lost", AT)])
def test_an_offer_that_is_answered_and_no_other_says_when(office, offer, state, answered_at):
    office.decline(offer)

    with pytest.raises(IntegrityError):
        offer_past_the_code(office, offer, state=state, answered_at=answered_at)


def test_what_was_given_unasked_cannot_be_declined(office, offer):
    with pytest.raises(IntegrityError):
        offer_past_the_code(office, offer, state="declined", answered_at=AT, how="given")


def test_a_place_cannot_be_held_that_is_not_there(office):
    make.full_session()

    with pytest.raises(IntegrityError):
        office.say("UPDATE training_sessions SET places_taken = places_taken + 1")


def test_a_session_that_somebody_waits_for_cannot_be_deleted(office, wait):
    with pytest.raises(IntegrityError):
        office.say("DELETE FROM training_sessions WHERE id = (SELECT training_session_id FROM wait_dates)")


def test_the_dates_of_a_wait_go_with_it(office, wait):
    office.say("DELETE FROM waits")

    assert "wait_dates:" not in office.kept()


@pytest.mark.parametrize(("column", "number"), [("offer_hours", 0), ("last_few", -1)])
def test_a_course_cannot_hold_a_place_for_no_time_or_have_fewer_than_no_last_places(office, column, number):
    make.course()

    with pytest.raises(IntegrityError):
        office.say(f"UPDATE courses SET {column} = {number}")
