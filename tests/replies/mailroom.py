"""A service as it is run, whose commands read replies: its processes, its letters, and people with places."""

from datetime import timedelta

from sqlalchemy import select

from app import bookings, changes, clock
from app.bookings import Booking
from app.db import db, transaction
from app.replies import Reply
from tests import make
from tests.long.service import Service
from tests.replies.desk import READS_REPLIES, answer_to, plain


class Mailroom:
    """`events`: by address, the invites that left. `refs`: by address, the bookings."""

    def __init__(self, folder, database, **chosen):
        settings = {"database_url": database.address, **READS_REPLIES, **chosen}
        self.service = Service(folder, **settings)
        self.starts_at = (clock.now() + timedelta(days=28)).replace(minute=0, second=0, microsecond=0)
        self.mail_count, self.events, self.refs = 0, {}, {}

    def booked(self, count, *, capacity=None, waiting=0):
        """So many people with a place on one session, and a coordinator; their invites have left."""
        with self.service.records():
            make.coordinator(address="cora@example.org")
            training_session = make.training_session(capacity=capacity or count, starts_at=self.starts_at)
            for number in range(count):
                person = make.person(f"Person {number}", address=f"p{number}@example.org")
                with transaction():
                    booking = bookings.book(person, training_session.id, by=person, now=clock.now())
                self.refs[person.address] = booking.ref
            for number in range(waiting):
                make.wait(training_session, make.person(f"Waiting {number}", address=f"w{number}@example.org"))
            self.session_id = training_session.id
        self.service.roomful("worker", "--once")
        self.look()
        return [self.events[address] for address in self.refs]

    def look(self):
        self.events = {letter.to: letter.event for letter in self.service.letters() if letter.method == "REQUEST"}

    def move(self):
        """The session a day later; the people hear of it."""
        slot = make.slot(self.starts_at + timedelta(days=1), joining_link="https://meet.example.org/room")
        with self.service.records(), transaction():
            changes.move(self.session_id, [slot], by=None, now=clock.now())

    def fill(self, name, event, **given):
        self.mail_count += 1
        return answer_to(event, name, now=clock.now(), number=self.mail_count, **given)

    def plain(self, event, partstat="DECLINED", **given):
        self.mail_count += 1
        return plain(event, partstat, now=clock.now(), number=self.mail_count, **given)

    def states(self):
        """Who has a place: dict[address, 'booked' or 'cancelled']."""
        with self.service.records():
            of = dict(db.session.execute(select(Booking.ref, Booking.state)).all())
        return {address: of[ref] for address, ref in self.refs.items()}

    def done(self):
        """(did, why) of each mail that was read, in order."""
        with self.service.records():
            return [tuple(row) for row in db.session.execute(select(Reply.did, Reply.why).order_by(Reply.id))]
