from datetime import timedelta

import pytest

from app import changes, history, timetable
from app.db import db
from app.errors import BookingClosed, Faulty, NotAllowed, StaleEdit, TrainerBusy
from app.journal import Deed, newest
from app.timetable import SessionTrainer
from tests import make
from tests.make import IN_TWO_WEEKS


def staff(office, training_session, *trainers, by=None, **kwargs):
    number = training_session.id
    return office.do(changes.change_trainers, number, trainers, by=by, now=office.now, **kwargs)


def run_by(training_session):
    query = db.session.query(SessionTrainer.person_id).filter_by(training_session_id=training_session.id)
    return {person_id for (person_id,) in query}


def test_a_session_is_run_by_those_chosen_and_no_others(office):
    tom, tess, fay = make.trainer("Tom"), make.trainer("Tess"), make.trainer("Fay")
    training_session = make.training_session(trainers=[tom, tess])

    staff(office, training_session, tess, fay)

    assert run_by(training_session) == {tess.id, fay.id}


def test_the_history_says_who_ran_it_and_who_runs_it(office):
    tom, fay = make.trainer("Tom Trainer"), make.trainer("Fay Free")
    training_session, cora = make.training_session(trainers=[tom]), make.coordinator()

    staff(office, training_session, fay, by=cora, words="Tom is ill.")

    line = history.of(training_session)[-1]
    assert (line.who, line.did, line.why) == (
        "Cora Coordinator",
        "changed the trainers from Tom Trainer to Fay Free",
        "Tom is ill.",
    )


def test_a_trainer_who_is_busy_then_is_refused_with_what(office):
    fay = make.trainer("Fay Free")
    make.training_session(trainers=[fay], course=make.course("Copyright for the busy"))
    training_session = make.training_session()

    with pytest.raises(TrainerBusy) as refused:
        staff(office, training_session, fay)

    assert refused.value.sentence == (
        "Fay Free is busy on Tuesday 15 December 2026, 10am to midday with ‘Copyright for the busy’."
    )


def test_a_trainer_is_not_busy_with_the_session_itself(office):
    tom, fay = make.trainer("Tom"), make.trainer("Fay")
    training_session = make.training_session(trainers=[tom])

    staff(office, training_session, tom, fay)

    assert run_by(training_session) == {tom.id, fay.id}


def test_somebody_who_is_no_trainer_is_refused(office):
    with pytest.raises(Faulty, match="Nia Nurse is not a trainer"):
        staff(office, make.training_session(), make.person("Nia Nurse"))


def test_a_session_keeps_at_least_one_trainer(office):
    with pytest.raises(Faulty, match="at least one trainer"):
        staff(office, make.training_session())


def test_the_same_trainers_again_change_nothing(office):
    tom = make.trainer("Tom")
    training_session = make.training_session(trainers=[tom])
    before = office.kept()

    staff(office, training_session, tom)

    assert office.kept() == before


def test_a_trainer_may_take_themselves_off(office):
    tom, tess = make.trainer("Tom"), make.trainer("Tess")
    training_session = make.training_session(trainers=[tom, tess])

    staff(office, training_session, tess, by=tom)

    assert not timetable.may_manage(tom, training_session.course, timetable.get(training_session.ref).trainers)


def test_a_stranger_cannot_change_the_trainers(office):
    stranger = make.trainer("Sly")

    with pytest.raises(NotAllowed):
        staff(office, make.training_session(), stranger, by=stranger)


def test_the_trainers_of_a_session_that_is_over_stay(office):
    training_session = make.training_session()
    office.now = IN_TWO_WEEKS + timedelta(hours=2)

    with pytest.raises(BookingClosed, match="over"):
        staff(office, training_session, make.trainer("Fay"))


def test_somebody_can_take_over_a_session_under_way(office):
    training_session, fay = make.training_session(), make.trainer("Fay")
    office.now = IN_TWO_WEEKS + timedelta(minutes=30)

    staff(office, training_session, fay)

    assert run_by(training_session) == {fay.id}


def test_whoever_has_not_seen_the_last_change_is_told_of_it(office):
    training_session, fay, cora = make.training_session(), make.trainer("Fay"), make.coordinator()
    seen = newest(training_session)
    office.do(changes.change_capacity, training_session.id, 8, by=cora, now=office.now)

    with pytest.raises(StaleEdit) as refused:
        staff(office, training_session, fay, seen=seen)

    assert [(line.who, line.did) for line in refused.value.facts["lines"]] == [
        ("Cora Coordinator", "changed the number of places from 10 to 8")
    ]


def test_people_who_are_booked_have_the_new_trainers_in_their_calendar_and_hear_no_more_of_it(office):
    training_session = make.training_session()
    booking = make.booking(training_session)
    office.deliver()

    staff(office, training_session, make.trainer("Fay", address=None), by=None)

    [letter] = office.deliver()
    assert letter.to == booking.person.address
    assert letter.subject.startswith("Calendar entry updated: ")


def test_the_former_trainer_is_free_for_another_session(office):
    tom = make.trainer("Tom")
    training_session = make.training_session(trainers=[tom])
    staff(office, training_session, make.trainer("Fay"))

    assert make.training_session(trainers=[tom]).state == "scheduled"


def test_one_line_of_the_journal_for_one_change(office):
    training_session = make.training_session()

    staff(office, training_session, make.trainer("Fay"))

    assert db.session.query(Deed).filter_by(did="restaffed", about_id=training_session.id).count() == 1
