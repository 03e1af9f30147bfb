"""Bringing a database up to date, before anything else is done with it.

All of it is one transaction under a lock, so that two commands started at once do it once, and one that is killed
leaves the database as it was.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from sqlite3 import Connection as SQLiteConnection
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from app import settings
from app.db import is_sqlite
from app.errors import Refused

LOCK = 7_662_346  # one number that all Roomful commands agree on


def is_up_to_date(engine: Engine) -> bool:
    with engine.connect() as connection:
        return _present(connection) == set(ScriptDirectory.from_config(config()).get_heads())


def upgrade(engine: Engine) -> None:
    """Migrate to the newest tables, if need be. Raises Refused if a later version made the database."""
    if not is_up_to_date(engine):
        _refuse_newer(engine)
        run(engine, lambda alembic: command.upgrade(alembic, "head"))


def run(engine: Engine, step: Callable[[Config], None]) -> None:
    """Run an Alembic step on one connection, in one transaction, under the lock."""
    with engine.connect() as connection, _without_foreign_keys(connection):
        alembic = config()
        alembic.attributes["connection"] = connection.execution_options(writes=True)
        with connection.begin():
            if not is_sqlite(connection):
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            step(alembic)
            _refuse_orphans(connection)


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite rebuilds a table to change it, which with foreign keys on would delete what refers to it.

    They can only be turned off outside a transaction, and are checked before the commit instead.
    """
    if not is_sqlite(connection):
        yield
        return
    raw = cast(SQLiteConnection, connection.connection.dbapi_connection)
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def config() -> Config:
    alembic = Config()
    alembic.set_main_option("script_location", str(settings.carried("migrations")).replace("%", "%%"))
    return alembic


def _refuse_newer(engine: Engine) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    with engine.connect() as connection:
        if _present(connection) - known:
            raise Refused("A later version of Roomful made this database. Install that version or a newer one.")


def _present(connection: Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())


def _refuse_orphans(connection: Connection) -> None:
    if is_sqlite(connection):
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if orphans:
            raise RuntimeError(f"A migration left rows that refer to nothing: {orphans[:5]}")
