"""Processes that die at the worst moment: nothing is half done, and every letter arrives."""

import contextlib
import http.client
import os
import random
import socket
import threading
import time
from urllib.parse import urlencode

from sqlalchemy import select

from app.bookings import Booking, Invite
from app.notices.outbox import Notice
from tests import make
from tests.long.service import children, kill, wait_until

KILLS = int(os.environ.get("KILLS", "8"))  # each is at another moment: more of them find rarer ones


def test_a_worker_is_killed_after_the_letter_and_before_the_answer(on_either, soon, post_office):
    on_either.settings["smtp_url"] = post_office.address
    post_office.open()
    on_either.start(with_worker=False)
    ref, visitor = _session_and_visitor(on_either, soon)
    assert visitor.book(ref).status == 303
    post_office.is_holding.set()
    worker = on_either.begin("worker")
    wait_until(lambda: len(post_office.letters) == 1, 60)

    kill(worker.pid)
    worker.wait(10)
    post_office.is_holding.clear()
    another = on_either.begin("worker")
    time.sleep(1.5)
    assert len(post_office.letters) == 1, "the letter is the dead worker's until its lease ends"
    assert on_either.let_pauses_end("sending") == 1
    on_either.wait_for_letters()

    first, *copies = post_office.letters
    assert len(copies) <= 1
    assert all((copy.id, copy.calendar) == (first.id, first.calendar) for copy in copies)
    assert len(post_office.calendars()[first.to].shown) == 1
    another.terminate()
    assert another.wait(30) == 0
    on_either.doctor()


def test_processes_are_killed_again_and_again_while_people_book_and_cancel(on_either, soon, post_office, figures):
    on_either.settings["smtp_url"] = post_office.address
    post_office.open()
    on_either.start(workers=2)
    with on_either.records():
        refs = [make.training_session(capacity=4, starts_at=soon.replace(hour=hour)).ref for hour in (8, 12, 16)]
    visitors = on_either.visitors(12)
    has_ended, promised, strange = threading.Event(), set(), []
    people = [
        threading.Thread(target=_come_and_go, args=(visitor, refs, has_ended, promised, strange))
        for visitor in visitors.values()
    ]
    for person in people:
        person.start()
    chance, orphans = random.Random(2027), []
    try:
        for number in range(KILLS):
            time.sleep(chance.uniform(0.2, 1.0))
            if number % 6 == 5:
                orphans += children(on_either.serving.pid)
                kill(on_either.serving.pid)
                on_either.serving.wait(10)
                on_either.start(workers=2)
            else:
                preferred = on_either.notice_workers() if number % 2 else on_either.web_processes()
                kill(chance.choice(preferred or on_either.web_processes()))
            on_either.let_pauses_end("sending")
    finally:
        has_ended.set()
        for person in people:
            person.join(60)
    wait_until(lambda: not any(_runs(pid) for pid in orphans), 60, lambda: "processes live on without their server")
    wait_until(lambda: _delivered(on_either), 90, on_either.why_unsent)

    assert strange == []
    on_either.doctor()
    with on_either.records() as session:
        kept = {ref for [ref] in session.execute(select(Booking.ref))}
        assert promised <= kept, "somebody was told 'booked' and is not"
        live = select(Booking, Invite.uid).join(Invite, Invite.booking_id == Booking.id)
        in_database = {uid for _booking, uid in session.execute(live.where(Booking.state == "booked"))}
        assert session.scalars(select(Notice.state).where(Notice.state == "failed")).all() == []
    in_calendars = {uid for calendar in post_office.calendars().values() for uid in calendar.entries}
    assert in_calendars == in_database
    figures(f"{KILLS} kills, {len(kept)} bookings, {len(in_database)} of them live, {len(post_office.letters)} letters")
    on_either.stop()


def test_serve_is_told_to_stop_with_a_request_and_a_letter_in_flight(on_either, soon, post_office, figures):
    on_either.settings["smtp_url"] = post_office.address
    post_office.open()
    post_office.is_holding.set()
    on_either.start(workers=2)
    ref, visitor = _session_and_visitor(on_either, soon, capacity=2)
    [late] = on_either.visitors(1, name="Late").values()
    late.open_form(f"/sessions/{ref}/book")
    assert visitor.book(ref).status == 303
    wait_until(lambda: len(post_office.letters) == 1, 60)
    connection, rest = _half_sent(late, f"/sessions/{ref}/book")

    with connection:
        on_either.serving.terminate()
        time.sleep(0.5)
        connection.sendall(rest)
        answer = http.client.HTTPResponse(connection, method="POST")
        answer.begin()
        assert answer.status == 303
        answer.close()
    threading.Timer(0.5, post_office.is_holding.clear).start()
    seconds = on_either.stop()

    with on_either.records() as session:
        assert (
            session.scalars(select(Notice.state).where(Notice.kind == "booked").order_by(Notice.id)).first() == "sent"
        )
        assert len(session.scalars(select(Booking)).all()) == 2
    assert len(post_office.to("visitor0@example.org")) == 1
    on_either.doctor()
    figures(f"stopped {seconds:.1f} s after the answer")


def _session_and_visitor(service, soon, *, capacity=5):
    with service.records():
        ref = make.training_session(capacity=capacity, starts_at=soon).ref
    [visitor] = service.visitors(1, name="Visitor").values()
    visitor.open_form(f"/sessions/{ref}/book")
    return ref, visitor


def _come_and_go(visitor, refs, has_ended, promised, strange):
    """Book if they have no place, else give it up; whoever is cut off tries again."""
    chance = random.Random(visitor.cookie)
    while not has_ended.is_set():
        ref = chance.choice(refs)
        with contextlib.suppress(OSError, http.client.HTTPException):
            form = visitor.open_form(f"/sessions/{ref}/book")
            if form.status == 303:
                visitor.open_form(f"{form.location}/cancel")
                answer = visitor.post(f"{form.location}/cancel")
            elif visitor.token and "Book a place</h1>" in form.page:
                answer = visitor.book(ref)
                if answer.status == 303:
                    promised.add(answer.location.rpartition("/")[2])
            else:
                answer = form
            if answer.status not in {200, 303, 409}:
                strange.append((answer.status, answer.page[:2000]))
        time.sleep(chance.uniform(0.0, 0.1))


def _half_sent(visitor, path):
    """A booking form of which the server has all but the last letters: (the connection, those letters)."""
    body = urlencode({"csrf_token": visitor.token, "access_needs": "A hearing loop"}).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{visitor.service.port}\r\nCookie: roomful={visitor.cookie}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", visitor.service.port), timeout=60)
    connection.sendall(head.encode() + body[:-5])
    time.sleep(0.5)  # until it is in a process's hands
    return connection, body[-5:]


def _delivered(service):
    service.let_pauses_end("waiting", "sending")
    time.sleep(1)
    return not service.unsent()


def _runs(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:  # noqa: PTH123 - not a file to keep
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
