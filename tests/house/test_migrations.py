import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from app import migrating
from app.db import Base, db, is_sqlite
from tests.pages.scene import Scene, rows

BEFORE = {
    each.revision: each.down_revision or "base"
    for each in ScriptDirectory.from_config(migrating.config()).walk_revisions()
}


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


def test_migrating_what_is_up_to_date_changes_nothing(office):
    Scene(office)
    before = rows()

    let_go()
    migrating.upgrade(db.engine)

    assert rows() == before


@pytest.mark.parametrize("revision", BEFORE)
def test_every_migration_can_be_taken_back_and_done_again_with_rows_in(office, revision):
    Scene(office)
    before, tables, guards = held(db.engine), tables_of(db.engine), guards_of(db.engine)
    let_go()

    step(lambda alembic: command.downgrade(alembic, BEFORE[revision]))
    older = held(db.engine)
    step(lambda alembic: command.upgrade(alembic, "head"))

    assert tables_of(db.engine) == tables
    assert guards_of(db.engine) == guards
    assert as_in(older, held(db.engine)) == as_in(older, before)


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
    """{table: (its columns, its rows, each as {column: value})}: the rows that a table without closures can hold."""
    with engine.connect() as connection:
        found = {name: connection.execute(text(f"SELECT * FROM {name}")) for name in tables_of(engine)}
        return {
            name: (tuple(kept.keys()), [dict(row) for row in kept.mappings() if not row.get("closed_why")])
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
