"""A place held for somebody: accepted, declined, or run out."""

from datetime import timedelta

import pytest

from app import bookings, waiting_list
from app.db import db
from app.errors import Gone, NotAllowed, NotFound, Overlaps, Refused
from app.journal import Deed
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def offered(office, *names, place=None, **kwargs):
    """A session of one place, which is held for the first of these people; the others wait behind."""
    full = make.full_session() if place is None else place
    for name in names:
        office.wait(make.person(name), full, **kwargs)
    office.free(full)
    return full


def states(office):
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(db.text("SELECT state FROM offers ORDER BY id"))]


def deeds(office, did):
    return [(deed.by_id, deed.about) for deed in db.session.query(Deed).filter_by(did=did)]


def test_whoever_accepts_has_the_place(office):
    full = offered(office, "Ann")
    offer, wait = office.offer_on(full), office.offer_on(full).wait

    booking = office.accept(offer)

    assert office.names_on(full) == (["Ann"], [], [])
    assert (office.fresh(offer).state, office.fresh(offer).answered_at) == ("accepted", office.now)
    assert (office.fresh(wait).state, office.fresh(full).places_taken) == ("booked", 1)
    assert booking.training_session_id == full.id


def test_a_confirmation_and_reminders_follow(office):
    full = offered(office, "Ann")

    office.accept(office.offer_on(full))

    assert [(n.kind, n.state) for n in office.notices() if n.recipient_name == "Ann"] == [
        ("waiting", "withdrawn"),
        ("offered", "withdrawn"),
        ("offer_ending", "withdrawn"),
        ("booked", "waiting"),
        ("reminder", "waiting"),
        ("reminder", "waiting"),
    ]


def test_accepting_twice_is_accepting_once(office):
    full = offered(office, "Ann")
    offer = office.offer_on(full)
    first = office.accept(offer)
    before = office.kept()

    again = office.accept(offer)

    assert again.id == first.id
    assert office.kept() == before


def test_an_offer_can_be_accepted_until_its_deadline(office):
    full = offered(office, "Ann")
    offer = office.offer_on(full)
    office.now = offer.lapses_at - timedelta(seconds=1)

    assert office.accept(offer).is_live


def test_the_deadline_counts_whether_or_not_the_worker_has_come_by(office):
    full = offered(office, "Ann")
    offer = office.offer_on(full)
    office.now = offer.lapses_at

    with pytest.raises(Gone, match="has run out"):
        office.accept(offer)

    assert office.names_on(full)[0] == []


def test_an_offer_that_ran_out_cannot_be_accepted(office):
    full = offered(office, "Ann")
    offer = office.offer_on(full)
    office.now = offer.lapses_at
    office.catch_up()

    with pytest.raises(Gone, match="has run out"):
        office.accept(offer)


def test_an_offer_that_was_given_back_cannot_be_accepted(office):
    full = offered(office, "Ann", "Ben")
    offer = office.offer_on(full)
    office.decline(offer)

    with pytest.raises(Gone, match="not open any more"):
        office.accept(offer)


def test_a_clash_is_asked_about_before_it_is_accepted(office):
    full, ann = make.full_session(), make.person("Ann")
    make.booking(make.training_session(course=make.course("Copyright")), ann)
    office.wait(ann, full)
    office.free(full)

    with pytest.raises(Overlaps):
        office.accept(office.offer_on(full))

    office.accept(office.offer_on(full), despite_overlaps=True)
    assert office.names_on(full)[0] == ["Ann"]


def test_a_stranger_answers_nobodys_offer(office):
    full = offered(office, "Ann")

    for answer in (office.accept, office.decline):
        with pytest.raises(NotAllowed):
            answer(office.offer_on(full), by=make.trainer("Sam Stranger"))

    assert office.names_on(full)[1] == ["Ann"]


def test_whoever_asked_for_somebody_without_an_address_answers_for_them(office):
    course, tom = make.course(), make.trainer()
    course = make.course(owner=tom)
    full = make.full_session(course=course)
    office.wait(make.person("Joan", address=None), full, by=tom)
    office.free(full)

    office.accept(office.offer_on(full), by=tom)

    assert office.names_on(full)[0] == ["Joan"]


def test_whoever_put_a_colleague_on_the_list_does_not_answer_for_them(office):
    full, colleague = make.full_session(), make.person("Col")
    office.wait(make.person("Ann"), full, by=colleague)
    office.free(full)

    with pytest.raises(NotAllowed):
        office.accept(office.offer_on(full), by=colleague)


def test_a_coordinator_answers_when_somebody_rings(office):
    full, cora = offered(office, "Ann"), make.coordinator()

    office.accept(office.offer_on(full), by=cora)

    assert office.names_on(full)[0] == ["Ann"]
    assert deeds(office, "accepted") == [(cora.id, "waits")]


def test_not_this_date_gives_the_place_to_the_next_and_keeps_them_in_line_for_others(office):
    course = make.course()
    one, other = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    for name in ("Ann", "Ben"):
        office.wait(make.person(name), course)
    office.free(one)

    office.decline(office.offer_on(one))

    assert (office.names_on(one)[1], office.names_on(one)[2]) == (["Ben"], ["Ben"])
    assert office.names_on(other)[2] == ["Ann", "Ben"]


def test_whoever_said_not_this_date_is_the_first_to_be_offered_another(office):
    course = make.course()
    one, other = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    for name in ("Ann", "Ben"):
        office.wait(make.person(name), course)
    office.free(one)
    office.decline(office.offer_on(one))

    office.free(other)

    assert office.names_on(other)[1] == ["Ann"]


def test_a_declined_date_is_not_offered_again(office):
    course = make.course()
    full = make.full_session(course=course)
    office.wait(make.person("Ann"), course)
    office.free(full)

    office.decline(office.offer_on(full))

    assert office.names_on(full) == ([], [], [])
    assert office.fresh(full).places_taken == 0


def test_whoever_declines_the_only_date_they_named_waits_for_a_new_one_and_is_asked_first(office):
    full = offered(office, "Ann", books_at_once=False)
    offer = office.offer_on(full)

    office.decline(offer)

    wait = office.fresh(offer.wait)
    assert (wait.state, wait.wants, wait.books_at_once) == ("waiting", "new", False)
    new = make.training_session(course=full.course, starts_at=IN_TWO_WEEKS + DAY)
    assert office.names_on(new)[1] == ["Ann"]


def test_whoever_declines_one_of_the_dates_they_named_waits_for_the_others(office):
    course, ann = make.course(), make.person("Ann")
    one, other = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    wanted = [one.id, other.id]
    office.do(bookings.wait, ann, course.id, wants="these", session_ids=wanted, by=ann, now=office.now)
    office.free(one)

    office.decline(office.offer_on(one))

    assert (office.names_on(one)[2], office.names_on(other)[2]) == ([], ["Ann"])


def test_declining_twice_is_declining_once(office):
    full = offered(office, "Ann", "Ben")
    offer = office.offer_on(full)
    office.decline(offer)
    before = office.kept()

    office.decline(offer)

    assert office.kept() == before


def test_nothing_more_is_said_of_an_offer_that_was_declined(office):
    full = offered(office, "Ann")

    office.decline(office.offer_on(full))

    assert [(n.kind, n.state) for n in office.notices() if n.about == "offers"] == [
        ("offered", "withdrawn"),
        ("offer_ending", "withdrawn"),
    ]


def test_an_offer_that_ran_out_goes_to_the_next(office):
    full = offered(office, "Ann", "Ben")
    office.now = office.offer_on(full).lapses_at

    office.catch_up()

    assert office.names_on(full) == ([], ["Ben"], ["Ann", "Ben"])
    assert states(office) == [("lapsed",), ("open",)]
    assert office.names_told("offer_lapsed") == ["Ann"]


def test_an_offer_a_second_before_its_deadline_stays(office):
    full = offered(office, "Ann", "Ben")
    office.now = office.offer_on(full).lapses_at - timedelta(seconds=1)

    office.catch_up()

    assert office.names_on(full)[1] == ["Ann"]


def test_whoever_lets_an_offer_run_out_keeps_their_place_in_line_but_is_offered_nothing(office):
    course = make.course()
    one, other = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    for name in ("Ann", "Ben"):
        office.wait(make.person(name), course)
    office.free(one)
    office.now = office.offer_on(one).lapses_at
    office.catch_up()

    office.free(other)

    assert office.names_on(one)[1:] == (["Ben"], ["Ann", "Ben"])
    assert office.names_on(other)[1:] == ([], ["Ann", "Ben"])


def test_whoever_still_wants_a_place_is_offered_the_next_one(office):
    full = offered(office, "Ann")
    wait = office.offer_on(full).wait
    office.now = office.offer_on(full).lapses_at
    office.catch_up()
    assert office.names_on(full)[1] == []

    office.still_want(wait)

    assert office.names_on(full)[1] == ["Ann"]
    assert office.fresh(wait).paused_at is None


def test_asking_again_says_that_they_still_want_a_place(office):
    full = offered(office, "Ann")
    person = office.offer_on(full).wait.person
    office.now = office.offer_on(full).lapses_at
    office.catch_up()

    office.wait(person, full)

    assert office.names_on(full)[1] == ["Ann"]


def test_whoever_still_wants_a_place_before_the_worker_came_by_is_not_stuck(office):
    full = offered(office, "Ann")
    offer = office.offer_on(full)
    office.now = offer.lapses_at

    office.still_want(offer.wait)
    office.catch_up()

    assert office.names_on(full)[1] == ["Ann"]


def test_whoever_is_off_the_list_cannot_say_that_they_still_want_a_place(office):
    wait = office.wait(make.person("Ann"), make.full_session())
    office.leave(wait)

    with pytest.raises(Refused, match="join it again"):
        office.still_want(wait)


def test_two_offers_that_ran_out_go_to_two_people_in_order(office):
    full = make.full_session(capacity=2)
    for name in ("Ann", "Ben", "Cat", "Dan"):
        office.wait(make.person(name), full)
    office.free(full)
    office.free(full)
    office.now = NOW + 3 * DAY

    office.catch_up()

    assert office.names_on(full)[1] == ["Cat", "Dan"]


def test_somebody_is_warned_before_the_offer_runs_out(office):
    full = offered(office, "Ann")

    [notice] = office.notices("offer_ending")

    assert (notice.recipient_name, notice.due_at) == ("Ann", office.offer_on(full).lapses_at - 12 * HOUR)


def test_the_warning_says_until_when_and_nothing_once_they_have_answered(office):
    full = offered(office, "Ann")
    [notice] = office.notices("offer_ending")
    assert bookings.offer_ending_now(notice, office.now).lapses_at == office.offer_on(full).lapses_at

    office.accept(office.offer_on(full))

    assert bookings.offer_ending_now(notice, office.now) is None


def test_a_warning_that_comes_too_late_is_not_sent(office):
    full = offered(office, "Ann")
    [notice] = office.notices("offer_ending")

    assert bookings.offer_ending_now(notice, office.offer_on(full).lapses_at) is None


def test_an_offer_is_found_by_its_reference_in_capitals_and_small_letters(office):
    offer = office.offer_on(offered(office, "Ann"))

    assert waiting_list.get_offer(offer.ref.lower()).id == offer.id
    with pytest.raises(NotFound):
        waiting_list.get_offer("NOSUCH")


def test_a_wait_is_found_by_its_reference(office):
    wait = office.wait(make.person("Ann"), make.full_session())

    assert waiting_list.get(wait.ref.lower()).id == wait.id
    with pytest.raises(NotFound):
        waiting_list.get("NOSUCH")


def test_whoever_accepts_a_change_gives_up_the_date_they_had_to_the_next(office):
    course = make.course()
    own, other = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    nia = bookings.live_on(own)[0].person
    office.wait(nia, other, instead_of=own.id)
    office.wait(make.person("Ann"), own)
    office.free(other)

    office.accept(office.offer_on(other))

    assert (office.names_on(own), office.names_on(other)) == (([], ["Ann"], ["Ann"]), (["Nia Nurse"], [], []))


def test_whoever_wants_to_change_declines_and_keeps_what_they_have(office):
    course = make.course()
    own, other = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    office.wait(bookings.live_on(own)[0].person, other, instead_of=own.id)
    office.free(other)

    office.decline(office.offer_on(other))

    assert office.names_on(own)[0] == ["Nia Nurse"]


def test_a_change_to_a_date_at_the_same_time_is_no_clash(office):
    course = make.course()
    own = make.full_session(course=course)
    other = make.full_session(course=course, trainers=[make.trainer("Tess")])
    office.wait(bookings.live_on(own)[0].person, other, instead_of=own.id)
    office.free(other)

    office.accept(office.offer_on(other))

    assert (office.names_on(own)[0], office.names_on(other)[0]) == ([], ["Nia Nurse"])


def test_whoever_gave_up_the_date_they_wanted_to_change_still_gets_the_offer(office):
    course = make.course()
    own, other = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    [booking] = bookings.live_on(own)
    office.wait(booking.person, other, instead_of=own.id)
    office.free(other)
    office.cancel(booking)

    office.accept(office.offer_on(other))

    assert (office.names_on(own)[0], office.names_on(other)[0]) == ([], ["Nia Nurse"])
