"""Colleagues on the waiting list: what becomes of them, and how little whoever put them there learns (D43)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import bookings, people, waiting_list
from app.bookings import Booking, others
from app.bookings.others import NO_PLACE, Outcome
from app.bookings.pasted import Colleague
from app.db import db, rehearsal
from app.errors import BookingClosed, SessionFull, TooOften
from app.journal import Deed
from app.waiting_list import Wait
from tests import make
from tests.bookings.test_booking_for_others import ASK_US, HCA, a_hundred_deeds, book_for, clashing, colleagues_at, on
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

WAITS = Outcome(HCA, waits=True)


@pytest.fixture
def manager(office):
    return make.person("Mair Manager", address="mair@example.org")


@pytest.fixture
def coordinator(office):
    return make.coordinator(address="cora@example.org")


@pytest.fixture
def cai(office):
    return make.person("Cai Carer", address="cai@example.org")


@pytest.fixture
def full(office):
    """A session of one place, which somebody has."""
    training_session = make.training_session(capacity=1)
    make.booking(training_session, make.person("Otto Other", address="otto@example.org"))
    office.deliver()
    return training_session


def or_wait_for(office, colleague, training_session, by, **answered):
    return office.do(others.book_or_wait_for, colleague, training_session.id, by=by, now=office.now, **answered)


def several(office, names, training_session, by, *, waits=True):
    colleagues = colleagues_at(*names)
    return office.do(others.book_several, colleagues, training_session.id, by=by, now=office.now, waits=waits)


def wait_of(person, training_session):
    db.session.rollback()
    return waiting_list.of_person(person, training_session.course_id)


def line_of(training_session):
    db.session.rollback()
    return [wait.person.name for wait in waiting_list.line_of(training_session)]


def waits_for(office, person, training_session, **kwargs):
    """They join the list themselves."""
    chosen = {"wants": "these", "session_ids": [training_session.id], **kwargs}
    return office.do(bookings.wait, person, training_session.course_id, by=person, now=office.now, **chosen)


def said(outcomes):
    """Each outcome in the words of whoever booked."""
    return ["on the list" if each.waits else each.why_not or "booked" for each in outcomes]


# --- what becomes of them ---


def test_a_colleague_waits_for_this_date_is_asked_first_and_is_told_who_did_it(office, manager, cai, full):
    outcome = or_wait_for(office, HCA, full, manager, access_needs="A hearing loop", answers=[["Which?", "This"]])

    wait = wait_of(cai, full)
    assert outcome == WAITS
    assert (wait.wants, wait.books_at_once, wait.asked_by_id) == ("these", False, manager.id)
    assert (wait.access_needs, wait.answers) == ("A hearing loop", [["Which?", "This"]])
    assert line_of(full) == ["Cai Carer"]
    [letter] = office.deliver()
    assert letter.to == "cai@example.org"
    assert "Mair Manager" in letter.text


def test_a_place_that_comes_free_is_offered_to_the_colleague_not_to_whoever_put_them_there(office, manager, cai, full):
    or_wait_for(office, HCA, full, manager)
    office.deliver()
    [booking] = db.session.scalars(select(Booking))

    office.cancel(bookings.get(booking.ref))

    assert waiting_list.open_offer_of(wait_of(cai, full)) is not None
    assert {notice.address for notice in office.notices("offered")} == {"cai@example.org"}


def test_a_place_that_is_free_is_booked_and_nobody_waits(office, manager, cai):
    training_session = make.training_session()

    assert or_wait_for(office, HCA, training_session, manager) == Outcome(HCA)
    assert (on(training_session), line_of(training_session)) == (["Cai Carer"], [])


def test_somebody_new_at_our_own_domain_can_wait_too(office, manager, full):
    assert or_wait_for(office, HCA, full, manager) == WAITS
    assert people.known("cai@example.org").name == "Cai Carer"


def test_without_asking_for_the_list_a_full_session_is_still_a_clear_no(office, manager, cai, full):
    with pytest.raises(SessionFull):
        book_for(office, HCA, full, manager)

    assert line_of(full) == []


def test_a_free_place_that_is_somebody_elses_turn_is_not_taken_past_them(office, manager, cai, full):
    waits_for(office, make.person("Wanda Waits"), full)
    office.say("UPDATE training_sessions SET capacity = 2")

    assert or_wait_for(office, HCA, full, manager) == WAITS
    assert "Cai Carer" in line_of(full)


def test_letters_to_somebody_without_an_address_go_to_whoever_put_them_there(office, coordinator, full):
    outcome = or_wait_for(office, Colleague("", "Joan Armah", "Porters"), full, coordinator)

    assert outcome.waits
    assert {notice.address for notice in office.notices("waiting")} == {"cora@example.org"}


def test_pressing_twice_is_pressing_once(office, manager, cai, full):
    or_wait_for(office, HCA, full, manager)
    before = office.kept()

    assert or_wait_for(office, HCA, full, manager) == WAITS
    assert office.kept() == before


def test_whoever_puts_themselves_on_the_list_by_their_own_address_waits(office, manager, full):
    outcome = or_wait_for(office, Colleague("mair@example.org", "Mair"), full, manager)

    assert (outcome.waits, outcome.is_own, line_of(full)) == (True, True, ["Mair Manager"])


# --- what nobody learns ---


def test_whoever_is_on_the_full_session_reads_as_anybody_else_and_nothing_changes(office, manager, full):
    before = office.kept()

    outcome = or_wait_for(office, Colleague("otto@example.org", "Otto"), full, manager)

    assert outcome == Outcome(Colleague("otto@example.org", "Otto"), waits=True)
    assert office.kept() == before


def test_whoever_booked_them_on_it_hears_that_they_have_the_place(office, manager, cai):
    training_session = make.training_session(capacity=1)
    book_for(office, HCA, training_session, manager)

    assert or_wait_for(office, HCA, training_session, manager) == Outcome(HCA)


def test_whoever_waits_already_reads_as_on_the_list_and_keeps_what_they_chose(office, manager, cai, full):
    waits_for(office, cai, full, wants="new", session_ids=(), books_at_once=True, would_suit="Mornings")
    before = office.kept()

    assert or_wait_for(office, HCA, full, manager, access_needs="Nothing") == WAITS
    assert office.kept() == before


def test_whoever_has_an_offer_reads_as_on_the_list_and_answers_it_themselves(office, manager, cai, full):
    waits_for(office, cai, full)
    [booking] = db.session.scalars(select(Booking))
    office.cancel(bookings.get(booking.ref))
    before = office.kept()

    assert or_wait_for(office, HCA, full, manager) == WAITS
    assert office.kept() == before


def test_for_whoever_waits_a_further_free_place_is_not_booked_by_others_which_would_end_their_wait(
    office, manager, cai, full
):
    waits_for(office, cai, full)
    office.say("UPDATE training_sessions SET capacity = 3")
    office.do(bookings.pass_on, full.course_id, now=office.now)

    assert book_for(office, HCA, full, manager) == Outcome(HCA, ASK_US)
    assert on(full) == ["Otto Other"]
    assert office.fresh(full).places_taken == 2


def test_whoever_has_another_date_is_for_us_and_staff_hear_no_more(office, manager, cai, full):
    make.booking(clashing(full, "of the same course"), cai)

    outcome = or_wait_for(office, HCA, full, manager)

    assert (outcome, line_of(full)) == (Outcome(HCA, ASK_US), [])
    deed = db.session.scalars(select(Deed).order_by(Deed.id.desc()).limit(1)).one()
    assert (deed.by_id, deed.did, deed.facts) == (manager.id, "sent to us", {"session": full.ref})


def test_whoever_has_something_else_at_that_time_waits_as_anybody_does(office, manager, cai, full):
    make.booking(clashing(full, "at the same time"), cai)

    assert or_wait_for(office, HCA, full, manager) == WAITS


def test_whoever_has_had_the_course_waits_as_anybody_does(office, manager, cai, full):
    office.cancel(make.booking(clashing(full, "of the same course"), cai))

    assert or_wait_for(office, HCA, full, manager) == WAITS


def test_an_address_elsewhere_is_for_us(office, manager, full):
    outcome = or_wait_for(office, Colleague("new@council.example.net", "New"), full, manager)

    assert outcome.why_not == ASK_US
    assert people.known("new@council.example.net") is None


def test_where_a_free_place_is_others_turn_nobody_learns_who_is_on_the_session(office, manager, cai, full):
    waits_for(office, make.person("Wanda Waits"), full)
    office.say("UPDATE training_sessions SET capacity = 2")

    for colleague in (Colleague("otto@example.org", "Otto"), HCA):
        with pytest.raises(SessionFull):
            book_for(office, colleague, full, manager)


def test_of_a_full_session_all_who_are_known_and_unknown_on_it_and_waiting_read_alike(office, manager, cai, full):
    waits_for(office, cai, full)
    make.person("Known Nurse", address="known@example.org")

    outcomes = several(office, ("otto", "cai", "known", "unknown"), full, manager)

    assert said(outcomes) == ["on the list"] * 4
    assert [(each.had, each.who.name) for each in outcomes] == [
        (False, name) for name in ("Otto", "Cai", "Known", "Unknown")
    ]


# --- what those who run the session hear ---


def test_those_who_run_it_hear_that_somebody_waited_before_and_the_name_we_know(office, coordinator, cai, full):
    waits_for(office, cai, full)

    outcome = or_wait_for(office, Colleague("cai@example.org", "C"), full, coordinator)

    assert outcome == Outcome(Colleague("cai@example.org", "Cai Carer"), waits=True, had=True)


def test_those_who_run_it_hear_that_somebody_has_the_place(office, coordinator, full):
    outcome = or_wait_for(office, Colleague("otto@example.org", "Otto"), full, coordinator)

    assert outcome == Outcome(Colleague("otto@example.org", "Otto Other"), had=True)


def test_those_who_run_it_hear_that_there_is_another_date_but_not_which(office, coordinator, cai, full):
    make.booking(clashing(full, "of the same course"), cai)

    assert or_wait_for(office, HCA, full, coordinator).why_not == "Cai Carer has another date of this course."


def test_a_trainer_of_the_session_alone_puts_somebody_without_an_address_on_the_list(office):
    trainer = make.trainer()
    training_session = make.training_session(capacity=1, trainers=[trainer])
    make.booking(training_session)

    outcome = or_wait_for(office, Colleague("", "Joan Armah", "Porters"), training_session, trainer)

    assert outcome.waits
    assert line_of(training_session) == ["Joan Armah"]


def test_whoever_is_on_another_date_themselves_hears_so(office, manager, full):
    make.booking(clashing(full, "of the same course"), manager)

    outcome = or_wait_for(office, Colleague("mair@example.org", "Mair"), full, manager)

    assert (outcome.is_own, outcome.why_not) == (True, "You have another date of this course.")


# --- when ---


def test_a_closed_session_puts_nobody_on_the_list(office, manager):
    training_session = make.training_session(capacity=1, booking_closes_at=NOW + timedelta(hours=1))
    make.booking(training_session)
    office.now += timedelta(hours=2)

    with pytest.raises(BookingClosed):
        or_wait_for(office, HCA, training_session, manager)

    assert people.known("cai@example.org") is None


def test_the_hundred_an_hour_count_the_waiting_list_too(office, manager, full):
    a_hundred_deeds(office, manager, "waited")

    with pytest.raises(TooOften):
        or_wait_for(office, HCA, full, manager)

    office.now += timedelta(hours=1)
    assert or_wait_for(office, HCA, full, manager).waits


# --- several ---


def test_those_who_get_no_place_wait_in_the_order_of_the_list(office, manager):
    training_session = make.training_session(capacity=1)

    outcomes = several(office, ("zoe", "ann", "mia"), training_session, manager)

    assert said(outcomes) == ["booked", "on the list", "on the list"]
    assert (on(training_session), line_of(training_session)) == (["Zoe"], ["Ann", "Mia"])


def test_if_the_list_is_not_wanted_nobody_is_put_on_it(office, manager):
    training_session = make.training_session(capacity=1)

    outcomes = several(office, ("zoe", "ann"), training_session, manager, waits=False)

    assert (said(outcomes), line_of(training_session)) == (["booked", NO_PLACE], [])


def test_each_of_several_reads_as_they_would_alone(office, manager, cai):
    training_session = make.training_session(capacity=1)
    make.booking(clashing(training_session, "of the same course"), cai)
    make.booking(training_session, make.person("Otto", address="otto@example.org"))

    outcomes = several(office, ("cai", "otto", "mair", "new"), training_session, manager)

    assert said(outcomes) == [ASK_US, "on the list", "on the list", "on the list"]
    assert line_of(training_session) == ["Mair Manager", "New"]


def test_one_person_by_two_addresses_waits_once(office, manager, full):
    ann = make.person("Ann", address="ann@example.org")
    office.do(people.give_address, ann, "ann2@example.org", by=ann, now=NOW)

    assert said(several(office, ("ann", "ann2"), full, manager)) == ["on the list", "on the list"]
    assert len(db.session.scalars(select(Wait)).all()) == 1


def test_a_rehearsal_says_what_would_come_of_it_and_keeps_nothing(office, coordinator):
    training_session, colleagues = make.training_session(capacity=1), colleagues_at("zoe", "ann")
    before = office.kept()

    with rehearsal():
        rehearsed = others.book_several(colleagues, training_session.id, by=coordinator, now=NOW, waits=True)

    assert office.kept() == before
    assert rehearsed == several(office, ("zoe", "ann"), training_session, coordinator)


def test_what_staff_foresee_is_counted_in_places_and_looks_at_nobody(office, manager, cai):
    training_session = make.training_session(capacity=1)
    make.booking(clashing(training_session, "of the same course"), cai)
    foresee = {"by": manager, "now": NOW, "waits": True}

    foreseen = others.foreseen(colleagues_at("cai", "zoe"), training_session.id, **foresee)

    assert said(foreseen) == ["booked", "on the list"]


def test_staff_foresee_no_place_while_the_free_one_is_others_turn(office, manager, full):
    waits_for(office, make.person("Wanda Waits"), full)
    office.say("UPDATE training_sessions SET capacity = 2")

    foreseen = others.foreseen(colleagues_at("zoe"), full.id, by=manager, now=NOW)

    assert said(foreseen) == [NO_PLACE]


def test_a_full_date_two_weeks_ahead_is_no_reason_to_miss_one_with_places(office, manager, cai, full):
    """The wait is for this date alone: another is not booked for them without their asking."""
    or_wait_for(office, HCA, full, manager)

    other = make.training_session(course=full.course, starts_at=IN_TWO_WEEKS + timedelta(days=7))

    assert on(other) == []
    assert waiting_list.open_offer_of(wait_of(cai, full)) is None
