"""The letters that a reply brings about, none of them more often than is good.

A forger who guessed an address could have us write to it again and again: what a reply makes us send to one person
about one booking is sent once a day.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app import bookings, clock, people
from app.bookings import Booking, Invite, letters
from app.db import db
from app.notices import kinds, outbox
from app.notices.kinds import Noted
from app.notices.outbox import Notice, Recipient
from app.people import Person
from app.timetable import TrainingSession

BY_REPLY: tuple[kinds.WhyAgain, ...] = ("asked", "earlier time")
known = people.known


def send_again(booking: Booking, entry: Invite, why: kinds.WhyAgain, now: datetime) -> bool:
    """The entry as it is now, at most once a day for each version, so that two programs do not talk for ever.

    Says whether it was sent.
    """
    since = clock.midnight(clock.today(now))
    of_kind = (Notice.kind == kinds.EntryAgain.name) & (Notice.about == Booking.__tablename__)
    query = select(Notice.facts).where(of_kind, Notice.about_id == booking.id, Notice.queued_at >= since)
    for kept in db.session.scalars(query.where(Notice.state != "withdrawn")):
        sent = kept["invite"]
        if kept["why"] in BY_REPLY and (sent["uid"], sent["sequence"]) == (entry.uid, entry.sequence):
            return False
    letters.send_again(booking, [entry], why, now)
    return True


def ask_to_give_up(booking: Booking, now: datetime) -> None:
    facts = kinds.GiveUpAsked(about=bookings.about(booking.training_session), booking_ref=booking.ref)
    _to_person(facts, booking, now, key=f"give_up_asked:{booking.id}:{clock.today(now)}")


def ask_all_parts(booking: Booking, declined: Sequence[int], now: datetime) -> None:
    facts = kinds.PartsDeclined(
        about=bookings.about(booking.training_session), booking_ref=booking.ref, declined=tuple(declined)
    )
    _to_person(facts, booking, now, key=f"parts_declined:{booking.id}:{declined}:{clock.today(now)}")


def say_not_booked(booking: Booking, now: datetime) -> None:
    facts = kinds.NotBooked(
        about=bookings.facts.without_links(bookings.about(booking.training_session)),
        booking_ref=booking.ref,
        may_undo=bookings.was_declined(booking),
    )
    _to_person(facts, booking, now, key=f"not_booked:{booking.id}:{clock.today(now)}")


def note_for_trainers(booking: Booking, what: Noted, *, words: str, now: datetime, stamped_at: datetime) -> None:
    """To each of them; to the coordinators if none can be reached. stamped_at: of the answer, which is told once."""
    facts = kinds.CalendarNote(
        about=bookings.about(booking.training_session),
        booking_ref=booking.ref,
        person_name=booking.person.known_as,
        what=what,
        words=words,
    )
    key = f"calendar_note:{booking.id}:{what}:{int(stamped_at.timestamp())}"
    trainers = [trainer for trainer in booking.training_session.trainers if trainer.address]
    _to_each(trainers or _coordinators(), facts, booking.training_session, now, key=key)


def tell_trainer_declined(
    training_session: TrainingSession, trainer: Person, part: int, words: str, now: datetime
) -> None:
    facts = kinds.TrainerDeclined(
        about=bookings.about(training_session), trainer_name=trainer.known_as, part=part, words=words
    )
    key = f"trainer_declined:{training_session.id}:{trainer.id}:{part}:{clock.today(now)}"
    _to_each(_coordinators(), facts, training_session, now, key=key)


def tell_many(training_session: TrainingSession, released_count: int, now: datetime) -> None:
    facts = kinds.ManyDeclines(about=bookings.about(training_session), released_count=released_count)
    key = f"many_declines:{training_session.id}:{clock.today(now)}"
    _to_each(_coordinators(), facts, training_session, now, key=key)


def pass_on(
    facts: kinds.PassedOn, to: Recipient, about: TrainingSession | None, now: datetime, *, reply_id: int
) -> None:
    key = f"passed_on:{reply_id}:{outbox.digest(to.address)}"
    outbox.queue(facts, to=to, about=about, now=now, dedupe_key=key)


def _coordinators() -> Sequence[Person]:
    return db.session.scalars(select(Person).where(Person.is_coordinator).order_by(Person.id)).all()


def _to_person(facts: kinds.OfBooking, booking: Booking, now: datetime, *, key: str) -> None:
    person = booking.person
    if person.address:
        to = Recipient(person.address, person.name, person.id)
        outbox.queue(facts, to=to, about=booking, now=now, dedupe_key=key)


def _to_each(readers: Sequence[Person], facts: kinds.Facts, about: TrainingSession, now: datetime, *, key: str) -> None:
    for person in readers:
        if person.address:
            to = Recipient(person.address, person.name, person.id)
            outbox.queue(facts, to=to, about=about, now=now, dedupe_key=f"{key}:{person.id}")
