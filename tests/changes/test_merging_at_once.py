"""Somebody acts while their own two records are put together: they are told clearly, or done as they asked."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app import bookings, changes, people
from app.bookings import Booking
from app.db import db, locked, transaction
from app.errors import Refused
from app.people import Person
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW


def outcome_of(office, verb):
    with office.app.app_context():
        try:
            with transaction():
                verb()
        except Refused as refusal:
            return refusal
    return None


def test_a_page_was_open_for_a_record_that_has_just_been_put_together_with_another(office):
    training_session, kept, other = make.training_session(), make.person("Nia"), make.person("Nia N")
    page_has_read = db.session.get(Person, other.id)
    with ThreadPoolExecutor(1) as pool:
        ids = kept.id, other.id
        db.session.rollback()
        pool.submit(
            outcome_of,
            office,
            lambda: changes.merge(*(db.session.get(Person, id_) for id_ in ids), by=None, now=NOW),
        ).result(30)

    with pytest.raises(Refused, match="not there any more"):
        office.book(page_has_read, training_session)


def test_forced(office, engine):
    if engine == "sqlite":
        pytest.skip("x")
    training_session, kept, other = make.training_session(), make.coordinator("Nia"), make.coordinator("Nia N")
    first, own = make.booking(training_session).id, make.booking(training_session, other).id
    ids, number = (kept.id, other.id), training_session.id
    go = threading.Event()
    held = threading.Event()

    def hold():
        locked(Booking, [first])
        held.set()
        go.wait(30)

    def move():
        span = (IN_TWO_WEEKS + timedelta(days=1), IN_TWO_WEEKS + timedelta(days=1, hours=2))
        changes.change_times(number, [span], by=db.session.get(Person, ids[1]), now=NOW)

    def merge():
        changes.merge(*(db.session.get(Person, id_) for id_ in ids), by=None, now=NOW)

    db.session.rollback()
    with ThreadPoolExecutor(3) as pool:
        a = pool.submit(outcome_of, office, hold)
        held.wait(30)
        b = pool.submit(outcome_of, office, move)
        threading.Event().wait(4)
        c = pool.submit(outcome_of, office, merge)
        threading.Event().wait(4)
        from sqlalchemy import text
        for row in db.session.execute(text("select pid, state, wait_event_type, wait_event, pg_blocking_pids(pid), left(query,150) from pg_stat_activity where datname='roomful'")): print("HERE", row)
        db.session.rollback()
        go.set()
        print("HERE", a.result(30), [x.exception(30) or x.result() for x in (b, c)])
        assert [x.exception(30) for x in (b, c)] == [None, None]
