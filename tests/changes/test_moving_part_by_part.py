"""Sessions of several parts, and sessions under way: only what is still to come changes."""

from datetime import timedelta

import pytest

from app import changes, doctor, history, timetable
from app.db import db
from app.errors import Faulty, RoomTaken
from app.timetable import Slot
from tests import make
from tests.make import IN_TWO_WEEKS

SECOND = IN_TWO_WEEKS + timedelta(days=7)
TWO_HOURS = timedelta(hours=2)
LINK = "https://meet.example.org/room"


@pytest.fixture
def room(office):
    return make.room()


@pytest.fixture
def seminar(office):
    return make.room("Seminar room 1", capacity=24)


@pytest.fixture
def training_session(office, room):
    return make.training_session(slots=[make.slot(room=room), make.slot(SECOND, room=room)])


def change_times(office, training_session, *starts, **kwargs):
    spans = [(starts_at, starts_at + TWO_HOURS) for starts_at in starts]
    office.do(changes.change_times, training_session.id, spans, by=None, now=office.now, **kwargs)


def change_room(office, training_session, room, **kwargs):
    given = {"capacity": 10, "by": None, "now": office.now, **kwargs}
    office.do(changes.change_room, training_session.id, room, **given)


def slots():
    return [
        (slot.starts_at, slot.room_id, slot.joining_link) for slot in db.session.query(Slot).order_by(Slot.position)
    ]


def test_each_part_has_a_time_of_its_own_and_stays_in_its_room(office, training_session, room):
    change_times(office, training_session, IN_TWO_WEEKS, SECOND + TWO_HOURS)

    assert slots() == [(IN_TWO_WEEKS, room.id, ""), (SECOND + TWO_HOURS, room.id, "")]


def test_the_history_says_which_part_moved(office, training_session):
    change_times(office, training_session, IN_TWO_WEEKS, SECOND + TWO_HOURS)

    assert history.of(training_session)[-1].did == (
        "moved it from Tuesday 22 December 2026, 10am to midday (part 2) "
        "to Tuesday 22 December 2026, midday to 2pm (part 2)"
    )


def test_one_part_alone_can_go_into_another_room(office, training_session, room, seminar):
    change_room(office, training_session, seminar, part=1)

    assert [slot[1] for slot in slots()] == [room.id, seminar.id]


def test_one_part_alone_can_have_another_link(office, training_session):
    office.do(changes.change_joining_link, training_session.id, LINK, part=0, by=None, now=office.now)

    assert [slot[2] for slot in slots()] == [LINK, ""]


def test_a_part_that_is_over_stays_where_it_was(office, training_session, room, seminar):
    office.now = IN_TWO_WEEKS + timedelta(days=1)

    change_room(office, training_session, seminar)

    assert [slot[1] for slot in slots()] == [room.id, seminar.id]


def test_a_part_that_is_over_cannot_be_moved(office, training_session):
    office.now = IN_TWO_WEEKS + timedelta(days=1)

    with pytest.raises(Faulty) as refused:
        change_times(office, training_session, IN_TWO_WEEKS + timedelta(days=2), SECOND)

    assert (refused.value.sentence, refused.value.facts["slot"]) == ("This part is over, so it stays as it was.", 0)


def test_a_later_part_cannot_be_moved_to_where_it_would_have_been(office, training_session):
    office.now = IN_TWO_WEEKS + timedelta(days=3)

    with pytest.raises(Faulty, match="still to come"):
        change_times(office, training_session, IN_TWO_WEEKS, IN_TWO_WEEKS + timedelta(days=1))


def test_the_parts_keep_their_order(office, training_session):
    with pytest.raises(Faulty, match="must follow one another"):
        change_times(office, training_session, SECOND, IN_TWO_WEEKS)


def test_there_are_as_many_times_as_parts(office, training_session):
    with pytest.raises(Faulty, match="2 in all"):
        change_times(office, training_session, IN_TWO_WEEKS)


def test_a_session_under_way_can_be_made_longer(office):
    training_session = make.training_session()
    office.now = IN_TWO_WEEKS + timedelta(minutes=30)

    spans = [(IN_TWO_WEEKS, IN_TWO_WEEKS + timedelta(hours=3))]
    office.do(changes.change_times, training_session.id, spans, by=None, now=office.now)

    assert office.fresh(training_session).ends_at == IN_TWO_WEEKS + timedelta(hours=3)


def test_a_session_under_way_cannot_have_ended_already(office):
    training_session = make.training_session()
    office.now = IN_TWO_WEEKS + timedelta(minutes=30)

    spans = [(IN_TWO_WEEKS, IN_TWO_WEEKS + timedelta(minutes=15))]

    with pytest.raises(Faulty, match="Choose an end that is still to come"):
        office.do(changes.change_times, training_session.id, spans, by=None, now=office.now)


def test_a_session_under_way_can_go_into_another_room_and_everybody_is_told(office, room, seminar):
    training_session = make.training_session(room=room)
    make.booking(training_session)
    office.deliver()
    office.now = IN_TWO_WEEKS + timedelta(minutes=5)

    change_room(office, training_session, seminar)

    assert [letter.subject.partition(":")[0] for letter in office.deliver()] == ["New room"]


def test_a_session_that_goes_online_leaves_its_room(office, room):
    training_session = make.training_session(room=room)

    change_room(office, training_session, None, joining_link=LINK, capacity=40)

    assert slots() == [(IN_TWO_WEEKS, None, LINK)]
    assert make.training_session(room=room).state == "scheduled"


def test_a_session_online_needs_a_joining_link(office, room):
    with pytest.raises(Faulty, match="Give a room or a joining link"):
        change_room(office, make.training_session(room=room), None)


def test_a_session_comes_back_from_online_into_a_room_without_its_link(office, room):
    training_session = make.training_session()

    change_room(office, training_session, room, joining_link="")

    assert slots() == [(IN_TWO_WEEKS, room.id, "")]


def test_a_new_time_and_a_free_room_go_together_where_its_own_is_taken(office, room, seminar):
    make.training_session(room=room, starts_at=SECOND)
    training_session = make.training_session(room=room)

    with pytest.raises(RoomTaken, match=r"Seminar room 1 \(24 people\) is free then\."):
        change_times(office, training_session, SECOND)
    change_times(office, training_session, SECOND, room=seminar)

    assert (SECOND, seminar.id, "") in slots()


def test_a_closed_room_is_refused_with_why(office, room, seminar):
    closed = (IN_TWO_WEEKS + timedelta(days=1), IN_TWO_WEEKS + timedelta(days=2))
    office.do(timetable.close_room, room.id, *closed, why="Redecoration", by=None, now=office.now)
    training_session = make.training_session(room=room)

    with pytest.raises(RoomTaken) as refused:
        change_times(office, training_session, IN_TWO_WEEKS + timedelta(days=1))

    assert "Redecoration" in refused.value.sentence
    assert refused.value.sentence.endswith("Seminar room 1 (24 people) is free then.")


def test_a_room_that_is_not_used_any_more_is_refused(office, room, seminar):
    office.do(setattr, seminar, "is_retired", True)

    with pytest.raises(RoomTaken, match="Seminar room 1 is not used any more"):
        change_room(office, make.training_session(room=room), seminar)


def test_a_session_in_a_room_that_was_retired_since_can_still_move_there(office, room):
    training_session = make.training_session(room=room)
    office.do(setattr, room, "is_retired", True)

    change_times(office, training_session, SECOND)

    assert slots() == [(SECOND, room.id, "")]


def test_a_session_cannot_move_to_before_its_booking_opens(office):
    training_session = make.training_session(booking_opens_at=IN_TWO_WEEKS - timedelta(days=7))

    with pytest.raises(Faulty, match="Booking opens only on Tuesday 8 December 2026 at 10am"):
        office.move(training_session, [make.slot(IN_TWO_WEEKS - timedelta(days=8), joining_link=LINK)])


def test_the_joining_link_is_in_no_history(office):
    training_session = make.training_session()

    office.do(
        changes.change_joining_link, training_session.id, "https://meet.example.org/secret", by=None, now=office.now
    )

    assert history.of(training_session)[-1].did == "changed the joining link"
    assert not [line for line in office.kept().splitlines() if line.startswith("deeds") and "secret" in line]


def test_where_a_part_was_that_is_over_does_not_limit_how_many_come_to_the_next(office, room, seminar):
    training_session = make.training_session(slots=[make.slot(room=room), make.slot(SECOND, room=seminar)])
    office.now = IN_TWO_WEEKS + timedelta(days=1)

    office.do(changes.change_capacity, training_session.id, 20, by=None, now=office.now)

    office.deliver()
    assert office.fresh(training_session).capacity == 20
    assert doctor.examine(office.now) == []


def test_what_whoever_took_over_did_while_the_first_part_ran_is_not_in_the_way_of_the_next(office, training_session):
    fay = make.trainer("Fay")
    make.training_session(trainers=[fay])  # at the time of the first part
    office.now = IN_TWO_WEEKS + timedelta(days=1)
    office.do(changes.change_trainers, training_session.id, [fay], by=None, now=office.now)

    change_times(office, training_session, IN_TWO_WEEKS, SECOND + TWO_HOURS)

    office.deliver()
    assert office.fresh(training_session).ends_at == SECOND + TWO_HOURS + TWO_HOURS
    assert doctor.examine(office.now) == []
