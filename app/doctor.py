"""An audit of a live service: every rule that always holds, looked for in the data itself.

A finding is a sentence that names the record. The database's own guards should make most of them impossible; the
doctor does not take their word for it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, make_url, select, text
from sqlalchemy.orm import aliased

from app import bookings, replies, settings
from app.attendance import Mark
from app.bookings import Booking, Invite
from app.courses import Course
from app.db import db, is_sqlite
from app.notices import outbox
from app.notices.outbox import OVERDUE_AFTER
from app.people import Person
from app.rooms import Room
from app.settings import Settings
from app.timetable import SessionTrainer, Slot, TrainingSession
from app.waiting_list import Offer, Wait

SECRETS = ("secret_key",)
ADDRESSES_WITH_SECRETS = ("database_url", "smtp_url", "reply_mailbox")


def examine(now: datetime) -> list[str]:
    """Everything that is wrong, a sentence each; empty if all is well."""
    return [
        *_places(),
        *_waiting(now),
        *_rooms_too_small(now),
        *_rooms_retired(now),
        *_rooms_taken_twice(),
        *_trainers_in_two_places(now),
        *_booked_twice(),
        *_cancelled_sessions(),
        *_marks(),
        *_entries(),
        *_needs_not_erased(now),
        *_letters(now),
        *_foreign_keys(),
        *_calendars(now),
        *_holds(now),
        *_replies(now),
    ]


def masked(chosen: Settings) -> dict[str, str]:
    """The settings in capitals, with secrets masked."""
    shown = {name.upper(): str(value) for name, value in chosen.model_dump().items()}
    shown |= {"DATABASE_URL": chosen.database, "MAIL_FROM": chosen.sender}  # what is in force
    for name in SECRETS:
        shown[name.upper()] = "(kept secret)"
    for name in ADDRESSES_WITH_SECRETS:
        if shown[name.upper()]:
            address = make_url(shown[name.upper()])
            hidden = address.set(query=dict.fromkeys(address.query, "***"))
            shown[name.upper()] = hidden.render_as_string(hide_password=True)
    return shown


def _places() -> Iterator[str]:
    of_session = Booking.training_session_id == TrainingSession.id
    booked = select(func.count()).select_from(Booking).where(of_session, Booking.state == "booked")
    of_session = Offer.training_session_id == TrainingSession.id
    offered = select(func.count()).select_from(Offer).where(of_session, Offer.state == "open")
    of_session = Booking.training_session_id == TrainingSession.id
    kept = select(func.count()).select_from(Booking).where(of_session, Booking.held_until.is_not(None))
    booked_count = booked.correlate(TrainingSession)
    held_count = (
        offered.correlate(TrainingSession).scalar_subquery() + kept.correlate(TrainingSession).scalar_subquery()
    )
    taken = booked_count.scalar_subquery() + held_count
    query = select(
        TrainingSession.ref,
        booked_count.scalar_subquery(),
        held_count,
        TrainingSession.places_taken,
        TrainingSession.capacity,
    ).where((taken != TrainingSession.places_taken) | (taken > TrainingSession.capacity))
    for ref, of_people, of_offers, places_taken, capacity in db.session.execute(query):
        if of_people + of_offers != places_taken:
            yield f"Session {ref} counts {places_taken} places taken, but {of_people} booked and {of_offers} held."
        if of_people + of_offers > capacity:
            yield f"Session {ref} is overbooked: {of_people + of_offers} for {capacity} places."


def _waiting(now: datetime) -> Iterator[str]:
    """What the worker sees to within a minute is found only if it is still there after a quarter of an hour."""
    twice = (
        select(Wait.course_id, Wait.person_id).where(Wait.state == "waiting").group_by(Wait.course_id, Wait.person_id)
    )
    for course_id, person_id in db.session.execute(twice.having(func.count() > 1)):
        yield f"One person (number {person_id}) waits twice for course {course_id}."
    fallen = (
        select(Offer.ref)
        .join(Offer.wait)
        .join(Offer.training_session)
        .where(Offer.state == "open", (Wait.state != "waiting") | (TrainingSession.state != "scheduled"))
    )
    for ref in db.session.scalars(fallen):
        yield f"Offer {ref} is open, but nobody waits for it any more."
    late = select(Offer.ref).where(Offer.state == "open", Offer.lapses_at < now - OVERDUE_AFTER)
    for ref in db.session.scalars(late):
        yield f"Offer {ref} ran out a while ago and has not passed on: is the worker running?"
    for course_id in set(bookings.courses_owing(now)) & set(bookings.courses_owing(now - OVERDUE_AFTER)):
        slug = db.session.scalar(select(Course.slug).where(Course.id == course_id))
        yield f"Course {slug} has a free place that suits somebody who waits: is the worker running?"


def _rooms_too_small(now: datetime) -> Iterator[str]:
    """A room may be made smaller once the sessions that filled it are over."""
    query = (
        select(TrainingSession, Room)
        .join(Slot, Slot.training_session_id == TrainingSession.id)
        .join(Room, Room.id == Slot.room_id)
        .where(Slot.is_live, Slot.ends_at > now, TrainingSession.capacity > Room.capacity)
    )
    for training_session, room in db.session.execute(query):
        places = f"has {training_session.capacity} places"
        yield f"Session {training_session.ref} {places}, but {room.name} holds {room.capacity}."


def _rooms_retired(now: datetime) -> Iterator[str]:
    query = (
        select(TrainingSession.ref, Room.name)
        .join(Slot, Slot.training_session_id == TrainingSession.id)
        .join(Room, Room.id == Slot.room_id)
        .where(Slot.is_live, Slot.ends_at > now, Room.is_retired)
    )
    for ref, room in db.session.execute(query):
        yield f"Session {ref} is in {room}, which is retired."


def _rooms_taken_twice() -> Iterator[str]:
    one, other = aliased(Slot), aliased(Slot)
    query = (
        select(one.training_session_id, other.training_session_id, Room.name)
        .join(other, (other.room_id == one.room_id) & (one.id < other.id))
        .join(Room, Room.id == one.room_id)
        .where(one.is_live, other.is_live, one.starts_at < other.ends_at, other.starts_at < one.ends_at)
    )
    for first, second, room in db.session.execute(query):
        yield f"{room} is taken twice at one time, by {_taker(first)} and {_taker(second)}."


def _trainers_in_two_places(now: datetime) -> Iterator[str]:
    """What is over does not count: whoever takes over a session of several parts half-way was elsewhere before."""
    one, other = aliased(Slot), aliased(Slot)
    of_one, of_other = aliased(SessionTrainer), aliased(SessionTrainer)
    query = (
        select(one.training_session_id, other.training_session_id, Person.ref)
        .join(of_one, of_one.training_session_id == one.training_session_id)
        .join(of_other, of_other.person_id == of_one.person_id)
        .join(other, (other.training_session_id == of_other.training_session_id) & (one.id < other.id))
        .join(Person, Person.id == of_one.person_id)
        .where(one.is_live, other.is_live, one.starts_at < other.ends_at, other.starts_at < one.ends_at)
        .where(one.ends_at > now, other.ends_at > now)
    )
    for first, second, person in db.session.execute(query):
        yield f"Trainer {person} is in two places at one time, in sessions {_ref(first)} and {_ref(second)}."


def _booked_twice() -> Iterator[str]:
    query = (
        select(Booking.training_session_id, Booking.person_id)
        .where(Booking.state == "booked")
        .group_by(Booking.training_session_id, Booking.person_id)
        .having(func.count() > 1)
    )
    for training_session_id, person_id in db.session.execute(query):
        yield f"One person (number {person_id}) has two places on session {_ref(training_session_id)}."


def _cancelled_sessions() -> Iterator[str]:
    live = select(Slot.training_session_id).where(Slot.is_live)
    query = select(TrainingSession.ref).where(TrainingSession.state == "cancelled", TrainingSession.id.in_(live))
    for ref in db.session.scalars(query):
        yield f"Session {ref} is cancelled, but still on the timetable."


def _marks() -> Iterator[str]:
    """More walk-ins than the room holds are no fault: somebody may have been marked as absent, and come late."""
    elsewhere = select(Booking.ref).join(Mark, Mark.booking_id == Booking.id).distinct()
    for ref in db.session.scalars(elsewhere.where(Mark.training_session_id != Booking.training_session_id)):
        yield f"Booking {ref} is marked in the register of another session."
    twice = select(Booking.ref).join(Mark, Mark.booking_id == Booking.id).group_by(Booking.ref)
    for ref in db.session.scalars(twice.having(func.count() > 1)):
        yield f"Booking {ref} is marked more than once."


def _entries() -> Iterator[str]:
    slots = (
        select(func.count())
        .where(Slot.training_session_id == Booking.training_session_id)
        .correlate(Booking)
        .scalar_subquery()
    )
    entries = (
        select(func.count())
        .where(Invite.booking_id == Booking.id, Invite.is_current)
        .correlate(Booking)
        .scalar_subquery()
    )
    for ref in db.session.scalars(select(Booking.ref).where(Booking.state == "booked", slots != entries)):
        yield f"Booking {ref} does not have one calendar entry for each part of its session."


def _needs_not_erased(now: datetime) -> Iterator[str]:
    long_over = TrainingSession.ends_at < now - bookings.NEEDS_KEPT - timedelta(days=1)
    kept = select(func.count()).select_from(Booking).join(Booking.training_session)
    count = db.session.scalar(kept.where(Booking.access_needs != "", long_over))
    if count:
        yield f"{count} access needs should have been erased by now: is the worker running?"


def _letters(now: datetime) -> Iterator[str]:
    overdue, failed = outbox.counts(now)["overdue"], outbox.count_failed_lately(now)
    if overdue:
        yield f"Overdue notices: {overdue}. Is the worker running, and the mail server up?"
    if failed:
        yield f"Notices that failed in the last two weeks: {failed}. See /manage/notices."


def _foreign_keys() -> Iterator[str]:
    if is_sqlite(db.session.connection()):
        for table, row, *_ in db.session.execute(text("PRAGMA foreign_key_check")):
            yield f"Row {row} of {table} refers to something that is not there."


def _calendars(now: datetime) -> Iterator[str]:
    for ref in bookings.believing.untrue(now):
        yield f"The calendar of whoever has booking {ref} was told something else: see /manage/bookings/{ref}."
    for ref, person in bookings.believing.untrue_of_trainers(now):
        yield f"The calendar of trainer {person} was told something else: see /manage/sessions/{ref}/emails."


def _holds(now: datetime) -> Iterator[str]:
    late = select(Booking.ref).where(Booking.held_until < now - OVERDUE_AFTER)
    for ref in db.session.scalars(late):
        yield f"The place of booking {ref}, declined a while ago, is still held: is the worker running?"


def _replies(now: datetime) -> Iterator[str]:
    chosen = settings.current()
    if chosen.replies == "none":
        return
    if not chosen.mail_authserv_id:
        yield "MAIL_AUTHSERV_ID is not set, so no reply is trusted: everybody who declines is asked by email first."
    if chosen.replies != "imap":
        return
    if not chosen.reply_mailbox:
        yield "REPLIES is imap, but REPLY_MAILBOX is not set: nobody reads what calendars answer."
        return
    mailbox = replies.state()
    if mailbox is None or mailbox.polled_at is None or mailbox.polled_at < now - OVERDUE_AFTER:
        why = f" {mailbox.fault}" if mailbox and mailbox.fault else " Is the worker running?"
        yield f"The mailbox for replies has not been read for a while.{why}"


def _taker(training_session_id: int | None) -> str:
    return f"session {_ref(training_session_id)}" if training_session_id else "a closure"


def _ref(training_session_id: int | None) -> str | None:
    return db.session.scalar(select(TrainingSession.ref).where(TrainingSession.id == training_session_id))
