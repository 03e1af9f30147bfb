"""Many people at once: nobody gets a place that does not exist, and everybody gets a clear answer."""

import shutil
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from app import bookings, changes, clock, timetable
from app.bookings import Booking
from app.db import db, transaction
from app.errors import Refused, RoomTaken, TooSmall
from app.timetable import TrainingSession
from tests import make
from tests.long.service import CHECKOUT, statuses

PEOPLE, PLACES, AT_ONCE = 200, 10, 40


def all_at_once(deeds, at_once=AT_ONCE):
    """Do things in so many threads that all start at one moment; what each returned."""
    started = threading.Barrier(min(at_once, len(deeds)))
    has_started = threading.local()

    def after_the_start(deed):
        if not getattr(has_started, "yes", False):
            has_started.yes = True
            started.wait(60)
        return deed()

    with ThreadPoolExecutor(min(at_once, len(deeds))) as pool:
        return list(pool.map(after_the_start, deeds))


def a_full_race(service, soon, *, people=PEOPLE, at_once=AT_ONCE):
    """Everybody opens the booking page, then all press Book: (the session's ref, answers, seconds)."""
    ref = a_session(service, soon)
    visitors = list(service.visitors(people, name=f"Racer{ref}").values())
    pages = all_at_once([lambda v=visitor: v.open_form(f"/sessions/{ref}/book") for visitor in visitors], at_once)
    assert statuses(pages) == {200: people}
    began = time.monotonic()
    answers = all_at_once([lambda v=visitor: v.book(ref) for visitor in visitors], at_once)
    return ref, answers, time.monotonic() - began


def a_session(service, soon, *, capacity=PLACES, **given):
    with service.records():
        owner = make.person("Olga Owner")
        course = make.course(owner=owner)
        return make.training_session(capacity=capacity, starts_at=soon, course=course, **given).ref


def faults_of(service, ref, answers):
    """What is wrong after a race: overbooking, crashes, unclear answers. Empty if all is well."""
    faults, counted = [], statuses(answers)
    if counted != {303: PLACES, 409: len(answers) - PLACES}:
        faults.append(f"answers: {counted}")
    pages = [answer.page for answer in answers if answer.status == 409]
    if any("so you have not been booked" not in page for page in pages):
        faults.append("a refusal does not say why")
    with service.records() as session:
        taken, live = session.execute(
            select(TrainingSession.places_taken, func.count(Booking.id))
            .join(Booking, Booking.training_session_id == TrainingSession.id)
            .where(TrainingSession.ref == ref, Booking.state == "booked")
            .group_by(TrainingSession.id)
        ).one()
    if (taken, live) != (PLACES, PLACES):
        faults.append(f"{live} people booked, {taken} places counted as taken")
    return faults


def told_of(service, subject):
    """Who got letters about this: dict[address, how many]."""
    return Counter(letter.to for letter in service.letters() if letter.subject.startswith(subject))


def test_two_hundred_people_press_book_for_ten_places(on_either, soon, figures):
    on_either.start(workers=2)

    ref, answers, seconds = a_full_race(on_either, soon)

    assert faults_of(on_either, ref, answers) == []
    on_either.wait_for_letters()
    # The trainer and the course's owner: one letter each time it becomes full, not one for each refusal.
    assert sorted(told_of(on_either, "Full").values()) == [1, 1]
    assert sorted(told_of(on_either, "Booked").values()) == [1] * PLACES
    on_either.doctor()
    on_either.stop()
    figures(f"{PEOPLE} people answered in {seconds:.2f} s ({PEOPLE / seconds:.0f} a second)")


# What the copy lacks: the lock of db.py (on SQLite BEGIN IMMEDIATE becomes BEGIN; on PostgreSQL FOR UPDATE goes from
# courses and from every `locked`), and the floor under it: CHECK (places_taken BETWEEN 0 AND capacity).
WITHOUT_LOCKS = {
    "sqlite": {
        "app/db.py": [
            ('"BEGIN IMMEDIATE" if writes else "BEGIN"', '"BEGIN"'),
            ('"journal_mode=WAL", ', '"journal_mode=WAL", "ignore_check_constraints=ON", '),
        ]
    },
    "postgresql": {
        "app/db.py": [(".with_for_update(of=model, key_share=True)", "")],
        "app/courses/finding.py": [(".with_for_update(key_share=True)", "")],
    },
}


def unlocked_copy(folder, engine):
    for part in ("app", "templates", "migrations"):
        shutil.copytree(CHECKOUT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name, replacements in WITHOUT_LOCKS[engine].items():
        text = (folder / name).read_text("utf-8")
        for locked, unlocked in replacements:
            assert locked in text, f"{name} locks in another way now: change this test with it"
            text = text.replace(locked, unlocked)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_without_the_lock_the_race_is_seen_to_be_lost(on_either, soon, tmp_path, figures):
    """The negative control: the checks above go red when nothing is locked. One round in five is enough."""
    service, engine = on_either, "postgresql" if "postgresql" in on_either.settings["database_url"] else "sqlite"
    service.checkout = unlocked_copy(tmp_path / "without_locks", engine)
    if engine == "postgresql":
        with service.records(), transaction():
            db.session.connection().exec_driver_sql(
                "ALTER TABLE training_sessions DROP CONSTRAINT ck_training_sessions_places"
            )
    service.start(workers=4, with_worker=False)

    faults = []
    for _ in range(5):
        ref, answers, _seconds = a_full_race(service, soon, people=60)
        faults = faults_of(service, ref, answers)
        if faults:
            break
        soon += timedelta(hours=3)

    assert faults, "the race shows nothing even without the lock: it proves nothing with it"
    figures("; ".join(faults))


def test_one_person_presses_book_twenty_times(on_either, soon):
    on_either.start(workers=2, with_worker=False)
    ref = a_session(on_either, soon)
    [visitor] = on_either.visitors(1).values()
    visitor.open_form(f"/sessions/{ref}/book")

    answers = all_at_once([lambda: visitor.book(ref)] * 20)

    assert statuses(answers) == {303: 1, 409: 19}
    assert all("You have a place on this session already" in answer.page for answer in answers if answer.status == 409)
    with on_either.records() as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == 1
    on_either.doctor()


def in_its_own_transaction(service, verb):
    """A verb as another process would do it; what it refused with, or None."""
    with service.records():
        try:
            with transaction():
                verb()
        except Refused as refusal:
            return refusal
    return None


def test_two_sessions_are_moved_into_one_room_at_once(on_either, soon):
    with on_either.records():
        seminar, others = make.room("Seminar room"), [make.room(f"Room {n}") for n in range(2)]
        sessions = [make.training_session(starts_at=soon, room=room) for room in others]
    for round_number in range(15):
        starts_at = soon + timedelta(days=7 + round_number)

        def move(training_session, at=starts_at):
            return in_its_own_transaction(
                on_either,
                lambda: changes.move(training_session.id, [make.slot(at, room=seminar)], by=None, now=clock.now()),
            )

        refused = all_at_once([lambda s=one: move(s) for one in sessions])

        assert sorted(type(refusal) for refusal in refused if refusal) == [RoomTaken]
    on_either.doctor()


def test_places_are_taken_away_while_people_book(on_either, soon):
    on_either.start(workers=2)
    ref = a_session(on_either, soon)
    visitors = on_either.visitors(30).values()
    for visitor in visitors:
        visitor.open_form(f"/sessions/{ref}/book")
    with on_either.records():
        session_id = db.session.scalar(select(TrainingSession.id).where(TrainingSession.ref == ref))

    def shrink():
        for capacity in (9, 8, 7, 6, 5):
            refusal = in_its_own_transaction(
                on_either, lambda c=capacity: changes.change_capacity(session_id, c, by=None, now=clock.now())
            )
            assert refusal is None or isinstance(refusal, TooSmall)
            time.sleep(0.03)

    _, *answers = all_at_once([shrink, *[lambda v=visitor: v.book(ref) for visitor in visitors]])

    with on_either.records() as session:
        found = session.scalar(select(TrainingSession).where(TrainingSession.ref == ref))
        assert found.places_taken == found.capacity
        assert statuses(answers) == {303: found.capacity, 409: 30 - found.capacity}
    on_either.doctor()
    on_either.wait_for_letters()
    assert sorted(told_of(on_either, "Full").values()) == [1, 1]


def test_a_session_is_cancelled_while_people_book(on_either, soon):
    on_either.start(workers=2)
    ref = a_session(on_either, soon, capacity=40)
    visitors = on_either.visitors(40)
    for visitor in visitors.values():
        visitor.open_form(f"/sessions/{ref}/book")
    with on_either.records():
        session_id = db.session.scalar(select(TrainingSession.id).where(TrainingSession.ref == ref))
    some_have_booked = threading.Event()

    def book(visitor):
        answer = visitor.book(ref)
        if answer.status == 303:
            some_have_booked.set()
        return answer

    def cancel():
        some_have_booked.wait(60)
        return in_its_own_transaction(on_either, lambda: changes.cancel_session(session_id, by=None, now=clock.now()))

    refusal, *answers = all_at_once([cancel, *[lambda v=visitor: book(v) for visitor in visitors.values()]])

    assert refusal is None
    counted = statuses(answers)
    assert set(counted) <= {303, 409}, counted
    assert counted[303] >= 1
    with on_either.records() as session:
        found = session.scalar(select(TrainingSession).where(TrainingSession.ref == ref))
        assert (found.state, found.places_taken) == ("cancelled", 0)
        assert bookings.live_on(found) == []
    on_either.wait_for_letters()
    booked = {address for address, visitor in visitors.items() if visitor.answers[0].status == 303}
    assert told_of(on_either, "Session cancelled") == Counter(booked)
    on_either.doctor()


def test_a_session_is_moved_while_its_last_places_go(on_either, soon):
    """A booking holds the course and tells the trainer; a move holds the trainer and wants the course."""
    on_either.start(workers=2, with_worker=False)
    ref = a_session(on_either, soon, capacity=20)
    visitors = on_either.visitors(20).values()
    for visitor in visitors:
        visitor.open_form(f"/sessions/{ref}/book")
    with on_either.records():
        session_id = db.session.scalar(select(TrainingSession.id).where(TrainingSession.ref == ref))

    def move():
        refusals = []
        for hours in range(1, 12):
            slot = make.slot(soon + timedelta(hours=hours), joining_link="https://meet.example.org/room")
            refusals.append(
                in_its_own_transaction(
                    on_either, lambda s=slot: changes.move(session_id, [s], by=None, now=clock.now())
                )
            )
        return refusals

    refusals, *answers = all_at_once([move, *[lambda v=visitor: v.book(ref) for visitor in visitors]])

    assert set(refusals) == {None}
    assert statuses(answers) == {303: 20}
    on_either.doctor()


def test_the_last_place_goes_while_its_trainer_is_held(on_either, soon):
    """The same, step by step: whoever waits for the course must not hold what the other still needs."""
    with on_either.records():
        training_session, person = make.training_session(capacity=1, starts_at=soon), make.person()
    course_is_held, is_moving, outcome = threading.Event(), threading.Event(), []

    def book():
        with on_either.records(), transaction():
            timetable.lock(training_session.id)
            course_is_held.set()
            is_moving.wait(2)
            bookings.book(person, training_session.id, by=person, now=clock.now())

    def move():
        course_is_held.wait(60)
        threading.Timer(0.5, is_moving.set).start()
        slot = make.slot(soon + timedelta(hours=5), joining_link="https://meet.example.org/room")
        with on_either.records(), transaction():
            changes.move(training_session.id, [slot], by=None, now=clock.now())

    def noting(deed):
        try:
            deed()
        except Exception as fault:  # noqa: BLE001 - a deadlock is the database's own exception
            outcome.append(fault)

    all_at_once([lambda: noting(book), lambda: noting(move)])

    assert outcome == []
    on_either.doctor()
