from datetime import timedelta

import pytest

from app import bookings, changes, history
from app.db import db
from app.errors import BookingClosed, Faulty, NotAllowed, RoomTaken, StaleEdit, TooSmall
from app.journal import newest
from app.timetable import Slot
from tests import make
from tests.make import IN_TWO_WEEKS

LATER = IN_TWO_WEEKS + timedelta(hours=1)


@pytest.fixture
def it_room(office):
    return make.room("IT room", capacity=12)


@pytest.fixture
def seminar(office):
    return make.room("Seminar room", capacity=24)


def swap(office, one, other, *, by=None, **kwargs):
    office.do(changes.swap_rooms, one.id, other.id, by=by, now=office.now, **kwargs)


def rooms_of(training_session):
    slots = db.session.query(Slot).filter_by(training_session_id=training_session.id).order_by(Slot.starts_at)
    return [slot.room_id for slot in slots]


def test_each_session_goes_into_the_others_room(office, it_room, seminar):
    one, other = make.training_session(room=it_room), make.training_session(room=seminar, starts_at=LATER)

    swap(office, one, other)

    assert (rooms_of(one), rooms_of(other)) == ([seminar.id], [it_room.id])
    assert {slot.is_live for slot in db.session.query(Slot)} == {True}


def test_sessions_that_overlap_can_swap(office, it_room, seminar):
    one, other = make.training_session(room=it_room), make.training_session(room=seminar)

    swap(office, one, other)

    assert (rooms_of(one), rooms_of(other)) == ([seminar.id], [it_room.id])


def test_whoever_is_booked_on_either_is_told_once(office, it_room, seminar):
    one, other = make.training_session(room=it_room), make.training_session(room=seminar, starts_at=LATER)
    for training_session, address in ((one, "one@example.org"), (other, "other@example.org")):
        make.booking(training_session, make.person(address=address))
    office.deliver()

    swap(office, one, other, words="The projector is broken.")

    letters = office.deliver()
    assert [(letter.to, letter.subject.partition(":")[0], letter.method) for letter in letters] == [
        ("one@example.org", "New room", "REQUEST"),
        ("other@example.org", "New room", "REQUEST"),
    ]
    assert all("The projector is broken." in letter.text for letter in letters)


def test_the_history_of_each_says_with_which_it_swapped(office, it_room, seminar):
    one = make.training_session(room=it_room, course=make.course("One"))
    other = make.training_session(room=seminar, course=make.course("Other"))

    swap(office, one, other)

    assert history.of(one)[-1].did == (
        "swapped rooms with ‘Other’ (Tue 15 Dec 2026, 10am): "
        "moved it from IT room, Northgate Hospital to Seminar room, Northgate Hospital"
    )
    assert "‘One’" in history.of(other)[-1].did


@pytest.mark.parametrize("is_first", [True, False])
def test_a_session_with_more_places_than_the_other_room_holds_is_refused(office, it_room, seminar, is_first):
    small = make.training_session(room=it_room)
    large = make.training_session(room=seminar, capacity=20, course=make.course("Large"))

    with pytest.raises(TooSmall) as refused:
        swap(office, *((large, small) if is_first else (small, large)))

    assert refused.value.sentence == (
        "IT room holds 12 people. ‘Large’ on Tue 15 Dec 2026, 10am has 20 places, and nobody has booked."
    )


def test_a_third_session_in_the_way_refuses_it(office, it_room, seminar):
    one = make.training_session(room=it_room, slots=[make.slot(room=it_room, minutes=240)], course=make.course("Long"))
    other = make.training_session(room=seminar, starts_at=IN_TWO_WEEKS - timedelta(hours=3))
    make.training_session(room=seminar, starts_at=IN_TWO_WEEKS + timedelta(hours=3), course=make.course("Third"))

    with pytest.raises(RoomTaken) as refused:
        swap(office, one, other)

    assert refused.value.sentence == (
        "‘Long’ on Tue 15 Dec 2026, 10am cannot go there: "
        "Seminar room is taken on Tuesday 15 December 2026, 1pm to 3pm with ‘Third’."
    )
    assert (rooms_of(one), rooms_of(other)) == ([it_room.id], [seminar.id])


def test_a_session_cannot_swap_with_itself(office, it_room):
    one = make.training_session(room=it_room)

    with pytest.raises(Faulty, match="Choose another session"):
        swap(office, one, one)


def test_two_sessions_in_one_room_have_nothing_to_swap(office, it_room):
    one = make.training_session(room=it_room)
    other = make.training_session(room=it_room, starts_at=IN_TWO_WEEKS + timedelta(days=1))

    with pytest.raises(Faulty, match="Both sessions are in IT room already"):
        swap(office, one, other)


def test_a_session_online_has_no_room_to_swap(office, it_room):
    with pytest.raises(Faulty, match="is not in one room"):
        swap(office, make.training_session(room=it_room), make.training_session())


def test_a_trainer_must_run_both(office, it_room, seminar):
    tom = make.trainer("Tom")
    mine, theirs = make.training_session(room=it_room, trainers=[tom]), make.training_session(room=seminar)

    with pytest.raises(NotAllowed):
        swap(office, mine, theirs, by=tom)
    with pytest.raises(NotAllowed):
        swap(office, theirs, mine, by=tom)


def test_a_cancelled_session_has_no_room_any_more(office, it_room, seminar):
    one, other = make.training_session(room=it_room), make.training_session(room=seminar)
    office.cancel_session(other)

    with pytest.raises(BookingClosed, match="cancelled"):
        swap(office, one, other)


@pytest.mark.parametrize("changed", ["one", "other"])
def test_whoever_has_not_seen_a_change_of_either_is_told(office, it_room, seminar, changed):
    sessions = {"one": make.training_session(room=it_room), "other": make.training_session(room=seminar)}
    seen, seen_other = newest(sessions["one"]), newest(sessions["other"])
    office.do(changes.change_capacity, sessions[changed].id, 5, by=None, now=office.now)

    with pytest.raises(StaleEdit):
        swap(office, *sessions.values(), seen=seen, seen_other=seen_other)


def test_a_part_that_is_over_stays_where_it_was(office, it_room, seminar):
    slots = [make.slot(room=it_room), make.slot(IN_TWO_WEEKS + timedelta(days=7), room=it_room)]
    one, other = make.training_session(slots=slots), make.training_session(room=seminar, starts_at=slots[1].starts_at)
    office.now = IN_TWO_WEEKS + timedelta(days=1)

    swap(office, one, other)

    assert rooms_of(one) == [it_room.id, seminar.id]


def test_swapped_there_and_back_before_the_worker_ran_needs_no_letter(office, it_room, seminar):
    cora = make.coordinator()
    one, other = make.training_session(room=it_room), make.training_session(room=seminar)
    make.booking(one)
    office.deliver()

    swap(office, one, other, by=cora)
    swap(office, one, other, by=cora)

    assert office.deliver() == []


def test_a_full_session_that_swaps_is_still_full_and_its_letter_says_the_new_room(office, it_room, seminar):
    one, other = make.training_session(room=it_room, capacity=1), make.training_session(room=seminar)
    make.booking(one)

    swap(office, one, other)

    [full] = [letter for letter in office.deliver() if letter.subject.startswith("Full")]
    assert "Seminar room" in full.text


def test_the_partners_offered_are_those_that_somebody_may_manage_the_nearest_first(office, it_room, seminar):
    tom = make.trainer("Tom")
    one = make.training_session(room=it_room, trainers=[tom])
    for days in (9, -3, 2):
        starts_at = IN_TWO_WEEKS + timedelta(days=days)
        make.training_session(room=seminar, trainers=[tom], starts_at=starts_at, course=make.course(f"{days} days"))
    make.training_session(room=seminar, course=make.course("Not mine"))
    make.training_session(trainers=[tom], starts_at=IN_TWO_WEEKS + timedelta(days=1), course=make.course("Online"))

    partners = changes.partners_of(one, by=tom, now=office.now)

    assert [(partner.title, partner.why_not) for partner in partners] == [
        ("2 days", ""),
        ("-3 days", ""),
        ("9 days", ""),
    ]


def test_a_partner_that_would_not_fit_says_why(office, it_room, seminar):
    one, cora = make.training_session(room=it_room), make.coordinator()
    make.training_session(room=seminar, capacity=20)
    make.training_session(room=make.room("Cupboard", capacity=4), capacity=4)
    make.training_session(room=it_room, starts_at=IN_TWO_WEEKS + timedelta(days=1))

    partners = changes.partners_of(one, by=cora, now=office.now)

    assert {partner.why_not for partner in partners} == {
        "IT room holds 12 people, and that session has 20 places.",
        "Cupboard holds 4 people, and this session has 10 places.",
        "It is in the same room.",
    }


@pytest.mark.parametrize("count", [1, 3])
def test_partners_are_found_in_the_same_number_of_statements(office, it_room, seminar, count):
    one, cora = make.training_session(room=it_room), make.coordinator()
    for number in range(count):
        make.training_session(room=seminar, starts_at=IN_TWO_WEEKS + timedelta(days=number))

    with office.statements() as said:
        changes.partners_of(one, by=cora, now=office.now)

    assert len(said) == 3


def test_everybody_keeps_their_place(office, it_room, seminar):
    one, other = make.training_session(room=it_room), make.training_session(room=seminar)
    booking = make.booking(one)

    swap(office, one, other)

    assert [live.id for live in bookings.live_on(one)] == [booking.id]
