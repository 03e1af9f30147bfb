"""The desk at which replies are read: an office that reads them, and mails built from the invites that really left."""

from datetime import timedelta

from sqlalchemy import select

from app import bookings, doctor, replies
from app.bookings import Booking
from app.db import db
from app.replies import Reply
from tests import make
from tests.samples.replies.fill import fill

AUTHSERV = "mx.training.example.org"
READS_REPLIES = {"replies": "pipe", "mail_authserv_id": AUTHSERV}


class Desk:
    """Books and answers as people do. `letters`: all that has left, in order."""

    def __init__(self, office):
        self.office, self.letters, self.mail_count = office, [], 0

    @property
    def now(self):
        return self.office.now

    def wait(self, **later):
        self.office.now += timedelta(**later)

    def deliver(self):
        """The worker delivers what is due; what left just now."""
        left = self.office.deliver()
        self.letters += left
        return left

    def booked(self, training_session=None, person=None, **given):
        """Somebody with a place whose letters have left. As it was then: it is not brought up to date."""
        ref = make.booking(training_session or make.training_session(**given), person).ref
        self.deliver()
        db.session.rollback()
        booking = bookings.get(ref)
        db.session.expunge_all()
        return booking

    def invites(self, address):
        """The entries in somebody's calendar as last sent, in the order in which they first came."""
        found = {}
        for letter in self.letters:
            if letter.to == address and letter.calendar:
                found[str(letter.event["UID"])] = letter.event
        return list(found.values())

    def entry(self, booking, part=0):
        """The calendar entry of a part of a booking, as it was last sent."""
        uid = self._entries(booking)[part].uid
        return next(event for letter in self.letters[::-1] if letter.calendar and (event := letter.event)["UID"] == uid)

    # --- mails ---

    def fill(self, name, event, **given):
        """A sample that answers an invite. Each is written a second after the one before."""
        self.mail_count += 1
        return answer_to(event, name, now=self.now, number=self.mail_count, **given)

    def answer(self, event, partstat="DECLINED", *, sequence=None, **given):
        """The plainest reply there is, of somebody for whom our mail server vouches."""
        self.mail_count += 1
        return plain(event, partstat, sequence=sequence, now=self.now, number=self.mail_count, **given)

    def decline(self, booking, part=0, **given):
        return self.answer(self.entry(booking, part), **given)

    # --- what is done about them ---

    def take(self, raw):
        """Act on a mail; (did, why), or None if it was seen before. The rules that always hold still do."""
        reply = self.reply_to(raw)
        return None if reply is None else (reply.did, reply.why)

    def reply_to(self, raw) -> Reply | None:
        reply = self.office.do(replies.take, replies.read(raw), raw, now=self.now)
        assert doctor.examine(self.now) == []
        return reply

    def ignores(self, raw):
        """Act on a mail that must change nothing; what was said of it."""
        before = self.everything()
        said = self.take(raw)
        assert self.everything() == before
        return said

    def everything(self):
        """All that the database holds, but for what was read."""
        return [line for line in self.office.kept().splitlines() if not line.startswith("replies: ")]

    def has_place(self, booking):
        db.session.rollback()
        return db.session.scalar(select(Booking.state).where(Booking.id == booking.id)) == "booked"

    def answer_beside(self, booking, part=0):
        """What is written beside a booking."""
        return self._entries(booking)[part].answer

    def _entries(self, booking):
        db.session.rollback()
        return bookings.invites_of([booking])[booking.id]

    def told(self, kind):
        """The addresses to which letters of a kind go."""
        return [notice.address for notice in self.office.notices(kind)]


def answer_to(event, name, *, now, number, **given):
    """A sample, filled in as an answer to an invite. number: tells mails apart."""
    usual = {
        "UID": event["UID"],
        "ORGANIZER": bare(event["ORGANIZER"]),
        "ATTENDEE": bare(event["ATTENDEE"]),
        "SEQUENCE": event["SEQUENCE"],
        "SUMMARY": event["SUMMARY"],
        "DTSTART": f"{event['DTSTART'].dt:%Y%m%dT%H%M%S}",
        "DTEND": f"{event['DTEND'].dt:%Y%m%dT%H%M%S}",
        "STAMP": f"{now + timedelta(seconds=number):%Y%m%dT%H%M%SZ}",
        "MESSAGE_ID": f"reply-{number}",
        "AUTHSERV": AUTHSERV,
    }
    return fill(name, **{key: str(value) for key, value in (usual | given).items()})


def plain(event, partstat="DECLINED", *, now, number, sequence=None, **given):
    of = event["SEQUENCE"] if sequence is None else sequence
    raw = answer_to(event, "32_old_sequence", now=now, number=number, OLD_SEQUENCE=of, **given)
    return raw.replace(b"PARTSTAT=DECLINED", b"PARTSTAT=" + partstat.encode())


def bare(address):
    return str(address).removeprefix("mailto:").removeprefix("MAILTO:")
