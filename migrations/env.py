"""How Alembic reaches the database: on the connection that `app.migrating` hands it, in its transaction."""

from alembic import context
from sqlalchemy import Connection

import app  # noqa: F401 - with it come all modules, and so all tables
from app.db import Base, is_sqlite
from app.timetable import remake_guards


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=is_sqlite(connection),
        compare_type=True,
    )
    context.run_migrations()
    remake_guards(connection)  # rebuilding a table on SQLite drops its triggers


run(context.config.attributes["connection"])
