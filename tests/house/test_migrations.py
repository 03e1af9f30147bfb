import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from app import bookings, doctor, migrating, waiting_list
from app.bookings import Booking
from app.db import Base, db, is_sqlite
from app.replies import ReplyMailbox
from app.waiting_list import Offer
from tests import make
from tests.pages.scene import Scene, rows

BEFORE = {
    each.revision: each.down_revision or "base"
    for each in ScriptDirectory.from_config(migrating.config()).walk_revisions()
}

# The newest alone, and all but the first, before which there are no rows. Those between are for `make test-long`.
TELLING = {next(iter(BEFORE)), list(BEFORE)[-2]}
EACH = [pytest.param(each, marks=() if each in TELLING else pytest.mark.long) for each in BEFORE]


@pytest.fixture
def fresh(office, database, tmp_path):
    """A database of the same engine, made from the classes alone, without a migration."""
    if is_sqlite(db.engine):
        engine = create_engine(f"sqlite:///{tmp_path}/fresh.sqlite")
    else:
        database._say("DROP DATABASE IF EXISTS fresh WITH (FORCE)")
        database._say("CREATE DATABASE fresh")
        engine = create_engine(database.address.replace("/roomful?", "/fresh?"))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def tables_of(engine):
    """Everything about every table that matters, in a form that can be compared."""
    found = inspect(engine)
    return {
        name: {
            "columns": sorted(
                (c["name"], str(c["type"]), c["nullable"], str(c["default"])) for c in found.get_columns(name)
            ),
            "primary key": found.get_pk_constraint(name),
            "foreign keys": in_order(found.get_foreign_keys(name)),
            "unique": in_order(found.get_unique_constraints(name)),
            "checks": in_order(found.get_check_constraints(name)),
        }
        for name in sorted(set(found.get_table_names()) - {"alembic_version"})
    }


def in_order(things):
    return sorted(repr(sorted(thing.items(), key=str)) for thing in things)


def guards_of(engine):
    """Triggers and exclusion constraints, which inspection does not see; and indexes to the letter."""
    asked = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        if is_sqlite(engine)
        else "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'x' ORDER BY conname"
    )
    indexes = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        if is_sqlite(engine)
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "AND tablename <> 'alembic_version' ORDER BY indexname"
    )
    with engine.connect() as connection:
        found = [*connection.execute(text(asked)), *connection.execute(text(indexes))]
    return [(name, " ".join(sql.split())) for name, sql in found]


def test_a_migrated_database_is_like_one_made_from_the_classes(office, fresh):
    assert tables_of(db.engine) == tables_of(fresh)


def test_a_migrated_database_has_the_same_indexes_and_guards(office, fresh):
    assert guards_of(db.engine) == guards_of(fresh)
    assert guards_of(fresh)


def test_every_constraint_has_a_name(office):
    nameless = [
        (table, kind, constraint)
        for table in inspect(db.engine).get_table_names()
        if table != "alembic_version"
        for kind in ("get_foreign_keys", "get_unique_constraints", "get_check_constraints")
        for constraint in getattr(inspect(db.engine), kind)(table)
        if not constraint["name"]
    ]

    assert nameless == []


def test_there_is_one_newest_migration():
    assert len(ScriptDirectory.from_config(migrating.config()).get_heads()) == 1


def people_in_line(office):
    """Waits of each kind and state, dates named and ruled out, offers accepted and declined; none is open."""
    course = make.course(offer_hours=6, last_few=2, asks_to_confirm=True)
    days = [make.timedelta(days=each) for each in range(3)]
    sessions = [make.full_session(course=course, starts_at=make.IN_TWO_WEEKS + day) for day in days]
    for name in ("Ann", "Ben", "Cat"):
        office.wait(make.person(name), sessions[0], would_suit="Mornings", access_needs="Large print")
    office.wait(make.person("Dan"), course, wants="new", books_at_once=True)
    office.leave(office.wait(make.person("Eve"), course))
    office.wait(bookings.live_on(sessions[1])[0].person, sessions[2], instead_of=sessions[1].id)
    office.free(sessions[0])
    office.decline(office.offer_on(sessions[0]))
    office.accept(office.offer_on(sessions[0]))
    office.do(bookings.confirm, bookings.live_on(sessions[1])[0], by=sessions[1].trainers[0], now=office.now)
    return sessions


def answer_all_offers(office):
    while held := db.session.query(Offer).filter_by(state="open").first():
        office.accept(waiting_list.offer_by_id(held.id), despite_overlaps=True)


def take_back_all_declined(office):
    for booking in db.session.query(Booking).filter(Booking.held_until.is_not(None)).all():
        office.undo(bookings.get(booking.ref))


def test_a_declined_place_that_is_held_is_nobodys_in_the_tables_before_nor_are_trainers_entries(office):
    training_session = make.training_session(capacity=2, trainers=[make.trainer()])
    make.booking(training_session)
    make.reply(make.declined(training_session))
    office.do(db.session.add, ReplyMailbox(name="one", last_uid=2**40))
    before = office.fresh(training_session).places_taken
    let_go()

    step(lambda alembic: command.downgrade(alembic, "0003"))
    tables = inspect(db.engine).get_table_names()
    with db.engine.connect() as connection:
        older = connection.execute(text("SELECT places_taken FROM training_sessions")).scalar()
        entry_count = connection.execute(text("SELECT count(*) FROM invites")).scalar()
    step(lambda alembic: command.upgrade(alembic, "head"))

    assert (before, older, entry_count) == (2, 1, 2)
    assert not {"replies", "reply_mailboxes"} & set(tables)
    assert doctor.examine(office.now) == []


@pytest.mark.slow
def test_a_place_that_is_held_is_nobodys_in_the_tables_before(office):
    sessions = people_in_line(office)
    office.free(sessions[2])
    before = [office.fresh(each).places_taken for each in sessions]
    let_go()

    step(lambda alembic: command.downgrade(alembic, "0002"))
    with db.engine.connect() as connection:
        query = text("SELECT places_taken FROM training_sessions ORDER BY id")
        older = connection.execute(query).scalars().all()
        booked = connection.execute(text("SELECT count(*) FROM bookings WHERE state = 'booked'")).scalar()
    step(lambda alembic: command.upgrade(alembic, "head"))

    assert (before, older, booked) == ([1, 1, 1], [1, 1, 0], 2)
    assert doctor.examine(office.now) == []


@pytest.mark.slow
def test_sessions_that_are_full_when_the_waiting_list_comes_are_told_to_nobody_again(office):
    make.full_session()
    make.training_session()
    let_go()

    step(lambda alembic: command.downgrade(alembic, "0002"))
    step(lambda alembic: command.upgrade(alembic, "head"))

    with db.engine.connect() as connection:
        said = connection.execute(text("SELECT is_said_full FROM training_sessions ORDER BY id")).scalars().all()
    assert [bool(each) for each in said] == [True, False]


@pytest.mark.slow
def test_migrating_what_is_up_to_date_changes_nothing(office):
    Scene(office)
    before = rows()

    let_go()
    migrating.upgrade(db.engine)

    assert rows() == before


@pytest.mark.slow
@pytest.mark.parametrize("revision", EACH)
def test_every_migration_can_be_taken_back_and_done_again_with_rows_in(office, revision):
    Scene(office)
    people_in_line(office)
    answer_all_offers(office)  # a place that is held is nobody's in older tables
    take_back_all_declined(office)
    before, tables, guards = held(db.engine), tables_of(db.engine), guards_of(db.engine)
    let_go()

    step(lambda alembic: command.downgrade(alembic, BEFORE[revision]))
    older = held(db.engine)
    step(lambda alembic: command.upgrade(alembic, "head"))

    assert tables_of(db.engine) == tables
    assert guards_of(db.engine) == guards
    assert as_in(older, held(db.engine)) == as_in(older, before)


@pytest.mark.slow
def test_a_migration_that_fails_leaves_everything_as_it_was(office):
    Scene(office)
    before = rows()
    let_go()

    def fail(alembic):
        alembic.attributes["connection"].execute(text("DELETE FROM invites"))
        raise RuntimeError("the machine was switched off")

    with pytest.raises(RuntimeError, match="switched off"):
        step(fail)

    assert rows() == before


def held(engine):
    """{table: (its columns, its rows, each as {column: value})}.

    Only the rows that a table without closures, and without trainers' entries, can hold.
    """
    with engine.connect() as connection:
        found = {name: connection.execute(text(f"SELECT * FROM {name}")) for name in tables_of(engine)}
        return {
            name: (
                tuple(kept.keys()),
                [dict(row) for row in kept.mappings() if not row.get("closed_why") and not row.get("trainer_id")],
            )
            for name, kept in found.items()
        }


def as_in(older, newer):
    """The rows as far as the older tables have columns for them."""
    return {
        name: sorted(repr([row[column] for column in sorted(columns)]) for row in newer[name][1])
        for name, (columns, _) in older.items()
    }


def let_go():
    """Nobody may hold a table that is to change."""
    db.session.remove()
    db.engine.dispose()


def step(change):
    migrating.run(db.engine, change)
    db.engine.dispose()
