from datetime import UTC, datetime, timedelta

import pytest

from app import attendance, changes, history
from app.db import db
from app.errors import NotAllowed, NotFound, Refused
from tests import make


@pytest.fixture
def trainer(office):
    return make.trainer()


@pytest.fixture
def today(office, trainer):
    """A session that begins in an hour."""
    return make.training_session(trainers=[trainer], starts_at=office.now + timedelta(hours=1))


def register_of(office, training_session):
    """{name: mark}, in the order of the register."""
    office.forget()
    return {line.name: line.mark for line in attendance.register_of(office.fresh(training_session))}


def mark(office, training_session, by, marks, **more):
    return office.do(attendance.mark, training_session.id, marks, by=by, now=office.now, **more)


def test_everybody_who_is_booked_is_on_the_register_by_name_in_any_writing(office, today):
    for name in ("zoe Adams", "Émile Zola", "Łucja Żółć", "Ffion Davies", "Magda Nowak", "عبد الرحمن"):
        make.booking(today, make.person(name))
    office.cancel(make.booking(today, make.person("Gone Already")))

    assert list(register_of(office, today)) == [
        "Émile Zola",
        "Ffion Davies",
        "Łucja Żółć",
        "Magda Nowak",
        "zoe Adams",
        "عبد الرحمن",
    ]


def test_several_people_are_marked_at_once(office, trainer, today):
    nia, olu, una = (make.booking(today, make.person(name)) for name in ("Nia", "Olu", "Una"))

    changed = mark(office, today, trainer, {nia.id: "attended", olu.id: "part", una.id: "absent"})

    assert changed == 3
    assert register_of(office, today) == {"Nia": "attended", "Olu": "part", "Una": "absent"}


def test_a_mark_is_put_right_weeks_later_and_can_be_taken_away(office, trainer, today):
    nia, olu = (make.booking(today, make.person(name)) for name in ("Nia", "Olu"))
    mark(office, today, trainer, {nia.id: "attended", olu.id: "attended"})
    office.now += timedelta(days=60)

    mark(office, today, trainer, {nia.id: "absent", olu.id: None})

    assert register_of(office, today) == {"Nia": "absent", "Olu": ""}


def test_a_line_says_who_marked_it_and_when(office, trainer, today):
    nia = make.booking(today, make.person("Nia"))
    cora = make.coordinator()
    mark(office, today, trainer, {nia.id: "attended"})
    office.now += timedelta(minutes=5)

    mark(office, today, cora, {nia.id: "part"})

    [line] = attendance.register_of(today)
    assert (line.marked_by, line.marked_at) == ("Cora Coordinator", office.now)


def test_marking_somebody_as_they_are_marked_leaves_the_line_to_whoever_marked_it_first(office, trainer, today):
    nia = make.booking(today, make.person("Nia"))
    mark(office, today, trainer, {nia.id: "attended"})

    changed = mark(office, today, make.coordinator(), {nia.id: "attended"})

    [line] = attendance.register_of(today)
    assert (changed, line.marked_by) == (0, "Tom Trainer")


def test_everybody_without_a_mark_attended_and_nobody_else_is_touched(office, trainer, today):
    nia, olu, una = (make.booking(today, make.person(name)) for name in ("Nia", "Olu", "Una"))
    mark(office, today, trainer, {olu.id: "apologies"})

    mark(office, today, trainer, {una.id: None}, unless_marked=[nia.id, olu.id, una.id])

    assert register_of(office, today) == {"Nia": "attended", "Olu": "apologies", "Una": "attended"}


def test_a_booking_of_another_session_is_left_out(office, trainer, today):
    theirs = make.booking(make.training_session(starts_at=today.starts_at))

    changed = mark(office, today, trainer, {theirs.id: "absent", 999: "absent"}, unless_marked=[theirs.id])

    assert (changed, attendance.mark_of(theirs)) == (0, None)


def test_whoever_gives_up_their_place_after_they_were_marked_leaves_the_register(office, trainer, today):
    nia = make.booking(today, make.person("Nia"))
    mark(office, today, trainer, {nia.id: "apologies"})

    office.cancel(nia)

    assert register_of(office, today) == {}
    assert mark(office, today, trainer, {nia.id: "attended"}) == 0


@pytest.mark.parametrize("who", ["another trainer", "staff", "the person"])
def test_only_the_sessions_own_trainers_and_coordinators_mark(office, today, who):
    nia = make.booking(today, make.person("Nia"))
    by = {"another trainer": make.trainer, "staff": make.person}.get(who, lambda: nia.person)()

    with pytest.raises(NotAllowed):
        mark(office, today, by, {nia.id: "attended"})
    with pytest.raises(NotAllowed):
        office.do(attendance.add_walk_in, today.id, "Wanda", by=by, now=office.now)
    with pytest.raises(NotAllowed):
        office.do(attendance.remove_walk_in, today.id, 1, by=by, now=office.now)


@pytest.mark.parametrize(
    ("starts_at", "opens_at"),
    [
        (datetime(2027, 1, 12, 14, tzinfo=UTC), datetime(2027, 1, 12, 0, tzinfo=UTC)),
        (datetime(2027, 7, 6, 8, tzinfo=UTC), datetime(2027, 7, 5, 23, tzinfo=UTC)),  # midnight in summer
        (datetime(2027, 1, 12, 0, 30, tzinfo=UTC), datetime(2027, 1, 11, 23, 30, tzinfo=UTC)),
    ],
)
def test_marking_begins_with_the_day_or_an_hour_before(office, trainer, starts_at, opens_at):
    training_session = make.training_session(trainers=[trainer], starts_at=starts_at)
    nia = make.booking(training_session)
    office.now = opens_at - timedelta(seconds=1)

    with pytest.raises(Refused, match="can be marked from"):
        mark(office, training_session, trainer, {nia.id: "attended"})
    office.now = opens_at

    assert mark(office, training_session, trainer, {nia.id: "attended"}) == 1


@pytest.mark.parametrize("state", ["cancelled", "draft"])
def test_a_session_that_does_not_take_place_has_no_register(office, trainer, today, state):
    nia = make.booking(today)
    if state == "cancelled":
        office.do(changes.cancel_session, today.id, by=trainer, now=office.now)
    else:
        office.do(setattr, today, "state", "draft")

    with pytest.raises(NotFound, match="register"):
        mark(office, today, trainer, {nia.id: "attended"})
    with pytest.raises(NotFound, match="register"):
        office.do(attendance.add_walk_in, today.id, "Wanda", by=trainer, now=office.now)


def test_each_time_somebody_saves_is_one_line_of_the_history_with_counts_and_no_names(office, trainer, today):
    people = [make.booking(today, make.person(name), access_needs="A hearing loop") for name in ("Nia", "Olu", "Una")]
    nia, olu, una = (booking.id for booking in people)
    mark(office, today, trainer, {nia: "attended", olu: "attended", una: "absent"})
    mark(office, today, trainer, {nia: "attended"})
    mark(office, today, trainer, {olu: None, una: "apologies"})

    said = [line.did for line in history.of(today)]

    assert said[1:] == [
        "marked the register: 2 attended, 1 did not attend",
        "marked the register: 1 sent apologies, 1 without a mark",
    ]


def test_the_register_is_no_change_of_the_session_to_whoever_is_editing_it(office, trainer, today):
    nia, seen = make.booking(today), history.of(today)[-1].deed_id
    mark(office, today, trainer, {nia.id: "attended"})

    assert history.refuse_if_changed(today, seen, columns=["capacity"]) is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_register_asks_the_database_as_often_for_three_people_as_for_one(office, trainer, today, count):
    booked = [make.booking(today) for _ in range(count)]
    make.booking(today)
    office.do(attendance.add_walk_in, today.id, "Wanda Walker", by=trainer, now=office.now)
    mark(office, today, trainer, {booking.id: "attended" for booking in booked})
    db.session.commit()

    with office.statements() as read:
        attendance.register_of(today)
    with office.statements() as written:
        mark(office, today, trainer, {booking.id: "absent" for booking in booked})

    assert len(read) == 2
    assert len([said for said in written if not said.startswith("UPDATE marks")]) == 12, "\n".join(written)
