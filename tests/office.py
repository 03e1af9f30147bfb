"""The office: how tests do things as staff would, each in one transaction, and read what came of it."""

from contextlib import contextmanager
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from functools import cached_property

import icalendar
from sqlalchemy import event, select, text, update

from app import bookings, changes, waiting_list
from app.db import db, transaction
from app.notices.outbox import Notice
from app.timetable import TrainingSession
from tests.browser_client import Browser

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)  # a Tuesday


def wish(place, wants=""):
    """place: a session, the date that somebody wants; or a course, of which any date suits unless `wants` says else."""
    if isinstance(place, TrainingSession):
        return {"course_id": place.course_id, "wants": "these", "session_ids": [place.id]}
    return {"course_id": place.id, "wants": wants or "any"}


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

    def __init__(self, app, now, database=None):
        self.app, self.now, self.database = app, now, database
        self._read_count = 0

    def do(self, verb, *args, **kwargs):
        """Any verb, as one click."""
        with transaction():
            return verb(*args, **kwargs)

    def book(self, person, training_session, *, by=None, **kwargs):
        return self.do(bookings.book, person, training_session.id, by=by or person, now=self.now, **kwargs)

    def cancel(self, booking, *, by=None, **kwargs):
        return self.do(bookings.cancel, booking, by=by or booking.person, now=self.now, **kwargs)

    def decline_by_calendar(self, booking, *, by=None):
        self.do(bookings.decline_by_calendar, booking, by=by or booking.person, now=self.now)

    def undo(self, booking, *, by=None):
        return self.do(bookings.undo, booking, by=by or booking.person, now=self.now)

    def free(self, training_session):
        """Whoever booked a session first gives the place up."""
        self.cancel(bookings.live_on(training_session)[0])

    def wait(self, person, place, *, by=None, wants="", **kwargs):
        return self.do(bookings.wait, person, **wish(place, wants), by=by or person, now=self.now, **kwargs)

    def leave(self, wait, *, by=None, **kwargs):
        self.do(bookings.leave, wait, by=by or wait.person, now=self.now, **kwargs)

    def still_want(self, wait, *, by=None):
        self.do(bookings.still_want, wait, by=by or wait.person, now=self.now)

    def accept(self, offer, *, by=None, **kwargs):
        return self.do(bookings.accept, offer, by=by or offer.wait.person, now=self.now, **kwargs)

    def decline(self, offer, *, by=None):
        self.do(bookings.decline, offer, by=by or offer.wait.person, now=self.now)

    def change(self, booking, training_session, *, by=None, **kwargs):
        return self.do(bookings.change, booking, training_session.id, by=by or booking.person, now=self.now, **kwargs)

    def catch_up(self):
        """What falls due with nobody pressing a button, as the worker does it."""
        due = bookings.courses_due(self.now)
        db.session.rollback()
        for course_id in due:
            self.do(bookings.catch_up, course_id, self.now)

    def offer_on(self, training_session):
        """The one open offer of a session."""
        db.session.rollback()
        [offer] = waiting_list.offers_on(training_session)
        return offer

    def names_on(self, training_session):
        """(booked, offered, in line): the names of those who have a place on a session, are held one, wait for one."""
        db.session.rollback()
        return (
            [booking.person.name for booking in bookings.live_on(training_session)],
            [offer.wait.person.name for offer in waiting_list.offers_on(training_session)],
            [wait.person.name for wait in waiting_list.line_of(training_session)],
        )

    def names_told(self, kind, state=""):
        """To whom letters of a kind go, in the order in which they were queued."""
        return [notice.recipient_name for notice in self.notices(kind, state)]

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

    def post(self):
        """As if the worker had delivered what is due: writing many letters takes a while."""
        sent = {"state": "sent", "sent_at": self.now, "next_at": None, "may_have_left": True}
        self.do(db.session.execute, update(Notice).where(Notice.next_at <= self.now).values(sent))

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
