"""Five hundred people wait: what a freed place costs does not grow with the length of the line."""

import time
from statistics import median

import pytest
from sqlalchemy import func, insert, select, text

from app import changes, doctor
from app.bookings import Booking
from app.db import db, is_sqlite, transaction
from app.notices.outbox import Notice
from app.people import Person
from app.people.tables import Address
from app.waiting_list import Offer, Wait
from tests import make
from tests.long.turns import kept_waiting, passed_over, picture
from tests.office import NOW

pytestmark = pytest.mark.alone

ROUNDS = 3


def a_line(count, *, books_at_once=False):
    """A full session with one place, and so many who wait for any date of its course, straight into the database."""
    training_session = make.full_session()
    with transaction():
        first = (db.session.scalar(select(func.max(Person.id))) or 0) + 1
        ids = range(first, first + count)
        said = {"course_id": training_session.course_id, "wants": "any", "books_at_once": books_at_once}
        moments = dict.fromkeys(("asked_at", "ranked_at", "heard_at"), NOW)
        db.session.execute(insert(Person), [{"id": id_, "name": f"Waits {id_}", "added_at": NOW} for id_ in ids])
        addresses = [{"address": f"w{id_}@example.org", "person_id": id_, "gets_letters": True} for id_ in ids]
        db.session.execute(insert(Address), addresses)
        db.session.execute(insert(Wait), [{"person_id": id_, "asked_by_id": id_, **said, **moments} for id_ in ids])
        if not is_sqlite(db.session.connection()):  # ids given by hand do not move PostgreSQL's counter
            db.session.execute(text("SELECT setval('people_id_seq', (SELECT max(id) FROM people))"))
    return training_session


def more_places(office, training_session, count):
    """So many places are freed in one click: (statements, seconds)."""
    number, capacity = training_session.id, office.fresh(training_session).capacity + count
    office.forget()
    with office.statements() as said:
        began = time.perf_counter()
        office.do(changes.change_capacity, number, capacity, by=None, now=NOW)
        seconds = time.perf_counter() - began
    return len(said), seconds


@pytest.mark.parametrize("books_at_once", [False, True], ids=["asked first", "booked at once"])
def test_a_freed_place_costs_as_much_at_five_hundred_waiting_as_at_fifty(office, figures, books_at_once):
    short, long = (a_line(count, books_at_once=books_at_once) for count in (50, 500))
    more_places(office, short, 1)  # what is made once is not counted
    cost = {}
    for _ in range(ROUNDS):
        for line in (short, long):
            cost.setdefault(line.id, []).append(more_places(office, line, 10))

    statements = {id_: median(said for said, _ in found) / 10 for id_, found in cost.items()}
    seconds = {id_: median(taken for _, taken in found) / 10 for id_, found in cost.items()}
    costs = [f"{statements[id_]:.1f} statements and {seconds[id_] * 1000:.1f} ms" for id_ in (short.id, long.id)]
    figures(f"a place freed costs {costs[0]} at 50 waiting, {costs[1]} at 500")
    assert statements[long.id] == statements[short.id]
    assert seconds[long.id] <= 3 * seconds[short.id]


def test_a_hundred_places_are_freed_for_five_hundred_people_in_one_click(office, figures):
    training_session = a_line(500)
    number, before = training_session.id, picture(NOW)

    statements, seconds = more_places(office, training_session, 100)

    figures(f"100 places passed on in {seconds:.2f} s, with {statements} statements")
    after = picture(NOW)
    first = db.session.scalars(select(Wait.id).order_by(Wait.ranked_at, Wait.id).limit(100)).all()
    assert db.session.scalars(select(Offer.wait_id).where(Offer.training_session_id == number)).all() == first
    assert office.fresh(training_session).places_left == 0
    assert kept_waiting(after) == set()
    assert list(passed_over(before, after)) == []
    letters = select(func.count()).select_from(Notice).where(Notice.kind == "offered")
    assert db.session.scalar(letters) == 100
    assert doctor.examine(NOW) == []


def test_a_hundred_people_who_wanted_that_are_booked_in_one_click(office, figures):
    training_session = a_line(500, books_at_once=True)

    statements, seconds = more_places(office, training_session, 100)

    figures(f"100 people booked in {seconds:.2f} s, with {statements} statements")
    booked = select(func.count()).where(Booking.training_session_id == training_session.id, Booking.state == "booked")
    assert db.session.scalar(booked) == 101
    assert len(office.notices("booked")) == 101
    assert doctor.examine(NOW) == []
