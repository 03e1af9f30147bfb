"""Still coming? Asked a week ahead and once more; silence frees a place only if somebody waits for it."""

from datetime import UTC, datetime, timedelta

import pytest

from app import bookings
from app.db import db
from app.errors import BookingClosed, NotAllowed
from app.journal import Deed
from tests import make
from tests.make import IN_TWO_WEEKS

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ASKED, NUDGED, RELEASED = (datetime(2026, 12, day, 9, tzinfo=UTC) for day in (8, 10, 12))  # it is on the 15th at 10


@pytest.fixture
def session(office):
    """Two places on a course that asks, taken by Nan and, later, by Oli."""
    made = make.training_session(course=make.course(asks_to_confirm=True), capacity=2)
    for name in ("Nan", "Oli"):
        office.book(make.person(name), made)
        office.now += HOUR
    return made


def go_on_until(office, at):
    """Each morning at nine the letters leave and what is due is done."""
    while office.now < at:
        office.now = min(at, office.now.replace(hour=9) + DAY)
        office.post()
        office.catch_up()


def confirm(office, booking, by=None):
    office.do(bookings.confirm, booking, by=by or booking.person, now=office.now)


def test_they_are_asked_a_week_ahead_and_once_more_two_days_later(office, session):
    due = [(notice.recipient_name, notice.due_at) for notice in office.notices("still_coming")]

    assert due == [("Nan", ASKED), ("Nan", NUDGED), ("Oli", ASKED), ("Oli", NUDGED)]


def test_the_question_takes_the_place_of_the_first_reminder(office, session):
    due = [(notice.recipient_name, notice.due_at.day) for notice in office.notices("reminder")]

    assert due == [("Nan", 14), ("Oli", 14)]


def test_a_course_that_does_not_ask_reminds(office):
    make.booking(make.training_session())

    assert office.notices("still_coming") == []
    assert [notice.due_at.day for notice in office.notices("reminder")] == [8, 14]


def test_somebody_without_an_address_is_reminded_and_not_asked(office):
    session = make.training_session(course=make.course(asks_to_confirm=True))
    office.book(make.person("Joan", address=None), session, by=make.coordinator())

    assert office.notices("still_coming") == []
    assert [notice.due_at.day for notice in office.notices("reminder")] == [8, 14]


def test_the_second_letter_says_that_it_is_the_second(office, session):
    first, second = office.notices("still_coming")[:2]
    office.now = ASKED
    assert bookings.still_coming_now(first, office.now).is_second is False
    office.post()
    office.now = NUDGED

    assert bookings.still_coming_now(second, office.now).is_second is True


def test_whoever_is_coming_is_asked_no_more(office, session):
    nan = bookings.live_on(session)[0]

    confirm(office, nan)

    assert office.fresh(nan).confirmed_at == office.now
    assert office.names_told("still_coming", "waiting") == ["Oli", "Oli"]


def test_saying_so_twice_is_saying_so_once(office, session):
    nan = bookings.live_on(session)[0]
    confirm(office, nan)
    office.now += HOUR
    before = office.kept()

    confirm(office, nan)

    assert office.kept() == before


def test_a_stranger_confirms_for_nobody(office, session):
    with pytest.raises(NotAllowed):
        confirm(office, bookings.live_on(session)[0], by=make.person("Sam"))


def test_a_trainer_confirms_for_somebody_who_rings(office, session):
    nan = bookings.live_on(session)[0]

    confirm(office, nan, by=session.trainers[0])

    assert office.fresh(nan).confirmed_at == office.now


def test_whoever_has_no_place_any_more_cannot_confirm_it(office, session):
    nan = bookings.live_on(session)[0]
    office.cancel(nan)

    with pytest.raises(BookingClosed):
        confirm(office, nan)


def test_silence_frees_a_place_for_whoever_waits_the_last_to_book_first(office, session):
    office.wait(make.person("Ann"), session)

    go_on_until(office, RELEASED)

    assert office.names_on(session) == (["Nan"], ["Ann"], ["Ann"])
    [notice] = office.notices("cancelled")
    assert (notice.recipient_name, notice.facts["was_silent"], notice.facts["cancelled_by"]) == ("Oli", True, "")


def test_the_journal_says_that_the_place_was_released_by_nobody(office, session):
    office.wait(make.person("Ann"), session)

    go_on_until(office, RELEASED)

    [deed] = db.session.query(Deed).filter_by(did="released").all()
    assert (deed.by_id, deed.about) == (None, "bookings")


def test_as_many_places_are_freed_as_there_are_people_to_have_them(office, session):
    for name in ("Ann", "Ben", "Cat"):
        office.wait(make.person(name), session)

    go_on_until(office, RELEASED)

    assert office.names_on(session) == ([], ["Ann", "Ben"], ["Ann", "Ben", "Cat"])


def test_nobody_loses_their_place_while_nobody_waits(office, session):
    go_on_until(office, RELEASED + DAY)

    assert office.names_on(session)[0] == ["Nan", "Oli"]


def test_nobody_loses_their_place_for_somebody_whose_offers_are_paused(office, session):
    office.wait(make.person("Ann"), session)
    office.say("UPDATE waits SET paused_at = asked_at")

    go_on_until(office, RELEASED + DAY)

    assert office.names_on(session)[0] == ["Nan", "Oli"]


def test_nobody_loses_their_place_a_second_before_nine_three_days_ahead(office, session):
    office.wait(make.person("Ann"), session)

    go_on_until(office, RELEASED - timedelta(seconds=1))

    assert office.names_on(session)[0] == ["Nan", "Oli"]


def test_whoever_begins_to_wait_later_gets_such_a_place_too(office, session):
    go_on_until(office, RELEASED + DAY)
    office.wait(make.person("Ann"), session)

    office.catch_up()

    assert office.names_on(session)[:2] == (["Nan"], ["Ann"])


def test_in_the_last_day_nobody_loses_their_place(office, session):
    go_on_until(office, IN_TWO_WEEKS - DAY)
    office.wait(make.person("Ann"), session)

    office.catch_up()

    assert office.names_on(session)[0] == ["Nan", "Oli"]


def test_whoever_has_confirmed_keeps_the_place(office, session):
    office.wait(make.person("Ann"), session)
    confirm(office, bookings.live_on(session)[1])

    go_on_until(office, RELEASED)

    assert office.names_on(session)[:2] == (["Oli"], ["Ann"])


def test_whoever_got_only_one_of_the_letters_keeps_the_place(office):
    session = make.training_session(course=make.course(asks_to_confirm=True), capacity=1)
    office.now = ASKED + HOUR
    office.book(make.person("Nan"), session)
    office.wait(make.person("Ann"), session)

    go_on_until(office, RELEASED + DAY)

    assert office.names_on(session)[0] == ["Nan"]


def test_a_letter_that_could_not_be_delivered_costs_nobody_their_place(office, session):
    office.wait(make.person("Ann"), session)
    go_on_until(office, ASKED)
    office.say("UPDATE notices SET state = 'failed' WHERE kind = 'still_coming' AND state = 'sent'")

    go_on_until(office, RELEASED + DAY)

    assert office.names_on(session)[0] == ["Nan", "Oli"]


def test_a_second_letter_that_left_late_gives_a_day_to_answer(office, session):
    office.wait(make.person("Ann"), session)
    go_on_until(office, ASKED)
    office.now = RELEASED - HOUR
    office.post()

    go_on_until(office, RELEASED)
    assert office.names_on(session)[0] == ["Nan", "Oli"]

    go_on_until(office, RELEASED + DAY)
    assert office.names_on(session)[:2] == (["Nan"], ["Ann"])


def test_somebody_without_an_address_never_loses_the_place(office):
    session, cora = make.training_session(course=make.course(asks_to_confirm=True), capacity=1), make.coordinator()
    office.book(make.person("Joan", address=None), session, by=cora)
    office.wait(make.person("Ann"), session)

    go_on_until(office, RELEASED + DAY)

    assert office.names_on(session)[0] == ["Joan"]


def test_after_an_outage_one_letter_asks_and_not_two(office, session):
    office.now = NUDGED + HOUR

    asked = [bookings.still_coming_now(notice, office.now) for notice in office.notices("still_coming")]

    assert [facts is not None for facts in asked] == [False, True, False, True]


def test_in_the_last_day_nobody_is_asked_any_more(office, session):
    [notice, *_] = office.notices("still_coming")

    assert bookings.still_coming_now(notice, IN_TWO_WEEKS - DAY) is None


def test_a_move_asks_anew(office, session):
    go_on_until(office, ASKED)

    office.move(session, [make.slot(IN_TWO_WEEKS + 14 * DAY, joining_link="https://meet.example.org/room")])

    waiting = [(notice.recipient_name, notice.due_at) for notice in office.notices("still_coming", "waiting")]
    assert waiting == [(name, at + 14 * DAY) for name in ("Nan", "Oli") for at in (ASKED, NUDGED)]


def test_whoever_loses_the_date_that_they_wanted_to_change_waits_like_everybody_else(office, session):
    full = make.full_session(course=session.course, starts_at=IN_TWO_WEEKS + 9 * DAY)
    wait = office.wait(bookings.live_on(session)[1].person, full, instead_of=session.id)
    office.wait(make.person("Ann"), session)

    go_on_until(office, RELEASED)

    assert office.names_on(session)[:2] == (["Nan"], ["Ann"])
    assert (office.fresh(wait).state, office.fresh(wait).instead_of_id) == ("waiting", None)


def test_the_trainer_reads_how_many_have_not_answered(office, session):
    confirm(office, bookings.live_on(session)[0])
    go_on_until(office, IN_TWO_WEEKS - DAY - HOUR)
    [notice] = office.notices("trainer_reminder")

    facts = bookings.trainer_reminder_now(notice, office.now)

    assert (facts.booked_count, facts.unconfirmed_count, facts.waiting_count) == (2, 1, 0)
