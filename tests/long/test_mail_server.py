"""A mail server that is away, refuses, or says nothing: bookings go on, and everything is delivered later, in order."""

import time
from datetime import timedelta

from sqlalchemy import select

from app import changes, clock, people, sign_in
from app.bookings import Booking, Invite
from app.db import transaction
from app.notices.outbox import Notice
from app.timetable import TrainingSession
from tests import make
from tests.long.service import Visitor, wait_until

AT_FULL_SPEED_S = 5.0  # the slowest of twenty bookings; one that waited for the mail server would take 30


def test_the_mail_server_is_down_for_a_while(on_either, soon, post_office, figures):
    on_either.settings["smtp_url"] = post_office.address
    post_office.open()
    on_either.start(workers=2)
    sessions = [_session(on_either, soon + timedelta(hours=3 * n)) for n in range(2)]
    early, late = on_either.visitors(6, name="Early"), on_either.visitors(14, name="Late")
    usual = max(_book(visitor, sessions[0].ref) for visitor in early.values())
    on_either.wait_for_letters()
    arrived = len(post_office.letters)

    post_office.close()
    slowest = max(_book(visitor, sessions[0].ref) for visitor in late.values())
    for visitor in [*early.values()][:3] + [*late.values()][:3]:
        _cancel(visitor)
    _move(on_either, sessions[0], soon + timedelta(hours=6))
    _move(on_either, sessions[0], soon + timedelta(hours=9))
    again = next(iter(early.values()))
    _book(again, sessions[0].ref)
    assert len(post_office.letters) == arrived
    post_office.open()
    on_either.let_pauses_end()
    on_either.wait_for_letters(90)

    calendars = post_office.calendars()  # fails if a message overtook another
    assert {address: [_instants(e) for e in calendar.shown] for address, calendar in calendars.items()} == _truth(
        on_either, {*calendars}
    )
    assert slowest < AT_FULL_SPEED_S
    on_either.doctor()
    figures(f"the slowest booking took {usual:.2f} s with the mail server, {slowest:.2f} s without")


def test_one_address_is_refused_and_another_for_now(new_service, soon, post_office):
    service = new_service(smtp_url=post_office.address)
    post_office.open()
    post_office.refuse = {
        "person3@example.org": "550 5.1.1 No such person here",
        "person5@example.org": "450 4.2.2 The mailbox is full",
    }
    service.start(workers=2)
    visitors = service.visitors(8)
    ref = _session(service, soon).ref

    for visitor in visitors.values():
        _book(visitor, ref)
    _wait_until_only_put_off(service)

    refused = set(post_office.refuse)
    assert {letter.to for letter in post_office.letters} == set(visitors) - refused
    page = _coordinator(service).get("/manage/notices?state=failed").page
    assert "person3@example.org" in page
    assert "No such person here" in page
    assert "person5@example.org" not in page
    assert "See /manage/notices." in service.doctor(code=1)
    post_office.refuse.clear()
    service.let_pauses_end()
    service.wait_for_letters()
    assert [letter.subject.partition(":")[0] for letter in post_office.to("person5@example.org")] == ["Booked"]
    assert post_office.to("person3@example.org") == []


def test_the_mail_server_takes_the_call_and_says_nothing(new_service, soon, post_office, figures):
    """The worker waits its 30 seconds; nobody else does."""
    service = new_service(smtp_url=post_office.address)
    with post_office.hanging():
        service.start(workers=2)
        visitors = service.visitors(20)
        ref = _session(service, soon).ref
        first, *others = visitors.values()
        _book(first, ref)
        wait_until(lambda: "sending" in _states(service), 60, service.why_unsent)
        slowest = max(_book(visitor, ref) for visitor in others)
        _cancel(first)
        assert "sending" in _states(service)
        wait_until(lambda: "sending" not in _states(service), 90, service.why_unsent)
    service.let_pauses_end()
    service.wait_for_letters(90)

    assert slowest < AT_FULL_SPEED_S
    calendars = post_office.calendars()
    assert {address for address, calendar in calendars.items() if calendar.shown} == {*visitors} - {
        "person0@example.org"
    }
    service.doctor()
    figures(f"the slowest of 19 bookings took {slowest:.2f} s")


def _session(service, starts_at):
    with service.records():
        return make.training_session(capacity=40, starts_at=starts_at)


def _book(visitor, ref):
    """How many seconds page and booking took."""
    began = time.monotonic()
    visitor.open_form(f"/sessions/{ref}/book")
    assert visitor.book(ref).status == 303
    return time.monotonic() - began


def _cancel(visitor):
    booking = visitor.answers[-1].location
    visitor.open_form(f"{booking}/cancel")
    assert visitor.post(f"{booking}/cancel").status == 303


def _move(service, training_session, starts_at):
    slot = make.slot(starts_at, joining_link="https://meet.example.org/room")
    with service.records(), transaction():
        changes.move(training_session.id, [slot], by=None, now=clock.now())


def _instants(entry):
    return entry["uid"], entry["starts_at"]


def _truth(service, addresses):
    """What each person's calendar ought to show: dict[address, [(uid, starts_at)]]."""
    found = {address: [] for address in addresses}
    with service.records() as session:
        query = (
            select(Booking.person_id, Invite.uid, TrainingSession.starts_at)
            .join(Invite, Invite.booking_id == Booking.id)
            .join(TrainingSession, TrainingSession.id == Booking.training_session_id)
            .where(Booking.state == "booked", Invite.is_current)
        )
        for person_id, uid, starts_at in session.execute(query):
            found[session.get(people.Person, person_id).address].append((uid, starts_at))
    return found


def _states(service):
    with service.records() as session:
        return set(session.scalars(select(Notice.state)))


def _coordinator(service):
    with service.records():
        with transaction():
            person = make.coordinator(address="cora@example.org")
            key = sign_in.start(person, is_own_device=False, now=clock.now())
        return Visitor(service, service.cookie_for(key))


def _wait_until_only_put_off(service):
    def only_one_is_left():
        with service.records() as session:
            due = select(Notice).where(Notice.next_at.is_not(None), Notice.due_at <= clock.now())
            return [(one.state, one.address) for one in session.scalars(due)] == [("waiting", "person5@example.org")]

    wait_until(only_one_is_left, 60, service.why_unsent)
