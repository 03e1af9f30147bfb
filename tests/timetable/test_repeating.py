from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import clock, history, journal, timetable
from app.db import db, transaction
from app.errors import Faulty, NotAllowed, NotFound, Refused, StaleEdit
from app.timetable import Repeat, Slot, TrainingSession
from tests import make
from tests.make import IN_TWO_WEEKS

WEEK = timedelta(days=7)
LINK = "https://meet.example.org/secret"
NEXT_THREE = [date(2026, 12, 22), date(2026, 12, 29), date(2027, 1, 5)]


@pytest.fixture
def owner(office):
    return make.trainer("Olga Owner")


@pytest.fixture
def course(office, owner):
    return make.course("Copyright for the busy", owner=owner)


def repeat(office, training_session, days=NEXT_THREE, *, by=None, **kwargs):
    return office.do(timetable.repeat, training_session.id, days, by=by, now=office.now, **kwargs)


def looked_at(office, training_session, *days):
    return timetable.repeats_on(timetable.get(training_session.ref), days, office.now)


def sessions():
    db.session.rollback()
    return db.session.query(TrainingSession).count()


# --- what comes of it ---


def test_each_is_a_session_of_its_own_with_all_that_the_first_one_has(office, owner, course):
    room, trainers = make.room(capacity=12), [make.trainer(), make.trainer("Tess Trainer")]
    first = make.training_session(
        course=course, slots=[make.slot(room=room, joining_link=LINK)], trainers=trainers, capacity=7, minimum=2
    )

    new = repeat(office, first, by=owner)

    office.forget()
    for number, made in enumerate(new, start=1):
        found = timetable.get(made.ref)
        assert (found.starts_at, found.ends_at) == (first.starts_at + WEEK * number, first.ends_at + WEEK * number)
        assert [(slot.room_id, slot.joining_link) for slot in found.slots] == [(room.id, LINK)]
        assert [person.id for person in found.trainers] == [trainer.id for trainer in trainers]
        assert (found.capacity, found.minimum, found.state, found.places_taken) == (7, 2, "scheduled", 0)
        assert [(line.who, line.did) for line in history.of(found)] == [("Olga Owner", "put it on the timetable")]


def test_the_first_one_stays_as_it_is(office, course):
    first = make.training_session(course=course)
    before = journal.newest(first)

    repeat(office, first)

    assert (journal.newest(office.fresh(first)), first.starts_at) == (before, IN_TWO_WEEKS)


def test_all_parts_come_again_with_their_own_rooms(office, course):
    rooms = [make.room("Suite"), make.room("Hall")]
    slots = [make.slot(room=rooms[0]), make.slot(IN_TWO_WEEKS + timedelta(days=2), room=rooms[1])]

    [new] = repeat(office, make.training_session(course=course, slots=slots), NEXT_THREE[:1])

    assert [(slot.starts_at, slot.room_id) for slot in timetable.get(new.ref).slots] == [
        (IN_TWO_WEEKS + WEEK, rooms[0].id),
        (IN_TWO_WEEKS + WEEK + timedelta(days=2), rooms[1].id),
    ]


def test_it_stays_at_ten_over_a_clock_change_and_booking_opens_and_closes_on_the_wall_clock(office, course):
    at_ten = datetime(2027, 3, 16, 10, tzinfo=UTC)
    first = make.training_session(
        course=course,
        starts_at=at_ten,
        booking_opens_at=at_ten - timedelta(days=7, hours=1),
        booking_closes_at=at_ten - timedelta(days=1),
    )

    before, after = repeat(office, first, [date(2027, 3, 23), date(2027, 3, 30)])

    assert (before.starts_at, after.starts_at) == (at_ten + WEEK, datetime(2027, 3, 30, 9, tzinfo=UTC))
    assert after.booking_opens_at == datetime(2027, 3, 23, 9, tzinfo=UTC)
    assert after.booking_closes_at == datetime(2027, 3, 29, 9, tzinfo=UTC)


def test_booking_that_would_have_opened_by_now_is_open_at_once(office, course):
    first = make.training_session(course=course, booking_opens_at=office.now - timedelta(days=60))

    new = repeat(office, first, [NEXT_THREE[0], date(2027, 6, 1)])

    assert [each.booking_opens_at for each in new] == [None, datetime(2027, 3, 19, 10, tzinfo=UTC)]


@pytest.mark.parametrize(("course_is", "draft", "state"), [("published", True, "draft"), ("draft", True, "draft")])
def test_a_draft_comes_again_as_a_draft(office, course, course_is, draft, state):
    first = make.training_session(course=course, is_draft=draft)
    office.do(setattr, course, "state", course_is)

    assert {each.state for each in repeat(office, first)} == {state}


def test_a_session_whose_course_is_not_published_comes_again_as_a_draft(office, owner, course):
    first = make.training_session(course=course)
    office.do(setattr, course, "state", "draft")

    assert {each.state for each in repeat(office, first, by=owner)} == {"draft"}


def test_a_session_that_was_cancelled_can_come_again(office, course):
    first = make.training_session(course=course)
    office.cancel_session(first)

    assert [each.state for each in repeat(office, first)] == ["scheduled"] * 3


def test_whoever_is_no_trainer_any_more_does_not_run_the_new_ones(office, course):
    stays, gone = make.trainer(), make.trainer("Gus Gone")
    first = make.training_session(course=course, trainers=[stays, gone])
    office.do(setattr, gone, "is_trainer", False)

    assert {tuple(person.id for person in each.trainers) for each in repeat(office, first)} == {(stays.id,)}


def test_trainers_are_reminded_of_each(office, course):
    first = make.training_session(course=course)

    repeat(office, first)

    assert len(office.notices("trainer_reminder")) == 4


# --- what is in the way ---


def test_a_day_in_a_room_that_is_taken_says_by_what(office, course):
    room = make.room()
    first = make.training_session(course=course, room=room)
    make.training_session(room=room, starts_at=IN_TWO_WEEKS + WEEK, course=make.course("Searching"))

    taken, free = looked_at(office, first, *NEXT_THREE[:2])

    assert taken.why_not == "IT training room is taken on Tuesday 22 December 2026, 10am to midday with ‘Searching’."
    assert free.why_not == ""


def test_a_day_on_which_the_room_is_closed_says_why(office, course):
    room = make.room()
    first = make.training_session(course=course, room=room)
    day = [clock.midnight(NEXT_THREE[0]), clock.midnight(NEXT_THREE[0] + timedelta(days=1))]
    office.do(timetable.close_room, room.id, *day, why="Decorating", by=None, now=office.now)

    [closed] = looked_at(office, first, NEXT_THREE[0])

    assert closed.why_not == "IT training room is closed all day on Tuesday 22 December 2026: Decorating."


def test_a_day_on_which_a_trainer_is_busy_says_with_what(office, course):
    trainer = make.trainer()
    first = make.training_session(course=course, trainers=[trainer])
    make.training_session(trainers=[trainer], starts_at=IN_TWO_WEEKS + WEEK, course=make.course("Searching"))

    [busy] = looked_at(office, first, NEXT_THREE[0])

    assert busy.why_not == "Tom Trainer is busy on Tuesday 22 December 2026, 10am to midday with ‘Searching’."


def test_what_ends_as_it_starts_is_not_in_the_way(office, course):
    room = make.room()
    first = make.training_session(course=course, room=room)
    make.training_session(room=room, starts_at=IN_TWO_WEEKS + WEEK - timedelta(hours=2))

    assert looked_at(office, first, NEXT_THREE[0])[0].why_not == ""


def test_what_lies_between_the_parts_of_a_session_is_not_in_the_way(office, course):
    room = make.room()
    slots = [make.slot(room=room), make.slot(IN_TWO_WEEKS + timedelta(days=2), room=room)]
    first = make.training_session(course=course, slots=slots)
    make.training_session(room=room, starts_at=IN_TWO_WEEKS + WEEK + timedelta(days=1))

    assert looked_at(office, first, NEXT_THREE[0])[0].why_not == ""


def test_a_session_that_is_still_going_on_when_it_would_come_again_takes_every_other_turn(office, course):
    slots = [make.slot(joining_link=LINK), make.slot(IN_TWO_WEEKS + WEEK, joining_link=LINK)]
    first = make.training_session(course=course, slots=slots)

    found = looked_at(office, first, *NEXT_THREE)

    assert found[0].why_not.startswith("Tom Trainer is busy on Tuesday 22 December 2026")
    assert [each.why_not for each in found[1:]] == [
        "",
        "It would overlap with the one that begins on Tuesday 29 December 2026.",
    ]


def test_a_room_that_is_not_used_any_more_is_said_of_each_day(office, course):
    room = make.room()
    first = make.training_session(course=course, room=room)
    office.do(setattr, room, "is_retired", True)

    assert {each.why_not for each in looked_at(office, first, *NEXT_THREE)} == {
        "IT training room is not used any more."
    }


@pytest.mark.parametrize(
    ("starts_at", "on", "why_not"),
    [
        (
            datetime(2027, 3, 21, 1, 30, tzinfo=UTC),
            date(2027, 3, 28),
            "1:30am does not exist on Sunday 28 March 2027: the clocks go forward over it.",
        ),
        (
            datetime(2027, 3, 20, 23, 30, tzinfo=UTC),  # the end is skipped
            date(2027, 3, 27),
            "1:30am does not exist on Sunday 28 March 2027: the clocks go forward over it.",
        ),
        (
            datetime(2027, 10, 24, 0, 30, tzinfo=UTC),
            date(2027, 10, 31),
            "1:30am comes twice on Sunday 31 October 2027, as the clocks go back.",
        ),
    ],
)
def test_a_time_that_the_clocks_do_not_have_just_once_is_named(office, course, starts_at, on, why_not):
    first = make.training_session(course=course, starts_at=starts_at)

    assert looked_at(office, first, on) == [Repeat(on, (), why_not)]


def test_a_day_that_has_gone_by_is_refused(office, course):
    first = make.training_session(course=course, starts_at=office.now - timedelta(days=15))

    assert looked_at(office, first, date(2026, 11, 23))[0].why_not == "It has gone by."


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    on=st.dates(date(2026, 12, 2), date(2028, 12, 31)),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None)),
    minutes=st.integers(1, 600),
    later=st.lists(st.integers(1, 120), min_size=1, max_size=5, unique=True).map(sorted),
)
def test_every_repeat_is_at_the_same_time_of_day_for_as_long_on_the_wall_clock_or_says_why_not(
    office, on, at, minutes, later
):
    try:
        starts_at = clock.to_utc(datetime.combine(on, at))
    except ValueError:
        return
    slot = Slot(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes), joining_link=LINK)
    first = TrainingSession(slots=[slot], trainers=[], starts_at=slot.starts_at, ends_at=slot.ends_at)
    days = [on + timedelta(weeks=weeks) for weeks in later]

    found = timetable.repeats_on(first, days, office.now)

    assert [each.on for each in found] == days
    for each in found:
        assert bool(each.slots) != bool(each.why_not)
        for again in each.slots:
            assert (clock.today(again.starts_at), clock.wall(again.starts_at).time()) == (each.on, at)
            length = clock.wall(slot.ends_at) - clock.wall(slot.starts_at)
            assert clock.wall(again.ends_at) - clock.wall(again.starts_at) == length
            assert again.starts_at < again.ends_at


@pytest.mark.parametrize("many", [1, 26])
def test_many_days_are_looked_at_in_as_few_statements_as_one(office, course, many):
    room = make.room()
    slots = [make.slot(IN_TWO_WEEKS + timedelta(hours=2 * number), minutes=60, room=room) for number in range(12)]
    first = timetable.get(make.training_session(course=course, slots=slots).ref)
    days = [NEXT_THREE[0] + number * WEEK for number in range(many)]

    with office.statements() as said:
        timetable.repeats_on(first, days, office.now)

    assert len(said) == 2


# --- all or none ---


def test_one_day_that_cannot_be_had_keeps_all_of_them_off_and_is_named(office, course):
    room = make.room()
    first = make.training_session(course=course, room=room)
    make.training_session(room=room, starts_at=IN_TWO_WEEKS + WEEK, course=make.course("Searching"))
    before = sessions()

    with pytest.raises(Refused, match=r"Tuesday 22 December 2026 cannot be had\. Nothing has been put on") as refused:
        repeat(office, first)

    assert list(refused.value.facts["why_not"]) == NEXT_THREE[:1]
    assert sessions() == before


def test_several_days_that_cannot_be_had_are_counted(office, course):
    room = make.room()
    first = make.training_session(course=course, room=room)
    for number in (1, 2):
        make.training_session(room=room, starts_at=IN_TWO_WEEKS + WEEK * number)

    with pytest.raises(Refused, match="2 of these dates cannot be had") as refused:
        repeat(office, first)

    assert set(refused.value.facts["why_not"]) == set(NEXT_THREE[:2])


@pytest.mark.parametrize("days", [[], [NEXT_THREE[0] + WEEK * number for number in range(27)]])
def test_there_are_between_one_and_twenty_six(office, course, days):
    first = make.training_session(course=course)

    with pytest.raises(Faulty, match="between 1 and 26"):
        repeat(office, first, days)


def test_twenty_six_go_on_at_once_and_the_same_day_only_once(office, course):
    first = make.training_session(course=course, room=make.room())
    days = [NEXT_THREE[0] + WEEK * number for number in range(26)]

    new = repeat(office, first, [*days, *days])

    assert [clock.today(each.starts_at) for each in new] == days
    assert {later.starts_at > earlier.starts_at for earlier, later in pairwise(new)} == {True}


def test_a_session_that_somebody_else_has_changed_meanwhile_is_not_repeated_unseen(office, owner, course):
    first = make.training_session(course=course, slots=[make.slot(joining_link=LINK)])
    seen = journal.newest(first)
    office.move(first, [make.slot(IN_TWO_WEEKS + WEEK, joining_link=LINK)], by=make.coordinator("Cora"))
    before = sessions()

    with pytest.raises(StaleEdit) as stale:
        repeat(office, first, by=owner, seen=seen)

    assert [line.who for line in stale.value.facts["lines"]] == ["Cora"]
    assert sessions() == before


def test_somebody_who_only_runs_the_session_cannot_repeat_it(office, course):
    trainer = make.trainer()
    first = make.training_session(course=course, trainers=[trainer])

    with pytest.raises(NotAllowed):
        repeat(office, first, by=trainer)


def test_a_course_in_the_archive_is_brought_back_first(office, course):
    first = make.training_session(course=course)
    office.do(setattr, course, "state", "archived")

    with pytest.raises(Refused, match="‘Copyright for the busy’ is archived"):
        repeat(office, first)


def test_a_session_without_anybody_who_is_still_a_trainer_is_not_repeated(office, course):
    first = make.training_session(course=course)
    office.do(setattr, first.trainers[0], "is_trainer", False)

    with pytest.raises(Refused, match="Nobody who runs this session is a trainer any more"):
        repeat(office, first)


def test_what_is_no_session_is_refused(office):
    with pytest.raises(NotFound):
        office.do(timetable.repeat, 999, NEXT_THREE, by=None, now=office.now)


def test_two_who_repeat_sessions_in_the_same_rooms_at_once_do_not_wait_for_each_other_for_ever(office):
    rooms, hour = [make.room("Suite"), make.room("Hall")], timedelta(hours=1)
    ids = []
    for number in range(2):
        first, second = (make.slot(IN_TWO_WEEKS + hour * (number + later), minutes=60) for later in (0, 2))
        slots = [replace(first, room_id=rooms[number].id), replace(second, room_id=rooms[1 - number].id)]
        ids.append(make.training_session(slots=slots, trainers=[make.trainer(f"Trainer {number}")]).id)
    days = [NEXT_THREE[0] + WEEK * number for number in range(5)]

    def click(number):
        with office.app.app_context(), transaction():
            return len(timetable.repeat(ids[number], days, by=None, now=office.now))

    with ThreadPoolExecutor(2) as at_once:
        assert list(at_once.map(click, range(2))) == [5, 5]


def test_of_two_who_want_the_same_dates_at_once_one_has_all_and_the_other_none(office):
    room = make.room()
    ids = [
        make.training_session(
            room=room, trainers=[make.trainer(f"Trainer {number}")], starts_at=IN_TWO_WEEKS + WEEK * number
        ).id
        for number in range(2)
    ]
    days = [NEXT_THREE[2] + WEEK * number for number in range(3)]

    def click(number):
        with office.app.app_context():
            try:
                with transaction():
                    return len(timetable.repeat(ids[number], days, by=None, now=office.now))
            except Refused:
                return 0

    with ThreadPoolExecutor(2) as at_once:
        assert sorted(at_once.map(click, range(2))) == [0, 3]
