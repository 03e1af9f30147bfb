"""One of the services of the benchmark: `python -m tests.load.serving bare|roomful|thousand FOLDER PORT seed|serve`.

`thousand` is Roomful with a thousand sessions, for feeds.
"""

import sys
from datetime import timedelta
from pathlib import Path

from flask import Flask

from app import clock, courses, create_app, migrating, people, rooms, server, settings, sign_in, timetable
from app import db as database
from app.db import db, transaction
from app.timetable import SlotPlan
from tests.load import bare

SESSIONS = 50
CROWD = 541


def main(name, folder, port, step):
    if name == "bare":
        app = bare.make(f"{folder}/bare.sqlite")
        database.set_up(app, "sqlite://")  # the server tells it to forget its connections
    else:
        app = create_app(settings.load(Path(folder)))
    if step == "seed":
        if name != "bare":
            with app.app_context():
                migrating.upgrade(db.engine)
                print("\n".join(seed(app) if name == "roomful" else seed_thousand()))
        return
    server.serve(app, host="127.0.0.1", port=int(port), workers=2, with_worker=name == "roomful")


def seed(app: Flask) -> list[str]:
    """50 sessions and enough people; a signed cookie for each of them."""
    now = clock.now()
    with transaction():
        trainer = people.add("Tom Trainer", address="tom@example.org", is_trainer=True, by=None, now=now)
        for number in range(SESSIONS):
            course = courses.Course(
                slug=f"course-{number}",
                title=f"Course number {number}",
                minutes=60,
                places=1000,
                state="published",
                summary="A summary of what it is about.",
            )
            db.session.add(course)
            starts_at = now + timedelta(days=2, hours=2 * number)
            made = timetable.schedule(
                course,
                slots=[SlotPlan(starts_at, starts_at + timedelta(hours=1), joining_link="https://meet.example.org/a")],
                trainers=[trainer],
                capacity=10 if number == 1 else 1000,
                by=None,
                now=now,
            )
            made.ref = {0: "SPACES", 1: "SCARCE"}.get(number, made.ref)
        cookies = []
        signer = app.session_interface.get_signing_serializer(app)
        for number in range(CROWD):
            person = people.add(f"Person {number}", address=f"person{number}@example.org", by=None, now=now)
            key = sign_in.start(person, is_own_device=True, now=now)
            session = {"key": key, "seen": int(now.timestamp()), "csrf_token": "a" * 40, "_permanent": True}
            cookies.append(signer.dumps(session))
    return cookies


def seed_thousand() -> list[str]:
    """1,000 sessions of 50 courses, each in one of 20 rooms or online, for a feed."""
    now = clock.now()
    with transaction():
        trainer = people.add("Tom Trainer", address="tom@example.org", is_trainer=True, by=None, now=now)
        site = rooms.Site(name="Northgate Hospital", address="Northgate Road, Northgate NG1 2AB")
        there = [rooms.Room(site=site, slug=f"room-{n}", name=f"Training room {n}", capacity=30) for n in range(20)]
        summary = "How to find what you need, judge it and use it, with time to try it out on a question of your own."
        taught = [
            courses.Course(
                slug=f"course-{n}",
                title=f"Course number {n}",
                minutes=120,
                places=12,
                state="published",
                summary=summary,
            )
            for n in range(50)
        ]
        db.session.add_all([*there, *taught])
        db.session.flush()
        for number in range(1_000):
            starts_at = now + timedelta(days=2 + number / 3)
            room = there[number % 20] if number % 4 else None
            slot = SlotPlan(
                starts_at,
                starts_at + timedelta(hours=2),
                room and room.id,
                "" if room else "https://meet.example.org/a",
            )
            timetable.schedule(taught[number % 50], slots=[slot], trainers=[trainer], capacity=12, by=None, now=now)
    return []


if __name__ == "__main__":
    main(*sys.argv[1:])
