"""A small office with long queues, at random: whoever is first in line gets the place, whatever people do.

Few dates, few places and few people, so that lists form and are used. For more lives:
LIVES=500 pytest -m long tests/long/test_waiting_life.py
"""

from datetime import timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from sqlalchemy import select

from app import bookings, changes, doctor, people, timetable, waiting_list
from app.bookings import Booking
from app.courses import Course
from app.db import db
from app.journal import Deed
from app.people import Person
from app.rooms import Room
from app.timetable import SlotPlan, TrainingSession
from app.waiting_list import Offer, Wait
from tests import make
from tests.long import turns
from tests.long.at_random import AtRandom, at_length, live_through
from tests.long.what_must_hold import Calendars, rules_broken

HOUR, LINK = timedelta(hours=1), "https://meet.example.org/room"
PEOPLE = 6

which = st.integers(0, 30)  # one of the records that there are just then
days = st.sampled_from([0, 1, 2, 3, 5, 9, 20])
hours = st.sampled_from([9, 10, 14])
sizes = st.integers(1, 3)
some = st.sets(st.integers(0, 3), max_size=3)
yes_or_no = st.booleans()


class Queue(AtRandom):
    """Each rule is one click of somebody. `owed` is what only time has brought about since the worker ran."""

    def __init__(self, office, renewed, did):
        super().__init__(office, renewed, did)
        self.calendars, self.owed, self.step_count = Calendars(), set(), 0
        self.given_up, self.cancelled_session = (), None
        make.coordinator("Cora", address="cora@example.org")
        tess, tom = (make.trainer(name, address=f"{name}@example.org") for name in ("Tess", "Tom"))
        for number in range(PEOPLE):
            make.person(f"Person {number}", address=f"p{number}@example.org" if number else None)
        room = make.room("Middle", capacity=3)
        first, other = (make.course(f"Course {number}", owner=tess, places=2) for number in range(2))
        for course, day, capacity, where in (
            (first, 2, 1, room),
            (first, 9, 2, None),
            (first, 16, 1, None),
            (other, 9, 1, None),
        ):
            starts = self.at(day, 10)
            slots = [SlotPlan(starts, starts + 2 * HOUR, where.id if where else None, "" if where else LINK)]
            make.training_session(
                course=course, slots=slots, capacity=capacity, trainers=[tom if course is other else tess]
            )
        self._begin(first)
        self.before = turns.picture(office.now)

    def _begin(self, course):
        """Two dates are full and somebody waits, so that there is something to do from the first step on."""
        for number, which_person in ((0, 0), (1, 1), (1, 2)):
            session, (who, by) = self.one(TrainingSession, number), self.person(which_person)
            self.office.do(lambda s=session, w=who, b=by: self._books(s, w, b(), despite=False))
        for which_person, at_once in ((3, False), (4, True)):
            who, by = self.person(which_person)
            self._wait(course.id, who, by, wants="these", chosen=(0, 1), at_once=at_once)

    def at(self, day, hour):
        return self.office.now.replace(hour=hour, minute=0, second=0) + timedelta(days=day)

    def person(self, number):
        """One of those who book and wait, as whoever acts for them sees them: (their id, who acts)."""
        who = self.one(Person, number, ~Person.is_coordinator, ~Person.is_trainer)
        has_address = db.session.get(Person, who).address
        return who, (partial(db.session.get, Person, who) if has_address else self.somebody(0))

    def of(self, model, number, *where):
        """One of the records of somebody that there are, and who acts for them; (None, None) if there is none."""
        found = self.one(model, number, *where)
        if found is None:
            return None, None
        row = db.session.get(model, found)
        who = row.person_id if hasattr(row, "person_id") else db.session.get(Wait, row.wait_id).person_id
        is_own = number % 4 and db.session.get(Person, who).address
        return found, (partial(db.session.get, Person, who) if is_own else self.somebody(0))

    def dates(self, course, chosen):
        found = db.session.scalars(
            select(TrainingSession.id)
            .where(TrainingSession.course_id == course, TrainingSession.state == "scheduled")
            .where(TrainingSession.starts_at > self.office.now)
            .order_by(TrainingSession.id)
        ).all()
        return sorted({found[number % len(found)] for number in chosen}) if found else []

    # --- places, and waiting for them ---

    @rule(number=which, who=which, despite=yes_or_no)
    def book(self, *, number, who, despite):
        session, (who, by) = self.a_session(number), self.person(who)
        self.click(lambda: self._books(session, who, by(), despite=despite))

    def _books(self, session, who, by, *, despite):
        person = db.session.get(Person, who)
        return bookings.book(person, session, by=by, now=self.office.now, despite_overlaps=despite)

    def _wait(self, course, who, by, *, wants, chosen, at_once, instead_of=None):
        named, now = self.dates(course, chosen), self.office.now

        def waits():
            return bookings.wait(
                db.session.get(Person, who),
                course,
                wants=wants,
                session_ids=named if wants == "these" else (),
                by=by(),
                now=now,
                books_at_once=at_once,
                instead_of=instead_of,
            )

        self.click(waits)

    @rule(
        course=which, who=which, wants=st.sampled_from(["these", "these", "any", "new"]), chosen=some, at_once=yes_or_no
    )
    def wait(self, *, course, who, wants, chosen, at_once):
        course = self.one(Course, course if course % 4 else 0)
        self._wait(course, *self.person(who), wants=wants, chosen=chosen, at_once=at_once)

    @rule(course=which, who=which, chosen=some, at_once=yes_or_no)
    def wait_more(self, *, course, who, chosen, at_once):
        """Once more, because lists are what this life is about."""
        course = self.one(Course, course if course % 4 else 0)
        self._wait(course, *self.person(who), wants="these" if chosen else "any", chosen=chosen, at_once=at_once)

    @precondition(lambda self: self.before.places_taken)
    @rule(number=which, wants=st.sampled_from(["these", "any", "new"]), chosen=some, at_once=yes_or_no)
    def wait_to_change(self, *, number, wants, chosen, at_once):
        booking, by = self.of(Booking, number, Booking.state == "booked")
        if booking is not None:
            had = db.session.get(Booking, booking)
            who, session = had.person_id, had.training_session_id
            course = db.session.get(TrainingSession, session).course_id
            self._wait(course, who, by, wants=wants, chosen=chosen, at_once=at_once, instead_of=session)

    @precondition(lambda self: self.before.in_state("cancelled"))
    @rule(number=which)
    def wait_again(self, *, number):
        cancelled = select(TrainingSession.id).where(TrainingSession.state == "cancelled")
        booking, by = self.of(Booking, number, Booking.training_session_id.in_(cancelled))
        if booking is not None:
            ref = db.session.get(Booking, booking).ref
            self.click(lambda: bookings.wait_again(bookings.get(ref), by=by(), now=self.office.now))

    @precondition(lambda self: self.before.open_offers)
    @rule(number=which, despite=yes_or_no)
    def accept(self, *, number, despite):
        offer, by = self.of(Offer, number, *([Offer.state == "open"] if number % 5 else []))
        if offer is not None:
            now = self.office.now

            def accepts():
                return bookings.accept(waiting_list.offer_by_id(offer), by=by(), now=now, despite_overlaps=despite)

            self.click(accepts)

    @precondition(lambda self: self.before.open_offers)
    @rule(number=which)
    def decline(self, *, number):
        offer, by = self.of(Offer, number, *([Offer.state == "open"] if number % 5 else []))
        if offer is not None:
            self.click(lambda: bookings.decline(waiting_list.offer_by_id(offer), by=by(), now=self.office.now))

    @precondition(lambda self: self.before.live_waits)
    @rule(number=which, verb=st.sampled_from([bookings.leave, bookings.still_want, bookings.still_want]))
    def leave_or_stay(self, *, number, verb):
        is_live = Wait.state == "waiting"
        if number % 2:
            is_live &= Wait.paused_at.is_not(None)
        wait, by = self.of(Wait, number, is_live)
        if wait is not None:
            self.click(lambda: verb(waiting_list.by_id(wait), by=by(), now=self.office.now))

    @precondition(lambda self: self.before.live_waits)
    @rule(number=which)
    def move_up(self, *, number):
        wait, by = self.one(Wait, number, Wait.state == "waiting"), self.somebody(0)
        if wait is not None:
            self.click(lambda: bookings.move_up(waiting_list.by_id(wait), by=by(), now=self.office.now, why="Ward 7"))

    @precondition(lambda self: self.before.live_waits)
    @rule(number=which, session=which, despite=yes_or_no)
    def give_place(self, *, number, session, despite):
        wait, by, session = self.one(Wait, number, Wait.state == "waiting"), self.somebody(0), self.a_session(session)
        if wait is not None:
            given = {"now": self.office.now, "why": "Starts on Monday", "despite_overlaps": despite}
            self.click(lambda: bookings.give_place(waiting_list.by_id(wait), session, by=by(), **given))

    @precondition(lambda self: self.before.places_taken)
    @rule(number=which)
    def cancel(self, *, number):
        booking, by = self.of(Booking, number, Booking.state == "booked")
        if booking is not None:
            self.given_up, ref = (booking,), db.session.get(Booking, booking).ref
            self.click(lambda: bookings.cancel(bookings.get(ref), by=by(), now=self.office.now))

    @precondition(lambda self: self.before.places_taken)
    @rule(number=which)
    def decline_by_calendar(self, *, number):
        booking, by = self.of(Booking, number, Booking.state == "booked")
        if booking is not None:
            self.given_up, ref = (booking,), db.session.get(Booking, booking).ref
            self.click(lambda: bookings.decline_by_calendar(bookings.get(ref), by=by(), now=self.office.now))

    @precondition(lambda self: self.before.kept)
    @rule(number=which)
    def undo_in_time(self, *, number):
        """Once more, because it is soon too late."""
        self._undo(number, Booking.held_until.is_not(None))

    @precondition(lambda self: any(one.state == "cancelled" for one in self.before.bookings.values()))
    @rule(number=which)
    def undo(self, *, number):
        """Mostly of a place that is still held; else of any that was given up."""
        was_declined = Booking.id.in_(select(Deed.about_id).where(Deed.about == "bookings", Deed.did == "declined"))
        self._undo(number, Booking.held_until.is_not(None) if number % 3 else was_declined)

    def _undo(self, number, which_ones):
        booking, by = self.of(Booking, number, which_ones)
        if booking is not None:
            ref = db.session.get(Booking, booking).ref
            self.click(lambda: bookings.undo(bookings.get(ref), by=by(), now=self.office.now))

    @precondition(lambda self: self.before.places_taken)
    @rule(number=which, session=which, despite=yes_or_no)
    def change(self, *, number, session, despite):
        booking, by = self.of(Booking, number, Booking.state == "booked")
        if booking is not None:
            had = db.session.get(Booking, booking)
            ref, course = had.ref, db.session.get(TrainingSession, had.training_session_id).course_id
            session = self.a_session(session, TrainingSession.course_id == course)
            now = self.office.now

            def changes_date():
                return bookings.change(bookings.get(ref), session, by=by(), now=now, despite_overlaps=despite)

            outcome = self.click(changes_date)
            self.given_up = (booking,) if isinstance(outcome, Booking) else ()

    @precondition(lambda self: self.before.places_taken)
    @rule(number=which)
    def confirm(self, *, number):
        booking, by = self.of(Booking, number, Booking.state == "booked")
        if booking is not None:
            ref = db.session.get(Booking, booking).ref
            self.click(lambda: bookings.confirm(bookings.get(ref), by=by(), now=self.office.now))

    # --- sessions ---

    @rule(
        course=which,
        day=days,
        hour=hours,
        capacity=sizes,
        is_draft=st.sampled_from([False, False, True]),
        opens=st.sampled_from([None, None, 1, 3]),
    )
    def schedule(self, *, course, day, hour, capacity, is_draft, opens):
        course, by, starts, now = self.one(Course, course), self.somebody(0), self.at(day, hour), self.office.now
        if len(self.before.sessions) > 6:
            return
        rules = {"capacity": capacity, "is_draft": is_draft}
        if opens and day > opens:
            rules["booking_opens_at"] = now + timedelta(days=opens)

        def schedules():
            slots = [SlotPlan(starts, starts + 2 * HOUR, None, LINK)]
            trainers = [people.trainers()[course % 2]]
            return changes.schedule(
                db.session.get(Course, course), slots=slots, trainers=trainers, by=by(), now=now, **rules
            )

        self.click(schedules)

    @precondition(lambda self: self.before.in_state("draft"))
    @rule(number=which)
    def publish(self, *, number):
        draft, by = self.one(TrainingSession, number, TrainingSession.state == "draft"), self.somebody(0)
        if draft is not None:
            ref = db.session.get(TrainingSession, draft).ref
            self.click(lambda: changes.publish([ref], by=by(), now=self.office.now))

    @rule(number=which, day=days, hour=hours)
    def move(self, *, number, day, hour):
        session, by, starts = self.a_session(number), self.somebody(0), self.at(day, hour)
        spans, now = [(starts, starts + 2 * HOUR)], self.office.now
        self.click(lambda: changes.change_times(session, spans, by=by(), now=now, words="Sorry"))

    @rule(number=which, capacity=sizes)
    def resize(self, *, number, capacity):
        session, by = self.a_session(number), self.somebody(0)
        self.click(lambda: changes.change_capacity(session, capacity, by=by(), now=self.office.now))

    @rule(number=which, capacity=sizes, is_online=yes_or_no)
    def change_room(self, *, number, capacity, is_online):
        session, by, room = self.a_session(number), self.somebody(0), None if is_online else self.one(Room, 0)
        given = {"capacity": capacity, "joining_link": None if room else LINK, "now": self.office.now}
        self.click(lambda: changes.change_room(session, db.session.get(Room, room) if room else None, by=by(), **given))

    @rule(number=which, is_meant=st.sampled_from([False, False, True]))
    def cancel_session(self, *, number, is_meant):
        session, by = self.a_session(number), self.somebody(0)
        if is_meant:
            self.cancelled_session = session
            self.click(lambda: changes.cancel_session(session, by=by(), now=self.office.now, words="Ill"))

    @rule(number=which, is_back=st.sampled_from([True, True, True, False]))
    def archive(self, *, number, is_back):
        course, by = self.one(Course, number), self.somebody(0)
        self.click(lambda: timetable.archive_course(course, by=by(), now=self.office.now))
        if is_back:
            self.click(lambda: changes.restore_course(course, by=by(), now=self.office.now))
            self.click(lambda: changes.publish_course(course, by=by(), now=self.office.now))

    @precondition(lambda self: any(course.state != "published" for course in self.before.courses.values()))
    @rule()
    def bring_back(self):
        course, by = self.one(Course, 0, Course.state != "published"), self.somebody(0)
        self.click(lambda: changes.restore_course(course, by=by(), now=self.office.now))
        self.click(lambda: changes.publish_course(course, by=by(), now=self.office.now))

    # --- people ---

    @rule(kept=which, other=which, is_meant=st.sampled_from([False, False, True]))
    def merge(self, *, kept, other, is_meant):
        (kept, _), (other, _), by = self.person(kept), self.person(other), self.somebody(0)
        if is_meant and len(self.before.letters_go) > PEOPLE - 2:
            pair = [kept, other]
            self.click(
                lambda: changes.merge(*(db.session.get(Person, id_) for id_ in pair), by=by(), now=self.office.now)
            )

    @rule(name=which, course=which)
    def somebody_new_waits(self, *, name, course):
        """Who came by paper is put on the list by a coordinator; one of a few names."""
        now, course, by = self.office.now, self.one(Course, course if course % 4 else 0), self.somebody(0)
        if len(self.before.letters_go) < PEOPLE + 4:
            made = self.office.do(
                lambda: (
                    people.add(
                        f"Paper {name}", address=None, team="", by=by(), now=now, is_trainer=False, is_coordinator=False
                    ).id
                )
            )
            self._wait(course, made, by, wants="any", chosen=(), at_once=name % 2 == 0)

    @rule(who=which)
    def have_letters_sent_elsewhere(self, *, who):
        """To another address of theirs; whoever has one or none gets one more first."""
        (who, _), number, by = self.person(who), self.click_count, self.somebody(0)
        person = db.session.get(Person, who)
        other = next((row.address for row in people.addresses_of(person) if not row.gets_letters), None)
        new = f"new{number}@example.org"
        if person.address is None or other is None:
            self.click(lambda: changes.vouch_for(db.session.get(Person, who), new, by=by(), now=self.office.now))
            return

        def chooses():
            person = db.session.get(Person, who)
            changes.send_letters_to(person, other, by=person, now=self.office.now)

        self.click(chooses)

    # --- time, and the worker ---

    @rule(hours=st.sampled_from([0.25, 0.25, 1, 4, 23, 26, 60]), is_worker_there=yes_or_no)
    def time_passes(self, *, hours, is_worker_there):
        self.office.now += hours * HOUR
        self.owed |= turns.kept_waiting(turns.picture(self.office.now))
        if is_worker_there:
            self.worker_runs()

    @rule()
    def worker_runs(self):
        """Afterwards every calendar shows the truth, and nobody is kept waiting for what is free."""
        self.office.forget()
        self.calendars.take_in(self.office.deliver())
        self.owed = set()
        assert doctor.examine(self.office.now) == []
        assert [each for each in self.office.notices() if each.state in {"sending", "failed"}] == []
        assert self.calendars.untrue(self.office.now) == []
        assert self.calendars.puzzling == [], "an entry was withdrawn that the calendar never had"
        seen = turns.picture(self.office.now)
        assert [offer for offer in seen.open_offers if offer.lapses_at <= self.office.now] == []
        held = [one for one in seen.bookings.values() if one.held_until is not None]
        assert [one for one in held if one.held_until <= self.office.now] == []

    # --- what holds after every step ---

    @invariant()
    def every_rule_holds(self):
        self.office.forget()
        before, after = self.before, turns.picture(self.office.now)
        assert rules_broken(self.office.now) == []
        assert list(turns.contradictions(after)) == []
        self.owed &= turns.kept_waiting(after)
        assert turns.kept_waiting(after) - self.owed == set(), "somebody waits for a place that is free and suits them"
        assert list(turns.passed_over(before, after)) == []
        assert list(turns.jumped(before, after)) == []
        assert list(turns.unasked(before, after)) == []
        ended = {"given_up": self.given_up, "cancelled_session": self.cancelled_session}
        assert list(turns.lost(before, after, **ended)) == []
        assert list(turns.letters_wrong(before, after)) == []
        if not self.owed and self.step_count % 5 == 0:  # it takes longer than all the rest
            found = [
                one for one in doctor.examine(self.office.now) if not one.startswith(("Overdue", "Offer", "The place"))
            ]
            assert found == []
        self.before, self.given_up, self.cancelled_session = after, (), None
        self.step_count += 1


def test_whoever_is_first_in_line_gets_the_place_whatever_people_do(office, database, figures):
    figures(live_through(Queue, office, database, at_length(4, steps=30)))
