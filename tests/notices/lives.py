"""Lives of bookings, told in calendar messages, for programs that take these in one after the other.

They go over the clock change of March 2027, so that a program that mistakes a time zone shows it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app import changes
from app.notices import invites
from app.notices.invites import Entry, Mailbox
from tests import make

NIA = "nia@example.org"
LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Step:
    """shown: what a calendar should hold once it has taken the messages in: a row for each entry, by time."""

    what: str
    messages: list[bytes]
    shown: list[dict]


class Life:
    """Does things to bookings and notes what the calendar hears."""

    def __init__(self, office):
        self.office, self.steps = office, []

    def tell(self, what, _done, *shown):
        """Let the post leave. shown: what the calendar is to hold then."""
        messages = [letter.calendar for letter in self.office.deliver() if letter.to == NIA and letter.calendar]
        assert messages, f"nobody tells the calendar that {what}"
        self.steps.append(Step(what, messages, list(shown)))
        self.office.now += timedelta(minutes=5)


def of_one_booking(office):
    """Booked, moved twice, put into another room, cancelled, booked again, and cancelled by us."""
    life, nia = Life(office), make.person(address=NIA)
    it_room, boardroom = make.room(), make.room("Boardroom")
    title = 'Search; find, cite: "C:\\New" 😀 مهارات'
    first, second, third = at("2027-03-23 09:00"), at("2027-03-30 09:00"), at("2027-04-01 14:00")
    training_session = make.training_session(course=make.course(title), slots=[slot(first, it_room)])

    booking = office.book(nia, training_session)
    life.tell("it is booked", booking, entry(title, first, it_room))
    life.tell(
        "it moves into summer time",
        office.move(training_session, [slot(second, it_room)]),
        entry(title, second, it_room),
    )
    life.tell("it moves again", office.move(training_session, [slot(third, it_room)]), entry(title, third, it_room))
    life.tell(
        "it is in another room",
        office.do(changes.change_room, training_session.id, boardroom, capacity=10, by=None, now=office.now),
        entry(title, third, boardroom),
    )
    life.tell("it is cancelled", office.cancel(booking))
    life.tell("it is booked again", office.book(nia, training_session), entry(title, third, boardroom))
    life.tell("the session is cancelled", office.cancel_session(training_session))
    return life.steps


def of_two_parts(office):
    """Two slots, an entry each: one of them moves to the other side of the clock change, and then both go."""
    life, nia, room = Life(office), make.person(address=NIA), make.room()
    first, second, moved = at("2027-03-23 09:00"), at("2027-03-25 22:00"), at("2027-03-28 09:00")
    training_session = make.training_session(
        course=make.course("Reflective practice"), slots=[slot(first, room), slot(second, room)]
    )

    booking = office.book(nia, training_session)
    life.tell(
        "both parts are booked",
        booking,
        entry("Reflective practice (1 of 2)", first, room),
        entry("Reflective practice (2 of 2)", second, room),
    )
    life.tell(
        "one part moves",
        office.move(training_session, [slot(first, room), slot(moved, room)]),
        entry("Reflective practice (1 of 2)", first, room),
        entry("Reflective practice (2 of 2)", moved, room),
    )
    life.tell("both are cancelled", office.cancel(booking))
    return life.steps


def of_a_slip(_office):
    """Booked, a slip in the title put right (the same SEQUENCE, stamped later), moved, cancelled: without an office."""
    booked = Entry(
        uid="b0123456789abcdef0123456789abcdef@training.example.org",
        sequence=0,
        stamped_at=at("2026-12-01 09:00"),
        starts_at=at("2027-03-23 09:00"),
        ends_at=at("2027-03-23 11:00"),
        summary="Serching the evidence",
        location="IT training room",
    )
    a_second = timedelta(seconds=1)
    right = replace(booked, summary="Searching the evidence", stamped_at=booked.stamped_at + a_second)
    starts_at = at("2027-03-30 09:00")
    moved = replace(right, sequence=1, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
    gone = replace(moved, sequence=2, stamped_at=moved.stamped_at + a_second)
    people = {
        "organiser": Mailbox(name="Library", address="training@example.org"),
        "attendee": Mailbox(name="Nia Nurse", address=NIA),
        "zone": LONDON,
    }
    return [
        Step("it is booked", [invites.request(booked, **people)], [_shown(booked)]),
        Step("its title is put right", [invites.request(right, **people)], [_shown(right)]),
        Step("it moves", [invites.request(moved, **people)], [_shown(moved)]),
        Step("it is cancelled", [invites.cancel(gone, **people)], []),
    ]


def _shown(entry):
    names = ("summary", "starts_at", "ends_at", "location")
    return {name: getattr(entry, name) for name in names} | {"attendee": NIA}


EVERY = (of_one_booking, of_two_parts, of_a_slip)


def as_requests(steps):
    """The commonest fault there is: each CANCEL as a REQUEST that says CANCELLED. It takes nothing out."""
    return [
        replace(step, messages=[message.replace(b"METHOD:CANCEL", b"METHOD:REQUEST") for message in step.messages])
        for step in steps
    ]


def told(found):
    """An entry as `shown` has it, from what a mail program said of it: times in seconds since 1970."""
    times = {name: datetime.fromtimestamp(found[name], UTC) for name in ("starts_at", "ends_at")}
    return {name: found[name] for name in ("summary", "location", "attendee")} | times


def at(wall):
    return datetime.fromisoformat(wall).replace(tzinfo=LONDON).astimezone(UTC)


def slot(starts_at, room):
    return make.slot(starts_at, minutes=120, room=room)


def entry(title, starts_at, room):
    return {
        "summary": title,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "location": f"{room.name}, Northgate Hospital, Northgate Road, Northgate NG1 2AB",
        "attendee": NIA,
    }
