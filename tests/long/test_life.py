"""A training office's life at random: whatever its people do, and in whatever order, the rules hold after each step.

For more of them: LIVES=500 pytest -m long tests/long/test_life.py
"""

from datetime import timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from sqlalchemy import select

from app import attendance, bookings, changes, doctor, journal, people, timetable, waiting_list
from app.bookings import Booking, others
from app.bookings.pasted import Colleague
from app.courses import Course
from app.db import db
from app.errors import StaleEdit
from app.notices import worker
from app.notices.worker import InHand
from app.people import Person
from app.rooms import Description, Room
from app.timetable import Slot, SlotPlan, TrainingSession
from app.waiting_list import Offer, Wait
from tests import make
from tests.long import turns
from tests.long.at_random import AtRandom, at_length, live_through
from tests.long.what_must_hold import Calendars, rules_broken
from tests.office import Letter

HOUR, LINK = timedelta(hours=1), "https://meet.example.org/room"
NO_CHANGE = {"register", "message"}  # of these deeds nobody is told who is changing the session

which = st.integers(0, 60)  # one of the records that there are just then
days, hours = st.integers(0, 9), st.sampled_from([9, 10, 11, 13, 14, 16])
lengths = st.integers(1, 3)
sizes = st.integers(1, 9)
places_to_be = st.integers(0, 3)  # one of the three rooms, or online
some = st.sets(st.integers(0, 2), min_size=1)


class Life(AtRandom):
    """Each rule is one click of somebody, who may be refused."""

    def __init__(self, office, renewed, did):
        super().__init__(office, renewed, did)
        self.calendars, self.opened, self.is_in_dead_hands, self.has_vanished = Calendars(), {}, False, False
        for name in ("Cora", "Cy"):
            make.coordinator(name, address=f"{name}@example.org")
        trainers = [make.trainer(name, address=f"{name}@example.org") for name in ("Tess", "Tom", "Tara")]
        for number in range(6):
            make.person(f"Person {number}", address=f"p{number}@example.org" if number < 5 else None)
        for name, size, access in (("Small", 3, "Step-free"), ("Middle", 5, ""), ("Large", 8, "Not step-free")):
            make.room(name, capacity=size, access=access)
        self._begin(trainers)

    def _begin(self, trainers):
        """A timetable with people on it, so that there is something to do from the first step on."""
        small, middle, large = (self.one(Room, number) for number in range(3))
        some, other = (make.course(f"Course {number}", owner=trainers[number], places=4) for number in range(2))
        tess, tom, tara = trainers
        for course, day, room, parts, capacity, run_by in (
            (some, 1, small, 1, 2, [tess]),
            (other, 2, middle, 1, 4, [tom, tara]),
            (some, 3, large, 2, 5, [tess]),
            (other, 3, None, 1, 3, [tom]),
        ):
            starts = [self.at(day + part, 10) for part in range(parts)]
            slots = [SlotPlan(at, at + 2 * HOUR, room, "" if room else LINK) for at in starts]
            made = make.training_session(course=course, slots=slots, capacity=capacity, trainers=run_by)
            for person in people.search("Person")[day : day + 2]:
                make.booking(made, people.get(person.ref), despite_overlaps=True)

    # --- who and what there is ---

    def one_to_mark(self, number):
        begun = TrainingSession.starts_at <= self.office.now
        return self.one(TrainingSession, number, TrainingSession.state == "scheduled", begun) or self.a_session(number)

    def at(self, day, hour):
        return self.office.now.replace(hour=hour, minute=0, second=0) + timedelta(days=day)

    def trainers(self, chosen):
        found = people.trainers()
        return [found[number] for number in {number % len(found) for number in chosen}] if found else []

    def room_id(self, number):
        return None if number == 3 else self.one(Room, number)

    # --- the timetable ---

    @rule(
        course=which,
        day=days,
        hour=hours,
        length=lengths,
        parts=st.sampled_from([1, 1, 1, 2]),
        where=places_to_be,
        chosen=some,
        capacity=st.none() | sizes,
        by=which,
        is_draft=st.sampled_from([False, False, True]),
    )
    def schedule(self, *, course, day, hour, length, parts, where, chosen, capacity, by, is_draft):
        course, room, by = self.one(Course, course), self.room_id(where), self.somebody(by)
        starts = [self.at(day + part, hour) for part in range(parts)]
        slots = [SlotPlan(at, at + length * HOUR, room, "" if room else LINK) for at in starts]
        now = self.office.now
        self.click(
            lambda: changes.schedule(
                db.session.get(Course, course),
                slots=slots,
                trainers=self.trainers(chosen),
                capacity=capacity,
                by=by(),
                now=now,
                is_draft=is_draft,
            )
        )

    @rule(number=which)
    def publish(self, *, number):
        draft, by = self.one(TrainingSession, number, TrainingSession.state == "draft"), self.somebody(number)
        if draft is not None:
            ref = db.session.get(TrainingSession, draft).ref
            self.click(lambda: changes.publish([ref], by=by(), now=self.office.now))

    # --- places ---

    @rule(number=which, who=which, needs=st.sampled_from(["", "", "", "Step-free access"]), despite=st.booleans())
    def book(self, *, number, who, needs, despite):
        session, who = self.a_session(number), self.one(Person, who)
        now, kwargs = self.office.now, {"access_needs": needs, "despite_overlaps": despite}

        def verb():
            person = db.session.get(Person, who)
            return bookings.book(person, session, by=person, now=now, **kwargs)

        should_work = self._may_book(session, who) and despite
        outcome = self.click(verb)
        assert isinstance(outcome, Booking) or not should_work, f"refused for nothing: {outcome}"

    def _may_book(self, session, who):
        """Looked at from outside: there is a place, it is open, and they have none yet."""
        found, person = timetable.by_id(session), db.session.get(Person, who)
        is_open = found.state == "scheduled" and found.course.state == "published" and found.starts_at > self.office.now
        is_free = found.places_left and not self._is_waited_for(session)
        return bool(is_open and is_free and person.address) and not bookings.of_person_on(person, found)

    def _is_waited_for(self, session):
        """Whether a free place may be somebody else's turn."""
        seen = turns.picture(self.office.now)
        return any(turns.may_have(seen, wait, seen.sessions[session]) for wait in seen.live_waits)

    @rule(number=which, by=which, first=which, count=st.integers(1, 4), is_staff=st.booleans())
    def book_several(self, *, number, by, first, count, is_staff):
        session = self.a_session(number)
        by = partial(db.session.get, Person, self.one(Person, by)) if is_staff else self.somebody(by, session)
        listed = [Colleague(f"p{(first + one) % 7}@example.org", f"Typed {one}") for one in range(count)]
        self.click(lambda: others.book_several(listed, session, by=by(), now=self.office.now))

    @rule(number=which, by=which, name=st.integers(0, 1))
    def book_for_somebody_without_an_address(self, *, number, by, name):
        session = self.a_session(number)
        by, who = self.somebody(by, session), Colleague("", f"Paper {name}", "Ward 7")
        self.click(lambda: others.book_for(who, session, by=by(), now=self.office.now, despite_overlaps=True))

    @rule(number=which, by=which, is_own=st.booleans())
    def cancel(self, *, number, by, is_own):
        booking = self.one(Booking, number, Booking.state == "booked")
        if booking is not None:
            ref, person_id = db.session.execute(
                select(Booking.ref, Booking.person_id).where(Booking.id == booking)
            ).one()
            by = partial(db.session.get, Person, person_id) if is_own else self.somebody(by)
            self.click(lambda: bookings.cancel(bookings.get(ref), by=by(), now=self.office.now, why="Why not"))

    # --- what calendars say, and what they are told ---

    @rule(number=which, by=which, is_own=st.booleans())
    def decline_by_calendar(self, *, number, by, is_own):
        booking = self.one(Booking, number, Booking.state == "booked")
        if booking is not None:
            had = db.session.get(Booking, booking)
            ref, by = had.ref, partial(db.session.get, Person, had.person_id) if is_own else self.somebody(by)
            self.click(lambda: bookings.decline_by_calendar(bookings.get(ref), by=by(), now=self.office.now))

    @rule(number=which)
    def undo(self, *, number):
        booking, by = self.one(Booking, number, Booking.held_until.is_not(None)), self.somebody(number)
        booking = booking or self.one(Booking, number, Booking.state == "cancelled")
        if booking is not None:
            ref = db.session.get(Booking, booking).ref
            self.click(lambda: bookings.undo(bookings.get(ref), by=by(), now=self.office.now))

    @rule(who=which, choice=st.sampled_from(["invites", "invites", "feed", "both"]))
    def choose_calendar(self, *, who, choice):
        who, now = self.one(Person, who), self.office.now

        def chooses():
            person = db.session.get(Person, who)
            changes.choose_calendar(person, choice, by=person, now=now)

        self.click(chooses)

    @rule(number=which, by=which)
    def put_right(self, *, number, by):
        booking, by = self.one(Booking, number), self.somebody(by)
        if booking is not None:
            ref = db.session.get(Booking, booking).ref
            self.click(lambda: bookings.believing.put_right(bookings.get(ref), by=by(), now=self.office.now))

    @rule(course=which, by=which)
    def rename(self, *, course, by):
        course, by, title = self.one(Course, course), self.somebody(by), f"Course, {self.click_count} clicks later"
        self.click(lambda: changes.describe_course(course, {"title": title}, by=by(), now=self.office.now))

    # --- waiting ---

    @rule(number=which, who=which, at_once=st.booleans(), wants=st.sampled_from(["these", "any", "new"]))
    def wait(self, *, number, who, at_once, wants):
        """For a date, for any, or to change one that they have."""
        session, who, now = self.a_session(number), self.one(Person, who), self.office.now
        course = db.session.get(TrainingSession, session).course_id
        own = bookings.coming_on_course(db.session.get(Person, who), course, now=now)
        kwargs = {"instead_of": own[0].training_session_id if own else None, "books_at_once": at_once, "now": now}
        kwargs["session_ids"] = [session] if wants == "these" else []

        def waits():
            person = db.session.get(Person, who)
            return bookings.wait(person, course, wants=wants, by=person, **kwargs)

        self.click(waits)

    @rule(number=which, verb=st.sampled_from([bookings.accept, bookings.accept, bookings.decline]))
    def answer(self, *, number, verb):
        offer, now = self.one(Offer, number, Offer.state == "open"), self.office.now
        if offer is not None:

            def answers():
                found = waiting_list.offer_by_id(offer)
                return verb(found, by=found.wait.person, now=now)

            self.click(answers)

    @rule(number=which, by=which, verb=st.sampled_from([bookings.leave, bookings.still_want, bookings.still_want]))
    def leave_or_stay(self, *, number, by, verb):
        wait, by = self.one(Wait, number, Wait.state == "waiting"), self.somebody(by)
        if wait is not None:
            self.click(lambda: verb(waiting_list.by_id(wait), by=by(), now=self.office.now))

    @rule(number=which, session=which)
    def change(self, *, number, session):
        booking = self.one(Booking, number, Booking.state == "booked")
        if booking is not None:
            ref, now = db.session.get(Booking, booking).ref, self.office.now
            course = db.session.get(TrainingSession, db.session.get(Booking, booking).training_session_id).course_id
            session = self.a_session(session, TrainingSession.course_id == course)

            def changes_date():
                found = bookings.get(ref)
                return bookings.change(found, session, by=found.person, now=now, despite_overlaps=True)

            self.click(changes_date)

    # --- changes of sessions ---

    @rule(number=which, by=which, day=days, hour=hours, length=lengths, where=st.none() | st.integers(0, 2))
    def move(self, *, number, by, day, hour, length, where):
        session, room = self.a_session(number), None if where is None else self.one(Room, where)
        by, starts = self.somebody(by, session), self.at(day, hour)

        def verb():
            count = len(timetable.by_id(session).slots)
            spans = [
                (starts + timedelta(days=part), starts + timedelta(days=part) + length * HOUR) for part in range(count)
            ]
            new_room = db.session.get(Room, room) if room else None
            return changes.change_times(session, spans, room=new_room, by=by(), now=self.office.now, words="Sorry")

        self.click(verb)

    @rule(number=which, by=which, where=places_to_be, capacity=sizes, part=st.sampled_from([None, None, 0, 1]))
    def change_room(self, *, number, by, where, capacity, part):
        session, room = self.a_session(number), self.room_id(where)
        by, now = self.somebody(by, session), self.office.now
        given = {"capacity": capacity, "joining_link": None if room else LINK, "part": part, "now": now}
        self.click(lambda: changes.change_room(session, db.session.get(Room, room) if room else None, by=by(), **given))

    @rule(number=which, by=which, ends=st.sampled_from(["", "1", "2"]))
    def change_link(self, *, number, by, ends):
        session = self.a_session(number)
        by, link = self.somebody(by, session), f"{LINK}{ends}" if ends else ""
        self.click(lambda: changes.change_joining_link(session, link, by=by(), now=self.office.now))

    @rule(number=which, other=which, by=which)
    def swap(self, *, number, other, by):
        in_room = TrainingSession.id.in_(select(Slot.training_session_id).where(Slot.room_id.is_not(None)))
        one, other, by = self.a_session(number, in_room), self.a_session(other, in_room), self.somebody(by)
        self.click(lambda: changes.swap_rooms(one, other, by=by(), now=self.office.now))

    @rule(number=which, by=which, capacity=sizes)
    def resize(self, *, number, by, capacity):
        session = self.a_session(number)
        by = self.somebody(by, session)
        self.click(lambda: changes.change_capacity(session, capacity, by=by(), now=self.office.now))

    @rule(number=which, by=which, chosen=some)
    def change_trainers(self, *, number, by, chosen):
        session = self.a_session(number)
        by = self.somebody(by, session)
        self.click(lambda: changes.change_trainers(session, self.trainers(chosen), by=by(), now=self.office.now))

    @rule(number=which, by=which, is_meant=st.sampled_from([False, False, True]))
    def cancel_session(self, *, number, by, is_meant):
        session = self.a_session(number)
        by = self.somebody(by, session)
        if is_meant:
            self.click(
                lambda: changes.cancel_session(session, by=by(), now=self.office.now, words="The trainer is ill")
            )

    @rule(number=which)
    def open_a_form(self, *, number):
        session = self.a_session(number)
        self.opened[session] = journal.newest(db.session.get(TrainingSession, session))

    @precondition(lambda self: self.opened)
    @rule(number=which, by=which, capacity=sizes)
    def press_the_button_of_an_old_form(self, *, number, by, capacity):
        session, seen = sorted(self.opened.items())[number % len(self.opened)]
        by, found = self.somebody(by, session), db.session.get(TrainingSession, session)
        later = [
            deed
            for deed in journal.deeds_about(found, after=seen)
            if NO_CHANGE.isdisjoint(deed.facts.get("columns", []))
        ]
        is_new = found.capacity != capacity and found.state != "cancelled" and found.ends_at > self.office.now

        outcome = self.click(
            lambda: changes.change_capacity(session, capacity, by=by(), now=self.office.now, seen=seen)
        )

        if is_new:
            assert isinstance(outcome, StaleEdit) == bool(later)
        del self.opened[session]

    @rule(number=which, by=which, words=st.sampled_from(["Bring a pen", "Bring a badge"]))
    def write(self, *, number, by, words):
        session = self.a_session(number)
        by, given = self.somebody(by, session), {"headline": "News", "words": words}
        self.click(lambda: bookings.write_to_everybody(session, by=by(), now=self.office.now, **given))

    # --- the register ---

    @rule(number=which, by=which, mark=st.sampled_from([*attendance.MARKS, None]))
    def mark(self, *, number, by, mark):
        session = self.one_to_mark(number)
        by, lines = self.somebody(by, session), attendance.register_of(db.session.get(TrainingSession, session))
        marks = {line.booking_id: mark for line in lines[:2] if line.booking_id}
        self.click(lambda: attendance.mark(session, marks, by=by(), now=self.office.now))

    @rule(number=which, by=which)
    def walk_in(self, *, number, by):
        session = self.one_to_mark(number)
        by, name = self.somebody(by, session), f"Walk-in {self.click_count}"
        self.click(lambda: attendance.add_walk_in(session, name, by=by(), now=self.office.now))

    @rule(number=which)
    def send_apologies(self, *, number):
        begun = select(TrainingSession.id).where(TrainingSession.starts_at <= self.office.now)
        booking = self.one(Booking, number, Booking.state == "booked", Booking.training_session_id.in_(begun))
        if booking is not None:
            ref = db.session.get(Booking, booking).ref

            def verb():
                found = bookings.get(ref)
                attendance.send_apologies(found, by=found.person, now=self.office.now)

            self.click(verb)

    # --- rooms, courses ---

    @rule(number=which, by=which, day=days, hour=hours, length=st.sampled_from([2, 24]))
    def close_room(self, *, number, by, day, hour, length):
        room, by, at, now = self.one(Room, number), self.somebody(by), self.at(day, hour), self.office.now
        self.click(lambda: timetable.close_room(room, at, at + length * HOUR, why="Paint", by=by(), now=now))

    @rule(number=which, by=which)
    def reopen_room(self, *, number, by):
        closure, by = self.one(Slot, number, Slot.closed_why != ""), self.somebody(by)
        if closure is not None:
            room = db.session.get(Slot, closure).room_id
            self.click(lambda: timetable.reopen_room(room, closure, by=by(), now=self.office.now))

    @rule(number=which, by=which, is_back=st.booleans())
    def retire_room(self, *, number, by, is_back):
        room, by = self.one(Room, number), self.somebody(by)
        verb = timetable.bring_back_room if is_back else timetable.retire_room
        self.click(lambda: verb(room, by=by(), now=self.office.now))

    @rule(number=which, by=which, size=sizes)
    def describe_room(self, *, number, by, size):
        room, by = self.one(Room, number), self.somebody(by)
        found = db.session.get(Room, room)
        wanted = Description(found.name, size, access=found.access, directions=found.directions)
        self.click(lambda: timetable.describe_room(room, wanted, by=by(), now=self.office.now))

    @rule(number=which, by=which, is_back=st.sampled_from([True, True, False]))
    def archive_course(self, *, number, by, is_back):
        """For a moment, mostly: what is archived cannot be booked, and the rest of this life would be dull."""
        course, by = self.one(Course, number), self.somebody(by)
        self.click(lambda: timetable.archive_course(course, by=by(), now=self.office.now))
        if is_back:
            self.click(lambda: changes.restore_course(course, by=by(), now=self.office.now))
            self.click(lambda: changes.publish_course(course, by=by(), now=self.office.now))

    # --- people ---

    @rule(kept=which, other=which, by=which)
    def merge(self, *, kept, other, by):
        kept, other, by = self.one(Person, kept), self.one(Person, other), self.somebody(by)
        pair = [kept, other]
        self.click(lambda: changes.merge(*(db.session.get(Person, id_) for id_ in pair), by=by(), now=self.office.now))

    @rule(who=which)
    def have_letters_sent_elsewhere(self, *, who):
        """To another address of theirs; whoever has one or none gets one more first."""
        who, number = self.one(Person, who), self.click_count
        person = db.session.get(Person, who)
        other = next((row.address for row in people.addresses_of(person) if not row.gets_letters), None)
        if person.address is None or other is None:
            by = self.somebody(number)
            self.click(
                lambda: changes.vouch_for(
                    db.session.get(Person, who), f"new{number}@example.org", by=by(), now=self.office.now
                )
            )
            return

        def verb():
            person = db.session.get(Person, who)
            changes.send_letters_to(person, other, by=person, now=self.office.now)

        self.click(verb)

    @rule(who=which, by=which, is_trainer=st.booleans(), is_coordinator=st.booleans())
    def give_and_take_roles(self, *, who, by, is_trainer, is_coordinator):
        who, by = self.one(Person, who), self.somebody(by)

        def verb():
            person = db.session.get(Person, who)
            known = {"name": person.name or "Named", "team": person.team, "phone": person.phone}
            roles = {"is_trainer": is_trainer, "is_coordinator": is_coordinator}
            changes.describe_person(person, **known, **roles, by=by(), now=self.office.now)

        self.click(verb)

    # --- time, and the worker ---

    @rule(hours=st.sampled_from([0.25, 1, 2, 3, 21, 50]), is_worker_there=st.booleans())
    def time_passes(self, *, hours, is_worker_there):
        self.office.now += hours * HOUR
        if is_worker_there:
            self.worker_runs()

    @rule()
    def worker_runs(self):
        """Afterwards every calendar shows the truth."""
        self.office.forget()
        if self.is_in_dead_hands:
            self.office.now += worker.LEASE + timedelta(minutes=1)
            self.is_in_dead_hands = False
        self.calendars.take_in(self.office.deliver())
        assert doctor.examine(self.office.now) == []
        assert [each for each in self.office.notices() if each.state in {"sending", "failed"}] == []
        assert self.calendars.untrue(self.office.now) == []
        if not self.has_vanished:
            assert self.calendars.puzzling == [], "an entry was withdrawn that the calendar never had"

    @rule(is_sent=st.booleans())
    def worker_dies_with_a_letter_in_hand(self, *, is_sent):
        self.office.forget()
        taken = self.office.app.extensions["notice_worker"]._take(self.office.now)
        if isinstance(taken, InHand):
            self.is_in_dead_hands = True
            envelope = worker._enveloped(taken, self.office.now)
            if is_sent:
                self.calendars.take_in([Letter(envelope.mail.as_bytes())])
            self.has_vanished |= not is_sent

    # --- what holds after every step ---

    @invariant()
    def every_rule_holds(self):
        self.office.forget()
        assert rules_broken(self.office.now) == []
        assert list(turns.contradictions(turns.picture(self.office.now))) == []
        found = doctor.examine(self.office.now)
        only_time = ("Overdue notices", "Offer", "Course", "The place")  # what the worker has not seen to yet
        assert [one for one in found if not one.startswith(only_time)] == []


def test_whatever_people_do_the_rules_hold_and_calendars_tell_the_truth(office, database, figures):
    figures(live_through(Life, office, database, at_length(10, steps=40)))
