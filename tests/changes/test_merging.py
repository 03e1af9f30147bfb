import threading
from datetime import timedelta

import pytest
from sqlalchemy import inspect, select, text

from app import attendance, bookings, changes, doctor, journal, people, sign_in, timetable
from app.bookings import Booking
from app.courses import CourseTrainer
from app.db import Base, db, transaction
from app.errors import NotAllowed, Refused, TrainerBusy
from app.people import Person
from app.timetable import SessionTrainer
from app.waiting_list import Wait
from tests import make
from tests.make import IN_TWO_WEEKS

pytestmark = pytest.mark.both_engines

WORK, HOME = "work@example.org", "home@example.org"
DAY = timedelta(days=1)


@pytest.fixture
def cora(office):
    return make.coordinator()


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse", address=WORK)


@pytest.fixture
def double(office):
    return make.person("Nia N", address=HOME, team="Library")


def merge(office, kept, other, by):
    office.forget()
    return office.do(
        changes.merge, people.get(kept.ref), people.get(other.ref), by=by and people.get(by.ref), now=office.now
    )


def heard(office):
    return [
        (letter.to, letter.subject.partition(":")[0], letter.entry and letter.entry[0]) for letter in office.deliver()
    ]


def places_of(person):
    query = select(Booking.training_session_id, Booking.state).where(Booking.person_id == person.id)
    return sorted((session_id, state) for session_id, state in db.session.execute(query))


def references(person_id):
    """Where the database itself has this id for a person."""
    inspector, found = inspect(db.engine), []
    for table in Base.metadata.sorted_tables:
        for key in inspector.get_foreign_keys(table.name):
            if key["referred_table"] == "people":
                [column] = key["constrained_columns"]
                query = text(f"SELECT count(*) FROM {table.name} WHERE {column} = :id")
                found += [f"{table.name}.{column}"] * db.session.execute(query, {"id": person_id}).scalar()
    return found


def test_one_record_stays_with_its_own_name_team_and_phone(office, cora, nia, double):
    merge(office, nia, double, cora)

    kept = people.get(nia.ref)
    assert (kept.name, kept.team, kept.address) == ("Nia Nurse", "Ward 7", WORK)
    assert db.session.scalar(select(Person).where(Person.ref == double.ref)) is None


def test_what_the_record_that_stays_lacks_is_taken_from_the_other(office, cora, double):
    joined = office.do(people.join, WORK, now=office.now)
    office.do(people.describe, double, name="Nia N", team="Library", phone="01632 960 001", by=cora, now=office.now)

    merge(office, joined, double, cora)

    kept = people.get(joined.ref)
    assert (kept.name, kept.team, kept.phone) == ("Nia N", "Library", "01632 960 001")


def test_the_roles_of_both_are_kept(office, cora):
    trainer, coordinator = make.trainer(), make.coordinator("Tom Trainer")

    merge(office, trainer, coordinator, cora)

    kept = people.get(trainer.ref)
    assert (kept.is_trainer, kept.is_coordinator) == (True, True)


def test_all_addresses_sign_the_one_person_in_and_letters_go_where_they_went(office, cora, nia, double):
    merge(office, nia, double, cora)

    assert [(row.address, row.gets_letters) for row in people.addresses_of(nia)] == [(WORK, True), (HOME, False)]
    assert people.known(HOME).ref == nia.ref


def test_somebody_without_an_address_gets_the_others(office, cora, double):
    joan = make.person("Joan Armah", address=None)

    merge(office, joan, double, cora)

    assert people.get(joan.ref).address == HOME


def test_whoever_is_signed_in_by_the_record_that_goes_is_signed_out(office, cora, nia, double):
    keys = {who.ref: office.do(sign_in.start, who, is_own_device=True, now=office.now) for who in (nia, double)}

    merge(office, nia, double, cora)

    assert sign_in.session_of(keys[double.ref], office.now) is None
    assert sign_in.session_of(keys[nia.ref], office.now) is not None


def test_places_move_over_past_and_cancelled_ones_too(office, cora, nia, double):
    past, coming, cancelled = (make.training_session(starts_at=IN_TWO_WEEKS + DAY * n) for n in range(3))
    for session in (past, coming, cancelled):
        make.booking(session, double)
    office.cancel(bookings.of_person_on(double, cancelled), by=double)
    office.now = IN_TWO_WEEKS + timedelta(hours=12)

    merged = merge(office, nia, double, cora)

    assert places_of(nia) == [(past.id, "booked"), (coming.id, "booked"), (cancelled.id, "cancelled")]
    assert (merged.moved_count, merged.given_up) == (1, ())


def test_calendar_entries_leave_the_other_mailbox_and_come_to_the_one_that_stays(office, cora, nia, double):
    booking = make.booking(make.training_session(), double)
    [booked] = office.deliver()

    merge(office, nia, double, cora)

    [gone, come] = office.deliver()
    assert (gone.to, gone.entry) == (HOME, ("CANCEL", booked.entry[1], 1))
    assert (come.to, come.entry[0], come.entry[2]) == (WORK, "REQUEST", 0)
    assert come.entry[1] == bookings.invites_of([booking])[booking.id][0].uid != booked.entry[1]


def test_a_confirmation_that_had_not_left_goes_to_the_mailbox_that_stays(office, cora, nia, double):
    make.booking(make.training_session(), double)

    merge(office, nia, double, cora)

    assert heard(office) == [(WORK, "Booked", "REQUEST")]


def test_entries_stay_where_they_are_if_the_record_that_stays_had_no_mailbox(office, cora, double):
    make.booking(make.training_session(), double)
    office.deliver()

    merge(office, make.person("Nia Nurse", address=None), double, cora)

    assert heard(office) == []


def test_somebody_whose_places_others_heard_of_now_hears_of_them(office, cora, double):
    joan = make.person("Joan Armah", address=None)
    office.book(joan, make.training_session(), by=cora)
    office.deliver()

    merge(office, joan, double, cora)

    assert heard(office) == [(HOME, "Booked", "REQUEST")]


def test_two_records_without_a_mailbox_tell_nobody(office, cora):
    joan, joan_again = make.person("Joan", address=None), make.person("Joan", address=None)
    office.book(joan_again, make.training_session(), by=cora)
    office.deliver()

    merge(office, joan, joan_again, cora)

    assert heard(office) == []


def test_reminders_that_wait_go_to_the_mailbox_that_stays(office, cora, nia, double):
    make.booking(make.training_session(), double)
    office.deliver()

    merge(office, nia, double, cora)

    waiting = office.notices("reminder", "waiting")
    assert [(notice.address, notice.person_id) for notice in waiting] == [(WORK, nia.id), (WORK, nia.id)]


def test_what_waits_for_a_trainer_goes_to_the_mailbox_that_stays(office, cora, nia):
    trainer = make.trainer(address=HOME)
    make.training_session(trainers=[trainer])

    merge(office, nia, trainer, cora)

    assert [notice.address for notice in office.notices("trainer_reminder", "waiting")] == [WORK]


def test_a_sign_in_link_still_goes_where_it_was_asked_for(office, cora, nia, double):
    office.do(sign_in.ask, HOME, next_path="/", client="here", now=office.now)

    merge(office, nia, double, cora)

    assert [letter.to for letter in office.deliver()] == [HOME]


def test_letters_about_those_they_booked_for_go_to_the_mailbox_that_stays(office, nia):
    coordinator, cora = make.coordinator("Nia N", address=HOME), make.coordinator()
    office.book(make.person("Joan Armah", address=None), make.training_session(), by=coordinator)

    merge(office, nia, coordinator, cora)

    assert heard(office) == [(WORK, "Booked", None)]


def test_of_two_places_on_one_session_the_earlier_stays(office, cora, nia, double):
    training_session = make.training_session(capacity=2)
    first = make.booking(training_session, double)
    make.booking(training_session, nia)
    office.deliver()

    merged = merge(office, nia, double, cora)

    assert bookings.of_person_on(nia, training_session).ref == first.ref
    assert office.fresh(training_session).places_taken == 1
    assert merged.given_up == ("Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am",)
    assert doctor.examine(office.now) == []


def test_the_calendar_of_the_later_place_loses_it_and_nobody_reads_that_a_place_was_cancelled(
    office, cora, nia, double
):
    training_session = make.training_session()
    make.booking(training_session, nia)
    make.booking(training_session, double)
    office.deliver()

    merge(office, nia, double, cora)

    assert heard(office) == [(HOME, "Calendar entry removed", "CANCEL")]


def test_news_that_a_session_is_full_is_withdrawn_when_the_second_place_goes(office, cora, nia, double):
    training_session = make.training_session(capacity=2)
    make.booking(training_session, nia)
    make.booking(training_session, double)

    merge(office, nia, double, cora)

    assert office.notices("session_full", "waiting") == []


def test_what_somebody_told_us_they_need_is_not_lost_with_the_second_place(office, cora, nia, double):
    training_session = make.training_session()
    make.booking(training_session, nia, access_needs="Large print")
    make.booking(training_session, double, access_needs="A hearing loop")

    merge(office, nia, double, cora)

    assert bookings.of_person_on(nia, training_session).access_needs == "Large print\nA hearing loop"


def test_that_somebody_came_is_not_lost_with_the_second_place(office, cora, nia, double):
    training_session = make.training_session()
    first, second = make.booking(training_session, nia), make.booking(training_session, double)
    office.now = IN_TWO_WEEKS + DAY
    office.do(attendance.mark, training_session.id, {second.id: "attended"}, by=cora, now=office.now)

    merge(office, nia, double, cora)

    assert attendance.mark_of(office.fresh(first)).mark == "attended"


def test_a_second_place_on_a_session_that_is_over_goes_without_a_letter(office, cora, nia, double):
    training_session = make.training_session()
    make.booking(training_session, nia)
    make.booking(training_session, double)
    office.deliver()
    office.now = IN_TWO_WEEKS + DAY
    office.say("UPDATE notices SET state = 'withdrawn', next_at = NULL WHERE next_at IS NOT NULL")

    merge(office, nia, double, cora)

    assert heard(office) == []
    assert doctor.examine(office.now) == []


def test_a_session_that_both_run_has_the_trainer_once(office, cora):
    one, other = make.trainer("Tom", address=WORK), make.trainer("Tom T", address=HOME)
    training_session = make.training_session(course=make.course(owner=other), trainers=[one, other])
    for each in (one, other):
        office.do(db.session.add, CourseTrainer(course_id=training_session.course_id, person_id=each.id))

    merge(office, one, other, cora)

    assert [each.person_id for each in db.session.scalars(select(SessionTrainer))] == [one.id]
    assert [each.person_id for each in db.session.scalars(select(CourseTrainer))] == [one.id]
    assert timetable.get(training_session.ref).course.owner_id == one.id
    assert [notice.address for notice in office.notices("trainer_reminder", "waiting")] == [WORK]


def test_sessions_at_one_time_are_not_put_on_one_trainer(office, cora):
    one, other = make.trainer("Tom"), make.trainer("Tom T")
    make.training_session(course=make.course("Copyright"), trainers=[one])
    make.training_session(
        course=make.course("Reflection"), trainers=[other], starts_at=IN_TWO_WEEKS + timedelta(hours=1)
    )
    before = office.kept()

    with pytest.raises(TrainerBusy) as refused:
        merge(office, one, other, cora)

    assert "‘Copyright’ (Tue 15 Dec 2026, 10am) and ‘Reflection’ (Tue 15 Dec 2026, 11am)" in refused.value.sentence
    assert office.kept() == before


def test_a_cancelled_session_is_in_nobodys_way(office, cora):
    one, other = make.trainer("Tom"), make.trainer("Tom T")
    make.training_session(trainers=[one])
    office.cancel_session(make.training_session(trainers=[other]))

    merge(office, one, other, cora)

    assert doctor.examine(office.now) == []


def test_the_journal_says_who_was_joined_to_whom_and_has_the_history_of_both(office, cora, nia, double):
    merge(office, nia, double, cora)

    deeds = journal.deeds_about(nia)
    assert [deed.did for deed in deeds] == ["added", "added", "merged"]
    assert (deeds[-1].by_id, deeds[-1].facts) == (cora.id, {"name": "Nia N", "ref": double.ref})


def test_nothing_names_the_record_that_went(office, cora, nia):
    trainer = make.coordinator("Tess", is_trainer=True, address=HOME)
    training_session = make.training_session(course=make.course(owner=trainer), trainers=[trainer])
    office.do(db.session.add, CourseTrainer(course_id=training_session.course_id, person_id=trainer.id))
    booking = office.book(trainer, training_session)
    full = make.full_session(starts_at=IN_TWO_WEEKS + DAY)
    given = office.wait(make.person("Ann"), full)
    office.do(changes.change_capacity, full.id, 2, by=None, now=office.now)
    place = {"training_session_id": full.id, "by": trainer, "now": office.now, "why": "On call"}
    office.do(bookings.give_place, given, **place)
    office.wait(trainer, full.course, wants="new")
    office.do(people.claim_address, trainer, "third@example.org", now=office.now)
    office.do(sign_in.start, trainer, is_own_device=False, now=office.now)
    make.reply(booking, state="settled", settled_by_id=trainer.id, settled_at=office.now)
    office.do(bookings.cancel, booking, by=trainer, now=office.now)
    office.now = IN_TWO_WEEKS + DAY
    office.do(attendance.add_walk_in, training_session.id, "Walt Walker", by=trainer, now=office.now)
    assert set(references(trainer.id)) == {f"{column.table.name}.{column.name}" for column in naming()}

    merge(office, nia, trainer, cora)

    assert references(trainer.id) == []
    assert doctor.examine(make.NOW) == []


def waits_of(person):
    """(course, person, state) of all their waits, in the order in which they asked."""
    db.session.rollback()
    query = select(Wait).where(Wait.person_id == person.id).order_by(Wait.id)
    return [(wait.course_id, wait.person_id, wait.state) for wait in db.session.scalars(query)]


def test_waits_move_over_with_their_place_in_line_and_their_offer(office, cora, nia, double):
    full = make.full_session()
    wait = make.wait(full, double)
    make.wait(full, make.person("Ann"))
    office.free(full)
    offer = office.offer_on(full)

    merge(office, nia, double, cora)

    assert office.names_on(full)[1:] == (["Nia Nurse"], ["Nia Nurse", "Ann"])
    assert (office.offer_on(full).id, office.fresh(wait).person_id) == (offer.id, nia.id)
    assert doctor.examine(office.now) == []


def test_of_two_waits_for_one_course_the_longer_stays(office, cora, nia, double):
    course = make.course()
    longer, shorter = make.wait(course, double, wants="new"), make.wait(course, nia, wants="new")

    merge(office, nia, double, cora)

    assert waits_of(nia) == [(course.id, nia.id, "waiting"), (course.id, nia.id, "ended")]
    assert (office.fresh(longer).is_live, office.fresh(shorter).is_live) == (True, False)


def test_the_offer_of_the_shorter_wait_goes_to_the_next_in_line(office, cora, nia, double):
    course = make.course()
    one, other = (make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))
    make.wait(one, nia)
    make.wait(other, double)
    make.wait(other, make.person("Ann"))
    office.free(other)

    merge(office, nia, double, cora)

    assert office.names_on(other) == ([], ["Ann"], ["Ann"])
    assert office.names_on(one)[2] == ["Nia Nurse"]
    assert doctor.examine(office.now) == []


def test_whoever_has_a_place_by_the_other_record_waits_no_more(office, cora, nia, double):
    course = make.course()
    full = make.full_session(course=course)
    wait = make.wait(full, nia)
    make.wait(full, make.person("Ann"))
    make.booking(make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY), double)
    office.free(full)

    merge(office, nia, double, cora)

    assert office.fresh(wait).state == "ended"
    assert office.names_on(full) == ([], ["Ann"], ["Ann"])
    assert doctor.examine(office.now) == []


def test_whoever_wants_to_change_goes_on_wanting_to(office, cora, nia, double):
    course = make.course()
    own, full = make.training_session(course=course), make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY)
    make.booking(own, double)
    make.wait(full, double, instead_of=own.id)

    merge(office, nia, double, cora)

    office.free(full)
    office.accept(office.offer_on(full))
    assert (office.names_on(own)[0], office.names_on(full)[0]) == ([], ["Nia Nurse"])


def test_the_place_that_one_of_two_bookings_gives_up_goes_to_the_next_in_line(office, cora, nia, double):
    training_session = make.training_session(capacity=2)
    for person in (nia, double):
        make.booking(training_session, person)
    make.wait(training_session, make.person("Ann"))

    merge(office, nia, double, cora)

    assert office.names_on(training_session)[:2] == (["Nia Nurse"], ["Ann"])
    assert doctor.examine(office.now) == []


def test_letters_about_an_offer_that_have_not_left_go_to_the_mailbox_that_stays(office, cora, nia, double):
    full = make.full_session()
    make.wait(full, double)
    office.free(full)

    merge(office, nia, double, cora)

    told = [(notice.kind, notice.address) for notice in office.notices(state="waiting") if notice.about == "offers"]
    assert told == [("offered", WORK), ("offer_ending", WORK)]


def test_an_offer_that_was_told_to_the_other_mailbox_is_told_to_the_one_that_stays(office, cora, nia, double):
    full = make.full_session()
    make.wait(full, double)
    office.free(full)
    office.post()

    merge(office, nia, double, cora)

    assert [(notice.address, notice.state) for notice in office.notices("offered")] == [
        (HOME, "sent"),
        (WORK, "waiting"),
    ]


def test_whoever_asked_for_somebody_is_the_record_that_stays(office, cora, nia, double):
    wait = make.wait(make.full_session(), make.person("Ann"), by=double)

    merge(office, nia, double, cora)

    assert office.fresh(wait).asked_by_id == nia.id


def naming():
    return people.columns_that_name(Person)


def test_every_column_of_the_database_that_names_a_person_is_found(office):
    inspector = inspect(db.engine)
    real = {
        (table, key["constrained_columns"][0])
        for table in inspector.get_table_names()
        for key in inspector.get_foreign_keys(table)
        if key["referred_table"] == "people"
    }

    assert {(column.table.name, column.name) for column in naming()} == real


def test_where_a_person_may_stand_once_only_it_has_been_thought_of(office):
    """A table that lets a person stand once, as a booking's session does, needs a rule for the second: see `merge`."""
    inspector, once = inspect(db.engine), set()
    for column in naming():
        table = column.table.name
        unique = [index["column_names"] for index in inspector.get_indexes(table) if index["unique"]]
        unique += [rule["column_names"] for rule in inspector.get_unique_constraints(table)]
        unique.append(inspector.get_pk_constraint(table)["constrained_columns"])
        once |= {(table, tuple(columns)) for columns in unique if column.name in columns}

    assert once == {
        ("addresses", ("person_id",)),
        ("bookings", ("training_session_id", "person_id")),
        ("course_trainers", ("course_id", "person_id")),
        ("invites", ("trainer_id", "slot_id")),
        ("session_trainers", ("training_session_id", "person_id")),
        ("waits", ("course_id", "person_id")),
    }


def test_only_a_coordinator_puts_records_together(office, nia, double):
    trainer = make.trainer()
    before = office.kept()

    with pytest.raises(NotAllowed):
        merge(office, nia, double, trainer)

    assert office.kept() == before


def test_the_record_that_somebody_is_signed_in_by_has_to_stay(office, cora, nia):
    with pytest.raises(NotAllowed, match="You are signed in by this record"):
        merge(office, nia, cora, cora)


def test_one_record_is_not_put_together_with_itself(office, cora, nia):
    with pytest.raises(Refused, match="one and the same"):
        merge(office, nia, nia, cora)


def test_the_last_coordinator_stays_one_under_another_record(office, cora, nia):
    merge(office, nia, cora, None)

    assert people.get(nia.ref).is_coordinator


def test_two_coordinators_at_once_one_wins_and_the_other_is_told(office, cora, nia, double):
    make.booking(make.training_session(), nia)
    make.booking(make.training_session(), double)
    pairs, answers = [(nia.ref, double.ref), (double.ref, nia.ref)], []
    started = threading.Barrier(2)

    def put_together(kept_ref, other_ref):
        with office.app.app_context():
            kept, other, by = people.get(kept_ref), people.get(other_ref), people.get(cora.ref)
            started.wait(20)
            try:
                with transaction():
                    changes.merge(kept, other, by=by, now=office.now)
                answers.append("done")
            except Refused as refusal:
                answers.append(refusal.sentence)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=put_together, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [
        "This record is not there any more: somebody has just put it together with another one.",
        "done",
    ]
    assert doctor.examine(office.now) == []
