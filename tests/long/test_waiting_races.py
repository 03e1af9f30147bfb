"""Many people at once around a few places that others wait for: nobody is overbooked, and no place is left lying."""

import os
import time
from collections import Counter
from datetime import timedelta

from sqlalchemy import select

from app import bookings, changes, clock, people, waiting_list
from app.bookings import Booking
from app.db import db, transaction
from app.errors import Gone, Refused
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import Offer, Wait
from tests import make
from tests.long import turns
from tests.long.service import statuses
from tests.long.test_races import all_at_once
from tests.long.what_must_hold import rules_broken

CROWD, AT_ONCE = 100, 40
ROUNDS = int(os.environ.get("ROUNDS", "2"))
CLEAR = {200, 303, 409, 410}  # an answer to an offer is a page of its own


def in_its_own_transaction(service, verb):
    """A verb as another process would do it; what it was refused with, or None. A deadlock is raised."""
    with service.records():
        try:
            with transaction():
                verb()
        except Refused as refusal:
            return refusal
    return None


def two_full_dates(service, soon):
    """Two dates of one course with five places in all: (the course's slug, their refs)."""
    with service.records():
        course = make.course(owner=make.coordinator())
        dates = [
            make.training_session(course=course, capacity=capacity, starts_at=soon + timedelta(days=day))
            for day, capacity in ((0, 3), (1, 2))
        ]
        return course.slug, [date.ref for date in dates]


def wrong_in(service):
    """What is wrong of places and turns. Looked at when all is quiet."""
    now = clock.now()
    with service.records():
        seen = turns.picture(now)
        kept_waiting = [f"session {session} has a place for wait {wait}" for session, wait in turns.kept_waiting(seen)]
        return [*rules_broken(now), *turns.contradictions(seen), *kept_waiting]


class Around:
    """A hundred people around the places of two dates. What each does next depends on what they have."""

    def __init__(self, service, slug, refs):
        self.service, self.slug, self.refs = service, slug, refs
        self.visitors = service.visitors(CROWD)
        for visitor in self.visitors.values():
            visitor.open_form("/me")

    def next_deeds(self, round_number):
        """One for each of them, with some pressing twice."""
        with self.service.records() as session:
            ids = dict(session.execute(select(Person.id, Person.address)).all())
            offers = select(Wait.person_id, Offer.ref).join(Wait, Wait.id == Offer.wait_id).where(Offer.state == "open")
            places = select(Booking.person_id, Booking.ref, TrainingSession.ref).join(Booking.training_session)
            held = dict(session.execute(offers).all())
            booked = {who: refs for who, *refs in session.execute(places.where(Booking.state == "booked"))}
        deeds = []
        for number, (who, address) in enumerate(sorted(ids.items())):
            visitor = self.visitors.get(address)
            if visitor is None:
                continue
            turn = number + round_number
            if who in held:
                answer = ("take", "not this date", "take me off", "take")[turn % 4]
                deeds += [lambda v=visitor, r=held[who], a=answer: v.post(f"/offers/{r}", answer=a)] * 2
            elif who in booked:
                deeds.append(self._give_up(visitor, *booked[who], is_change=turn % 2))
            else:
                deeds.append(self._ask(visitor, self.refs[turn % 2], turn))
        return deeds

    def _give_up(self, visitor, booking, date, *, is_change):
        if is_change:
            other = next(ref for ref in self.refs if ref != date)
            return lambda: visitor.post(f"/bookings/{booking}/change", date=other)
        return lambda: visitor.post(f"/bookings/{booking}/cancel")

    def _ask(self, visitor, date, turn):
        if turn % 3:
            how = "book" if turn % 2 else "ask"
            return lambda: visitor.post(f"/courses/{self.slug}/wait", wants="any", how=how)
        return lambda: visitor.post(f"/sessions/{date}/book")


def test_a_hundred_people_book_wait_accept_cancel_and_change_at_once(on_either, soon, figures):
    slug, refs = two_full_dates(on_either, soon)
    on_either.start(workers=3)
    crowd, answers, began = Around(on_either, slug, refs), [], time.monotonic()

    for round_number in range(ROUNDS):
        answers += all_at_once(crowd.next_deeds(round_number), AT_ONCE)
        assert wrong_in(on_either) == []

    counted, seconds = statuses(answers), time.monotonic() - began
    figures(f"{len(answers)} clicks in {seconds:.1f} s: {dict(sorted(counted.items()))}")
    assert set(counted) <= CLEAR, [(one.path, one.status) for one in answers if one.status not in CLEAR]
    on_either.wait_for_letters()
    on_either.doctor()
    with on_either.records() as session:
        taken = session.scalars(select(TrainingSession.places_taken).order_by(TrainingSession.starts_at)).all()
        waiting = len(session.scalars(select(Wait.id).where(Wait.state == "waiting")).all())
        assert taken == [3, 2] or not waiting
    on_either.stop()


def a_line(service, soon, *, count, doubles=0, capacity=4):
    """A full session, and people who wait for it, every other one to be booked at once; ids of all of them.

    doubles: of so many of them there is a second record, which waits as well.
    """
    now = clock.now()
    with service.records():
        training_session = make.full_session(capacity=capacity, starts_at=soon)
        make.coordinator()
        waiting = [make.person(f"Waits {number}") for number in range(count)]
        twins = [make.person(f"Twin {number}") for number in range(doubles)]
        for number, person in enumerate([*waiting, *twins]):
            with transaction():
                bookings.wait(
                    person, training_session.course_id, wants="any", books_at_once=number % 2 == 0, by=person, now=now
                )
        booked = [booking.ref for booking in bookings.live_on(training_session)]
        return training_session.id, booked, [one.id for one in waiting], [one.id for one in twins]


def gives_up(ref):
    def cancel():
        booking = bookings.get(ref)
        bookings.cancel(booking, by=booking.person, now=clock.now())

    return cancel


def person(id_):
    return db.session.get_one(Person, id_)


def test_addresses_change_and_records_are_merged_while_places_are_passed_on(on_either, soon):
    """Whoever passes a place on holds the course; whoever changes a person holds that person first."""
    for round_number in range(4):
        session_id, booked, waiting, twins = a_line(on_either, soon + timedelta(days=round_number), count=8, doubles=4)
        with on_either.records(), transaction():
            for id_ in waiting[4:]:
                people.give_address(person(id_), f"other{id_}@example.org", by=None, now=clock.now())

        def merge(kept, other):
            return lambda: changes.merge(person(kept), person(other), by=None, now=clock.now())

        def write_elsewhere(id_):
            to = f"other{id_}@example.org"
            return lambda: changes.send_letters_to(person(id_), to, by=person(id_), now=clock.now())

        def book(id_, session_id=session_id):
            return lambda: bookings.book(person(id_), session_id, by=person(id_), now=clock.now())

        verbs = [
            *map(gives_up, booked),
            *(merge(*pair) for pair in zip(waiting[:4], twins, strict=True)),
            *map(write_elsewhere, waiting[4:]),
            *map(book, waiting[2:6]),
        ]

        refusals = all_at_once([lambda v=verb: in_its_own_transaction(on_either, v) for verb in verbs], len(verbs))

        assert refusals[: len(booked)] == [None] * len(booked)
        assert wrong_in(on_either) == []
        with on_either.records():
            assert db.session.get_one(TrainingSession, session_id).places_left == 0
            gone = [id_ for id_ in twins if db.session.get(Person, id_) is not None]
            assert gone == []
    on_either.doctor()


def test_an_offer_is_accepted_ten_times_at_once(on_either, soon):
    _, [ref], [first, *_], _ = a_line(on_either, soon, count=3, capacity=1)
    with on_either.records(), transaction():
        wait = waiting_list.of(person(first))[0]
        wait.books_at_once = False
    in_its_own_transaction(on_either, gives_up(ref))

    with on_either.records():
        offer_ref = waiting_list.open_offer_of(waiting_list.of(person(first))[0]).ref

    def accept_it():
        bookings.accept(waiting_list.get_offer(offer_ref), by=person(first), now=clock.now())

    refusals = all_at_once([lambda: in_its_own_transaction(on_either, accept_it)] * 10, 10)

    assert refusals == [None] * 10
    with on_either.records() as session:
        assert Counter(session.scalars(select(Booking.person_id).where(Booking.state == "booked")))[first] == 1
    assert wrong_in(on_either) == []


def test_an_offer_is_accepted_in_the_moment_in_which_it_runs_out(on_either, soon):
    """Whichever is first: the place is theirs, or the next person's, and never both."""
    for round_number in range(5):
        session_id, [ref], waiting, _ = a_line(on_either, soon + timedelta(days=round_number), count=3, capacity=1)
        with on_either.records(), transaction():
            for id_ in waiting:
                waiting_list.of(person(id_))[0].books_at_once = False
        in_its_own_transaction(on_either, gives_up(ref))
        with on_either.records():
            offer = waiting_list.open_offer_of(waiting_list.of(person(waiting[0]))[0])
            offer_ref, course_id, lapses_at = offer.ref, offer.wait.course_id, offer.lapses_at

        def accept(offer_ref=offer_ref, at=lapses_at):
            found = waiting_list.get_offer(offer_ref)
            bookings.accept(found, by=found.wait.person, now=at - timedelta(seconds=1))

        def run_out(course_id=course_id, at=lapses_at):
            bookings.catch_up(course_id, at)

        verbs = [accept, run_out] if round_number % 2 else [run_out, accept]
        refusals = all_at_once([lambda v=verb: in_its_own_transaction(on_either, v) for verb in verbs], 2)

        [refusal] = [refusals[verbs.index(accept)]]
        assert refusal is None or isinstance(refusal, Gone)
        with on_either.records():
            session = db.session.get_one(TrainingSession, session_id)
            has_it = [booking.person_id for booking in bookings.live_on(session)]
            held_for = [offer.wait.person_id for offer in waiting_list.offers_on(session)]
        assert (has_it, held_for) == (([waiting[0]], []) if refusal is None else ([], [waiting[1]]))
    on_either.doctor()
