from datetime import timedelta

import pytest

from app import changes
from app.db import db
from app.errors import BookingClosed, Faulty, NotAllowed, NotFound, RoomTaken, TooSmall
from app.journal import Deed
from app.timetable import Slot
from tests import make
from tests.make import IN_TWO_WEEKS


def change_room(office, training_session, room, *, capacity, by=None, words=""):
    return office.do(
        changes.change_room, training_session.id, room, capacity=capacity, by=by, now=office.now, words=words
    )


def change_link(office, training_session, link, *, by=None):
    return office.do(changes.change_joining_link, training_session.id, link, by=by, now=office.now)


def change_capacity(office, training_session, capacity, *, by=None):
    return office.do(changes.change_capacity, training_session.id, capacity, by=by, now=office.now)


def full_letters(office):
    return [notice.state for notice in office.notices("session_full")]


def test_a_new_room_is_told_to_everybody_booked(office):
    training_session = make.training_session(room=make.room(), capacity=8)
    make.booking(training_session)
    [booked] = office.deliver()

    change_room(office, training_session, make.room("Seminar room 1", capacity=24), capacity=20)

    [letter] = office.deliver()
    assert letter.subject == "New room: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am"
    assert letter.entry == ("REQUEST", booked.entry[1], 1)
    assert "Seminar room 1" in str(letter.event["LOCATION"])
    assert letter.event["DTSTART"].dt == IN_TWO_WEEKS


def test_a_new_room_comes_with_the_number_of_places_asked_for(office):
    training_session = make.training_session(room=make.room(), capacity=8)

    change_room(office, training_session, make.room("Seminar room 1", capacity=24), capacity=20)

    assert office.fresh(training_session).capacity == 20


def test_every_part_goes_into_the_new_room(office):
    old, new = make.room(), make.room("Seminar room 1")
    slots = [make.slot(room=old), make.slot(IN_TWO_WEEKS + timedelta(days=1), room=old)]
    training_session = make.training_session(slots=slots)

    change_room(office, training_session, new, capacity=10)

    assert {slot.room_id for slot in db.session.query(Slot)} == {new.id}


def test_a_room_too_small_for_the_places_asked_for_is_refused(office):
    training_session = make.training_session(room=make.room(), capacity=8)

    with pytest.raises(TooSmall, match="Quiet room holds 6 people, so it cannot give 8 places"):
        change_room(office, training_session, make.room("Quiet room", capacity=6), capacity=8)


def test_a_room_too_small_for_those_booked_is_refused_and_says_how_many_would_have_to_go(office):
    training_session = make.training_session(room=make.room(), capacity=8)
    make.crowd(training_session, 8)

    with pytest.raises(TooSmall) as refused:
        change_room(office, training_session, make.room("Quiet room", capacity=6), capacity=6)

    assert refused.value.sentence == (
        "Quiet room holds 6 people; 8 have a place: 2 would have to go. IT training room (10 people) is free then."
    )
    assert refused.value.facts == {"field": "room", "taken": 8}


def test_a_room_taken_at_that_time_is_refused(office):
    training_session, room = make.training_session(capacity=5), make.room()
    make.training_session(room=room)

    with pytest.raises(RoomTaken):
        change_room(office, training_session, room, capacity=5)


def test_more_places_in_a_larger_room_take_back_the_full_letter(office):
    training_session = make.training_session(room=make.room(capacity=1), capacity=1)
    make.booking(training_session)

    change_room(office, training_session, make.room("Seminar room 1"), capacity=10)

    assert full_letters(office) == ["withdrawn"]


def test_fewer_places_in_another_room_may_make_it_full(office):
    training_session = make.training_session(room=make.room(), capacity=8)
    make.booking(training_session)

    change_room(office, training_session, make.room("Cupboard", capacity=1), capacity=1)

    [notice] = office.notices("session_full")
    assert (notice.state, notice.facts["about"]["parts"][0]["room"]) == ("waiting", "Cupboard")


def test_a_session_that_is_not_there_has_no_room_to_change(office):
    with pytest.raises(NotFound):
        office.do(changes.change_room, 4711, make.room(), capacity=5, by=None, now=office.now)


def test_a_new_link_is_told_to_everybody_booked(office):
    training_session = make.training_session()
    make.booking(training_session)
    [booked] = office.deliver()

    change_link(office, training_session, "https://meet.example.org/other")

    [letter] = office.deliver()
    assert letter.subject == "New joining link: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am"
    assert letter.entry == ("REQUEST", booked.entry[1], 1)
    assert str(letter.event["LOCATION"]) == "https://meet.example.org/other"


def test_a_session_without_a_room_keeps_its_link(office):
    with pytest.raises(Faulty, match="Give a room or a joining link"):
        change_link(office, make.training_session(), "")


def test_more_places_can_be_booked_at_once(office):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)

    change_capacity(office, training_session, 2)

    assert office.book(make.person(), training_session).is_live


def test_more_places_take_back_a_full_letter_that_has_not_left(office):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)

    change_capacity(office, training_session, 2)

    assert full_letters(office) == ["withdrawn"]


def test_a_session_that_fills_again_after_more_places_is_told_again(office):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)
    office.deliver()
    change_capacity(office, training_session, 2)

    make.booking(training_session)

    assert full_letters(office) == ["sent", "waiting"]


def test_taking_the_places_left_away_makes_it_full(office):
    training_session = make.training_session(capacity=3)
    make.booking(training_session)

    change_capacity(office, training_session, 1)

    assert (full_letters(office), office.fresh(training_session).full_count) == (["waiting"], 1)


def test_the_same_number_of_places_again_changes_nothing(office):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)
    office.deliver()

    change_capacity(office, training_session, 1)

    assert full_letters(office) == ["sent"]


@pytest.mark.parametrize(("capacity", "who"), [(2, "1 person"), (1, "2 people")])
def test_fewer_places_than_are_taken_are_refused_and_say_how_many_would_have_to_go(office, capacity, who):
    training_session = make.training_session(capacity=3)
    make.crowd(training_session, 3)

    with pytest.raises(TooSmall) as refused:
        change_capacity(office, training_session, capacity)

    assert refused.value.sentence == f"3 places are taken: {who} would have to go to make it {capacity}."


def test_more_places_than_the_smallest_room_holds_are_refused(office):
    slots = [
        make.slot(room=make.room(capacity=20)),
        make.slot(IN_TWO_WEEKS + timedelta(days=1), room=make.room("Quiet room", capacity=6)),
    ]
    training_session = make.training_session(slots=slots, capacity=6)

    with pytest.raises(TooSmall, match="Quiet room holds 6"):
        change_capacity(office, training_session, 7)


def test_fewer_places_than_the_minimum_are_refused(office):
    training_session = make.training_session(minimum=4)

    with pytest.raises(Faulty, match="The minimum cannot be 4 when there are 3 places"):
        change_capacity(office, training_session, 3)


def test_a_session_keeps_at_least_one_place(office):
    with pytest.raises(Faulty, match="at least one place"):
        change_capacity(office, make.training_session(), 0)


def test_a_stranger_cannot_change_the_places(office):
    with pytest.raises(NotAllowed):
        change_capacity(office, make.training_session(), 5, by=make.person())


def test_a_session_that_is_over_keeps_its_places(office):
    training_session = make.training_session()
    office.now = IN_TWO_WEEKS + timedelta(hours=2)

    with pytest.raises(BookingClosed, match="over"):
        change_capacity(office, training_session, 5)


def test_a_cancelled_session_keeps_its_places(office):
    training_session = make.training_session()
    office.cancel_session(training_session)

    with pytest.raises(BookingClosed, match="cancelled"):
        change_capacity(office, training_session, 5)


def test_people_booked_hear_nothing_of_more_places(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.deliver()

    change_capacity(office, training_session, 12)

    assert office.deliver() == []


def test_the_journal_keeps_the_places_before_and_after(office):
    change_capacity(office, make.training_session(capacity=10), 12)

    [deed] = db.session.query(Deed).filter_by(did="resized").all()
    assert deed.facts == {"was": 10, "to": 12}
