from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from app import create_app, migrating
from app.db import REF_LETTERS, Base, db, is_sqlite, locked, new_ref, transaction
from app.people import Person
from app.rooms import Room, Site
from tests import make
from tests.conftest import settings_for


def sites():
    db.session.rollback()
    return [site.name for site in db.session.query(Site).order_by(Site.id)]


def test_what_is_done_in_a_transaction_is_kept(office):
    with transaction():
        db.session.add(Site(name="Northgate"))

    office.forget()
    assert sites() == ["Northgate"]


def test_any_fault_undoes_all_of_it(office):
    def half_of_it():
        db.session.add(Site(name="Northgate"))
        db.session.flush()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        office.do(half_of_it)

    assert sites() == []


def test_after_a_fault_the_next_transaction_works(office):
    with pytest.raises(ZeroDivisionError):
        office.do(lambda: 1 / 0)

    with transaction():
        db.session.add(Site(name="Northgate"))

    assert sites() == ["Northgate"]


def test_transactions_do_not_nest(office):
    with transaction(), pytest.raises(RuntimeError, match="transactions do not nest"):
        office.do(list)


def test_a_refused_nesting_does_not_end_the_outer_one(office):
    with transaction():
        db.session.add(Site(name="Northgate"))
        with pytest.raises(RuntimeError):
            office.do(list)

    assert sites() == ["Northgate"]


def test_something_changed_outside_a_transaction_is_a_fault(office):
    db.session.add(Site(name="Northgate"))

    with pytest.raises(RuntimeError, match="changed outside a transaction"):
        office.do(list)

    db.session.rollback()
    assert sites() == []


def test_a_record_changed_outside_a_transaction_is_a_fault(office):
    person = make.person()
    person.name = "Somebody Else"

    with pytest.raises(RuntimeError, match="changed outside a transaction"):
        office.do(list)


def test_what_a_page_has_in_hand_stays_readable_after_the_commit(office):
    person = make.person()

    with office.statements() as said:
        assert person.name == "Nia Nurse"

    assert said == []


def test_a_lock_reads_what_others_wrote_meanwhile(office):
    room = make.room(capacity=10)
    office.say("UPDATE rooms SET capacity = 12")

    def capacity_under_lock():
        return locked(Room, [room.id])[0].capacity

    assert (room.capacity, office.do(capacity_under_lock)) == (10, 12)


def test_locks_are_taken_in_one_order(office):
    ids = [make.person().id for _ in range(3)]

    assert [person.id for person in office.do(locked, Person, [ids[2], ids[0], ids[1], ids[0]])] == ids


def test_nothing_to_lock_says_nothing(office):
    with transaction(), office.statements() as said:
        assert locked(Person, []) == []

    assert said == []


def test_a_time_without_a_zone_cannot_be_kept(office):
    with pytest.raises(StatementError, match="A time without a zone cannot be stored"):
        office.do(lambda: db.session.execute(db.insert(Person), {"name": "Nia", "added_at": datetime(2027, 1, 1)}))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("hours", [-11, 0, 1, 14])
def test_a_time_of_any_zone_comes_back_as_the_same_instant_in_utc(office, hours):
    at = datetime(2027, 6, 1, 12, tzinfo=timezone(timedelta(hours=hours)))
    office.do(db.session.execute, db.insert(Person), {"name": "Nia", "added_at": at})

    [kept] = db.session.query(Person.added_at).one()

    assert (kept, kept.tzinfo) == (at, UTC)


def test_instants_are_compared_as_instants(office):
    at = datetime(2027, 6, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))  # 23:30 the day before in UTC
    office.do(db.session.execute, db.insert(Person), {"name": "Nia", "added_at": at})

    assert db.session.query(Person).filter(Person.added_at < datetime(2027, 6, 1, tzinfo=UTC)).count() == 1


def test_references_are_short_and_easy_to_read_out():
    refs = {new_ref() for _ in range(200)}

    assert len(refs) == 200
    assert all(len(ref) == 6 and set(ref) <= set(REF_LETTERS) for ref in refs)
    assert not set("01ILOU") & set(REF_LETTERS)


def test_a_row_that_others_refer_to_cannot_be_deleted(office):
    make.training_session()

    with pytest.raises(Exception, match=r"(?i)foreign key"):
        office.say("DELETE FROM courses")


def test_sqlite_keeps_what_it_has_said_and_waits_for_its_turn(database):
    app = create_app(settings_for(database))  # as it is served: the tests' own does not wait for the disk
    with app.app_context():
        if not is_sqlite(db.engine):
            pytest.skip("about SQLite")
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [db.session.execute(text(f"PRAGMA {name}")).scalar() for name in pragmas]
        db.session.remove()
        db.engine.dispose()

    assert found == ["wal", 2, 1, 20_000]


def test_the_database_is_up_to_date_and_holds_every_table(office):
    names = set(db.inspect(db.engine).get_table_names())

    assert migrating.is_up_to_date(db.engine)
    assert names == set(Base.metadata.tables) | {"alembic_version"}
