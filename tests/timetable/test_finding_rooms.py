from datetime import timedelta

import pytest

from app import timetable
from app.db import db
from app.timetable import RoomChoice, Slot
from tests import make
from tests.make import IN_TWO_WEEKS

pytestmark = pytest.mark.both_engines

TWO_HOURS = timedelta(hours=2)
THEN = (IN_TWO_WEEKS, IN_TWO_WEEKS + TWO_HOURS)


def named(choices):
    return [choice.room.name for choice in choices]


def equipped(office, room, **facts):
    for column, value in facts.items():
        office.do(setattr, room, column, value)
    return room


def close(office, room, why, starts_at=IN_TWO_WEEKS, ends_at=IN_TWO_WEEKS + TWO_HOURS):
    closure = Slot(position=0, starts_at=starts_at, ends_at=ends_at, room_id=room.id, closed_why=why)
    office.do(db.session.add, closure)


def test_free_rooms_that_are_large_enough_come_first_the_smallest_at_the_top(office):
    make.room("Hall", capacity=60)
    make.room("Suite", capacity=16)
    make.room("Quiet room", capacity=6)

    assert named(timetable.rooms_for([THEN], places=10)) == ["Suite", "Hall", "Quiet room"]


def test_a_room_that_is_too_small_says_how_many_it_holds(office):
    make.room("Quiet room", capacity=6)

    [choice] = timetable.rooms_for([THEN], places=10)

    assert not choice.may_be_chosen
    assert choice.why_not == "Too small: it holds 6 people, and there are to be 10 places."


def test_a_room_that_is_taken_says_by_what_and_when(office):
    room = make.room()
    make.training_session(room=room, course=make.course("Copyright for the busy"))

    [choice] = timetable.rooms_for([THEN], places=10)

    assert choice.why_not == "Taken on Tuesday 15 December 2026, 10am to midday with ‘Copyright for the busy’."


def test_a_room_that_is_closed_says_why(office):
    close(office, make.room(), "Redecoration.")

    [choice] = timetable.rooms_for([THEN], places=10)

    assert choice.why_not == "Closed on Tuesday 15 December 2026, 10am to midday: Redecoration."


@pytest.mark.parametrize(("minutes", "is_free"), [(-120, True), (-119, False), (119, False), (120, True)])
def test_a_room_is_free_right_before_and_after_something_else(office, minutes, is_free):
    make.training_session(room=make.room())
    starts_at = IN_TWO_WEEKS + timedelta(minutes=minutes)

    [choice] = timetable.rooms_for([(starts_at, starts_at + TWO_HOURS)], places=10)

    assert choice.may_be_chosen == is_free


def test_a_room_must_be_free_for_every_part(office):
    room, later = make.room(), IN_TWO_WEEKS + timedelta(days=7)
    make.training_session(room=room, starts_at=later)

    [choice] = timetable.rooms_for([THEN, (later, later + TWO_HOURS)], places=10)

    assert choice.why_not.startswith("Taken on Tuesday 22 December 2026")


def test_a_draft_holds_its_room(office):
    make.training_session(room=make.room(), is_draft=True)

    assert not timetable.rooms_for([THEN], places=10)[0].may_be_chosen


def test_a_cancelled_session_gives_its_room_back(office):
    office.cancel_session(make.training_session(room=make.room()))

    assert timetable.rooms_for([THEN], places=10)[0].may_be_chosen


def test_a_session_that_moves_is_not_in_its_own_way(office):
    training_session = make.training_session(room=make.room())

    [choice] = timetable.rooms_for([THEN], places=10, apart_from=training_session.id)

    assert choice.may_be_chosen


def test_a_closure_is_in_the_way_of_a_session_that_moves(office):
    room = make.room()
    training_session = make.training_session(room=room, starts_at=IN_TWO_WEEKS - timedelta(days=1))
    close(office, room, "Redecoration")

    [choice] = timetable.rooms_for([THEN], places=10, apart_from=training_session.id)

    assert choice.why_not.startswith("Closed on")


def test_a_room_that_is_not_used_any_more_is_not_listed(office):
    equipped(office, make.room(), is_retired=True)

    assert timetable.rooms_for([THEN], places=10) == []


def test_a_room_without_what_the_course_needs_comes_after_those_that_have_it_and_says_what_it_lacks(office):
    small = make.room("Seminar room", capacity=12)
    large = equipped(office, make.room("IT room", capacity=20), equipment="16 PCs; projector; hearing loop")

    choices = timetable.rooms_for([THEN], places=10, needs=["PCs", "Projector"])

    assert choices == [RoomChoice(large), RoomChoice(small, lacks=("PCs", "Projector"))]
    assert choices[1].may_be_chosen


@pytest.mark.parametrize(
    ("need", "equipment", "access", "is_there"),
    [
        ("PCs", "10 PCs; projector", "", True),
        ("a PC", "10 PCs; projector", "", True),
        ("10 PCs", "16 PCs (laptops)", "", True),
        ("12 PCs", "10 PCs; 30 chairs", "", False),
        ("Hearing loop", "Projector, HEARING LOOP", "", True),
        ("step-free access", "", "Step-free; accessible toilet", True),
        ("step-free access", "", "Not step-free", False),
        ("projector", "No projector", "", False),
        ("Café", "cafe", "", True),
        ("PCs", "", "", False),
    ],
)
def test_what_a_course_needs_is_found_in_what_is_said_of_a_room(office, need, equipment, access, is_there):
    equipped(office, make.room(), equipment=equipment, access=access)

    [choice] = timetable.rooms_for([THEN], places=10, needs=[need])

    assert choice.lacks == (() if is_there else (need,))


@pytest.mark.parametrize("count", [1, 3])
def test_three_rooms_are_found_in_as_many_statements_as_one(office, count):
    for number in range(count):
        make.training_session(room=make.room(f"Room {number}"))
    office.forget()

    with office.statements() as said:
        assert len(timetable.rooms_for([THEN], places=10)) == count

    assert len(said) == 2


def test_a_trainer_who_is_busy_says_with_what(office):
    busy, free = make.trainer("Tess Trainer"), make.trainer("Theo Trainer")
    make.training_session(trainers=[busy], course=make.course("Copyright for the busy"))

    found = timetable.busy_trainers([busy, free], [THEN])

    assert found == {busy.id: "Busy on Tuesday 15 December 2026, 10am to midday with ‘Copyright for the busy’."}
