"""A service on a bad day: long titles, names in four languages, full sessions, somebody with forty bookings."""

from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import update

from app import bookings, waiting_list
from app.db import db, transaction
from app.notices.outbox import Notice
from tests import make

COURSES = (
    (
        "How to find, read, weigh and use the evidence about the safe discharge of older people to their homes",
        "en",
    ),
    ("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch: ymwybyddiaeth o ddementia", "cy"),
    ("Szkolenie z pierwszej pomocy dla pracowników", "pl"),
    ("التواصل مع المرضى وعائلاتهم", "ar"),
)
NAMES = ("Siân Llywelyn-Pugh", "Agnieszka Wójcik-Brzęczyszczykiewicz", "محمد عبد الله الأنصاري")
WORDS = "https://example.org/" + "a-very-long-address-without-a-break-" * 4
DESCRIPTION = f"""## Why

{WORDS}

- *one*
- two

> said

| a | {WORDS} | c |
|---|---|---|
| what is in it | b | {WORDS} |

```
{WORDS}
```"""
HOURS_APART = 3
DAY = timedelta(days=1)


def fill(office, *, sessions, mine):
    """sessions: how many in all; mine: on how many of them the one who looks is booked."""
    trainer = make.trainer("عبد الرحمن الحسيني")
    me = make.person(
        "Fflur Gwenllian ferch Rhys-Wójcik", is_trainer=True, is_coordinator=True, team="Ward 7, " + "North " * 15
    )
    room = make.room("Ystafell Hyfforddi Glyndŵr, second floor, behind the canteen", directions=WORDS, capacity=12)
    courses = [
        make.course(
            title,
            language=language,
            owner=me,
            summary=title * 2,
            description=DESCRIPTION,
            objectives=[title, "Do that"],
            audience=WORDS,
            bring="A pen",
            questions=[
                {"ask": f"{title}?", "kind": "text", "choices": [], "needed": False},
                {"ask": "Which?", "kind": "choice", "choices": [WORDS, title], "needed": True},
            ],
        )
        for title, language in COURSES
    ]
    colleagues = [make.person(name, team=WORDS[:80]) for name in NAMES]
    made = []
    for number in range(sessions):
        starts_at = make.IN_TWO_WEEKS + timedelta(days=number // 4, hours=number % 4 * HOURS_APART - 1)
        made.append(
            make.training_session(
                course=courses[number % 4],
                starts_at=starts_at,
                room=room,
                trainers=[trainer],
                capacity=3 if number % 5 == 1 else 12,
                minimum=3,
            )
        )
        if number % 5 == 1:
            for person in colleagues:
                make.booking(made[-1], person, despite_overlaps=True)
    booked = [
        office.book(me, training_session, despite_overlaps=True, access_needs=WORDS)
        for training_session in [each for number, each in enumerate(made) if number % 5 != 1][:mine]
    ]
    for booking in booked[: mine // 4]:
        office.cancel(booking)
    line = [wait_in(office, made[1], number) for number in range(min(sessions, 60))]
    with transaction():
        failed = {"state": "failed", "fault": WORDS, "next_at": None}
        db.session.execute(update(Notice).where(Notice.kind == "booked").values(failed))
    return SimpleNamespace(
        me=me,
        course=courses[0],
        free=made[-1],
        full=made[1],
        booking=booked[-1],
        cancelled=booked[0],
        in_line=line[-1],
        larger=make.room("A larger room", capacity=40),
        few=made[0],
        **waiting(office, me, colleagues),
    )


def waiting(office, me, colleagues):
    """What the one who looks waits for, is offered, and did not answer in time; a full session; a bare course."""
    title = COURSES[0][0]
    waited, wanted, lost, held = (
        make.full_session(course=make.course(title), starts_at=make.IN_TWO_WEEKS - DAY * (number + 1))
        for number in range(4)
    )
    for each in colleagues:
        make.wait(waited, each)
        make.wait(wanted, each)
    words = {"would_suit": WORDS, "answers": [[title, WORDS]]}
    wait, paused, offered = (make.wait(session.course, me, **words) for session in (wanted, lost, held))
    office.free(lost)
    ran_out = waiting_list.open_offer_of(paused)
    office.do(setattr, ran_out, "lapses_at", office.now)
    office.do(bookings.catch_up, lost.course_id, office.now)
    office.free(held)
    own = {"wait": wait, "paused": paused, "offer": waiting_list.open_offer_of(offered), "ran_out": ran_out}
    return {**own, "waited": waited, "wanted": wanted, "bare": make.course(title)}


def wait_in(office, full, number):
    """Somebody who waits for a full session: each third one for that date, and some with wishes of their own."""
    wishes = WORDS if number % 4 == 0 else "Tuesdays after 2pm, not in school holidays"
    person = make.person(f"{NAMES[number % 3]} {number}", team=WORDS[:80])
    return office.wait(person, full, books_at_once=number % 2 == 0, would_suit=wishes)
