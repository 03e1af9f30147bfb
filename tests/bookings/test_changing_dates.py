"""Another date instead of the one somebody has: nobody loses what they have while trying for a better one."""

from datetime import timedelta

import pytest

from app import bookings
from app.errors import AlreadyBooked, BookingClosed, NotAllowed, NotFound, Overlaps, SessionFull
from tests import make
from tests.make import IN_TWO_WEEKS

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def course(office):
    return make.course()


@pytest.fixture
def ann(office):
    return make.person("Ann")


def dated(course, days, *, build=make.training_session, **kwargs):
    return build(course=course, starts_at=IN_TWO_WEEKS + DAY * days, **kwargs)


def refused(office, refusal, booking, training_session, **kwargs):
    """Everything must stay as it was."""
    before = office.kept()
    with pytest.raises(refusal) as said:
        office.change(booking, training_session, **kwargs)
    assert office.kept() == before
    return said.value


def test_the_new_place_is_taken_and_the_old_one_is_given_up(office, course, ann):
    had, wanted = dated(course, 0), dated(course, 1)
    booking = make.booking(had, ann)

    new = office.change(booking, wanted)

    assert (office.names_on(had)[0], office.names_on(wanted)[0]) == ([], ["Ann"])
    assert (office.fresh(booking).state, office.fresh(new).state) == ("cancelled", "booked")
    assert [office.fresh(each).places_taken for each in (had, wanted)] == [0, 1]


def test_what_they_told_us_goes_along(office, course, ann):
    booking = make.booking(dated(course, 0), ann, answers=[["Laptop?", "yes"]], access_needs="Large print")

    new = office.change(booking, dated(course, 1))

    assert (new.answers, new.access_needs) == ([["Laptop?", "yes"]], "Large print")


def test_whoever_booked_for_them_still_did(office, course):
    cora = make.coordinator()
    booking = office.book(make.person("Joan", address=None), dated(course, 0), by=cora)

    new = office.change(booking, dated(course, 1), by=cora)

    assert new.booked_by_id == cora.id


def test_the_letters_name_the_other_date(office, course, ann):
    had, wanted = dated(course, 0), dated(course, 1)
    booking = make.booking(had, ann)
    office.deliver()

    office.change(booking, wanted)

    [booked] = office.notices("booked", "waiting")
    [cancelled] = office.notices("cancelled")
    assert booked.facts["changed_from"]["session_ref"] == had.ref
    assert cancelled.facts["changed_to"]["session_ref"] == wanted.ref
    assert [cancelled.facts["invite"]["method"], booked.facts["invite"]["method"]] == ["CANCEL", "REQUEST"]


def test_reminders_of_the_old_date_are_withdrawn(office, course, ann):
    had, wanted = dated(course, 0), dated(course, 1)
    booking = make.booking(had, ann)

    new = office.change(booking, wanted)

    assert {notice.about_id for notice in office.notices("reminder", "waiting")} == {new.id}


def test_the_old_date_goes_to_the_next_in_line_in_the_same_act(office, course, ann):
    had = dated(course, 0, capacity=1)
    booking = make.booking(had, ann)
    office.wait(make.person("Ben"), had)
    wanted = dated(course, 1)

    office.change(booking, wanted)

    assert (office.names_on(had), office.names_on(wanted)) == (([], ["Ben"], ["Ben"]), (["Ann"], [], []))


def test_a_date_that_is_full_is_refused_and_nothing_changes(office, course, ann):
    booking = make.booking(dated(course, 0), ann)

    refused(office, SessionFull, booking, dated(course, 1, build=make.full_session))


def test_the_last_place_before_the_last_one_is_given_up_is_not_ones_own(office, course, ann):
    """The date that they have is full because of them: that makes no place on another."""
    had = dated(course, 0, capacity=1)
    booking = make.booking(had, ann)

    refused(office, SessionFull, booking, dated(course, 0, build=make.full_session), despite_overlaps=True)


def test_a_date_of_another_course_is_refused_and_nothing_changes(office, course, ann):
    booking = make.booking(dated(course, 0), ann)

    refused(office, NotFound, booking, make.training_session(starts_at=IN_TWO_WEEKS + DAY))


def test_a_cancelled_date_is_refused_and_nothing_changes(office, course, ann):
    booking, wanted = make.booking(dated(course, 0), ann), dated(course, 1)
    office.cancel_session(wanted)

    refused(office, BookingClosed, booking, wanted)


def test_a_date_whose_booking_is_not_open_is_refused_and_nothing_changes(office, course, ann):
    booking = make.booking(dated(course, 0), ann)

    refused(office, BookingClosed, booking, dated(course, 1, booking_opens_at=office.now + DAY))


def test_a_booking_that_was_cancelled_cannot_be_changed(office, course, ann):
    booking, wanted = make.booking(dated(course, 0), ann), dated(course, 1)
    office.cancel(booking)

    refused(office, BookingClosed, booking, wanted)


def test_a_booking_cannot_be_changed_once_the_session_has_started(office, course, ann):
    booking, wanted = make.booking(dated(course, 0), ann), dated(course, 1)
    office.now = IN_TWO_WEEKS

    refused(office, BookingClosed, booking, wanted)


def test_a_booking_is_changed_in_the_last_day(office, course, ann):
    booking, wanted = make.booking(dated(course, 0), ann), dated(course, 1)
    office.now = IN_TWO_WEEKS - HOUR

    office.change(booking, wanted)

    assert office.names_on(wanted)[0] == ["Ann"]


def test_the_same_date_is_refused_and_nothing_changes(office, course, ann):
    had = dated(course, 0)
    booking = make.booking(had, ann)

    said = refused(office, AlreadyBooked, booking, had)

    assert said.facts == {"booking_ref": booking.ref}


def test_a_date_that_they_have_as_well_is_refused_and_nothing_changes(office, course, ann):
    booking, wanted = make.booking(dated(course, 0), ann), dated(course, 1)
    office.book(ann, wanted, despite_overlaps=True)

    refused(office, AlreadyBooked, booking, wanted)


def test_a_clash_with_something_else_is_asked_about_first(office, course, ann):
    booking, wanted = make.booking(dated(course, 0), ann), dated(course, 1)
    make.booking(make.training_session(course=make.course("Copyright"), starts_at=IN_TWO_WEEKS + DAY), ann)

    refused(office, Overlaps, booking, wanted)

    office.change(booking, wanted, despite_overlaps=True)
    assert office.names_on(wanted)[0] == ["Ann"]


def test_a_date_that_overlaps_only_the_one_given_up_is_no_question(office, course, ann):
    booking = make.booking(dated(course, 0), ann)
    wanted = make.training_session(course=course, starts_at=IN_TWO_WEEKS + HOUR)

    office.change(booking, wanted)

    assert office.names_on(wanted)[0] == ["Ann"]


def test_a_stranger_changes_nobodys_booking(office, course, ann):
    booking = make.booking(dated(course, 0), ann)

    refused(office, NotAllowed, booking, dated(course, 1), by=make.person("Sam Stranger"))


def test_a_coordinator_changes_somebodys_booking(office, course, ann):
    booking, wanted = make.booking(dated(course, 0), ann), dated(course, 1)

    office.change(booking, wanted, by=make.coordinator())

    assert office.names_on(wanted)[0] == ["Ann"]


def test_changing_ends_the_wish_to_change(office, course, ann):
    had, full, free = dated(course, 0), dated(course, 1, build=make.full_session), dated(course, 2)
    booking = make.booking(had, ann)
    wait = office.wait(ann, full, instead_of=had.id)

    office.change(booking, free)

    assert office.fresh(wait).state == "booked"
    assert office.names_on(full)[2] == []


def test_the_place_that_is_held_for_them_is_theirs_to_change_to(office, course, ann):
    had, full = dated(course, 0), dated(course, 1, build=make.full_session)
    booking = make.booking(had, ann)
    wait = office.wait(ann, full, instead_of=had.id)
    office.free(full)

    office.change(booking, full)

    assert (office.names_on(had)[0], office.names_on(full)) == ([], (["Ann"], [], []))
    assert (office.fresh(wait).state, office.fresh(full).places_taken) == ("booked", 1)


def test_changing_elsewhere_gives_the_place_that_is_held_for_them_to_the_next(office, course, ann):
    had, full, free = dated(course, 0), dated(course, 1, build=make.full_session), dated(course, 2)
    booking = make.booking(had, ann)
    office.wait(ann, full, instead_of=had.id)
    office.wait(make.person("Ben"), full)
    office.free(full)

    office.change(booking, free)

    assert (office.names_on(full), office.names_on(free)[0]) == (([], ["Ben"], ["Ben"]), ["Ann"])


def test_a_chain_of_changes_is_passed_on_in_one_act(office, course, ann):
    """Ann leaves the first date, Ben comes from the second, Cat from the third, whose place Dan gets."""
    sessions = [dated(course, n, capacity=1) for n in range(3)]
    booking = make.booking(sessions[0], ann)
    for number, name in ((1, "Ben"), (2, "Cat")):
        person = make.person(name)
        make.booking(sessions[number], person)
        office.wait(person, sessions[number - 1], instead_of=sessions[number].id, books_at_once=True)
    office.wait(make.person("Dan"), sessions[2])
    free = dated(course, 4)

    office.change(booking, free)

    assert [office.names_on(each) for each in [*sessions, free]] == [
        (["Ben"], [], []),
        (["Cat"], [], []),
        ([], ["Dan"], ["Dan"]),
        (["Ann"], [], []),
    ]


def test_a_full_session_that_is_left_and_refilled_is_told_to_no_trainer_again(office, course, ann):
    had = dated(course, 0, capacity=1)
    booking = make.booking(had, ann)
    office.wait(make.person("Ben"), had, books_at_once=True)

    office.change(booking, dated(course, 1))

    assert [(n.about_id, n.state) for n in office.notices("session_full")] == [(had.id, "waiting")]


def test_whoever_gives_up_their_date_waits_on_like_everybody_else(office, course, ann):
    had, full = dated(course, 0), dated(course, 1, build=make.full_session)
    booking = make.booking(had, ann)
    wait = office.wait(ann, full, instead_of=had.id)

    office.cancel(booking)

    assert (office.fresh(wait).state, office.fresh(wait).instead_of_id) == ("waiting", None)


def test_once_the_date_that_they_wanted_to_change_has_begun_they_are_asked_first(office, course, ann):
    had, full = dated(course, 0), dated(course, 20, build=make.full_session)
    make.booking(had, ann)
    wait = office.wait(ann, full, instead_of=had.id, books_at_once=True)
    office.now = IN_TWO_WEEKS + 3 * HOUR

    office.catch_up()
    office.free(full)

    assert (office.fresh(wait).instead_of_id, office.fresh(wait).books_at_once) == (None, False)
    assert office.names_on(full)[1] == ["Ann"]
    assert office.names_on(had)[0] == ["Ann"]


def test_while_the_date_that_they_wanted_to_change_is_on_nothing_is_given_to_them(office, course, ann):
    had, full = dated(course, 0), dated(course, 20, build=make.full_session)
    make.booking(had, ann)
    office.wait(ann, full, instead_of=had.id, books_at_once=True)
    office.now = IN_TWO_WEEKS

    office.free(full)

    assert office.names_on(full)[:2] == ([], [])


def test_changing_twice_leaves_one_place(office, course, ann):
    sessions = [dated(course, n) for n in range(3)]
    booking = make.booking(sessions[0], ann)

    office.change(office.change(booking, sessions[1]), sessions[2])

    assert [office.names_on(each)[0] for each in sessions] == [[], [], ["Ann"]]
    assert [each.training_session_id for each in bookings.mine(ann, now=office.now)[0]] == [sessions[2].id]


def test_the_place_that_is_held_for_them_is_theirs_to_change_to_after_booking_has_closed(office, course, ann):
    had = dated(course, 0)
    full = dated(course, 1, build=make.full_session, booking_closes_at=office.now + DAY)
    booking = make.booking(had, ann)
    office.wait(ann, full, instead_of=had.id)
    office.free(full)
    office.now += DAY + HOUR

    office.change(booking, full)

    assert office.names_on(full)[0] == ["Ann"]
