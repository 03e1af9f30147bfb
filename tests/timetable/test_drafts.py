from datetime import timedelta

import pytest

from app import timetable
from app.db import db
from app.errors import Faulty, NotAllowed, NotFound, Refused, RoomTaken, TrainerBusy
from app.journal import deeds_about
from tests import make
from tests.make import IN_TWO_WEEKS

ONLINE = make.slot(joining_link="https://meet.example.org/1")


def publish(office, *drafts, by=None):
    return office.do(timetable.publish, [draft.ref for draft in drafts], by=by, now=office.now)


@pytest.fixture
def course(office):
    return make.course(owner=make.trainer("Olga Owner"))


def test_staff_do_not_see_a_draft(office):
    draft = make.training_session(is_draft=True)

    with pytest.raises(NotFound):
        timetable.visible(draft.ref)


def test_a_draft_that_is_put_on_the_timetable_can_be_booked(office):
    draft = make.training_session(is_draft=True)

    assert publish(office, draft) == [draft]

    assert timetable.why_not_bookable(timetable.visible(draft.ref), office.now) == ""


def test_a_draft_holds_its_room_and_its_trainers(office):
    room, trainer = make.room(), make.trainer()
    make.training_session(room=room, trainers=[trainer], is_draft=True)

    with pytest.raises(RoomTaken):
        make.training_session(room=room)
    with pytest.raises(TrainerBusy):
        make.training_session(trainers=[trainer])


def test_the_journal_tells_drafting_from_publishing(office):
    draft = make.training_session(is_draft=True)
    publish(office, draft)

    assert [deed.did for deed in deeds_about(draft)] == ["drafted", "published"]


def test_trainers_are_reminded_of_a_session_and_not_of_a_draft(office):
    draft = make.training_session(is_draft=True)
    assert office.notices("trainer_reminder") == []

    publish(office, draft)

    assert len(office.notices("trainer_reminder")) == 1


def test_several_drafts_go_on_together_or_not_at_all(office):
    drafts = [make.training_session(is_draft=True) for _ in range(2)]
    past = make.training_session(is_draft=True, starts_at=office.now - timedelta(days=1))

    with pytest.raises(
        Refused, match="on Monday 30 November 2026 at 9am cannot go on the timetable: it lies in the past"
    ):
        publish(office, *drafts, past)

    assert {office.fresh(draft).state for draft in drafts} == {"draft"}


def test_a_draft_of_a_course_that_is_not_published_stays_one(office):
    draft = make.training_session(course=make.course("Copyright", state="draft"), is_draft=True)

    with pytest.raises(Refused, match=r"‘Copyright’ on .* its course is not published. Publish the course first"):
        publish(office, draft)


def test_a_draft_that_was_cancelled_stays_off(office):
    draft = make.training_session(is_draft=True)
    office.cancel_session(draft)

    with pytest.raises(Refused, match="it has been cancelled"):
        publish(office, draft)


def test_a_session_that_somebody_else_has_put_on_meanwhile_stays_as_it_is(office):
    there, draft = make.training_session(), make.training_session(is_draft=True)

    assert publish(office, there, draft) == [draft]

    assert [deed.did for deed in deeds_about(there)] == ["scheduled"]


def test_a_stranger_cannot_put_a_draft_on(office):
    draft = make.training_session(is_draft=True)

    with pytest.raises(NotAllowed):
        publish(office, draft, by=make.trainer("Sam Stranger"))


def test_a_trainer_of_the_session_may_put_it_on(office):
    trainer = make.trainer()
    draft = make.training_session(trainers=[trainer], is_draft=True)

    assert publish(office, draft, by=trainer) == [draft]


def test_what_is_no_session_is_refused(office):
    with pytest.raises(NotFound):
        office.do(timetable.publish, ["222222"], by=None, now=office.now)


def test_a_trainer_finds_the_drafts_that_they_run_and_those_of_their_courses(office):
    owner, trainer = make.trainer("Olga Owner"), make.trainer()
    run = make.training_session(trainers=[trainer], is_draft=True, starts_at=IN_TWO_WEEKS + timedelta(days=1))
    of_course = make.training_session(course=make.course(owner=owner), is_draft=True)
    make.training_session(is_draft=True)

    assert [draft.ref for draft in timetable.drafts_of(trainer)] == [run.ref]
    assert [draft.ref for draft in timetable.drafts_of(owner)] == [of_course.ref]


def test_a_session_of_a_course_that_is_not_published_can_only_be_a_draft(office):
    owner = make.trainer("Olga Owner")
    course = make.course("Copyright", owner=owner, state="draft")

    with pytest.raises(Faulty, match="‘Copyright’ is not published, so its sessions can only be drafts"):
        schedule(office, course, by=owner)
    assert schedule(office, course, by=owner, is_draft=True).state == "draft"


def test_ticking_oneself_does_not_make_somebody_elses_course_ones_own(office, course):
    stranger = make.trainer("Sam Stranger")

    with pytest.raises(NotAllowed):
        schedule(office, course, by=stranger, trainers=[stranger])


def test_a_room_that_is_not_used_any_more_is_refused(office, course):
    room = make.room()
    office.do(setattr, room, "is_retired", True)

    with pytest.raises(RoomTaken, match="is not used any more"):
        schedule(office, course, slots=[make.slot(room=room)])


def test_a_room_that_is_closed_is_refused_with_why(office, course):
    room = make.room()
    closure = timetable.Slot(
        position=0, starts_at=IN_TWO_WEEKS, ends_at=IN_TWO_WEEKS + timedelta(days=1), room_id=room.id, closed_why="Damp"
    )
    office.do(db.session.add, closure)

    with pytest.raises(RoomTaken, match=r"IT training room is closed from 10am on Tuesday 15 .*: Damp"):
        schedule(office, course, slots=[make.slot(room=room)])


@pytest.mark.parametrize(
    ("opens", "closes", "field"),
    [(0, None, "booking_opens_at"), (-2, -2, "booking_opens_at"), (None, 1, "booking_closes_at")],
)
def test_booking_opens_before_it_closes_and_closes_by_the_start(office, course, opens, closes, field):
    window = [None if hours is None else IN_TWO_WEEKS + timedelta(hours=hours) for hours in (opens, closes)]

    with pytest.raises(Faulty) as refused:
        schedule(office, course, booking_opens_at=window[0], booking_closes_at=window[1])

    assert refused.value.field == field


def test_booking_may_close_at_the_very_start(office, course):
    assert schedule(office, course, booking_closes_at=IN_TWO_WEEKS).booking_closes_at == IN_TWO_WEEKS


def schedule(office, course, *, slots=(ONLINE,), trainers=None, by=None, **kwargs):
    return office.do(
        timetable.schedule, course, slots=slots, trainers=trainers or [make.trainer()], by=by, now=office.now, **kwargs
    )


def test_many_drafts_are_read_and_held_in_as_many_statements_as_one(office, course):
    cora, counts = make.coordinator(), []
    for count in (1, 3):
        drafts = [make.training_session(course=course, room=make.room(), is_draft=True) for _ in range(count)]
        refs = [draft.ref for draft in drafts]
        with office.statements() as said:
            office.do(timetable.publish, refs, by=cora, now=office.now)
        counts.append(len([statement for statement in said if statement.startswith("SELECT")]))

    assert counts[0] == counts[1]
