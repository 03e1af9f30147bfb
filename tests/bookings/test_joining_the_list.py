from datetime import timedelta

import pytest

from app import bookings, waiting_list
from app.db import db
from app.errors import AlreadyBooked, BookingClosed, NotAllowed, NotFound, Refused
from app.journal import Deed
from app.waiting_list import Wait
from tests import make
from tests.make import IN_TWO_WEEKS

DAY = timedelta(days=1)


def deeds_of(wait):
    query = db.session.query(Deed).filter_by(about="waits", about_id=wait.id).order_by(Deed.id)
    return [(deed.did, deed.by_id, deed.why) for deed in query]


def ways_to_wait(office, wait):
    kept = office.fresh(wait)
    dates = waiting_list.wanted_dates([kept]).get(kept.id, [])
    return kept.wants, [date.id for date in dates], kept.books_at_once, kept.would_suit


def test_whoever_finds_a_session_full_waits_for_it(office):
    full = make.full_session()

    office.wait(make.person("Ann"), full)

    assert office.names_on(full) == (["Nia Nurse"], [], ["Ann"])


def test_the_first_to_ask_is_the_first_in_line(office):
    full = make.full_session()

    for name in ("Ann", "Ben", "Cat"):
        office.wait(make.person(name), full)

    assert office.names_on(full)[2] == ["Ann", "Ben", "Cat"]


def test_somebody_waits_for_several_dates(office):
    course = make.course()
    full = [make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(3)]
    ann = make.person("Ann")

    office.do(
        bookings.wait, ann, course.id, wants="these", session_ids=[full[0].id, full[2].id], by=ann, now=office.now
    )

    assert [office.names_on(each)[2] for each in full] == [["Ann"], [], ["Ann"]]


def test_somebody_waits_for_any_date(office):
    course = make.course()
    full = [make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2)]

    office.wait(make.person("Ann"), course)

    assert [office.names_on(each)[2] for each in full] == [["Ann"], ["Ann"]]


def test_whoever_waits_for_a_new_date_does_not_wait_for_those_that_are_there(office):
    course = make.course()
    there = make.full_session(course=course)

    office.wait(make.person("Ann"), course, wants="new")

    new = make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY)
    assert office.names_on(there) == (["Nia Nurse"], [], [])
    assert office.names_on(new) == ([], ["Ann"], ["Ann"])


def test_somebody_waits_for_a_course_that_has_no_date_yet(office):
    course = make.course()

    office.wait(make.person("Ann"), course, wants="new", would_suit="Mornings, not Mondays")

    [wait] = waiting_list.line_of_course(course.id)
    assert ways_to_wait(office, wait) == ("new", [], False, "Mornings, not Mondays")


def test_to_be_asked_first_is_the_default(office):
    wait = office.wait(make.person("Ann"), make.full_session())

    assert office.fresh(wait).books_at_once is False


def test_people_may_wait_before_booking_opens(office):
    training_session = make.training_session(booking_opens_at=office.now + DAY)
    trainer = training_session.trainers[0]

    with pytest.raises(BookingClosed, match="Booking opens on"):
        office.wait(make.person("Ann"), training_session)

    assert office.wait(make.person("Ben"), training_session, by=trainer).is_live


def test_newcomers_cannot_wait_for_a_date_whose_booking_has_closed(office):
    full = make.full_session(booking_closes_at=office.now + DAY)
    office.now += 2 * DAY

    with pytest.raises(BookingClosed):
        office.wait(make.person("Ann"), full)


@pytest.mark.parametrize("wanted", [[], [4711]])
def test_a_date_that_is_not_there_cannot_be_waited_for(office, wanted):
    ann, course = make.person("Ann"), make.full_session().course

    with pytest.raises(BookingClosed, match="Choose another"):
        office.do(bookings.wait, ann, course.id, wants="these", session_ids=wanted, by=ann, now=office.now)


def test_a_date_of_another_course_cannot_be_waited_for(office):
    ann, course, other = make.person("Ann"), make.full_session().course, make.full_session()

    with pytest.raises(BookingClosed):
        office.do(bookings.wait, ann, course.id, wants="these", session_ids=[other.id], by=ann, now=office.now)


def test_nobody_waits_for_a_draft(office):
    with pytest.raises(NotFound):
        office.wait(make.person("Ann"), make.course(state="draft"))


def test_asking_again_changes_what_somebody_waits_for_but_not_their_place_in_line(office):
    course = make.course()
    first, second = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    ann, ben = make.person("Ann"), make.person("Ben")
    wait = office.wait(ann, first)
    office.now += DAY
    office.wait(ben, second)
    office.now += DAY

    again = office.wait(ann, second, books_at_once=True, would_suit="Mornings")

    assert again.id == wait.id
    assert ways_to_wait(office, wait) == ("these", [second.id], True, "Mornings")
    assert (office.names_on(first)[2], office.names_on(second)[2]) == ([], ["Ann", "Ben"])


def test_asking_again_for_another_date_gives_an_offer_back(office):
    course = make.course()
    first, second = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    ann, ben = make.person("Ann"), make.person("Ben")
    office.wait(ann, first)
    office.wait(ben, first)
    office.free(first)

    office.wait(ann, second)

    assert office.names_on(first) == ([], ["Ben"], ["Ben"])
    assert office.names_on(second)[2] == ["Ann"]


def test_asking_again_for_the_same_date_keeps_the_offer(office):
    full = make.full_session()
    ann = make.person("Ann")
    office.wait(ann, full)
    office.free(full)
    offer = office.offer_on(full)

    office.wait(ann, full, would_suit="Mornings")

    assert office.offer_on(full).id == offer.id


def test_a_free_place_that_suits_is_held_at_once(office):
    course = make.course()
    make.full_session(course=course)
    free = make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY)

    office.wait(make.person("Ann"), course)

    assert office.names_on(free) == ([], ["Ann"], ["Ann"])
    assert office.names_told("waiting") == []


def test_a_free_place_that_suits_is_booked_at_once_if_they_want_that(office):
    free = make.training_session()

    wait = office.wait(make.person("Ann"), free, books_at_once=True)

    assert office.names_on(free) == (["Ann"], [], [])
    assert office.fresh(wait).state == "booked"
    assert office.names_told("waiting") == []


def test_they_are_told_where_they_stand(office):
    course = make.course()
    first, second = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    office.wait(make.person("Ann"), first)
    office.wait(make.person("Ben"), course)

    office.wait(make.person("Cat"), course)

    facts = office.notices("waiting")[-1].facts
    assert (facts["wants"], facts["asked_by"], facts["books_at_once"]) == ("any", "", False)
    assert [(date["session_ref"], date["ahead_count"]) for date in facts["dates"]] == [(first.ref, 2), (second.ref, 1)]


def test_asking_again_before_the_letter_left_sends_one(office):
    full, ann = make.full_session(), make.person("Ann")
    office.wait(ann, full)
    office.now += timedelta(seconds=1)

    office.wait(ann, full, books_at_once=True)

    assert [(notice.state, notice.facts["books_at_once"]) for notice in office.notices("waiting")] == [
        ("withdrawn", False),
        ("waiting", True),
    ]


def test_what_the_course_asks_and_what_would_help_are_kept_for_the_booking(office):
    full, ann = make.full_session(), make.person("Ann")
    office.wait(ann, full, books_at_once=True, answers=[["Laptop?", "yes"]], access_needs="Large print")

    office.free(full)

    booking = bookings.of_person_on(ann, full)
    assert (booking.answers, booking.access_needs) == ([["Laptop?", "yes"]], "Large print")


@pytest.mark.parametrize("how", ["leave", "book"])
def test_what_would_help_is_forgotten_when_the_wait_is_over(office, how):
    course = make.course()
    full, ann = make.full_session(course=course), make.person("Ann")
    wait = office.wait(ann, full, access_needs="Large print")

    if how == "leave":
        office.leave(wait)
    else:
        office.book(ann, make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY))

    assert office.fresh(wait).access_needs == ""


def test_a_colleague_with_an_address_is_put_on_the_list_and_told_by_whom(office):
    full, colleague = make.full_session(), make.person("Col")

    office.wait(make.person("Ann", address="ann@example.org"), full, by=colleague)

    [notice] = office.notices("waiting")
    assert (notice.address, notice.facts["asked_by"]) == ("ann@example.org", "Col")


def test_a_colleague_cannot_put_somebody_without_an_address_on_the_list(office):
    with pytest.raises(NotAllowed):
        office.wait(make.person("Joan", address=None), make.full_session(), by=make.person("Col"))


def test_a_coordinator_puts_somebody_without_an_address_on_the_list_and_reads_their_letters(office):
    cora = make.coordinator(address="cora@example.org")

    office.wait(make.person("Joan", address=None), make.full_session(), by=cora)

    [notice] = office.notices("waiting")
    assert (notice.address, notice.facts["for_name"]) == ("cora@example.org", "Joan")


def test_whoever_has_a_coming_date_does_not_wait_for_another(office):
    course, ann = make.course(), make.person("Ann")
    booking = make.booking(make.training_session(course=course), ann)
    full = make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY)

    with pytest.raises(AlreadyBooked) as refusal:
        office.wait(ann, full)

    assert refusal.value.facts == {"booking_ref": booking.ref}


def test_whoever_puts_somebody_on_the_list_does_not_learn_which_place_they_have(office):
    course, ann = make.course(), make.person("Ann")
    make.booking(make.training_session(course=course), ann)
    full = make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY)

    with pytest.raises(AlreadyBooked, match="This person has a place") as refusal:
        office.wait(ann, full, by=make.person("Col"))

    assert refusal.value.facts == {}


def test_whoever_has_a_coming_date_waits_for_another_to_change(office):
    course, ann = make.course(), make.person("Ann")
    own = make.training_session(course=course)
    make.booking(own, ann)
    full = make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY)

    office.wait(ann, full, instead_of=own.id)

    assert office.names_on(full)[2] == ["Ann"]
    assert office.names_on(own)[0] == ["Ann"]
    assert office.notices("waiting")[0].facts["keeps"]["session_ref"] == own.ref


def test_nobody_changes_a_booking_that_they_do_not_have(office):
    course = make.course()
    own, full = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))

    with pytest.raises(Refused, match="no booking to change"):
        office.wait(make.person("Ann"), full, instead_of=own.id)


def test_booking_a_date_ends_the_wait_for_the_course(office):
    course, ann = make.course(), make.person("Ann")
    full = make.full_session(course=course)
    wait = office.wait(ann, full)

    office.book(ann, make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY))

    assert office.fresh(wait).state == "booked"
    assert office.names_on(full)[2] == []
    assert office.names_told("waiting", "waiting") == []


def test_booking_another_date_gives_an_offer_back_to_the_next(office):
    course, ann = make.course(), make.person("Ann")
    full = make.full_session(course=course)
    office.wait(ann, full)
    office.wait(make.person("Ben"), full)
    office.free(full)

    office.book(ann, make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY))

    assert office.names_on(full) == ([], ["Ben"], ["Ben"])


def test_whoever_leaves_is_out_of_the_line_and_hears_no_more(office):
    full = make.full_session()
    wait = office.wait(make.person("Ann"), full)

    office.leave(wait)

    assert (office.fresh(wait).state, office.fresh(wait).ended_at) == ("left", office.now)
    assert [(notice.kind, notice.state) for notice in office.notices() if notice.about == "waits"] == [
        ("waiting", "withdrawn")
    ]


def test_leaving_twice_is_leaving_once(office):
    wait = office.wait(make.person("Ann"), make.full_session())
    office.leave(wait)
    before = office.kept()

    office.leave(wait)

    assert office.kept() == before


def test_whoever_leaves_with_an_offer_gives_it_to_the_next(office):
    full = make.full_session()
    wait = office.wait(make.person("Ann"), full)
    office.wait(make.person("Ben"), full)
    office.free(full)

    office.leave(wait)

    assert office.names_on(full) == ([], ["Ben"], ["Ben"])


def test_a_coordinator_takes_somebody_off_with_a_reason_that_they_read(office):
    cora = make.coordinator()
    wait = office.wait(make.person("Ann"), make.full_session())

    office.leave(wait, by=cora, why="You asked me to.")

    [notice] = office.notices("wait_ended")
    assert (notice.recipient_name, notice.facts["ended_by"], notice.facts["why"]) == (
        "Ann",
        "Cora Coordinator",
        "You asked me to.",
    )
    assert deeds_of(wait)[-1] == ("left", cora.id, "You asked me to.")


@pytest.mark.parametrize("stranger", [make.person, make.trainer])
def test_a_stranger_cannot_take_somebody_off(office, stranger):
    wait = office.wait(make.person("Ann"), make.full_session())

    with pytest.raises(NotAllowed):
        office.leave(wait, by=stranger("Sam"))

    assert office.fresh(wait).is_live


def test_a_colleague_who_put_somebody_on_the_list_does_not_act_for_them(office):
    colleague = make.person("Col")
    wait = office.wait(make.person("Ann"), make.full_session(), by=colleague)

    with pytest.raises(NotAllowed):
        office.leave(wait, by=colleague)


def test_whoever_has_left_joins_again_at_the_end(office):
    full, ann = make.full_session(), make.person("Ann")
    office.leave(office.wait(ann, full))
    office.wait(make.person("Ben"), full)

    office.wait(ann, full)

    assert office.names_on(full)[2] == ["Ben", "Ann"]


def test_the_journal_keeps_who_put_whom_on_the_list(office):
    colleague = make.person("Col")

    wait = office.wait(make.person("Ann"), make.full_session(), by=colleague)

    assert deeds_of(wait) == [("waited", colleague.id, "")]


def test_what_somebody_would_need_is_in_no_letter_and_no_journal(office):
    full = make.full_session()
    office.wait(make.person("Ann"), full, access_needs="A hearing loop")
    office.free(full)

    held = [line for line in office.kept(apart_from=("waits.access_needs",)).splitlines() if "hearing loop" in line]
    assert held == []
    assert db.session.query(Wait).one().access_needs == "A hearing loop"


def test_a_coordinator_who_takes_off_the_list_whom_they_had_put_there_tells_them(office):
    cora, nia = make.coordinator(), make.person("Nia Nurse")
    wait = office.wait(nia, make.full_session(), by=cora)

    office.leave(wait, by=cora)

    assert office.names_told("wait_ended") == ["Nia Nurse"]
