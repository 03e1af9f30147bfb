"""What a move or a cancellation of a session does to those who wait for it."""

from datetime import timedelta

import pytest

from app import bookings, changes
from app.db import db
from app.errors import AlreadyBooked, NotAllowed, Refused
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LINK = "https://meet.example.org/room"


def at(starts_at, link=LINK, **kwargs):
    return [make.slot(starts_at, joining_link=link, **kwargs)]


def waiting(office, place, *names, **kwargs):
    return [office.wait(make.person(name), place, **kwargs) for name in names]


def told(office, kind, *facts):
    """Who was told, and these facts."""
    return [(notice.recipient_name, *(notice.facts[fact] for fact in facts)) for notice in office.notices(kind)]


def wait_again(office, booking, by=None):
    return office.do(bookings.wait_again, booking, by=by or booking.person, now=office.now)


# Cancelled.


def test_when_a_session_is_cancelled_its_offers_fall(office):
    full = make.full_session(capacity=2)
    waiting(office, full, "Ann")
    office.free(full)
    offer = office.offer_on(full)

    office.cancel_session(full)

    assert (office.fresh(offer).state, office.fresh(full).places_taken) == ("withdrawn", 0)
    assert [(n.kind, n.state) for n in office.notices() if n.about == "offers"] == [
        ("offered", "withdrawn"),
        ("offer_ending", "withdrawn"),
    ]


def test_whoever_named_it_or_was_offered_it_hears_so(office):
    full = make.full_session(capacity=2)
    waiting(office, full.course, "Ann")
    waiting(office, full, "Ben")
    waiting(office, full.course, "Cat")
    office.free(full)

    office.cancel_session(full, words="The trainer is ill.")

    assert told(office, "wait_cancelled", "words", "was_offered", "goes_on") == [
        ("Ann", "The trainer is ill.", True, False),
        ("Ben", "The trainer is ill.", False, True),
    ]


def test_whoever_named_no_other_date_waits_for_a_new_one(office):
    full = make.full_session()
    [wait] = waiting(office, full, "Ann", books_at_once=True)

    office.cancel_session(full)

    kept = office.fresh(wait)
    assert (kept.state, kept.wants, kept.books_at_once) == ("waiting", "new", False)


def test_whoever_named_another_date_too_waits_for_that(office):
    course, ann = make.course(), make.person("Ann")
    one, other = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    wanted = [one.id, other.id]
    wait = office.do(bookings.wait, ann, course.id, wants="these", session_ids=wanted, by=ann, now=office.now)

    office.cancel_session(one)

    assert office.fresh(wait).wants == "these"
    assert office.names_on(other)[2] == ["Ann"]


def test_whoever_lost_an_offer_with_it_is_given_a_free_place_on_another_date(office):
    course = make.course()
    one, other = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    waiting(office, course, "Ann")
    office.free(one)
    office.free(other)

    office.cancel_session(one)

    assert office.names_on(other)[1] == ["Ann"]


def test_whoever_wanted_to_change_that_date_waits_like_everybody_else(office):
    course, ann = make.course(), make.person("Ann")
    own = make.training_session(course=course)
    make.booking(own, ann)
    full = make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY)
    wait = office.wait(ann, full, instead_of=own.id)

    office.cancel_session(own)

    assert (office.fresh(wait).state, office.fresh(wait).instead_of_id) == ("waiting", None)
    assert office.names_on(full)[2] == ["Ann"]


def test_letters_that_a_place_is_free_are_withdrawn(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    office.now = IN_TWO_WEEKS - HOUR
    office.free(full)

    office.cancel_session(full)

    assert [notice.state for notice in office.notices("place_free")] == ["withdrawn"]


def test_whoever_had_a_place_waits_as_from_the_day_they_booked(office):
    course = make.course()
    had = make.full_session(course=course)
    [booking] = bookings.live_on(had)
    office.now += DAY
    full = make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY)
    waiting(office, full, "Ann")
    office.now += DAY
    office.cancel_session(had)

    wait = wait_again(office, booking)

    assert (wait.wants, office.fresh(wait).ranked_at, office.fresh(wait).asked_at) == ("any", NOW, office.now)
    assert office.names_on(full)[2] == ["Nia Nurse", "Ann"]


def test_whoever_waits_again_is_given_a_place_that_is_free(office):
    course = make.course()
    had = make.full_session(course=course)
    [booking] = bookings.live_on(had)
    other = make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY)
    office.cancel_session(had)

    wait_again(office, booking)

    assert office.names_on(other)[1] == ["Nia Nurse"]


def test_waiting_again_twice_is_waiting_again_once(office):
    had = make.full_session()
    [booking] = bookings.live_on(had)
    office.cancel_session(had)
    first = wait_again(office, booking)
    before = office.kept()

    again = wait_again(office, booking)

    assert again.id == first.id
    assert office.kept() == before


def test_nobody_waits_again_for_a_session_that_takes_place(office):
    booking = make.booking(make.training_session())

    with pytest.raises(Refused, match="session was cancelled"):
        wait_again(office, booking)


def test_whoever_had_given_the_place_up_before_does_not_wait_as_from_the_day_they_booked(office):
    had = make.full_session()
    [booking] = bookings.live_on(had)
    office.cancel(booking)
    office.now += HOUR
    office.cancel_session(had)

    with pytest.raises(Refused):
        wait_again(office, booking)


def test_whoever_has_another_date_does_not_wait_again(office):
    course, ann = make.course(), make.person("Ann")
    had, other = (make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    booking = make.booking(had, ann)
    office.book(ann, other, despite_overlaps=True)
    office.cancel_session(had)

    with pytest.raises(AlreadyBooked):
        wait_again(office, booking)


def test_a_stranger_puts_nobody_back_on_the_list(office):
    had = make.full_session()
    [booking] = bookings.live_on(had)
    office.cancel_session(had)

    with pytest.raises(NotAllowed):
        wait_again(office, booking, by=make.person("Sam"))


def test_whoever_booked_for_somebody_without_an_address_puts_them_back_on_the_list(office):
    cora, course = make.coordinator(), make.course()
    had = make.training_session(course=course)
    booking = office.book(make.person("Joan", address=None), had, by=cora)
    office.cancel_session(had)

    wait_again(office, booking, by=cora)

    assert told(office, "waiting", "for_name") == [("Cora Coordinator", "Joan")]


# Moved.


def test_whoever_waits_for_a_session_hears_that_it_has_moved(office):
    full = make.full_session()
    waiting(office, full, "Ann")

    office.move(full, at(IN_TWO_WEEKS + DAY), words="The room is taken.")

    [notice] = office.notices("wait_moved")
    assert (notice.recipient_name, notice.facts["words"], notice.facts["offer_ref"]) == (
        "Ann",
        "The room is taken.",
        "",
    )
    assert [notice.facts[when]["parts"][0]["starts_at"] for when in ("before", "about")] == [
        "2026-12-15T10:00:00Z",
        "2026-12-16T10:00:00Z",
    ]


def test_the_others_who_wait_for_the_course_hear_nothing(office):
    course = make.course()
    one, other = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    waiting(office, other, "Ann")

    office.move(one, at(IN_TWO_WEEKS + 3 * DAY))

    assert told(office, "wait_moved") == []


def test_whoever_holds_an_offer_hears_until_when_it_is_held_and_keeps_the_deadline(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    office.free(full)
    offer = office.offer_on(full)

    office.post()
    office.move(full, at(IN_TWO_WEEKS + DAY))

    assert office.offer_on(full).lapses_at == offer.lapses_at == NOW + 2 * DAY
    assert told(office, "wait_moved", "offer_ref", "lapses_at") == [("Ann", offer.ref, "2026-12-03T09:00:00Z")]


def test_the_deadline_is_shortened_to_an_hour_before_the_new_start(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    office.free(full)

    office.post()
    office.move(full, at(NOW + 30 * HOUR))

    assert office.offer_on(full).lapses_at == NOW + 29 * HOUR
    assert told(office, "wait_moved", "lapses_at") == [("Ann", "2026-12-02T14:00:00Z")]


def test_the_warning_follows_the_deadline(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    office.free(full)

    office.move(full, at(NOW + 30 * HOUR))

    due = [(notice.state, notice.due_at) for notice in office.notices("offer_ending")]
    assert due == [("withdrawn", NOW + 36 * HOUR), ("waiting", NOW + 24 * HOUR)]


def test_an_offer_for_which_no_time_is_left_falls_and_the_place_is_for_whoever_is_first(office):
    full = make.full_session()
    waiting(office, full, "Ann", "Ben")
    office.free(full)

    office.move(full, at(NOW + HOUR))

    assert (office.names_on(full)[1], office.fresh(full).places_taken) == ([], 0)
    assert office.names_told("place_free") == ["Ann", "Ben"]


def test_an_offer_that_has_not_left_yet_is_said_anew_with_the_new_time(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    office.free(full)

    office.move(full, at(IN_TWO_WEEKS + DAY))

    assert [(n.state, n.facts["about"]["parts"][0]["starts_at"]) for n in office.notices("offered")] == [
        ("withdrawn", "2026-12-15T10:00:00Z"),
        ("waiting", "2026-12-16T10:00:00Z"),
    ]
    assert told(office, "wait_moved") == []


def test_two_moves_before_the_first_was_told_are_told_as_one(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    office.move(full, at(IN_TWO_WEEKS + DAY), words="The room is taken.")
    office.now += HOUR

    office.move(full, at(IN_TWO_WEEKS + 2 * DAY))

    [notice] = office.notices("wait_moved", "waiting")
    assert notice.facts["words"] == "The room is taken."
    assert [notice.facts[when]["parts"][0]["starts_at"] for when in ("before", "about")] == [
        "2026-12-15T10:00:00Z",
        "2026-12-17T10:00:00Z",
    ]


def test_a_move_there_and_back_before_the_first_was_told_is_told_to_nobody(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    office.move(full, at(IN_TWO_WEEKS + DAY))
    office.now += HOUR

    office.move(full, at(IN_TWO_WEEKS))

    assert office.names_told("wait_moved", "waiting") == []


def test_whoever_waits_reads_of_their_own_clashes_with_the_new_time(office):
    full, ann = make.full_session(), make.person("Ann")
    later = make.training_session(course=make.course("Copyright"), starts_at=IN_TWO_WEEKS + DAY)
    make.booking(later, ann)
    office.wait(ann, full)

    office.move(full, at(IN_TWO_WEEKS + DAY))

    assert told(office, "wait_moved", "clashes") == [("Ann", ["Copyright, Wed 16 Dec 2026, 10am"])]


def test_a_joining_link_is_in_no_letter_to_those_who_wait(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    office.free(full)

    office.do(changes.change_joining_link, full.id, "https://secret.example.org/new", by=None, now=office.now)

    sent = [notice for notice in office.notices() if notice.recipient_name == "Ann"]
    assert [notice.kind for notice in sent if "secret.example.org" in str(notice.facts)] == []
    assert [notice.kind for notice in sent if LINK in str(notice.facts)] == []


def test_those_who_wait_are_not_told_of_a_new_joining_link(office):
    full = make.full_session()
    waiting(office, full, "Ann")

    office.do(changes.change_joining_link, full.id, "https://secret.example.org/new", by=None, now=office.now)

    assert told(office, "wait_moved") == []


def test_a_session_moved_into_the_last_day_is_told_to_all_who_wait_for_its_free_place(office):
    full = make.full_session()
    [wait] = waiting(office, full, "Ann")
    office.say("UPDATE waits SET paused_at = asked_at")
    office.free(full)
    office.say("UPDATE waits SET paused_at = NULL")
    db.session.expire_all()

    office.move(full, at(NOW + 20 * HOUR))

    assert (office.names_told("place_free"), office.fresh(wait).is_live) == (["Ann"], True)


def test_a_session_moved_out_of_the_last_day_has_turns_again(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    office.now = IN_TWO_WEEKS - HOUR
    office.free(full)

    office.move(full, at(IN_TWO_WEEKS + 9 * DAY))

    assert office.names_on(full)[1] == ["Ann"]
    assert [notice.state for notice in office.notices("place_free")] == ["withdrawn"]


def test_somebody_booked_at_once_on_a_moved_session_hears_of_the_new_time_only(office):
    """The place was free and paused; the move passes it on."""
    full = make.full_session()
    waiting(office, full, "Ann", books_at_once=True)
    office.say("UPDATE waits SET paused_at = asked_at")
    office.free(full)
    office.say("UPDATE waits SET paused_at = NULL")
    db.session.expire_all()

    office.move(full, at(IN_TWO_WEEKS + DAY))

    [booked] = [notice for notice in office.notices("booked") if notice.recipient_name == "Ann"]
    assert booked.facts["about"]["parts"][0]["starts_at"] == "2026-12-16T10:00:00Z"
    assert office.names_on(full)[0] == ["Ann"]


def test_two_sessions_swap_rooms_and_those_who_wait_hear_of_it(office):
    small, large = make.room("Small room", capacity=1), make.room("Hall", capacity=5)
    one = make.full_session(room=small)
    other = make.training_session(room=large, capacity=1)
    waiting(office, one, "Ann")

    office.do(changes.swap_rooms, one.id, other.id, by=None, now=office.now)

    assert told(office, "wait_moved") == [("Ann",)]
