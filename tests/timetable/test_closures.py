from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import clock, doctor, history, timetable
from app.db import db
from app.errors import Faulty, NotAllowed, Refused, RoomTaken, StaleEdit, TooSmall
from app.journal import newest
from app.rooms import Description
from app.timetable import Filters, Slot
from app.timetable.closures import say_closed
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def cora(office):
    return make.coordinator()


@pytest.fixture
def room(office):
    return make.room()


def close(office, room, starts_at=IN_TWO_WEEKS, ends_at=None, *, by=None, why="Decorating"):
    ends_at = ends_at or starts_at + DAY
    return office.do(timetable.close_room, room.id, starts_at, ends_at, why=why, by=by, now=office.now)


def reopen(office, closure, *, by=None):
    return office.do(timetable.reopen_room, closure.room_id, closure.id, by=by, now=office.now)


def describe(office, room, *, seen=None, **changed):
    known = {"name": room.name, "capacity": room.capacity, "access": room.access, "directions": room.directions}
    wanted = Description(**{**known, **changed})
    return office.do(timetable.describe_room, room.id, wanted, by=None, now=office.now, seen=seen)


def closed(room):
    return timetable.closures(now=NOW).get(room.id, [])


def deeds(record):
    return [(line.who, line.did, line.why) for line in history.of(record)]


def test_a_room_is_closed_for_a_while_and_everybody_can_read_why(office, room, cora):
    closure = close(office, room, by=cora)

    assert closed(room) == [closure]
    assert (closure.starts_at, closure.ends_at, closure.why) == (IN_TWO_WEEKS, IN_TWO_WEEKS + DAY, "Decorating")
    said = "closed the room from 10am on Tuesday 15 December 2026 to 10am on Wednesday 16 December 2026"
    assert deeds(room) == [("Cora Coordinator", said, "Decorating")]


def test_nobody_is_told_that_a_room_is_closed(office, room):
    make.booking(make.training_session(room=room))
    office.deliver()

    close(office, room, IN_TWO_WEEKS + DAY)

    assert office.deliver() == []


def test_a_room_is_not_closed_over_a_session_which_is_named(office, room):
    training_session = make.training_session(room=room)

    with pytest.raises(RoomTaken) as refused:
        close(office, room, IN_TWO_WEEKS + HOUR)

    assert refused.value.sentence == (
        "IT training room is needed then for ‘Using Social Media to Keep up to Date’ on Tuesday 15 December 2026, "
        "10am to midday. Find another room or time first, or close this room at another time."
    )
    assert [each.ref for each in refused.value.facts["sessions"]] == [training_session.ref]
    assert closed(room) == []


def test_the_first_three_of_many_sessions_are_named_and_the_others_counted(office, room):
    for number in range(5):
        make.training_session(course=make.course(f"Course {number}"), room=room, starts_at=IN_TWO_WEEKS + number * DAY)

    with pytest.raises(RoomTaken, match=r"‘Course 0’ on .*‘Course 1’ on .*‘Course 2’ on .*; and 2 more\."):
        close(office, room, IN_TWO_WEEKS, IN_TWO_WEEKS + 5 * DAY)


def test_a_room_is_closed_right_up_to_a_session_and_from_its_end(office, room):
    make.training_session(room=room)

    close(office, room, IN_TWO_WEEKS - DAY, IN_TWO_WEEKS)
    close(office, room, IN_TWO_WEEKS + 2 * HOUR)

    assert len(closed(room)) == 2


def test_a_draft_keeps_its_room_too(office, room):
    training_session = make.training_session(room=room)
    office.do(setattr, training_session, "state", "draft")

    with pytest.raises(RoomTaken):
        close(office, room)


def test_a_cancelled_session_does_not_keep_its_room(office, room):
    office.cancel_session(make.training_session(room=room))

    close(office, room)

    assert len(closed(room)) == 1


def test_no_session_is_put_into_a_closed_room(office, room):
    close(office, room)

    with pytest.raises(RoomTaken, match="Decorating"):
        make.training_session(room=room)


def test_no_session_is_moved_into_a_closed_room(office, room):
    training_session = make.training_session(room=make.room("Other"))
    close(office, room)

    with pytest.raises(RoomTaken, match="Decorating"):
        office.move(training_session, [make.slot(room=room)])


def test_the_same_room_is_not_closed_twice_at_one_time(office, room):
    close(office, room, clock.midnight(date(2026, 12, 15)), clock.midnight(date(2026, 12, 16)))

    with pytest.raises(RoomTaken, match="is closed all day on Tuesday 15 December 2026 already: Decorating"):
        close(office, room, why="Inspection")


def test_two_rooms_are_closed_at_one_time(office, room):
    other = make.room("Other")

    close(office, room)
    close(office, other)

    assert (len(closed(room)), len(closed(other))) == (1, 1)


@pytest.mark.parametrize("first", ["closure", "session"])
def test_the_database_itself_refuses_a_closure_over_a_session(office, room, first):
    if first == "session":
        make.training_session(room=room)
    else:
        close(office, room)
    another = Slot(
        room_id=room.id, position=0, starts_at=IN_TWO_WEEKS, ends_at=IN_TWO_WEEKS + HOUR, closed_why="Inspection"
    )

    with pytest.raises(IntegrityError):
        office.do(db.session.add, another)


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [(IN_TWO_WEEKS, IN_TWO_WEEKS), (IN_TWO_WEEKS, IN_TWO_WEEKS - HOUR), (NOW - DAY, NOW + DAY)],
)
def test_a_closure_that_ends_before_it_begins_or_began_already_is_refused(office, room, starts_at, ends_at):
    with pytest.raises(Faulty):
        close(office, room, starts_at, ends_at)


def test_a_closure_has_a_reason(office, room):
    with pytest.raises(Faulty, match="Enter why"):
        close(office, room, why="")


def test_a_retired_room_need_not_be_closed(office, room):
    office.do(timetable.retire_room, room.id, by=None, now=NOW)

    with pytest.raises(Refused, match="has been retired"):
        close(office, room)


def test_only_coordinators_close_and_reopen_rooms(office, room):
    closure, trainer = close(office, room), make.trainer()

    with pytest.raises(NotAllowed):
        close(office, room, IN_TWO_WEEKS + 5 * DAY, by=trainer)
    with pytest.raises(NotAllowed):
        reopen(office, closure, by=trainer)


def test_a_closure_is_taken_back_and_the_room_is_free_again(office, room, cora):
    closure = close(office, room)

    reopen(office, closure, by=cora)

    assert closed(room) == []
    make.training_session(room=room)
    said = (
        "reopened the room: no longer closed from 10am on Tuesday 15 December 2026 "
        "to 10am on Wednesday 16 December 2026 (Decorating)"
    )
    assert deeds(room)[-1] == ("Cora Coordinator", said, "")


def test_a_closure_that_has_begun_ends_now_and_stays_on_record(office, room):
    closure = close(office, room)
    office.now = IN_TWO_WEEKS + HOUR

    reopen(office, closure)

    slot = db.session.scalars(select(Slot)).one()
    assert (slot.starts_at, slot.ends_at) == (IN_TWO_WEEKS, IN_TWO_WEEKS + HOUR)
    assert timetable.closures(now=office.now) == {}


def test_a_closure_is_taken_back_only_once(office, room):
    closure = close(office, room)
    reopen(office, closure)

    with pytest.raises(Refused, match="open again already"):
        reopen(office, closure)


def test_a_closure_that_is_over_cannot_be_taken_back(office, room):
    closure = close(office, room)
    office.now = closure.ends_at

    with pytest.raises(Refused):
        reopen(office, closure)


def test_a_session_is_not_mistaken_for_a_closure(office, room):
    training_session = make.training_session(room=room)

    with pytest.raises(Refused):
        office.do(timetable.reopen_room, room.id, training_session.slots[0].id, by=None, now=NOW)


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        ("2026-10-05T00:00", "2026-10-06T00:00", "all day on Monday 5 October 2026"),
        ("2026-10-05T00:00", "2026-10-08T00:00", "from Monday 5 October 2026 to Wednesday 7 October 2026"),
        ("2026-10-05T09:00", "2026-10-05T17:30", "on Monday 5 October 2026, 9am to 5:30pm"),
        ("2026-10-05T14:00", "2026-10-06T00:00", "on Monday 5 October 2026, 2pm to midnight"),
        (
            "2026-10-05T14:00",
            "2026-10-07T00:00",
            "from 2pm on Monday 5 October 2026 to the end of Tuesday 6 October 2026",
        ),
        ("2026-10-05T00:00", "2026-10-06T12:00", "from Monday 5 October 2026 to midday on Tuesday 6 October 2026"),
        ("2026-10-25T00:00", "2026-10-26T00:00", "all day on Sunday 25 October 2026"),
    ],
)
def test_a_closure_says_when_in_plain_words_also_when_the_clocks_change(office, starts, ends, said):
    assert say_closed(*(clock.to_utc(datetime.fromisoformat(at)) for at in (starts, ends))) == said


# --- a closure beside sessions: what reads the timetable is not misled by it ---


@pytest.fixture
def beside(office, room):
    """A session in the room, one online, and the room closed the day after; nobody has read anything yet."""
    made = {
        "in room": make.training_session(course=make.course("Course 0"), room=room),
        "online": make.training_session(course=make.course("Online")),
    }
    make.booking(made["in room"])
    close(office, room, IN_TWO_WEEKS + DAY)
    office.deliver()
    office.forget()
    return made


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"Course 0", "Online"}),
        ({"format": "room"}, {"Course 0"}),
        ({"format": "online"}, {"Online"}),
        ({"site": "Northgate Hospital"}, {"Course 0"}),
        ({"q": "training room"}, {"Course 0"}),
    ],
)
def test_a_closure_is_neither_on_nor_in_the_way_of_what_is_on(office, beside, filters, found):
    listing = timetable.coming(Filters(**filters), now=NOW)

    assert ({each.course.title for each in listing.sessions}, listing.total) == (found, len(found))


def test_a_closure_is_not_in_the_month(office, beside):
    sessions = timetable.between(date(2026, 12, 1), date(2027, 1, 1), Filters())

    assert {each.course.title for each in sessions} == {"Course 0", "Online"}


def test_a_service_with_a_closed_room_is_well(office, beside):
    assert doctor.examine(office.now) == []


def test_a_closure_that_overlaps_a_session_is_found(office, room):
    close(office, room, IN_TWO_WEEKS + DAY)
    training_session = make.training_session(room=room)
    without_guards(office)
    office.say("UPDATE slots SET starts_at = :at WHERE closed_why <> ''", at=timestamp(IN_TWO_WEEKS))
    office.forget()

    [finding] = doctor.examine(office.now)

    assert finding.startswith("IT training room is taken twice at one time")
    assert training_session.ref in finding
    assert "a closure" in finding


def test_trainers_are_not_busy_because_a_room_is_closed(office, room, beside):
    trainer = make.trainer()

    assert timetable.busy_trainers([trainer], [(IN_TWO_WEEKS + DAY, IN_TWO_WEEKS + DAY + HOUR)]) == {}


def test_the_pages_that_everybody_sees_open_while_a_room_is_closed(office, beside):
    browser = office.browser()
    ref, slug = beside["in room"].ref, beside["in room"].course.slug
    addresses = ["/", "/?view=month&on=2026-12-01", "/?view=week&on=2026-12-14", f"/sessions/{ref}", f"/courses/{slug}"]

    shown = [browser.get(address).text for address in addresses]

    assert [("Decorating" in text, browser.status) for text in shown] == [(False, 200)] * len(addresses)


# --- a room that sessions count on ---


def test_a_room_is_not_made_smaller_than_a_coming_session_which_is_named(office, room):
    make.training_session(room=room, capacity=10)

    with pytest.raises(TooSmall) as refused:
        describe(office, room, capacity=8)

    assert refused.value.sentence == (
        "IT training room cannot hold 8: ‘Using Social Media to Keep up to Date’ on Tuesday 15 December 2026, "
        "10am to midday (10 places). Give fewer places or another room first."
    )
    assert office.fresh(room).capacity == 10


def test_a_room_is_made_as_small_as_its_sessions_allow(office, room):
    make.training_session(room=room, capacity=8)

    describe(office, room, capacity=8)

    assert office.fresh(room).capacity == 8
    assert deeds(room) == [("Roomful", "changed the number of people it holds", "")]


def test_a_session_that_is_over_does_not_keep_its_room_large_and_all_is_well(office, room):
    make.training_session(room=room, capacity=10)
    office.deliver()
    office.now = IN_TWO_WEEKS + DAY
    office.deliver()

    describe(office, room, capacity=4)

    office.forget()
    assert doctor.examine(office.now) == []


def test_two_who_describe_a_room_at_once_do_not_undo_each_other(office, room):
    seen = newest(room)
    describe(office, room, name="Seminar room", seen=seen)

    with pytest.raises(StaleEdit) as refused:
        describe(office, room, access="Two steps", seen=seen)

    assert [line.did for line in refused.value.facts["lines"]] == ["changed the name"]


def test_whoever_describes_a_room_is_not_stopped_by_its_being_closed_meanwhile(office, room):
    seen = newest(room)
    close(office, room)

    describe(office, room, access="Two steps", seen=seen)

    assert office.fresh(room).access == "Two steps"


def test_a_room_keeps_its_address_whatever_it_is_called(office, room):
    describe(office, room, name="Another name")

    assert office.fresh(room).slug == room.slug


def test_two_rooms_of_a_site_do_not_share_a_name(office, room):
    make.room("Seminar room")

    with pytest.raises(Faulty, match="There is a room called Seminar room at Northgate Hospital already"):
        describe(office, room, name="seminar ROOM")


def test_a_room_is_not_retired_while_coming_sessions_are_in_it(office, room):
    training_session = make.training_session(room=room)

    with pytest.raises(RoomTaken) as refused:
        office.do(timetable.retire_room, room.id, by=None, now=NOW)

    assert [each.ref for each in refused.value.facts["sessions"]] == [training_session.ref]
    assert not office.fresh(room).is_retired


def test_a_retired_room_stays_on_the_sessions_that_were_in_it(office, room, cora):
    training_session = make.training_session(room=room)
    office.now = IN_TWO_WEEKS + DAY

    office.do(timetable.retire_room, room.id, by=cora, now=office.now, why="It is an office now")

    assert timetable.get(training_session.ref).where == "IT training room, Northgate Hospital"
    assert deeds(room) == [("Cora Coordinator", "retired the room", "It is an office now")]


def test_a_retired_room_is_not_offered_until_it_is_brought_back(office, room):
    office.do(timetable.retire_room, room.id, by=None, now=NOW)
    spans = [(IN_TWO_WEEKS, IN_TWO_WEEKS + HOUR)]
    while_retired = timetable.rooms_for(spans, places=1)

    office.do(timetable.bring_back_room, room.id, by=None, now=NOW)

    assert while_retired == []
    assert [choice.room.id for choice in timetable.rooms_for(spans, places=1)] == [room.id]


def test_no_session_is_put_into_a_retired_room(office, room):
    office.do(timetable.retire_room, room.id, by=None, now=NOW)

    with pytest.raises(RoomTaken, match="not used any more"):
        make.training_session(room=room)


def test_no_session_is_moved_into_a_retired_room(office, room):
    training_session = make.training_session()
    office.do(timetable.retire_room, room.id, by=None, now=NOW)

    with pytest.raises(RoomTaken, match="not used any more"):
        office.move(training_session, [make.slot(room=room)])


def test_retiring_twice_is_once(office, room):
    for _ in range(2):
        office.do(timetable.retire_room, room.id, by=None, now=NOW)

    assert len(deeds(room)) == 1


def test_a_retired_room_that_a_coming_session_is_in_is_found(office, room):
    training_session = make.training_session(room=room)
    office.deliver()
    office.say("UPDATE rooms SET is_retired = (1 = 1)")
    office.forget()

    assert doctor.examine(office.now) == [f"Session {training_session.ref} is in IT training room, which is retired."]


@pytest.mark.parametrize("count", [1, 3])
def test_a_room_is_closed_with_as_many_statements_whatever_is_in_it(office, room, count):
    for number in range(count):
        make.training_session(course=make.course(f"Course {number}"), room=room, starts_at=IN_TWO_WEEKS + number * DAY)

    with office.statements() as said:
        close(office, room, IN_TWO_WEEKS - DAY, IN_TWO_WEEKS)

    assert len(said) <= 7, "\n".join(said)


def without_guards(office):
    postgresql = "ALTER TABLE slots DROP CONSTRAINT ex_slots_one_at_a_time"
    is_sqlite = db.engine.dialect.name == "sqlite"
    triggers = [f"DROP TRIGGER slots_one_at_a_time_on_{when}" for when in ("INSERT", "UPDATE")]
    for statement in triggers if is_sqlite else [postgresql]:
        office.say(statement)


def timestamp(at):
    return at.strftime("%Y-%m-%d %H:%M:%S.000000") if db.engine.dialect.name == "sqlite" else at
