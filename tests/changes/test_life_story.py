"""All the letters of one booking's life, as they arrive: read `life_story.txt` before changing a word.

After a change that is meant: WRITE_GOLDEN=1 pytest tests/changes/test_life_story.py, then read the diff.
"""

import os
import re
from datetime import timedelta
from pathlib import Path

from app import changes
from tests import make
from tests.make import IN_TWO_WEEKS

GOLDEN = Path(__file__).with_name("life_story.txt")
OF_AN_ENTRY = ("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "STATUS")


def test_a_booking_is_made_moved_put_elsewhere_cancelled_and_made_again(office):
    it_room, seminar_room = make.room(), make.room("Seminar room 1", capacity=24, directions="Ground floor")
    course = make.course(slug="social-media", bring="Your staff card")
    training_session = make.training_session(course=course, room=it_room, capacity=10)
    nia = make.person(address="nia@example.org")
    story = Story(office, training_session)

    story.tell("Nia books", booking := office.book(nia, training_session))
    story.tell(
        "It moves to the next day",
        office.move(
            training_session,
            [make.slot(IN_TWO_WEEKS + timedelta(days=1), room=it_room)],
            words="The PCs are being replaced on Tuesday.",
        ),
    )
    story.tell(
        "It goes into another room",
        office.do(changes.change_room, training_session.id, seminar_room, capacity=20, by=None, now=office.now),
    )
    story.tell("Nia cancels", office.cancel(booking))
    story.tell("Nia books again", office.book(nia, training_session))

    if os.environ.get("WRITE_GOLDEN"):
        GOLDEN.write_text(story.text, encoding="utf-8")
    assert story.text == GOLDEN.read_text(encoding="utf-8")


class Story:
    """What happened and what came of it, with random references as words."""

    def __init__(self, office, training_session):
        self.office, self.text = office, ""
        self.words = {training_session.ref: "SESSION"}

    def tell(self, what, _done):
        self.text += f"{'=' * 20} {what}\n"
        for letter in self.office.deliver():
            self.text += f"To: {letter.to}\nSubject: {letter.subject}\n\n{letter.text}"
            self.text += "".join(f"[{line}]\n" for line in self._calendar_of(letter))
        self._name(r"/bookings/(\w{12})\b", "BOOKING")
        self._name(r"UID: (b[0-9a-f]{32})@", "UID")
        self.text = re.sub(r"/a/\S+", "/a/TOKEN", self.text)

    def _calendar_of(self, letter):
        unfolded = letter.calendar.decode().replace("\r\n ", "").split("\r\n")
        event = dict(line.split(":", 1) for line in unfolded[unfolded.index("BEGIN:VEVENT") :] if ":" in line)
        yield f"METHOD: {letter.method}"
        for name in OF_AN_ENTRY:
            found = next((f"{key}: {value}" for key, value in event.items() if key.split(";")[0] == name), None)
            if found:
                yield found

    def _name(self, pattern, word):
        for code in re.findall(pattern, self.text):
            if code not in self.words.values():
                count = sum(name.startswith(word) for name in self.words.values())
                self.words.setdefault(code, f"{word}-{count + 1}")
        for code, name in self.words.items():
            self.text = self.text.replace(code, name)
