import threading
from datetime import timedelta

import pytest

from app import attendance, history
from app.db import transaction
from app.errors import Faulty, Refused, TooSmall
from tests import make


@pytest.fixture
def trainer(office):
    return make.trainer()


def session_in(office, trainer, room=None, **more):
    return make.training_session(trainers=[trainer], starts_at=office.now + timedelta(hours=1), room=room, **more)


def walk_in(office, training_session, name, by):
    office.do(attendance.add_walk_in, training_session.id, name, by=by, now=office.now)


def names_on(office, training_session):
    office.forget()
    return [line.name for line in attendance.register_of(office.fresh(training_session))]


def test_whoever_walks_in_is_added_by_name_after_those_who_are_booked(office, trainer):
    training_session = session_in(office, trainer)
    make.booking(training_session, make.person("Zoe Zed"))

    for name in ("  Wanda   Walker ", "Ali Bell"):
        walk_in(office, training_session, name, trainer)

    lines = attendance.register_of(training_session)
    assert [(line.name, line.mark, line.is_walk_in) for line in lines] == [
        ("Zoe Zed", "", False),
        ("Ali Bell", "attended", True),
        ("Wanda Walker", "attended", True),
    ]


def test_a_walk_in_takes_no_place(office, trainer):
    training_session = session_in(office, trainer, make.room(capacity=3), capacity=2)
    walk_in(office, training_session, "Wanda", trainer)

    assert office.fresh(training_session).places_taken == 0


def test_no_more_people_walk_in_than_the_room_holds(office, trainer):
    training_session = session_in(office, trainer, make.room("Seminar room", capacity=3), capacity=2)
    for _ in range(2):
        make.booking(training_session)
    walk_in(office, training_session, "Wanda", trainer)

    with pytest.raises(TooSmall, match="holds 3, and it is full: 2 booked and here or expected, 1 walked in"):
        office.do(attendance.add_walk_in, training_session.id, "Wim", by=trainer, now=office.now)


@pytest.mark.parametrize(
    ("mark", "fits"), [("attended", False), ("part", False), ("apologies", True), ("absent", True)]
)
def test_whoever_has_not_come_leaves_room_for_somebody_who_has(office, trainer, mark, fits):
    training_session = session_in(office, trainer, make.room(capacity=1), capacity=1)
    booking = make.booking(training_session)
    office.do(attendance.mark, training_session.id, {booking.id: mark}, by=trainer, now=office.now)

    if fits:
        walk_in(office, training_session, "Wanda", trainer)
    else:
        with pytest.raises(TooSmall):
            walk_in(office, training_session, "Wanda", trainer)


def test_the_smallest_of_several_rooms_counts(office, trainer):
    rooms = [make.room("Large", capacity=9), make.room("Small", capacity=1)]
    starts_at = office.now + timedelta(hours=1)
    slots = [make.slot(starts_at + timedelta(days=day), room=room) for day, room in enumerate(rooms)]
    training_session = make.training_session(trainers=[trainer], slots=slots, capacity=1)
    walk_in(office, training_session, "Wanda", trainer)

    with pytest.raises(TooSmall, match="Small holds 1"):
        walk_in(office, training_session, "Wim", trainer)


def test_whoever_comes_late_is_marked_even_if_the_room_is_full_by_then(office, trainer):
    training_session = session_in(office, trainer, make.room(capacity=1), capacity=1)
    late = make.booking(training_session)
    office.do(attendance.mark, training_session.id, {late.id: "absent"}, by=trainer, now=office.now)
    walk_in(office, training_session, "Wanda", trainer)

    changed = office.do(attendance.mark, training_session.id, {late.id: "part"}, by=trainer, now=office.now)

    assert changed == 1


def test_online_no_room_limits_them(office, trainer):
    training_session = session_in(office, trainer, capacity=1)
    make.booking(training_session)

    for number in range(12):
        walk_in(office, training_session, f"Guest {number}", trainer)

    assert len(names_on(office, training_session)) == 13


@pytest.mark.parametrize("name", ["Wanda Walker", "wanda WALKER", "Nia Nurse"])
def test_nobody_is_on_the_register_twice_because_a_button_was_pressed_twice(office, trainer, name):
    training_session = session_in(office, trainer)
    make.booking(training_session, make.person("Nia Nurse"))
    walk_in(office, training_session, "Wanda Walker", trainer)

    with pytest.raises(Faulty, match="is on the register already"):
        walk_in(office, training_session, name, trainer)


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a\x07b"])
def test_a_walk_in_has_a_name(office, trainer, name):
    training_session = session_in(office, trainer)

    with pytest.raises(Faulty):
        walk_in(office, training_session, name, trainer)


def test_nobody_walks_in_before_the_day(office, trainer):
    training_session = make.training_session(trainers=[trainer])

    with pytest.raises(Refused, match="from Tuesday 15 December 2026"):
        walk_in(office, training_session, "Wanda", trainer)


def test_somebody_added_by_mistake_is_taken_off_once(office, trainer):
    training_session = session_in(office, trainer)
    walk_in(office, training_session, "Wanda", trainer)
    [line] = attendance.register_of(training_session)

    took_off = [
        office.do(attendance.remove_walk_in, training_session.id, line.mark_id, by=trainer, now=office.now)
        for _ in range(2)
    ]

    assert (took_off, names_on(office, training_session)) == (["Wanda", ""], [])
    assert [said.did for said in history.of(training_session)][1:] == [
        "added somebody to the register who came without booking",
        "took somebody off the register who had come without booking",
    ]


def test_nobody_who_is_booked_or_on_another_register_can_be_taken_off(office, trainer):
    training_session, other = session_in(office, trainer), session_in(office, make.trainer())
    booking = make.booking(training_session)
    office.do(attendance.mark, training_session.id, {booking.id: "attended"}, by=trainer, now=office.now)
    walk_in(office, other, "Wim", other.trainers[0])
    ids = [line.mark_id for of in (training_session, other) for line in attendance.register_of(of)]

    took_off = [
        office.do(attendance.remove_walk_in, training_session.id, id_, by=trainer, now=office.now) for id_ in ids
    ]

    assert took_off == ["", ""]
    assert len(names_on(office, other)) == 1


def while_another_has_not_finished(office, first, second):
    """The second click begins when the first has done its work but not committed; what each of them refused with."""
    has_worked, refusals = threading.Event(), {}

    def click(deed, name, wait):
        with office.app.app_context():
            try:
                if not wait:
                    has_worked.wait(10)
                with transaction():
                    deed()
                    if wait:
                        has_worked.set()
                        threading.Event().wait(0.3)  # the other is at the lock by now
            except Refused as refusal:
                refusals[name] = refusal

    threads = [
        threading.Thread(target=click, args=(first, "first", True)),
        threading.Thread(target=click, args=(second, "second", False)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


def test_two_trainers_add_the_last_who_fits_at_once_and_one_is_told(office, trainer):
    training_session = session_in(office, trainer, make.room(capacity=1), capacity=1)
    id_, now = training_session.id, office.now

    refusals = while_another_has_not_finished(
        office,
        lambda: attendance.add_walk_in(id_, "Wanda", by=trainer, now=now),
        lambda: attendance.add_walk_in(id_, "Wim", by=trainer, now=now),
    )

    assert {name: type(refusal) for name, refusal in refusals.items()} == {"second": TooSmall}
    assert names_on(office, training_session) == ["Wanda"]


def test_two_trainers_mark_the_same_person_at_once_and_the_last_to_change_the_line_counts(office, trainer):
    training_session = session_in(office, trainer)
    nia, olu = (make.booking(training_session, make.person(name)).id for name in ("Nia", "Olu"))
    id_, now = training_session.id, office.now

    refusals = while_another_has_not_finished(
        office,
        lambda: attendance.mark(id_, {nia: "attended", olu: "absent"}, by=trainer, now=now),
        lambda: attendance.mark(id_, {nia: "part"}, by=trainer, now=now),
    )

    office.forget()
    lines = attendance.register_of(office.fresh(training_session))
    assert refusals == {}
    assert {line.name: line.mark for line in lines} == {"Nia": "part", "Olu": "absent"}
