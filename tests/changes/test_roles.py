import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import changes, journal, people
from app.db import db, transaction
from app.errors import Faulty, NotAllowed, Refused, StaleEdit
from app.people import Person
from app.spreadsheets import FaultyFile
from tests import make
from tests.make import IN_TWO_WEEKS


@pytest.fixture
def cora(office):
    return make.coordinator()


def describe(office, person, by, **changed):
    now = {column: getattr(person, column) for column in ("name", "team", "phone", "is_trainer", "is_coordinator")}
    office.do(changes.describe_person, person, **{**now, **changed}, by=by, now=office.now)
    return office.fresh(person)


def did(person):
    return [(deed.did, deed.facts) for deed in journal.deeds_about(person)][1:]


def test_a_coordinator_changes_what_we_know_of_somebody(office, cora):
    nia = make.person("Nia Nurse")

    changed = describe(office, nia, cora, name="Nia Jones", team="Ward 8", phone="01632 960 002")

    assert (changed.name, changed.team, changed.phone) == ("Nia Jones", "Ward 8", "01632 960 002")
    assert did(nia) == [("described", {"columns": ["name", "team", "phone"]})]


def test_a_coordinator_gives_and_takes_roles(office, cora):
    nia = make.trainer("Nia Nurse")

    changed = describe(office, nia, cora, is_trainer=False, is_coordinator=True)

    assert (changed.is_trainer, changed.is_coordinator) == (False, True)
    assert did(nia) == [
        ("took a role from", {"role": "trainer", "columns": ["is_trainer"]}),
        ("gave a role to", {"role": "coordinator", "columns": ["is_coordinator"]}),
    ]


def test_nothing_changed_leaves_no_line_in_the_journal(office, cora):
    nia = make.person("Nia Nurse")

    describe(office, nia, cora)

    assert did(nia) == []


@pytest.mark.parametrize("make_one", [make.person, make.trainer])
def test_nobody_but_a_coordinator_gives_roles(office, make_one):
    one = make_one("Sam Self")

    with pytest.raises(NotAllowed):
        describe(office, one, one, is_coordinator=True)

    assert not office.fresh(one).is_coordinator


def test_a_coordinator_stops_being_one_while_another_remains(office, cora):
    make.coordinator("Olu Other")

    assert not describe(office, cora, cora, is_coordinator=False).is_coordinator


def test_the_last_coordinator_stays_one(office, cora):
    with pytest.raises(Refused, match="without a coordinator"):
        describe(office, cora, cora, is_coordinator=False)

    assert office.fresh(cora).is_coordinator


def test_whoever_still_runs_sessions_stays_a_trainer_and_the_sessions_are_named(office, cora):
    trainer = make.trainer("Tom Trainer")
    for days in range(4):
        make.training_session(
            course=make.course(f"Course {days}"), trainers=[trainer], starts_at=IN_TWO_WEEKS + timedelta(days=days)
        )

    with pytest.raises(Refused) as refused:
        describe(office, trainer, cora, is_trainer=False)

    assert refused.value.sentence == (
        "Tom Trainer still runs ‘Course 0’ (Tue 15 Dec 2026, 10am), ‘Course 1’ (Wed 16 Dec 2026, 10am), "
        "‘Course 2’ (Thu 17 Dec 2026, 10am) and 1 more. Give these to another trainer first."
    )
    assert office.fresh(trainer).is_trainer


def test_a_trainer_whose_sessions_are_over_or_cancelled_need_not_stay_one(office, cora):
    trainer = make.trainer()
    make.training_session(trainers=[trainer])
    office.cancel_session(make.training_session(trainers=[trainer], starts_at=IN_TWO_WEEKS + timedelta(days=9)))
    office.now = IN_TWO_WEEKS + timedelta(hours=3)

    assert not describe(office, trainer, cora, is_trainer=False).is_trainer


def test_a_draft_needs_its_trainer_too(office, cora):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    office.do(setattr, training_session, "state", "draft")

    with pytest.raises(Refused, match="still runs"):
        describe(office, trainer, cora, is_trainer=False)


def test_whoever_saves_second_is_told_what_changed(office, cora):
    nia = make.person("Nia Nurse")
    seen = journal.newest(nia)
    describe(office, nia, cora, is_trainer=True)

    with pytest.raises(StaleEdit) as stale:
        describe(office, nia, cora, team="Ward 9", seen=seen)

    assert [(line.who, line.did) for line in stale.value.facts["lines"]] == [
        ("Cora Coordinator", "gave somebody the trainer role")
    ]


def test_signing_in_or_an_address_added_meanwhile_is_in_nobodys_way(office, cora):
    nia = make.person("Nia Nurse")
    seen = journal.newest(nia)
    office.do(journal.record, nia, "signed in", nia, office.now)
    office.do(people.give_address, nia, "new@example.org", by=cora, now=office.now)

    assert describe(office, nia, cora, team="Ward 9", seen=seen).team == "Ward 9"


def test_a_record_that_was_put_together_with_another_meanwhile_is_not_changed(office, cora):
    nia, double = make.person("Nia Nurse"), make.person("Nia N")
    gone = people.get(double.ref)
    db.session.expunge(gone)
    office.do(changes.merge, nia, people.get(double.ref), by=cora, now=office.now)

    with pytest.raises(Refused, match="not there any more"):
        office.do(
            changes.describe_person,
            gone,
            name="x",
            team="",
            phone="",
            is_trainer=False,
            is_coordinator=False,
            by=cora,
            now=office.now,
        )


def test_two_coordinators_who_take_the_role_from_each_other_at_once_leave_one(office, cora):
    olu, answers, started = make.coordinator("Olu Other"), [], threading.Barrier(2)

    def take_role(from_ref, by_ref):
        with office.app.app_context():
            person, by = people.get(from_ref), people.get(by_ref)
            started.wait(20)
            try:
                with transaction():
                    changes.describe_person(
                        person,
                        name=person.name,
                        team="",
                        phone="",
                        is_trainer=False,
                        is_coordinator=False,
                        by=by,
                        now=office.now,
                    )
                answers.append("done")
            except Refused:
                answers.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=take_role, args=pair) for pair in ((olu.ref, cora.ref), (cora.ref, olu.ref))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.rollback()
    left = db.session.scalar(select(func.count()).select_from(Person).where(Person.is_coordinator))
    assert (sorted(answers), left) == (["done", "refused"], 1)


def file_of(tmp_path, *lines):
    file = tmp_path / "people.csv"
    file.write_text("\n".join(("email,name,role", *lines)), encoding="utf-8")
    return file


def test_a_file_takes_no_role_from_somebody_who_still_runs_sessions(office, tmp_path):
    trainer = make.trainer(address="tom@example.org")
    make.training_session(trainers=[trainer])
    file = file_of(tmp_path, "nia@example.org,Nia Nurse,staff", "tom@example.org,Tom Trainer,staff")

    with pytest.raises(FaultyFile) as refused:
        office.do(changes.import_people, file, by=None, now=office.now)

    [(number, sentence)] = refused.value.faults
    assert (number, sentence.partition(" ‘")[0]) == (3, "Tom Trainer still runs")
    assert office.fresh(trainer).is_trainer


def test_a_file_takes_the_role_from_a_trainer_who_runs_nothing(office, tmp_path):
    trainer = make.trainer(address="tom@example.org")

    office.do(changes.import_people, file_of(tmp_path, "tom@example.org,Tom,staff"), by=None, now=office.now)

    assert not office.fresh(trainer).is_trainer


def test_a_faulty_name_is_refused(office, cora):
    with pytest.raises(Faulty, match="Enter a name"):
        describe(office, make.person(), cora, name=" ")
