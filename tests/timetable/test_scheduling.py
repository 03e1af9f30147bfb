from datetime import timedelta

import pytest

from app import timetable
from app.db import db
from app.errors import Faulty, NotAllowed, RoomTaken, TooSmall, TrainerBusy
from app.journal import Deed
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

pytestmark = pytest.mark.both_engines

TWO_HOURS = timedelta(hours=2)


def schedule(office, *slots, course=None, trainers=None, by=None, **kwargs):
    return office.do(
        timetable.schedule,
        course or make.course(),
        slots=slots or [make.slot(joining_link="https://meet.example.org/1")],
        trainers=trainers if trainers is not None else [make.trainer()],
        by=by,
        now=NOW,
        **kwargs,
    )


def test_a_trainer_puts_a_session_on_the_timetable(office):
    trainer, room = make.trainer(), make.room()
    course = make.course(owner=trainer)

    training_session = schedule(office, make.slot(room=room), course=course, trainers=[trainer], by=trainer, capacity=8)

    office.forget()
    found = timetable.get(training_session.ref)
    assert (found.state, found.capacity, found.starts_at, found.ends_at) == (
        "scheduled",
        8,
        IN_TWO_WEEKS,
        IN_TWO_WEEKS + TWO_HOURS,
    )
    assert (found.where, [person.id for person in found.trainers]) == (
        "IT training room, Northgate Hospital",
        [trainer.id],
    )


def test_a_session_takes_the_courses_usual_places(office):
    assert schedule(office, course=make.course(places=7)).capacity == 7


def test_a_session_takes_no_more_places_than_its_smallest_room_holds(office):
    slots = [make.slot(room=make.room(capacity=8)), make.slot(IN_TWO_WEEKS + TWO_HOURS, room=make.room(capacity=6))]

    assert schedule(office, *slots, course=make.course(places=10)).capacity == 6


def test_the_journal_says_who_scheduled_it(office):
    trainer = make.trainer()

    training_session = schedule(office, course=make.course(owner=trainer), trainers=[trainer], by=trainer)

    [deed] = db.session.query(Deed).filter_by(did="scheduled").all()
    assert (deed.by_id, deed.about, deed.about_id) == (trainer.id, "training_sessions", training_session.id)


def test_more_places_than_the_room_holds_are_refused(office):
    with pytest.raises(TooSmall, match="IT training room holds 10 people, so it cannot give 11 places"):
        schedule(office, make.slot(room=make.room(capacity=10)), capacity=11)


@pytest.mark.parametrize(
    ("shift", "clashes"),
    [
        (timedelta(hours=-2), False),
        (timedelta(hours=-2, seconds=1), True),
        (timedelta(0), True),
        (timedelta(hours=2, seconds=-1), True),
        (timedelta(hours=2), False),
    ],
)
def test_a_room_is_taken_from_its_first_second_to_its_last(office, shift, clashes):
    room = make.room()
    make.training_session(room=room)
    slot = make.slot(IN_TWO_WEEKS + shift, room=room)

    if clashes:
        with pytest.raises(RoomTaken, match="IT training room is taken on Tuesday 15 December 2026"):
            schedule(office, slot)
    else:
        assert schedule(office, slot).state == "scheduled"


@pytest.mark.parametrize(("minutes", "clashes"), [(-120, False), (-119, True), (0, True), (119, True), (120, False)])
def test_a_trainer_is_busy_from_the_first_minute_to_the_last(office, minutes, clashes):
    trainer = make.trainer()
    make.training_session(trainers=[trainer])
    slot = make.slot(IN_TWO_WEEKS + timedelta(minutes=minutes), joining_link="https://meet.example.org/2")

    if clashes:
        with pytest.raises(TrainerBusy, match="Tom Trainer is busy on Tuesday 15 December 2026, 10am to midday"):
            schedule(office, slot, trainers=[trainer])
    else:
        assert schedule(office, slot, trainers=[trainer]).state == "scheduled"


def test_a_refusal_names_the_part_that_does_not_fit(office):
    room = make.room()
    make.training_session(room=room, starts_at=IN_TWO_WEEKS + timedelta(days=1))

    with pytest.raises(RoomTaken) as refused:
        schedule(office, make.slot(room=room), make.slot(IN_TWO_WEEKS + timedelta(days=1), room=room))

    assert refused.value.facts == {"slot": 1}


def test_one_of_several_trainers_who_is_busy_is_named(office):
    busy = make.trainer("Tess Trainer")
    make.training_session(trainers=[busy])

    with pytest.raises(TrainerBusy, match="Tess Trainer is busy"):
        schedule(office, trainers=[make.trainer(), busy])


def test_a_session_needs_a_trainer(office):
    with pytest.raises(Faulty, match="at least one trainer"):
        schedule(office, trainers=[])


def test_somebody_who_is_not_a_trainer_cannot_run_it(office):
    with pytest.raises(Faulty, match="Nia Nurse is not a trainer"):
        schedule(office, trainers=[make.person()])


def test_a_session_ends_after_it_starts(office):
    with pytest.raises(Faulty, match="must end after it starts"):
        schedule(office, make.slot(minutes=0, joining_link="https://meet.example.org/1"))


def test_a_session_is_somewhere(office):
    with pytest.raises(Faulty, match="Give a room or a joining link"):
        schedule(office, make.slot())


def test_the_parts_of_a_session_follow_one_another(office):
    slot = make.slot(joining_link="https://meet.example.org/1")

    with pytest.raises(Faulty, match="must follow one another") as refused:
        schedule(office, slot, slot)

    assert refused.value.facts == {"slot": 1}


def test_a_session_has_at_least_one_place(office):
    with pytest.raises(Faulty, match="at least one place"):
        schedule(office, capacity=0)


@pytest.mark.parametrize("minimum", [-1, 6])
def test_the_minimum_lies_between_none_and_all(office, minimum):
    with pytest.raises(Faulty, match="The minimum cannot be"):
        schedule(office, capacity=5, minimum=minimum)


@pytest.mark.parametrize("stranger", [make.person, make.trainer])
def test_a_stranger_cannot_timetable_for_others(office, stranger):
    with pytest.raises(NotAllowed):
        schedule(office, by=stranger("Sam Stranger"))


def test_the_owner_of_a_course_may_timetable_it_for_another_trainer(office):
    owner = make.trainer("Olga Owner")

    assert schedule(office, course=make.course(owner=owner), by=owner).state == "scheduled"


def test_a_refused_session_leaves_nothing_behind(office):
    room, trainer, course = make.room(capacity=5), make.trainer(), make.course()
    before = office.kept()

    with pytest.raises(TooSmall):
        schedule(office, make.slot(room=room), course=course, trainers=[trainer], capacity=6)

    assert office.kept() == before


def test_a_session_moved_after_its_trainers_were_reminded_has_them_reminded_again(office):
    training_session = make.training_session()
    office.now = IN_TWO_WEEKS - timedelta(days=1)
    first = [letter.subject for letter in office.deliver()]

    later = IN_TWO_WEEKS + timedelta(days=7)
    office.move(training_session, [make.slot(later, joining_link="https://meet.example.org/room")])
    office.now = later - timedelta(days=1)

    assert len(first) == len(office.deliver()) == 1
