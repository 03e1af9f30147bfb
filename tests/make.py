"""Builders: records as a test needs them. Explicit, the same each time; a test names only what matters to it."""

from datetime import timedelta
from functools import wraps
from itertools import count

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm.attributes import set_committed_value

from app import bookings, changes, courses, journal, people, replies, rooms, timetable
from app.db import db, is_sqlite, transaction
from app.timetable import SlotPlan
from tests.office import NOW, wish

numbers = count(1)
IN_TWO_WEEKS = NOW + timedelta(days=14, hours=1)  # Tuesday 15 December 2026, 10am


def builder(build):
    """A builder may be called by a test, or by another builder."""

    @wraps(build)
    def built(*args, **kwargs):
        if db.session.info.get("in_transaction"):
            return build(*args, **kwargs)
        with transaction():
            return build(*args, **kwargs)

    return built


@builder
def person(name="Nia Nurse", *, address=True, team="Ward 7", **kwargs):
    """address: True makes one, None leaves the person without. Straight into the database: every test wants some."""
    if address is True:
        address = f"{name.split()[0].lower() if name.isascii() else 'p'}{next(numbers)}@example.org"
    made = people.Person(name=name, team=team, added_at=NOW, **kwargs)
    db.session.add(made)
    db.session.flush()  # the address needs the person's id
    if address:
        db.session.add(people.Address(address=people.tidy_address(address), person_id=made.id, gets_letters=True))
        db.session.flush()
    set_committed_value(made, "address", address and people.tidy_address(address))
    journal.record(None, "added", made, NOW)
    return made


def trainer(name="Tom Trainer", **kwargs):
    return person(name, is_trainer=True, **kwargs)


def coordinator(name="Cora Coordinator", **kwargs):
    return person(name, is_coordinator=True, **kwargs)


@builder
def room(
    name="IT training room", *, capacity=10, site="Northgate Hospital", access="Step-free", directions="First floor"
):
    found = next((known for known in rooms.sites() if known.name == site), None)
    if found is None:
        found = rooms.Site(name=site, address="Northgate Road, Northgate NG1 2AB")
    made = rooms.Room(
        site=found, slug=f"room-{next(numbers)}", name=name, capacity=capacity, access=access, directions=directions
    )
    db.session.add(made)
    db.session.flush()
    return made


@builder
def course(title="Using Social Media to Keep up to Date", *, places=10, owner=None, **kwargs):
    made = courses.Course(
        **{
            "slug": f"course-{next(numbers)}",
            "title": title,
            "summary": "Follow the news in your field.",
            "topic": "Keeping up to date",
            "minutes": 120,
            "places": places,
            "owner_id": owner.id if owner else None,
            "state": "published",
            **kwargs,
        }
    )
    db.session.add(made)
    db.session.flush()
    return made


def slot(starts_at=IN_TWO_WEEKS, *, minutes=120, room=None, joining_link=""):
    return SlotPlan(starts_at, starts_at + timedelta(minutes=minutes), room.id if room else None, joining_link)


@builder
def training_session(
    *, capacity=10, starts_at=IN_TWO_WEEKS, slots=None, trainers=None, course=None, room=None, **kwargs
):
    """Online if neither slots nor a room are given, and run by somebody who follows a feed: most tests do not care."""
    given = room
    if slots is None:
        slots = [slot(starts_at, room=given, joining_link="" if given else "https://meet.example.org/room")]
    return changes.schedule(
        course or globals()["course"](),
        slots=slots,
        trainers=trainers if trainers is not None else [_trainer_with_a_feed()],
        capacity=capacity,
        by=None,
        now=NOW,
        **kwargs,
    )


def _trainer_with_a_feed():
    """Who gets letters, but no calendar entries among them."""
    return trainer(calendar_choice="feed")


@builder
def booking(training_session, person=None, **kwargs):
    who = person or globals()["person"]()
    return bookings.book(who, training_session.id, by=who, now=NOW, **kwargs)


@builder
def wait(place, person=None, *, by=None, wants="", **kwargs):
    """place: a session, the date they want; or a course, of which any date suits them unless `wants` says otherwise."""
    who = person or globals()["person"]()
    return bookings.wait(who, **wish(place, wants), by=by or who, now=NOW, **kwargs)


@builder
def declined(training_session, person=None, **kwargs):
    """A booking whose calendar entry was declined, as of NOW."""
    made = booking(training_session, person, **kwargs)
    bookings.decline_by_calendar(made, by=made.person, now=NOW)
    return made


@builder
def reply(booking=None, *, did="held", why="many", answer="DECLINED", state="open", **kwargs):
    """A mail that came back, about a booking if one is given, straight into the database."""
    about = {} if booking is None else {"booking_id": booking.id, "training_session_id": booking.training_session_id}
    of_person = {} if booking is None else {"person_id": booking.person_id, "sender": booking.person.address or ""}
    facts = {"received_at": NOW, "raw": b"From: somebody\n\nNo", "method": "REPLY", "uid": "b1@example.org"}
    if booking is not None and answer == "DECLINED":
        for entry in bookings.invites_of([booking]).get(booking.id, []):
            entry.answer = "declined"
    made = replies.Reply(
        **{**facts, "did": did, "why": why, "answer": answer, "state": state, **about, **of_person, **kwargs}
    )
    db.session.add(made)
    db.session.flush()
    return made


@builder
def full_session(*, capacity=1, **kwargs):
    """A session on which every place is taken, by people of no importance."""
    made = training_session(capacity=capacity, **kwargs)
    for _ in range(capacity):
        booking(made)
    return made


@builder
def crowd(training_session, count):
    """So many people with a place, straight into the database: without letters or calendar entries."""
    first = db.session.scalar(select(func.coalesce(func.max(people.Person.id), 0))) + 1
    ids = range(first, first + count)
    db.session.execute(
        insert(people.Person), [{"id": number, "name": f"Person {number}", "added_at": NOW} for number in ids]
    )
    places = {"training_session_id": training_session.id, "booked_at": NOW}
    db.session.execute(
        insert(bookings.Booking), [{"person_id": number, "booked_by_id": number, **places} for number in ids]
    )
    taken = {"places_taken": timetable.TrainingSession.places_taken + count}
    db.session.execute(
        update(timetable.TrainingSession).where(timetable.TrainingSession.id == training_session.id).values(taken)
    )
    if not is_sqlite(db.session.connection()):  # ids given by hand do not move PostgreSQL's counter
        db.session.execute(text("SELECT setval('people_id_seq', (SELECT max(id) FROM people))"))
