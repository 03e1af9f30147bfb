"""The office: how tests do things as staff would, each in one transaction, and read what came of it."""

from contextlib import contextmanager
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from functools import cached_property

import icalendar
from sqlalchemy import event, select, text

from app import bookings, changes
from app.db import db, transaction
from app.notices.outbox import Notice
from tests.browser_client import Browser

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)  # a Tuesday


class Letter:
    """A letter as it arrived. Its parts are read when a test asks for them: most letters are only on their way."""

    def __init__(self, raw):
        self.message = BytesParser(policy=policy.default).parsebytes(raw)
        self.subject, self.to = self.message["Subject"], self.message["To"].addresses[0].addr_spec

    @property
    def id(self):
        return self.message["Message-ID"]

    @cached_property
    def text(self):
        return self.message.get_body(("plain",)).get_content().replace("\r\n", "\n")

    @cached_property
    def html(self):
        return self.message.get_body(("html",)).get_content()

    @cached_property
    def calendar(self):
        """The bytes of its calendar part; None if it has none."""
        parts = [part for part in self.message.walk() if part.get_content_type() == "text/calendar"]
        return parts[0].get_payload(decode=True) if parts else None

    @cached_property
    def _read(self):
        return icalendar.Calendar.from_ical(self.calendar)

    @property
    def event(self):
        return self._read.walk("VEVENT")[0]

    @property
    def method(self):
        return str(self._read["METHOD"]) if self.calendar else ""

    @property
    def entry(self):
        """(method, UID, SEQUENCE) of its calendar part; None if it has none."""
        return (self.method, str(self.event["UID"]), self.event["SEQUENCE"]) if self.calendar else None

    def __repr__(self):
        return f"<Letter to {self.to}: {self.subject}>"


class Office:
    """The service at work. `now` is what the clock says; a test may set it."""

    def __init__(self, app, now):
        self.app, self.now = app, now
        self._read_count = 0

    def do(self, verb, *args, **kwargs):
        """Any verb, as one click."""
        with transaction():
            return verb(*args, **kwargs)

    def book(self, person, training_session, *, by=None, **kwargs):
        return self.do(bookings.book, person, training_session.id, by=by or person, now=self.now, **kwargs)

    def cancel(self, booking, *, by=None, **kwargs):
        return self.do(bookings.cancel, booking, by=by or booking.person, now=self.now, **kwargs)

    def move(self, training_session, slots, *, by=None, **kwargs):
        return self.do(changes.move, training_session.id, slots, by=by, now=self.now, **kwargs)

    def cancel_session(self, training_session, *, by=None, **kwargs):
        return self.do(changes.cancel_session, training_session.id, by=by, now=self.now, **kwargs)

    def notices(self, kind="", state=""):
        """Rows of the outbox, in the order in which they were queued."""
        db.session.rollback()
        query = select(Notice).order_by(Notice.id).execution_options(populate_existing=True)
        return [
            notice for notice in db.session.scalars(query) if kind in {"", notice.kind} and state in {"", notice.state}
        ]

    def deliver(self):
        """Run the worker once; the letters that arrived because of it, in order."""
        self.app.extensions["notice_worker"].run_once(self.now)
        folder = self.app.config["SETTINGS"].instance / "mail"
        arrived = sorted(folder.glob("*.eml"), key=lambda file: int(file.name.split("-")[0])) if folder.exists() else []
        letters = [Letter(file.read_bytes()) for file in arrived]
        for file in arrived:
            file.unlink()
        return letters

    def browser(self, person=None):
        """A browser; signed in, if a person is given."""
        return Browser(self, person)

    def kept(self, *, apart_from=()):
        """All that the database holds, as one text: a line for each row, without the columns named `table.column`."""
        db.session.rollback()
        lines = []
        for table in db.metadata.sorted_tables:
            columns = [column for column in table.columns if f"{table.name}.{column.name}" not in apart_from]
            lines += [f"{table.name}: {tuple(row)}" for row in db.session.execute(select(*columns))]
        return "\n".join(lines)

    def say(self, statement, **values):
        """SQL past the code, in a transaction of its own."""
        self.do(db.session.execute, text(statement), values)

    def forget(self):
        """What is read from here on is read as by another process, which holds no rows in memory."""
        db.session.remove()

    def fresh(self, row):
        """The row as the database has it now."""
        db.session.rollback()
        return db.session.get_one(type(row), row.id, populate_existing=True)

    @contextmanager
    def statements(self):
        """The SQL that is said meanwhile, BEGIN and COMMIT left out."""
        said = []

        def note(_connection, _cursor, statement, *_):
            if not statement.startswith(("BEGIN", "PRAGMA")):
                said.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield said
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
