"""Every change of a session with twelve people booked: who gets which letter, and what it does to their calendar.

Read `golden/<change>.txt` before changing a word. After a change that is meant: WRITE_GOLDEN=1 pytest
tests/changes/test_who_is_told.py, then read the diff.
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from app import bookings, changes
from app.changes import BookingRules
from tests import make
from tests.make import IN_TWO_WEEKS

# Who hears what in which words is the same whatever the database.
pytestmark = pytest.mark.one_engine

GOLDEN = Path(__file__).with_name("golden")
NEXT_DAY = IN_TWO_WEEKS + timedelta(days=1)
LINK = "https://meet.example.org/other"
WORDS = "We are sorry for the trouble."
FIRST_LINES = 7


class Scene:
    """Twelve people are booked on a session that two trainers run; all that was to be sent at once has been.

    Two of them have no address: Cora booked for Otto, and nobody can be told for Ines. Cai is booked elsewhere on the
    next morning. Another session runs next door, with one person booked. Strangers are those who must hear nothing.
    """

    def __init__(self, office):
        self.office = office
        self.room, self.seminar = make.room(capacity=20), make.room("Seminar room 1", capacity=24)
        self.cora = make.coordinator(address="cora@example.org")
        self.tom, self.tess = (
            make.trainer(f"{name} Trainer", address=f"{name}@example.org") for name in ("tom", "tess")
        )
        self.fay = make.trainer("Fay Free", address="fay@example.org")
        self.session = make.training_session(
            course=make.course(owner=make.person("Olga Owner", address="olga@example.org")),
            slots=[make.slot(room=self.room, joining_link="https://meet.example.org/room")],
            trainers=[self.tom, self.tess],
            capacity=12,
        )
        self.next_door = make.training_session(
            course=make.course("Copyright for the busy"),
            trainers=[make.trainer("Nora Next", address="nora@example.org")],
            room=self.seminar,
            capacity=10,
        )
        self._book()
        office.deliver()
        self.entries = self.entries_now()

    def _book(self):
        office = self.office
        make.booking(self.next_door, make.person("Ned Next", address="ned@example.org"))
        cai = make.person("Cai Clash", address="cai@example.org")
        elsewhere = make.training_session(course=make.course("First aid"), starts_at=NEXT_DAY)
        for session in (elsewhere, self.session):
            make.booking(session, cai)
        office.book(make.person("Otto Offline", address=None), self.session, by=self.cora)
        ines = make.person("Ines Offline", address=None)
        make.booking(self.session, ines)
        for number in range(9):
            make.booking(self.session, make.person(f"Person {number}", address=f"person{number}@example.org"))

    def entries_now(self):
        """The UID of every entry as a word: whose it is and on which session."""
        sessions = {self.session.id: "SESSION", self.next_door.id: "NEXT DOOR"}
        words = {}
        for session in (self.session, self.next_door):
            booked = bookings.live_on(session)
            for entries in bookings.invites_of(booked).values():
                [booking] = [booking for booking in booked if booking.id == entries[0].booking_id]
                words[entries[0].uid] = f"{sessions[session.id]} of {booking.person.name}"
            for trainer in session.trainers:
                for entry in bookings.trainer_entries.of_person(session, trainer):
                    words[entry.uid] = f"{sessions[session.id]} of {trainer.name}, who runs it"
        return words

    def do(self, verb, *given, **kwargs):
        return self.office.do(verb, self.session.id, *given, by=self.cora, now=self.office.now, **kwargs)


CHANGES = {
    "moved": lambda scene: scene.do(changes.change_times, [(NEXT_DAY, NEXT_DAY + timedelta(hours=2))], words=WORDS),
    "another_room": lambda scene: scene.do(
        changes.change_room, make.room("Lecture theatre", capacity=60), capacity=40, words=WORDS
    ),
    "online_only": lambda scene: scene.do(changes.change_room, None, capacity=40, joining_link=LINK, words=WORDS),
    "another_link": lambda scene: scene.do(changes.change_joining_link, LINK),
    "swapped_rooms": lambda scene: scene.do(changes.swap_rooms, scene.next_door.id),
    "other_trainers": lambda scene: scene.do(changes.change_trainers, [scene.tess, scene.fay], words="Tom is ill."),
    "more_places": lambda scene: scene.do(changes.change_capacity, 20),
    "booking_rules": lambda scene: scene.do(
        changes.change_booking_rules, BookingRules(12, 4, None, IN_TWO_WEEKS - timedelta(days=1))
    ),
    "cancelled": lambda scene: scene.do(changes.cancel_session, words="The trainer is ill."),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_tells_exactly_those_whom_it_concerns(office, name):
    scene = Scene(office)

    CHANGES[name](scene)

    found = told(scene)
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("WRITE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")


def test_the_scene_is_as_it_says(office):
    """Twelve booked; eleven letters about them, as nobody can be told for Ines; and all of it has left."""
    scene = Scene(office)

    assert office.fresh(scene.session).places_taken == 12
    sent = [
        notice
        for notice in office.notices("booked", "sent")
        if notice.facts["about"]["session_ref"] == scene.session.ref
    ]
    assert len(sent) == 11
    assert [notice.kind for notice in office.notices(state="waiting") if notice.due_at <= office.now] == []


def told(scene):
    """A text of all that arrives: to whom, what it says first, what it does to their calendar."""
    pieces, entries = [], scene.entries_now() | scene.entries
    for letter in sorted(scene.office.deliver(), key=lambda letter: (letter.to, letter.subject)):
        method, uid, sequence = letter.entry or ("", "", "")
        calendar = f"{method} {entries[uid]}, SEQUENCE {sequence}" if letter.entry else "none"
        first = [line for line in letter.text.splitlines() if line][:FIRST_LINES]
        lines = [
            f"To: {letter.to}",
            f"Subject: {letter.subject}",
            f"Calendar: {calendar}",
            *(f"  {line}" for line in first),
        ]
        pieces.append("\n".join(lines))
    return "\n\n".join(pieces or ["Nobody is told."]) + "\n"
