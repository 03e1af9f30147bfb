"""Two people change things at the same moment, each in a process's own way: one is first, the other is told clearly."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app import attendance, bookings, changes, timetable
from app.courses import Course
from app.db import db, transaction
from app.errors import Faulty, Refused, RoomTaken, StaleEdit, TrainerBusy
from app.journal import newest
from app.people import Person
from app.rooms import lock as hold_rooms
from app.timetable import Slot, TrainingSession
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

pytestmark = pytest.mark.both_engines

NEXT_DAY = IN_TWO_WEEKS + timedelta(days=1)
TWO_HOURS = timedelta(hours=2)
ROUNDS = 5


def at_once(office, *verbs):
    """Each in a transaction and a thread of its own, all begun at one moment; what each was refused with, or None."""
    ready = threading.Barrier(len(verbs))

    def act(verb):
        with office.app.app_context():
            ready.wait(30)
            try:
                with transaction():
                    verb()
            except Refused as refusal:
                return refusal
            return None

    db.session.rollback()
    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(act, verbs))


def one_after_the_other(office, first, second):
    """The second begins while the first is done but not over, so that it has to wait; what it was refused with."""
    is_done, has_begun = threading.Event(), threading.Event()

    def act_first():
        with office.app.app_context(), transaction():
            first()
            is_done.set()
            has_begun.wait(30)
            threading.Event().wait(0.3)  # the other is waiting for a lock by now

    def act_second():
        with office.app.app_context():
            is_done.wait(30)
            has_begun.set()
            try:
                with transaction():
                    second()
            except Refused as refusal:
                return refusal
        return None

    db.session.rollback()
    with ThreadPoolExecutor(2) as pool:
        doing = pool.submit(act_first)
        refusal = pool.submit(act_second).result(60)
        doing.result(60)
    return refusal


def moves(training_session, starts_at, **kwargs):
    number = training_session.id
    return lambda: changes.change_times(number, [(starts_at, starts_at + TWO_HOURS)], by=None, now=NOW, **kwargs)


def goes_into(training_session, room, **kwargs):
    number = training_session.id
    return lambda: changes.change_room(number, room, capacity=5, by=None, now=NOW, **kwargs)


def kinds_of(refusals):
    return sorted((type(refusal).__name__ for refusal in refusals if refusal), key=str)


def rooms_of(*ids):
    """The room of each session's slot, as the database has it now."""
    db.session.rollback()
    query = select(Slot.room_id).where(Slot.training_session_id.in_(ids)).order_by(Slot.training_session_id)
    return db.session.scalars(query).all()


def test_two_sessions_want_one_room_at_the_same_moment(office):
    wanted, homes = make.room("Wanted", capacity=24), [make.room(f"Room {n}") for n in range(2)]
    one, other = (make.training_session(room=home, capacity=5) for home in homes)

    for _ in range(ROUNDS):
        refusals = at_once(office, goes_into(one, wanted), goes_into(other, wanted))

        assert kinds_of(refusals) == ["RoomTaken"]
        [refusal] = [refusal for refusal in refusals if refusal]
        assert refusal.sentence.startswith("Wanted is taken on Tuesday 15 December 2026, 10am to midday with ")
        for training_session, home in zip((one, other), homes, strict=True):
            office.do(goes_into(training_session, home))


def test_two_people_change_one_session_at_the_same_moment(office):
    rooms = [make.room(), make.room("Seminar room")]
    training_session = make.training_session(room=rooms[0], capacity=5)

    for number in range(1, ROUNDS + 1):
        seen = newest(office.fresh(training_session))
        moved = moves(training_session, IN_TWO_WEEKS + timedelta(days=number), seen=seen)
        [room] = [room for room in rooms if [room.id] != rooms_of(training_session.id)]

        refusals = at_once(office, moved, goes_into(training_session, room, seen=seen))

        assert kinds_of(refusals) == ["StaleEdit"]
        [refusal] = [refusal for refusal in refusals if refusal]
        assert [line.did.partition(" from ")[0] for line in refusal.facts["lines"]] == ["moved it"]


def test_a_change_that_waited_for_another_says_what_that_was(office):
    training_session, cora = make.training_session(), make.coordinator()
    seen, number = newest(training_session), training_session.id
    spans = [(NEXT_DAY, NEXT_DAY + TWO_HOURS)]

    refusal = one_after_the_other(
        office,
        lambda: changes.change_times(number, spans, by=cora, now=NOW, seen=seen),
        moves(training_session, IN_TWO_WEEKS + timedelta(days=2), seen=seen),
    )

    assert isinstance(refusal, StaleEdit)
    assert [(line.who, line.did) for line in refusal.facts["lines"]] == [
        (
            "Cora Coordinator",
            "moved it from Tuesday 15 December 2026, 10am to midday to Wednesday 16 December 2026, 10am to midday",
        )
    ]


def test_a_room_changes_while_somebody_else_replaces_its_trainers(office, engine):
    """Whoever waited for the former trainers holds none of the new ones: the rooms they read may be others by now."""
    training_session, fay, seminar = make.training_session(capacity=5), make.trainer("Fay"), make.room("Seminar room")
    number, into_seminar = training_session.id, goes_into(training_session, seminar, joining_link="")

    refusal = one_after_the_other(
        office, lambda: changes.change_trainers(number, [fay], by=None, now=NOW), into_seminar
    )

    if engine == "postgresql":  # SQLite has one writer at a time, who begins with what the last one left
        assert isinstance(refusal, StaleEdit)
        assert refusal.facts["lines"][-1].did == "changed the trainers from Tom Trainer to Fay"
        office.do(into_seminar)
    assert rooms_of(number) == [seminar.id]


def test_two_sessions_want_one_trainer_at_the_same_moment(office):
    fay = make.trainer("Fay")
    sessions = [make.training_session(trainers=[make.trainer(name)]) for name in ("Tom", "Tess")]

    def wants_fay(training_session):
        number = training_session.id
        return lambda: changes.change_trainers(number, [fay], by=None, now=NOW)

    refusals = at_once(office, *map(wants_fay, sessions))

    assert kinds_of(refusals) == ["TrainerBusy"]
    assert isinstance(next(filter(None, refusals)), TrainerBusy)


def test_two_swaps_the_other_way_round_do_not_wait_for_each_other_for_ever(office):
    rooms = [make.room(f"Room {number}") for number in range(2)]
    one, other = (make.training_session(room=room) for room in rooms)
    ids = (one.id, other.id)
    for _ in range(3):
        make.booking(one)

    for _ in range(ROUNDS):
        refusals = at_once(
            office,
            lambda: changes.swap_rooms(ids[0], ids[1], by=None, now=NOW),
            lambda: changes.swap_rooms(ids[1], ids[0], by=None, now=NOW),
        )
        assert refusals == [None, None]

    assert rooms_of(*ids) == [room.id for room in rooms]  # swapped an even number of times


def test_a_swap_while_one_of_the_two_is_moved_into_the_others_time(office):
    rooms = [make.room(f"Room {number}") for number in range(2)]
    one, other = (
        make.training_session(room=room, starts_at=at) for room, at in zip(rooms, (IN_TWO_WEEKS, NEXT_DAY), strict=True)
    )
    ids, seen = (one.id, other.id), (newest(one), newest(other))

    refusals = at_once(
        office,
        lambda: changes.swap_rooms(*ids, by=None, now=NOW, seen=seen[0], seen_other=seen[1]),
        moves(other, IN_TWO_WEEKS, seen=seen[1]),
    )

    assert kinds_of(refusals) == ["StaleEdit"]


def test_the_session_is_cancelled_while_somebody_moves_it(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.deliver()
    seen, number = newest(training_session), training_session.id

    refusals = at_once(
        office,
        lambda: changes.cancel_session(number, by=None, now=NOW, seen=seen),
        moves(training_session, NEXT_DAY, seen=seen),
    )

    state = db.session.get(TrainingSession, number, populate_existing=True).state
    expected = {"cancelled": ["BookingClosed"], "scheduled": ["StaleEdit"]}[state]
    assert kinds_of(refusals) == expected
    assert len(office.deliver()) == 1


def test_without_saying_what_one_has_seen_the_last_one_counts(office):
    """Commands have seen nothing and ask nobody."""
    training_session, rooms = make.training_session(capacity=5), [make.room(f"Room {n}") for n in range(2)]

    refusals = at_once(office, *(goes_into(training_session, room) for room in rooms))

    assert refusals == [None, None]


def test_a_room_that_was_free_on_the_check_page_and_is_taken_now_is_refused_with_what_is_free(office):
    wanted, spare = make.room("Wanted", capacity=24), make.room("Spare", capacity=30)
    one, other = make.training_session(capacity=5), make.training_session(capacity=5)

    refusal = one_after_the_other(office, goes_into(one, wanted), goes_into(other, wanted))

    assert isinstance(refusal, RoomTaken)
    assert refusal.sentence.endswith(f"{spare.name} (30 people) is free then.")


def test_whoever_holds_one_room_of_a_site_is_not_in_the_way_of_another(office, engine):
    """Sites come before rooms: held with a room, after it, they would make two people wait for each other for ever."""
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    one, other = make.room("One").id, make.room("Other").id

    def hold_the_other():
        with office.app.app_context(), transaction():
            db.session.execute(text("SET LOCAL lock_timeout = '2s'"))
            return [room.id for room in hold_rooms([other])]

    db.session.rollback()
    with transaction(), ThreadPoolExecutor(1) as pool:
        hold_rooms([one])
        held = pool.submit(hold_the_other).result(30)

    assert held == [other]


def test_a_message_to_everybody_and_a_mark_are_in_nobodys_way_who_changes_the_session(office):
    training_session, cora = make.training_session(), make.coordinator()
    booking, seen, now = make.booking(training_session), newest(training_session), IN_TWO_WEEKS

    words = {"headline": "Welcome", "words": "The room is warm."}
    office.do(bookings.write_to_everybody, training_session.id, **words, by=cora, now=now)
    office.do(attendance.mark, training_session.id, {booking.id: "attended"}, by=cora, now=now)
    office.do(attendance.add_walk_in, training_session.id, "Wyn Walker", by=cora, now=now)
    office.do(changes.change_capacity, training_session.id, 12, by=cora, now=now, seen=seen)

    assert office.fresh(training_session).capacity == 12


def test_somebody_stops_being_a_trainer_while_they_are_put_on_a_new_session(office):
    fay, course = make.trainer("Fay"), make.course()
    ids = {"person": fay.id, "course": course.id}

    def takes_the_role():
        person = db.session.get_one(Person, ids["person"])
        roles = {"is_trainer": False, "is_coordinator": False}
        changes.describe_person(person, name="Fay", team="", phone="", **roles, by=None, now=NOW)

    def puts_on():
        course, trainer = db.session.get_one(Course, ids["course"]), db.session.get_one(Person, ids["person"])
        slots = [make.slot(joining_link="https://meet.example.org/room")]
        timetable.schedule(course, slots=slots, trainers=[trainer], by=None, now=NOW)

    refusal = one_after_the_other(office, takes_the_role, puts_on)

    assert isinstance(refusal, Faulty)
    assert refusal.sentence == "Fay is not a trainer."


def test_the_last_place_goes_while_two_records_of_the_courses_owner_are_put_together(office, engine):
    """Of the place the owner is told, whose record the other holds, who in turn waits for the course."""
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    kept, double, nia = make.person("Olga"), make.person("Olga Owner"), make.person()
    training_session = make.training_session(course=make.course(owner=double), capacity=1)
    ids, number = {"kept": kept.id, "double": double.id, "nia": nia.id}, training_session.id
    is_held = threading.Event()

    def books():
        person = db.session.get_one(Person, ids["nia"])
        timetable.lock(number)
        is_held.set()
        threading.Event().wait(0.5)  # the other is waiting for the course by now
        bookings.book(person, number, by=person, now=NOW)

    def merges():
        is_held.wait(30)
        people = [db.session.get_one(Person, ids[which]) for which in ("kept", "double")]
        changes.merge(*people, by=None, now=NOW)

    assert at_once(office, books, merges) == [None, None]
    assert ids["kept"] in [notice.person_id for notice in office.notices("session_full")]


@pytest.mark.parametrize("verb", ["put on a new session", "put on one that is there"])
def test_a_trainers_record_goes_while_they_are_put_on_a_session(office, engine, verb):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, who begins with what the last one left")
    kept, double, course = make.trainer("Fay"), make.trainer("Fay Free"), make.course()
    number, ids = make.training_session().id, {"kept": kept.id, "double": double.id, "course": course.id}

    def merges():
        changes.merge(*(db.session.get_one(Person, ids[which]) for which in ("kept", "double")), by=None, now=NOW)

    def puts_on():
        trainers = [db.session.get_one(Person, ids["double"])]
        if verb == "put on one that is there":
            changes.change_trainers(number, trainers, by=None, now=NOW)
        slots = [make.slot(joining_link="https://meet.example.org/room")]
        timetable.schedule(db.session.get_one(Course, ids["course"]), slots=slots, trainers=trainers, by=None, now=NOW)

    refusal = one_after_the_other(office, merges, puts_on)

    assert isinstance(refusal, Refused)
    assert "not there any more" in refusal.sentence
