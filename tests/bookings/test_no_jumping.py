"""First come, first served: nobody jumps the queue, unless a coordinator says so and why."""

from datetime import timedelta

import pytest

from app import bookings
from app.db import db
from app.errors import AlreadyBooked, NotAllowed, NotFound, Overlaps, Refused, SessionFull
from app.journal import Deed
from tests import make
from tests.make import IN_TWO_WEEKS

DAY = timedelta(days=1)


@pytest.fixture
def cora(office):
    return make.coordinator()


def move_up(office, wait, by, why="On call that week"):
    office.do(bookings.move_up, wait, by=by, now=office.now, why=why)


def give(office, wait, training_session, by, why="On call that week", **kwargs):
    return office.do(bookings.give_place, wait, training_session.id, by=by, now=office.now, why=why, **kwargs)


def opening_soon(office, **kwargs):
    """A session that people wait for, whose booking has opened a moment ago, before the worker came by."""
    training_session = make.training_session(booking_opens_at=office.now + DAY, **kwargs)
    make.wait(training_session, make.person("Ann"), by=training_session.trainers[0])
    office.now += DAY
    return training_session


def test_a_newcomer_does_not_get_a_place_that_is_somebody_elses_turn(office):
    training_session = opening_soon(office)

    with pytest.raises(SessionFull, match="other people have been waiting") as refusal:
        office.book(make.person("Zoe"), training_session)

    assert refusal.value.facts == {"is_others_turn": True}
    assert office.fresh(training_session).places_taken == 0


def test_whose_turn_it_is_just_books(office):
    training_session = opening_soon(office, capacity=1)
    [wait] = bookings.whose_turn(training_session, now=office.now, most=1)

    office.book(wait.person, training_session)

    assert office.names_on(training_session) == (["Ann"], [], [])


def test_a_place_that_is_held_cannot_be_booked_by_another(office):
    full = make.full_session()
    office.wait(make.person("Ann"), full)
    office.free(full)

    with pytest.raises(SessionFull, match="All the places"):
        office.book(make.person("Zoe"), full)


def test_whoever_is_held_a_place_gets_it_by_pressing_book(office):
    full, ann = make.full_session(), make.person("Ann")
    wait = office.wait(ann, full)
    office.free(full)
    offer = office.offer_on(full)

    booking = office.book(ann, full, answers=[["Laptop?", "yes"]], access_needs="Large print")

    assert office.names_on(full) == (["Ann"], [], [])
    assert (office.fresh(offer).state, office.fresh(wait).state) == ("accepted", "booked")
    assert (booking.answers, booking.access_needs) == ([["Laptop?", "yes"]], "Large print")
    assert office.fresh(full).places_taken == 1


def test_a_colleague_does_not_learn_that_a_place_is_held_for_somebody(office):
    full, ann = make.full_session(), make.person("Ann")
    office.wait(ann, full)
    office.free(full)

    with pytest.raises(SessionFull, match="All the places") as refusal:
        office.book(ann, full, by=make.person("Col"))

    assert refusal.value.facts == {}
    assert office.names_on(full) == ([], ["Ann"], ["Ann"])


def test_a_coordinator_books_the_place_that_is_held_for_somebody(office):
    full, ann = make.full_session(), make.person("Ann")
    office.wait(ann, full)
    office.free(full)

    office.book(ann, full, by=make.coordinator())

    assert office.names_on(full) == (["Ann"], [], [])


def test_whoever_waits_but_is_not_next_cannot_book_either(office):
    training_session = opening_soon(office)
    ben = make.person("Ben")
    office.now -= DAY
    office.wait(ben, training_session, by=training_session.trainers[0])
    office.now += DAY

    with pytest.raises(SessionFull):
        office.book(ben, training_session)


def test_a_place_is_anybodys_while_those_who_wait_do_not_want_that_date(office):
    course = make.course()
    full = make.full_session(course=course)
    other = make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY)
    office.wait(make.person("Ann"), full)

    office.book(make.person("Zoe"), other)

    assert office.names_on(other)[0] == ["Zoe"]


def test_changing_does_not_jump_the_queue(office):
    course = make.course()
    training_session = opening_soon(office, course=course)
    booking = make.booking(make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY))

    with pytest.raises(SessionFull, match="other people have been waiting"):
        office.change(booking, training_session)


def test_the_longest_wait_is_first_whatever_dates_it_is_for(office):
    course = make.course()
    full = make.full_session(course=course)
    office.wait(make.person("Ann"), course)
    office.wait(make.person("Ben"), full)

    office.free(full)

    assert office.names_on(full)[1] == ["Ann"]


def test_a_coordinator_moves_somebody_to_the_front_and_the_journal_says_why(office, cora):
    full = make.full_session()
    office.wait(make.person("Ann"), full)
    wait = office.wait(make.person("Ben"), full)

    move_up(office, wait, cora)

    assert office.names_on(full)[2] == ["Ben", "Ann"]
    deed = db.session.query(Deed).filter_by(did="moved up").one()
    assert (deed.by_id, deed.about, deed.about_id, deed.why) == (cora.id, "waits", wait.id, "On call that week")


def test_whoever_was_moved_up_last_is_first(office, cora):
    full = make.full_session()
    waits = [office.wait(make.person(name), full) for name in ("Ann", "Ben", "Cat")]

    move_up(office, waits[2], cora)
    move_up(office, waits[1], cora)

    assert office.names_on(full)[2] == ["Ben", "Cat", "Ann"]


def test_a_trainer_moves_nobody_up(office):
    full = make.full_session()
    wait = office.wait(make.person("Ann"), full)

    with pytest.raises(NotAllowed, match="Only a coordinator"):
        move_up(office, wait, full.trainers[0])


def test_whoever_has_left_is_not_moved_up(office, cora):
    wait = office.wait(make.person("Ann"), make.full_session())
    office.leave(wait)

    with pytest.raises(Refused, match="not on the waiting list"):
        move_up(office, wait, cora)


def test_a_coordinator_gives_a_place_to_somebody_whose_turn_it_is_not(office, cora):
    full = make.full_session()
    office.wait(make.person("Ann"), full)
    wait = office.wait(make.person("Ben"), full, access_needs="Large print")
    office.do(setattr, office.fresh(full), "capacity", 2)

    booking = give(office, wait, full, cora)

    assert office.names_on(full) == (["Nia Nurse", "Ben"], [], ["Ann"])
    assert (booking.access_needs, office.fresh(wait).state) == ("Large print", "booked")


def test_the_journal_and_the_record_say_who_gave_a_place_and_why(office, cora):
    course = make.course()
    wait = office.wait(make.person("Ann"), course, wants="new")
    training_session = make.training_session(course=course, is_draft=False, booking_opens_at=office.now + DAY)

    give(office, wait, training_session, cora)

    deed = db.session.query(Deed).filter_by(did="got a place").one()
    assert (deed.by_id, deed.about_id, deed.why) == (cora.id, wait.id, "On call that week")
    [row] = [line for line in office.kept().splitlines() if line.startswith("offers:")]
    assert "'accepted', 'given'" in row
    assert "On call that week" in row


def test_a_place_held_for_somebody_is_given_to_them_for_good(office, cora):
    full = make.full_session()
    wait = office.wait(make.person("Ann"), full)
    office.free(full)

    give(office, wait, full, cora)

    assert office.names_on(full) == (["Ann"], [], [])
    assert office.fresh(full).places_taken == 1


def test_giving_somebody_another_date_passes_on_what_was_held_for_them(office, cora):
    course = make.course()
    full = make.full_session(course=course)
    wait = office.wait(make.person("Ann"), full)
    office.wait(make.person("Ben"), full)
    office.free(full)
    other = make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY)

    give(office, wait, other, cora)

    assert office.names_on(full) == ([], ["Ben"], ["Ben"])
    assert office.names_on(other)[0] == ["Ann"]


def test_a_place_that_is_not_there_is_given_to_nobody(office, cora):
    full = make.full_session()
    wait = office.wait(make.person("Ann"), full)

    with pytest.raises(SessionFull, match="Give it another place first"):
        give(office, wait, full, cora)

    assert office.names_on(full) == (["Nia Nurse"], [], ["Ann"])


def test_a_coordinator_is_asked_before_giving_a_place_that_clashes(office, cora):
    full, ann = make.full_session(), make.person("Ann")
    make.booking(make.training_session(), ann)
    wait = office.wait(ann, full)
    office.do(setattr, office.fresh(full), "capacity", 2)

    with pytest.raises(Overlaps):
        give(office, wait, full, cora)

    give(office, wait, full, cora, despite_overlaps=True)
    assert office.names_on(full)[0] == ["Nia Nurse", "Ann"]


def test_a_place_of_another_course_is_not_given(office, cora):
    wait = office.wait(make.person("Ann"), make.full_session())

    with pytest.raises(NotFound):
        give(office, wait, make.training_session(), cora)


def test_a_second_place_on_a_session_is_not_given(office, cora):
    course, ann = make.course(), make.person("Ann")
    own = make.training_session(course=course)
    make.booking(own, ann)
    wait = office.wait(ann, make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY), instead_of=own.id)

    with pytest.raises(AlreadyBooked):
        give(office, wait, own, cora)


def test_a_trainer_gives_no_place(office):
    full = make.full_session()
    wait = office.wait(make.person("Ann"), full)

    with pytest.raises(NotAllowed):
        give(office, wait, full, full.trainers[0])


def test_whoever_is_held_a_place_gets_it_by_pressing_book_after_booking_has_closed(office):
    full, ann = make.full_session(booking_closes_at=office.now + DAY), make.person("Ann")
    office.wait(ann, full)
    office.free(full)
    office.now += DAY + timedelta(hours=1)

    office.book(ann, full)

    assert office.names_on(full)[0] == ["Ann"]
