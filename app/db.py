"""The database: one declarative base, one way to write, two engines.

One click is one `with transaction():`. It ends the page's read, locks, commits at the end and rolls back on any
exception; verbs never commit. Scarce things are locked before they are counted, always in the order
people, sites, rooms, course, sessions, waits, bookings, by id within each.
PostgreSQL locks rows (`FOR NO KEY UPDATE`); SQLite ignores that in silence, so there a transaction starts with
`BEGIN IMMEDIATE`, which lets one writer in at a time.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from sqlite3 import Connection as SQLiteConnection
from typing import Any, TypeVar, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Connection,
    CursorResult,
    DateTime,
    Delete,
    Dialect,
    Engine,
    MetaData,
    Table,
    TypeDecorator,
    Update,
    event,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.dml import ReturningInsert

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
REF_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without those that are mistaken for one another
REF_LENGTH = 6
BUSY_MS = 20_000  # how long a writer waits for another on SQLite before it gives up


class Base(DeclarativeBase):
    """The base of every table. Migrations can change a constraint only if it has a name."""

    metadata = MetaData(naming_convention=NAMES)


# What a page or a verb has in hand stays readable after the commit, without another query.
db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
Row = TypeVar("Row", bound=Base)
Thing = TypeVar("Thing")


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC instant on both engines. A naive time is a bug and raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A time without a zone cannot be stored: {value!r}")
        # SQLite keeps text and compares it letter by letter, so all of it must be UTC without an offset.
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def set_up(app: Flask, address: str) -> None:
    """Bind an app to its database.

    address: a SQLAlchemy URL, `sqlite:///…` or `postgresql+psycopg://…`.
    """
    app.config["SQLALCHEMY_DATABASE_URI"] = address
    # Errors go to the log, where nobody's name or needs belong: the statement is enough there.
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "hide_parameters": True,
        "pool_pre_ping": address.startswith("postgresql"),
    }
    db.init_app(app)
    with app.app_context():
        if is_sqlite(db.engine):
            event.listen(db.engine, "connect", _prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)


def is_sqlite(bind: Engine | Connection) -> bool:
    return bind.dialect.name == "sqlite"


def _prepare_sqlite(connection: SQLiteConnection, _record: Any) -> None:
    # The driver's own BEGIN comes late and is never IMMEDIATE: ours is issued by _begin_sqlite.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction() -> Iterator[None]:
    """One click: all of it or nothing. Raises RuntimeError when nested or when something is unsaved."""
    with _writing():
        yield
        db.session.commit()


@contextmanager
def rehearsal() -> Iterator[None]:
    """The same click without its end: what it would do or refuse, seen beforehand (D32). Nothing is kept."""
    with _writing():
        yield
        db.session.flush()  # what the database itself would refuse shows here too
        db.session.rollback()


@contextmanager
def _writing() -> Iterator[None]:
    session = db.session
    if session.info.get("in_transaction"):
        raise RuntimeError("One click is one transaction: transactions do not nest.")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("Something was changed outside a transaction.")
    session.commit()  # ends the page's read, so that what follows sees the newest state
    session.info["in_transaction"] = True
    try:
        session.connection(execution_options={"writes": True})
        yield
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["in_transaction"] = False


def locked(model: type[Row], ids: Iterable[int]) -> list[Row]:
    """Rows read afresh under a lock that lasts until the transaction ends, in the order of their ids.

    `populate_existing`: without it the session would hand back the counts that it read before the lock.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return []
    key = model.__mapper__.primary_key[0]
    # The weaker of the two locks: rows that merely refer to a locked one may still be added, such as a letter to a
    # trainer whose session somebody is moving. With the stronger one, booking and moving wait for each other for ever.
    # `of`: a room is read with its site, which would else be locked with it, after the room and in no order.
    query = select(model).where(key.in_(wanted)).order_by(key).with_for_update(of=model, key_share=True)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def locked_by(model: type[Row], key: str) -> Row | None:
    """The same for one row that is known by a name; None if there is none."""
    column = model.__mapper__.primary_key[0]
    query = select(model).where(column == key).with_for_update(of=model, key_share=True)
    return db.session.scalar(query.execution_options(populate_existing=True))


def change(query: Update | Delete) -> int:
    """Run an UPDATE or DELETE; says how many rows it changed."""
    return cast("CursorResult[Any]", db.session.execute(query)).rowcount


def add_unless_there(model: type[Base], values: Mapping[str, Any]) -> Any | None:
    """Add a row: one INSERT. Its primary key; None if a unique key of it is taken.

    ON CONFLICT instead of a look beforehand: two transactions cannot both add it.
    """
    db.session.flush()
    return db.session.scalar(_insertion(model, db.session.connection().dialect.name), values)


@cache
def _insertion(model: type[Base], dialect: str) -> ReturningInsert[Any]:
    # Without the ORM, and made once: letters are the most that a click writes, and this takes a fifth of the time.
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    table = cast("Table", model.__table__)
    return insert(table).on_conflict_do_nothing().returning(*table.primary_key)


def batched(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    """A thousand at a time: a statement can name only so many."""
    rest = iter(things)
    while some := list(islice(rest, 1_000)):
        yield some


def new_ref() -> str:
    """A short public code such as `K7QX2M`: random, easy to read out, in no sequence (729 million of them)."""
    return "".join(secrets.choice(REF_LETTERS) for _ in range(REF_LENGTH))


def new_long_ref() -> str:
    """The same for what there are millions of, so that two never meet."""
    return new_ref() + new_ref()
