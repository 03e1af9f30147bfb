"""Those who run training change things at the same moment, over HTTP: one is first, the others hear of it clearly."""

import re
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

from bs4 import BeautifulSoup
from sqlalchemy import func, select

from app import bookings, clock, journal, people, sign_in, timetable
from app.bookings import Booking
from app.db import db, transaction
from app.people import Person
from app.timetable import TrainingSession
from tests import make
from tests.long.service import Visitor, statuses
from tests.long.test_races import all_at_once
from tests.long.what_must_hold import Calendars, rules_broken

CHANGED = ("places", "swap", "trainers", "move")
MOST_TRIES = 5  # of somebody whom others forestall again and again
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BUTTONS = {
    "move": "Move the session",
    "room": "Change the room",
    "cancel": "Cancel the session",
    "places": "Save the changes",
    "trainers": "Change the trainers",
    "swap": "Swap the rooms",
}


def typed(service, starts_at, *, hours=2):
    """What is typed for another time of a session of one part."""
    with service.records():
        start, end = clock.local(starts_at), clock.local(starts_at + hours * HOUR)
    boxes = {"day": start.day, "month": start.month, "year": start.year}
    typed_day = {f"day_1-{box}": str(value) for box, value in boxes.items()}
    return {**typed_day, "start_1": f"{start:%H:%M}", "end_1": f"{end:%H:%M}"}


def said(answer):
    """The words of a page; '' of a redirect."""
    main = BeautifulSoup(answer.page, "html.parser").main
    return " ".join(main.get_text(" ").split()) if main else ""


def has_a_place(training_session):
    """Somebody who is booked, and hears of it at once."""
    person = make.person()
    with transaction():
        bookings.book(person, training_session.id, by=person, now=clock.now())
    return person.address


def checked(visitor, ref, page, **fields):
    """The check page of a change, filled in: its button is all that is left to press."""
    answer = visitor.press(visitor.open_form(f"/manage/sessions/{ref}/{page}"), "Continue", **fields)
    assert (answer.status, "Check before you" in answer.page) == (200, True), said(answer)
    return answer.filled(BUTTONS[page])


def all_is_well(service, letters=None):
    """The rules, the doctor, everybody's calendar, and nothing in the log that somebody would have to look into.

    letters: in the order in which they arrived; by default those of the mail folder.
    """
    service.wait_for_letters()
    calendars = Calendars()
    calendars.take_in(service.letters() if letters is None else letters)
    with service.records():
        assert rules_broken(clock.now()) == []
        assert calendars.untrue(clock.now()) == []
    assert letters is not None or calendars.puzzling == []
    service.doctor()
    assert re.findall(r"Fault \w+ in .*|Due work .*|Notice .* could not .*|The worker could .*", service.log()) == []


def test_ten_coordinators_want_one_room_at_one_time(on_either, soon, figures):
    on_either.start(workers=2)
    coordinators, seconds = list(on_either.visitors(10, name="Cora", is_coordinator=True).values()), []
    for number in range(2):
        starts_at = soon.replace(hour=10) + number * 14 * DAY
        with on_either.records():
            wanted = make.room(f"Wanted {number}", capacity=12)
            homes = [make.room(f"Room {number}-{one}", capacity=12) for one in range(5)]
            # Five are somewhere else at that time, five are there at other times.
            sessions = [make.training_session(starts_at=starts_at, room=room) for room in homes]
            sessions += [make.training_session(starts_at=starts_at + one * DAY, room=wanted) for one in range(1, 6)]
            booked = [has_a_place(one) for one in sessions]
        on_either.wait_for_letters()
        before = len(on_either.letters())
        times = typed(on_either, starts_at)
        wishes = [("room", {"room": wanted.slug})] * 5 + [("move", times)] * 5
        pages = [
            checked(visitor, one.ref, page, **fields)
            for visitor, one, (page, fields) in zip(coordinators, sessions, wishes, strict=True)
        ]

        began = time.monotonic()
        answers = all_at_once([lambda v=v, p=p: v.send(p) for v, p in zip(coordinators, pages, strict=True)])
        seconds.append(time.monotonic() - began)

        assert statuses(answers) == {303: 1, 409: 9}, [said(one) for one in answers if one.status != 303]
        assert all(f"Wanted {number} is taken on" in said(one) for one in answers if one.status == 409)
        [winner] = [place for place, answer in enumerate(answers) if answer.status == 303]
        on_either.wait_for_letters()
        told = Counter(letter.to for letter in on_either.letters()[before:])
        assert told == Counter([booked[winner], sessions[winner].trainers[0].address])
    all_is_well(on_either)
    figures(f"ten answered in {', '.join(f'{one:.2f}' for one in seconds)} s")


DEEDS = {
    "move": "moved it from",
    "room": "moved it from",
    "places": "changed the number of places from",
    "trainers": "changed the trainers from",
}
PAIRS = [("move", "room"), ("move", "move"), ("room", "places"), ("trainers", "move"), ("places", "trainers")]


def test_two_people_change_one_session_from_forms_that_both_opened_before(on_either, soon):
    """Whoever is second is told who did what; nothing that they typed is lost, and they can press again."""
    on_either.start(workers=2)
    desks = list(on_either.visitors(2, name="Cora", is_coordinator=True).values())
    for number, pages in enumerate(PAIRS):
        wishes, ref = _wishes(on_either, pages, soon.replace(hour=10) + number * 7 * DAY, number)
        filled = [checked(desk, ref, page, **fields) for desk, (page, fields) in zip(desks, wishes, strict=True)]

        answers = all_at_once([lambda d=desk, f=form: d.send(f) for desk, form in zip(desks, filled, strict=True)])

        assert sorted(answer.status for answer in answers) == [303, 409], [said(one) for one in answers]
        second = [answer.status for answer in answers].index(409)
        first_page, second_page = pages[1 - second], pages[second]
        told = said(answers[second])
        assert "Somebody else has changed this" in told
        assert f"Cora {1 - second} {DEEDS[first_page]}" in told
        again = desks[second].press(answers[second], "Continue")
        assert "Check before you" in again.page, said(again)
        assert desks[second].press(again, BUTTONS[second_page]).status == 303
        # Whoever saves over the other may undo part of it, which the check page shows.
        deeds = [(f"Cora {one}", DEEDS[pages[one]]) for one in (1 - second, second)]
        assert [deed for deed in _who_did_what(on_either, ref) if deed in deeds] == deeds
    all_is_well(on_either)


def _wishes(service, pages, starts_at, number):
    """A session, and for each page what somebody fills in: (what to fill in, ref)."""
    with service.records():
        home, away = make.room(f"Home {number}", capacity=20), make.room(f"Away {number}", capacity=20)
        tess = make.trainer("Tess")
        training_session = make.training_session(starts_at=starts_at, room=home)
        has_a_place(training_session)
    wishes = {
        "room": {"room": away.slug},
        "places": {"capacity": "15"},
        "trainers": {"trainers": [tess.ref]},
        "cancel": {},
    }
    times = [typed(service, starts_at + days * DAY) for days in (1, 2)]
    filled = [wishes[page] if page in wishes else times[place] for place, page in enumerate(pages)]
    return list(zip(pages, filled, strict=True)), training_session.ref


def _who_did_what(service, ref):
    """In order, of what people did by hand."""
    with service.records():
        deeds = journal.deeds_about(timetable.get(ref))
        names = {person.id: person.name for person in db.session.scalars(select(Person))}
        words = {"moved": "moved it from", "resized": DEEDS["places"], "restaffed": DEEDS["trainers"]}
        return [(names[deed.by_id], words.get(deed.did, deed.did)) for deed in deeds if deed.by_id]


def test_one_cancels_the_session_while_another_changes_it(on_either, soon):
    on_either.start(workers=2)
    desks = list(on_either.visitors(2, name="Cora", is_coordinator=True).values())
    for number, other in enumerate(["move", "room", "cancel"] * 2):
        wishes, ref = _wishes(on_either, ["cancel", other], soon.replace(hour=10) + number * 7 * DAY, number)
        filled = [checked(desk, ref, page, **fields) for desk, (page, fields) in zip(desks, wishes, strict=True)]
        on_either.wait_for_letters()
        before = len(on_either.letters())

        answers = all_at_once([lambda d=desk, f=form: d.send(f) for desk, form in zip(desks, filled, strict=True)])

        outcomes = [answer.status for answer in answers]
        if outcomes == [409, 303] and other != "cancel":
            assert f"Cora 1 {DEEDS[other]}" in said(answers[0])
            again = desks[0].press(answers[0], "Continue")
            assert desks[0].press(again, "Cancel the session").status == 303
        elif outcomes == [303, 303]:
            assert other == "cancel"  # twice is once
        else:
            assert sorted(outcomes) == [303, 409]
            assert "has been cancelled" in said(answers[outcomes.index(409)])
        on_either.wait_for_letters()
        subjects = Counter(letter.subject.partition(":")[0] for letter in on_either.letters()[before:])
        assert (subjects["Session cancelled"], subjects["Your session is cancelled"]) == (1, 1)
    all_is_well(on_either)


class Crowd:
    """Everything at once around one session. `answers`: (page, status) of each press; `overbooked`: what was seen."""

    def __init__(self, service, starts_at):
        self.service, self.starts_at, self.answers, self.overbooked = service, starts_at, [], []
        with service.records():
            rooms = [make.room(f"Room {number}", capacity=24) for number in range(3)]
            trainers = [make.trainer(name) for name in ("Tom", "Tess", "Tara")]
            given = {"capacity": 10, "starts_at": starts_at, "course": make.course(owner=make.person("Olga Owner"))}
            self.ref, self.partner = (
                make.training_session(room=room, trainers=[trainer], **given).ref
                for room, trainer in zip(rooms[:2], trainers[:2], strict=True)
            )
            self.next_door, self.trainer_refs = rooms[2].slug, [trainer.ref for trainer in trainers]

    def change(self, desk, page, wishes):
        """One change after the other; whoever is told that somebody else was quicker presses again."""
        for fields in wishes:
            answer = desk.open_form(f"/manage/sessions/{self.ref}/{page}")
            for _ in range(MOST_TRIES):
                answer = desk.press(answer, "Continue", **fields)
                if "Check before you" in answer.page:
                    answer = desk.press(answer, BUTTONS[page])
                self.answers.append((page, answer.status))
                if "Somebody else has changed this" not in answer.page:
                    break

    def close_next_door(self, desk):
        for days in range(1, 6):
            day = typed(self.service, self.starts_at + days * DAY)
            fields = {f"from_on-{box}": day[f"day_1-{box}"] for box in ("day", "month", "year")}
            form = desk.open_form(f"/manage/rooms/{self.next_door}/close")
            self.answers.append(("close", desk.press(form, "Close the room", why="Decorating", **fields).status))

    def pasted(self, colleague):
        """A list of thirty, looked at while there are places; to be booked whatever becomes of them."""
        listed = "\n".join(f"Listed {number} <listed{number}@example.org>" for number in range(30))
        form = colleague.open_form(f"/sessions/{self.ref}/book-for-several")
        return colleague.press(form, "Check the list", people=listed).filled("Book ")

    def paste(self, colleague, filled):
        """Pressed twice, which is once; but who had no place the first time may get one now."""
        self.answers += [("paste", colleague.send(filled).status) for _ in range(2)]

    def come_and_go(self, visitor):
        for _ in range(2):
            answer = visitor.book(self.ref)
            self.answers.append(("book", answer.status))
            if answer.status == 303:
                visitor.open_form(f"{answer.location}/cancel")
                self.answers.append(("cancel", visitor.post(f"{answer.location}/cancel").status))
        self.answers.append(("book", visitor.book(self.ref).status))

    @contextmanager
    def watched(self):
        """Meanwhile somebody counts."""
        live = select(func.count()).where(Booking.training_session_id == TrainingSession.id, Booking.state == "booked")
        query = select(TrainingSession.capacity, TrainingSession.places_taken, live.scalar_subquery())
        has_ended = threading.Event()

        def watch():
            while not has_ended.wait(0.01):
                with self.service.records() as session:
                    capacity, taken, booked = session.execute(query.where(TrainingSession.ref == self.ref)).one()
                if not booked == taken <= capacity:
                    self.overbooked.append((capacity, taken, booked))

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            yield
        finally:
            has_ended.set()
            watching.join(60)


def test_twenty_people_book_while_everything_around_them_is_changed(on_either, soon, figures):
    on_either.start(workers=2)
    crowd = Crowd(on_either, soon.replace(hour=10))
    bookers = list(on_either.visitors(20, name="Booker").values())
    [colleague] = on_either.visitors(1, name="Colleague").values()
    desks = list(on_either.visitors(5, name="Cora", is_coordinator=True).values())
    filled = crowd.pasted(colleague)
    for booker in bookers:
        booker.open_form(f"/sessions/{crowd.ref}/book")
    sizes = [{"capacity": str(capacity)} for capacity in (14, 9, 12, 8, 20, 11)]
    trainers = [{"trainers": ref} for ref in (crowd.trainer_refs[2], crowd.trainer_refs[0])]
    times = [typed(on_either, crowd.starts_at + hours * HOUR) for hours in (1, 3, 0)]

    began = time.monotonic()
    with crowd.watched():
        all_at_once(
            [
                lambda: crowd.change(desks[0], "places", sizes),
                lambda: crowd.change(desks[1], "swap", [{"other": crowd.partner}] * 3),
                lambda: crowd.change(desks[2], "trainers", trainers * 2),
                lambda: crowd.change(desks[3], "move", times),
                lambda: crowd.close_next_door(desks[4]),
                lambda: crowd.paste(colleague, filled),
                *[lambda v=visitor: crowd.come_and_go(v) for visitor in bookers],
            ]
        )
    seconds = time.monotonic() - began

    counted = Counter(crowd.answers)
    assert crowd.overbooked == []
    assert {status for _, status in counted} <= {200, 303, 409, 422}, counted
    assert {page for page, status in counted if status == 303} == {*CHANGED, "close", "book", "cancel"}, counted
    all_is_well(on_either)
    done = ", ".join(f"{page} {counted[page, 303]}" for page in CHANGED)
    figures(f"{len(crowd.answers)} answers in {seconds:.1f} s; done: {done}")


def test_two_coordinators_unmake_each_other(on_either):
    on_either.start(workers=2, with_worker=False)
    coordinators = on_either.visitors(2, name="Cora", is_coordinator=True)
    ids = _ids(on_either, coordinators)
    for _ in range(4):
        desks = _signed_in(on_either, ids)
        refs = _refs(on_either, ids)
        forms = [
            desk.open_form(f"/manage/people/{ref}").filled("Save the changes", roles=None)
            for desk, ref in zip(desks, reversed(refs), strict=True)
        ]

        answers = all_at_once([lambda d=desk, f=form: d.send(f) for desk, form in zip(desks, forms, strict=True)])

        assert sorted(answer.status for answer in answers) in ([303, 403], [303, 409]), statuses(answers)
        with on_either.records(), transaction():
            left = db.session.scalars(select(Person).where(Person.is_coordinator)).all()
            assert len(left) == 1
            for person in db.session.scalars(select(Person).where(Person.id.in_(ids))):
                with people.keeping_a_coordinator():
                    people.set_roles(person, is_trainer=False, is_coordinator=True, by=None, now=clock.now())
    all_is_well(on_either)


def _ids(service, visitors):
    with service.records():
        return [people.known(address).id for address in visitors]


def _refs(service, ids):
    with service.records() as session:
        return [session.get(Person, id_).ref for id_ in ids]


def _signed_in(service, ids):
    with service.records() as session:
        with transaction():
            keys = [sign_in.start(session.get(Person, id_), is_own_device=False, now=clock.now()) for id_ in ids]
        return [Visitor(service, service.cookie_for(key)) for key in keys]


def test_two_records_are_put_together_while_both_are_being_booked(on_either, soon, figures):
    on_either.start(workers=2)
    desks = list(on_either.visitors(2, name="Cora", is_coordinator=True).values())
    colleagues = list(on_either.visitors(4, name="Colleague").values())
    outcomes = Counter()
    for number in range(3):
        with on_either.records():
            refs = [
                make.training_session(starts_at=soon.replace(hour=10) + (10 * number + day) * DAY).ref
                for day in range(4)
            ]
        pair = on_either.visitors(2, name=f"Double{number}x")
        addresses, own = list(pair), list(pair.values())
        kept, other = _refs(on_either, _ids(on_either, pair))
        merging = desks[0].open_form(f"/manage/people/{kept}/merge/{other}")
        check = desks[0].press(merging, "Continue", stays=kept).filled("Put the two together")
        for_them = [
            (colleague, colleague.open_form(f"/sessions/{ref}/book-for").filled("Book this place", name="N", email=to))
            for colleague, ref, to in zip(colleagues, refs[:2] * 2, addresses * 2, strict=True)
        ]
        for visitor, ref in zip(own, refs[2:], strict=True):
            visitor.open_form(f"/sessions/{ref}/book")
        moving = checked(desks[1], refs[0], "move", **typed(on_either, soon.replace(hour=14) + 10 * number * DAY))

        merged, *answers = all_at_once(
            [
                lambda form=check: desks[0].send(form),
                lambda form=moving: desks[1].send(form),
                *[lambda c=colleague, f=form: c.send(f) for colleague, form in for_them],
                *[lambda v=v, r=ref: v.book(r) for v, ref in zip(own, refs[2:], strict=True)],
                *[lambda v=v, r=ref: v.book(r) for v, ref in zip(own, refs[1:3], strict=True)],
            ]
        )

        assert merged.status == 303, said(merged)
        outcomes += Counter(answer.status for answer in answers)
        with on_either.records():
            assert people.known(addresses[0]).id == people.known(addresses[1]).id
    assert set(outcomes) <= {200, 303, 409}, outcomes
    all_is_well(on_either)
    figures(f"3 merges, {dict(outcomes)}")
