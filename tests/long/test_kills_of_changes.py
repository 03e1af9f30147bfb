"""Web and worker die while sessions are changed under those who are booked: everybody hears all of it in order."""

import contextlib
import http.client
import os
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from app import bookings, clock, journal, settings, timetable
from app.db import transaction
from app.notices import mailer
from app.notices.outbox import Notice
from tests import make
from tests.long.service import kill, wait_until
from tests.long.test_trainers_at_once import BUTTONS, all_is_well, typed

LONGEST_LIFE_S = 3.0
KILLS = int(os.environ.get("KILLS", "6"))  # each is at another moment: more of them find rarer ones
PEOPLE, DAY = 12, timedelta(days=1)


@dataclass
class Desk:
    """A coordinator who changes one session again and again. promised: by page, how often the answer was 'done'."""

    visitor: object
    ref: str
    wishes: list
    has_ended: threading.Event
    pressed: Counter = field(default_factory=Counter)
    promised: Counter = field(default_factory=Counter)
    strange: list = field(default_factory=list)

    def work(self):
        """Whoever is cut off begins again with another wish."""
        chance = random.Random(self.ref)
        while not self.has_ended.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._change(*chance.choice(self.wishes))
            time.sleep(chance.uniform(0.0, 0.1))

    def _change(self, page, fields):
        if page == "write":
            fields = {"headline": f"News {self.pressed[page]} of {self.ref}", "words": "Bring a pen."}
        opened = self.visitor.open_form(f"/manage/sessions/{self.ref}/{page}")
        answer = self.visitor.press(opened, "Continue", **fields) if opened.status == 200 else opened
        if "Check before you" in answer.page:
            self.pressed[page] += 1
            answer = self.visitor.press(answer, BUTTONS.get(page, "Send the message"))
            self.promised[page] += answer.status == 303
        if answer.status not in {200, 303, 409, 422}:
            self.strange.append((page, answer.status, answer.page[:2000]))


def test_processes_are_killed_again_and_again_while_sessions_are_changed(on_either, soon, post_office, figures):
    service, starts_at = on_either, soon.replace(hour=10)
    service.settings["smtp_url"] = post_office.address
    post_office.open()
    service.start(workers=2)
    refs, rooms, booked = _full_sessions(service, starts_at)
    coordinators = service.visitors(len(refs), name="Cora", is_coordinator=True).values()
    service.wait_for_letters()
    has_ended = threading.Event()
    desks = [
        Desk(visitor, ref, _wishes(service, starts_at + number * 7 * DAY, rooms, number), has_ended)
        for number, (visitor, ref) in enumerate(zip(coordinators, refs, strict=True))
    ]
    at_work = [threading.Thread(target=desk.work) for desk in desks]
    for thread in at_work:
        thread.start()
    try:
        _kill_this_and_that(service, desks)
    finally:
        has_ended.set()
        for thread in at_work:
            thread.join(60)
    wait_until(lambda: _delivered(service), 90, service.why_unsent)

    assert [each for desk in desks for each in desk.strange] == []
    _nobody_heard_of_what_was_not_committed(service, post_office)
    for desk in desks:
        _everybody_heard_of_what_was(service, post_office, desk, booked)
    all_is_well(service, post_office.letters)
    done = sum((desk.promised for desk in desks), Counter())
    figures(f"{KILLS} kills, {dict(done)} done, {len(post_office.letters)} letters")
    service.stop()


def _full_sessions(service, starts_at):
    """Three sessions on which the same twelve people have a place; the rooms; their addresses."""
    with service.records():
        rooms = [make.room(f"Room {number}", capacity=20) for number in range(6)]
        people = [make.person(f"Person {number}", address=f"person{number}@example.org") for number in range(PEOPLE)]
        sessions = [
            make.training_session(starts_at=starts_at + number * 7 * DAY, room=rooms[number], capacity=15)
            for number in range(3)
        ]
        for training_session in sessions:
            for person in people:
                with transaction():
                    bookings.book(person, training_session.id, by=person, now=clock.now())
        return [one.ref for one in sessions], [room.slug for room in rooms], [person.address for person in people]


def _wishes(service, starts_at, rooms, number):
    """The last of the three is called off sooner or later."""
    moves = [("move", typed(service, starts_at + days * DAY)) for days in range(4)]
    rooms = [("room", {"room": slug}) for slug in (rooms[number], rooms[3 + number])]
    return [*moves, *rooms, ("write", {}), ("write", {}), *([("cancel", {})] if number == 2 else [])]


def _kill_this_and_that(service, desks):
    """At random moments, but not before some changes have been made since the last time."""
    chance = random.Random(2028)
    for number in range(KILLS):
        enough, give_up_at = _done(desks) + chance.randint(1, 3), time.monotonic() + LONGEST_LIFE_S
        while _done(desks) < enough and time.monotonic() < give_up_at:
            time.sleep(0.02)
        time.sleep(chance.uniform(0.0, 0.3))
        if number % 5 == 4:
            kill(service.serving.pid)
            service.serving.wait(10)
            service.start(workers=2)
        else:
            preferred = service.notice_workers() if number % 2 else service.web_processes()
            kill(chance.choice(preferred or service.web_processes()))
        service.let_pauses_end("sending")


def _done(desks):
    return sum(desk.promised.total() for desk in desks)


def _delivered(service):
    service.let_pauses_end("waiting", "sending")
    time.sleep(1)
    return not service.unsent()


def _nobody_heard_of_what_was_not_committed(service, post_office):
    """Each letter is a row of the outbox, by the secret in its Message-ID; and each row that was sent has arrived."""
    with service.records() as session:
        rows = session.scalars(select(Notice)).all()
        chosen = settings.current()
        ids = {
            mailer.message_id(row.id, row.again_count, dedupe_key=row.dedupe_key, settings=chosen): row for row in rows
        }
        arrived = {letter.id for letter in post_office.letters}
        assert arrived <= {id_ for id_, row in ids.items() if row.may_have_left}
        assert {id_ for id_, row in ids.items() if row.state == "sent"} <= arrived
        assert {row.state for row in rows} <= {"sent", "withdrawn", "waiting"}  # waiting: reminders


def _everybody_heard_of_what_was(service, post_office, desk, booked):
    with service.records():
        training_session = timetable.get(desk.ref)
        is_cancelled, deeds = training_session.is_cancelled, journal.deeds_about(training_session)
        did = Counter(deed.did for deed in deeds)
        headlines = {deed.facts["headline"] for deed in deeds if deed.did == "wrote"}
    for page, deed in (("move", "moved"), ("write", "wrote"), ("cancel", "cancelled")):
        made = did[deed]
        promised = desk.promised[page] + (desk.promised["room"] if page == "move" else 0)
        pressed = desk.pressed[page] + (desk.pressed["room"] if page == "move" else 0)
        assert promised <= made <= pressed, f"{page}: {promised} promised, {made} made, {pressed} pressed"
    for address in booked:
        # A second copy is the same letter. News that a worker had not sent when the session fell is withdrawn.
        letters = {letter.id: letter.subject for letter in post_office.to(address)}
        heard = Counter(
            found[0] for subject in letters.values() if (found := re.match(rf"News \d+ of {desk.ref}", subject))
        )
        assert set(heard.values()) <= {1}
        assert heard.keys() <= headlines if is_cancelled else heard.keys() == headlines
        if "cancel" in dict(desk.wishes):
            assert sum(subject.startswith("Session cancelled") for subject in letters.values()) == is_cancelled
