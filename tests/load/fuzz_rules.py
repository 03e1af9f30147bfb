"""`python -m tests.load.fuzz_rules --seconds N`: mails nobody would write, acted on where people have places.

The samples answer real invites, and are changed at random: as bytes, and by putting one name, address or word of them
in the place of another. Each is acted on in a transaction that is then undone. Nothing is ever raised; a place is given
up only by a mail in which, looked at in another way than the reader's, our own mail server vouches for the one person
whom it is from, and that person's own entry is declined, letter for letter. Ends at the first mail for which this does
not hold, and keeps it. No part of the suite: chance has no place in that.
"""

import argparse
import random
import re
import resource
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from email.utils import getaddresses
from pathlib import Path

from sqlalchemy import func, select

from app import bookings, create_app, replies
from app.bookings import Booking
from app.db import db, rehearsal, transaction
from app.replies import Did
from app.replies.parts import MOST_BYTES
from tests import make
from tests.conftest import ENGINES, PostgreSQL, SQLite, settings_for
from tests.load.fuzz_replies import CHANGES, MEASURED_ONE_IN, texts_in
from tests.office import NOW, Office
from tests.replies.desk import AUTHSERV, READS_REPLIES, Desk
from tests.samples.replies.fill import names

MOST_SECONDS = 1.0  # of which a database may take half
MOST_MEMORY = 30_000_000
PEOPLE = 4
WORDS = (
    *(b"PARTSTAT=DECLINED", b"PARTSTAT=ACCEPTED", b"PARTSTAT=TENTATIVE", b'PARTSTAT="DECLINED"', b"PARTSTAT=declined"),
    *(b"dmarc=pass", b"dmarc=fail", b"dmarc=none", b"spf=pass", b"dkim=pass", b"method=REPLY", b"METHOD:REPLY"),
    *(b"METHOD:COUNTER", b"METHOD:REFRESH", b"SEQUENCE:0", b"SEQUENCE:1", b"SEQUENCE:9", b"DTSTAMP:20261201T090100Z"),
    *(b"DTSTAMP:20991231T235959Z", b"DTSTAMP:00010101T000000Z", b"ATTENDEE", b"ORGANIZER", b"EMAIL=", b"mailto:"),
    *(b"header.from=", b"smtp.mailfrom=", b"From:", b"Reply-To:", b"Sender:", b"Authentication-Results:", b"Received:"),
)


def main():
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--seconds", type=float, default=60, help="of processor time")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--engine", choices=ENGINES, default="sqlite")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="pg") as folder:  # a socket's path may not be long
        database = {"sqlite": SQLite, "postgresql": PostgreSQL}[options.engine](Path(folder))
        database.renew()
        app = create_app(settings_for(database, **READS_REPLIES))
        try:
            with app.app_context():
                sys.exit(fuzz(Live(app), random.Random(options.seed), seconds=options.seconds))
        finally:
            with app.app_context():
                db.engine.dispose()
            if isinstance(database, PostgreSQL):
                database.close()


class Live:
    """People with places, their invites, and the samples as answers to them."""

    def __init__(self, app):
        desk = Desk(Office(app, NOW))
        sessions = [make.training_session(), make.training_session(slots=in_two_parts())]
        people = [
            make.person(f"Person {n}", address=f"p{n}@{('example.org', 'example.com')[n % 2]}") for n in range(PEOPLE)
        ]
        booked = [desk.booked(sessions[n // 2 % 2], person) for n, person in enumerate(people)]
        self.of = {booking.id: self._facts(desk, booking) for booking in booked}
        events = [desk.entry(booking, part) for booking in booked for part in range(len(self.of[booking.id][0]))]
        trainers = [event for one in sessions for event in desk.invites(one.trainers[0].address)]
        self.samples = [desk.fill(name, event) for event in events + trainers for name in names()]
        self.samples += [desk.answer(event) for event in events for _ in range(4)]
        uids = {uid.encode() for uids, _ in self.of.values() for uid in uids}
        addresses = {address.encode() for _, address in self.of.values()} | {b"training@example.org", b"x@example.net"}
        self.words = [*WORDS, *sorted(uids), *sorted(addresses), b"example.org", b"example.com", AUTHSERV.encode()]
        with transaction():  # one has accepted, so that an answer can be late
            raw = desk.answer(events[0], "ACCEPTED")
            replies.take(replies.read(raw), raw, now=NOW)
        self.live_count = len(booked)

    @staticmethod
    def _facts(desk, booking):
        db.session.rollback()
        entries = bookings.invites_of([booking])[booking.id]
        return [entry.uid for entry in entries], booking.person.address


def in_two_parts():
    return [
        make.slot(make.IN_TWO_WEEKS.replace(day=day), joining_link="https://meet.example.org/a") for day in (16, 17)
    ]


def fuzz(live, chance, *, seconds):
    """The exit code: 1 if a mail was found that breaks a promise."""
    came_out, worst_s, worst_bytes = Counter(), 0.0, 0
    began_at, told_at = time.process_time(), 0.0
    while time.process_time() - began_at < seconds:
        raw = changed(chance, live)
        try:
            is_measured = came_out.total() % MEASURED_ONE_IN == 0
            said, took_s, took_bytes = measured(live, raw) if is_measured else timed(live, raw)
            assert took_s < MOST_SECONDS, f"it took {took_s:.2f} s"
            assert took_bytes < MOST_MEMORY, f"it took {took_bytes:,} bytes"
        except Exception as fault:  # noqa: BLE001 - that is what is looked for
            kept = Path(f"fuzz-{len(raw)}-{int(time.time())}.eml")
            kept.write_bytes(raw)
            print(f"{type(fault).__name__}: {fault}\nThe mail is kept in {kept}")
            return 1
        came_out[said] += 1
        worst_s, worst_bytes = max(worst_s, took_s), max(worst_bytes, took_bytes)
        if time.process_time() - told_at > 60:
            told_at = time.process_time()
            print(written(came_out, worst_s, worst_bytes), flush=True)
    print(written(came_out, worst_s, worst_bytes))
    return 0


def written(came_out, worst_s, worst_bytes):
    most = ", ".join(f"{what} {count:,}" for what, count in came_out.most_common())
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    worst = f"worst {worst_s:.3f} s, {worst_bytes / 1e6:.1f} MB"
    return f"{came_out.total():,} mails; {worst}, {resident:.0f} MB resident; {most}"


def timed(live, raw):
    began_at = time.process_time()
    said = acted_on(live, raw)
    return said, time.process_time() - began_at, 0


def measured(live, raw):
    tracemalloc.start()
    try:
        return acted_on(live, raw), 0.0, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def acted_on(live, raw):
    """What was done, and why; nothing is kept."""
    mail = replies.read(raw)
    with rehearsal():
        reply = replies.take(mail, raw, now=NOW)
        db.session.flush()
        lost_count = live.live_count - db.session.scalar(select(func.count()).where(Booking.state == "booked"))
        assert lost_count == (1 if reply and reply.did == Did.RELEASED else 0), f"{lost_count} places were given up"
        did, why, released = (reply.did, reply.why, reply.booking_id) if reply else ("seen", "", None)
    if did == Did.RELEASED:
        judge(raw, *live.of[released])
    return f"{did}: {why}" if why else str(did)


# --- a release, looked at in another way ----------------------------------------------------------


def judge(raw, uids, address):
    headers = headers_of(raw)
    senders = [value for name, value in headers if name == "from"]
    assert len(senders) == 1, f"{len(senders)} senders"
    assert {found.casefold() for _, found in getaddresses(senders) if found} == {address}, f"from {senders}"
    results = next(value for name, value in headers if name == "authentication-results").casefold()
    said = re.sub(r"\s+", "", re.sub(r"\([^()]*\)", "", results))
    assert said.startswith((AUTHSERV, f'"{AUTHSERV}"')), "another mail server vouches"
    domain = re.escape(address.partition("@")[2])
    assert re.search(rf"dmarc(/1)?=pass.*header\.from=\"?{domain}\b", said), said
    assert "dmarc=fail" not in re.sub(r'"[^"]*"', "", said), said
    assert any(declines(text, uids, address) for text in texts_in(raw)), "nobody declined that"


def headers_of(raw):
    """(name, value) of the mail's own headers, unfolded."""
    lines = raw.replace(b"\r\n", b"\n")
    lines = lines if b"\n" in lines else lines.replace(b"\r", b"\n")
    lines = lines.partition(b"\n")[2] if lines.startswith(b"From ") else lines
    head = re.sub(rb"\n[ \t]", b" ", lines.partition(b"\n\n")[0]).decode("latin-1")
    return [(name.strip().casefold(), value) for name, _, value in (line.partition(":") for line in head.split("\n"))]


def declines(text, uids, address):
    """Whether an attendee's line of a text declines for an address, and another names one of its entries."""
    lines = re.split("[\r\n]+", text.replace('"', ""))
    is_declined = any(line.startswith("attendee") and "partstat=declined" in line and address in line for line in lines)
    return is_declined and any(line.startswith("uid") and uid in line for line in lines for uid in uids)


# --- how mails are changed ------------------------------------------------------------------------


def changed(chance, live):
    raw = chance.choice(live.samples)
    changes = (swap,) if chance.random() < 0.5 else (*CHANGES, *[swap] * len(CHANGES))
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        change = chance.choice(changes)
        raw = change(chance, raw, live.words if change is swap else live.samples)[: MOST_BYTES + 100]
    return raw


def swap(chance, raw, words):
    """One known word gives way to another, once or everywhere."""
    found = [word for word in words if word in raw]
    if not found:
        return raw
    return raw.replace(chance.choice(found), chance.choice(words), chance.choice((1, 1, 2, -1)))


if __name__ == "__main__":
    main()
