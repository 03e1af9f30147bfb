"""Two records of one person put together.

- One record stays, with its name, team and phone; what it lacks is taken from the other, whose roles it gets as well.
- Everything that names the other record names the one that stays: addresses, places, sessions, courses, the journal.
- Two waits for one course become the longer one, and whoever has a place waits no more.
- Two places on one session become one: the earlier stays, and the calendar that has the later one loses it.
- Letters go where those of the record that stays went. Calendar entries of the other record's places move there.
- The other record is deleted, and whoever was signed in by it is signed out. It cannot be undone.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select, union_all, update
from sqlalchemy.orm import aliased, joinedload

from app import bookings, clock, journal, people, sign_in, timetable, waiting_list
from app.bookings import Booking, Invite, letters, trainer_entries, wait_letters
from app.courses import Course
from app.db import db, locked
from app.errors import NotAllowed, Refused, TrainerBusy
from app.notices import kinds, outbox
from app.notices.outbox import Notice
from app.people import Person
from app.timetable import SessionTrainer, Slot, TrainingSession
from app.waiting_list import Wait

FILLED_IN = ("name", "team", "phone")
WHY_GIVEN_UP = "Two records of one person had a place each."


@dataclass(frozen=True)
class Merged:
    """What came of it. moved_count: coming places that the other record had and that stay.

    given_up: the title and the time of each session on which both had a place.
    """

    moved_count: int
    given_up: tuple[str, ...]


def merge(kept: Person, other: Person, *, by: Person | None, now: datetime) -> Merged:
    """Put two records of one person together, all of it or nothing.

    Raises NotAllowed, TrainerBusy if they run sessions at the same time, and Refused if one is gone meanwhile.
    """
    people.refuse_unless_coordinator(by)
    if kept.id == other.id:
        raise Refused("This is one and the same record. Choose another one.")
    if by is not None and by.id == other.id:
        raise NotAllowed("You are signed in by this record. Choose it as the one that stays.")
    kept, other = people.hold(kept, other)
    _refuse_if_in_two_places(kept, other)
    named = [*_courses_of(other), *_courses_run_by(kept), *_waited_for(kept, other)]
    held = [course.id for course in locked(Course, named)]
    given_up, freed = _give_up_second_places(kept, other, by, now)
    freed += _end_second_waits(kept, other, now)
    moved = bookings.coming_of(other, now=now)
    # What these people were told went to another mailbox: to the other record's, or to whoever booked for them.
    news = moved if kept.address else bookings.coming_of(kept, now=now) if other.address else []
    told = {booking.id: letters.withdraw_from_old_address(booking, now) for booking in news}
    trainer_entries.withdraw_all(other, now)
    _redirect_letters(kept, other, now)
    _take_over(kept, other, by, now)
    for booking in bookings.coming_of(kept, now=now):
        if booking.id in told:
            letters.send_to_new_address(booking, bookings.new_invites(booking, now), told[booking.id], now)
    for training_session in trainer_entries.coming_run_by(kept, now):
        trainer_entries.bring_up_to_date(training_session, now)
    wait_letters.follow(kept, now)
    sessions = [timetable.lock(id_) for id_ in sorted(set(freed))]
    for course_id in held:
        bookings.pass_on(course_id, now=now, freed=[each for each in sessions if each.course_id == course_id])
    return Merged(len(moved), given_up)


def _refuse_if_in_two_places(kept: Person, other: Person) -> None:
    """Past sessions too: whoever was in two places at once was two people."""
    one, another = aliased(Slot), aliased(Slot)
    of_kept, of_other = aliased(SessionTrainer), aliased(SessionTrainer)
    query = (
        select(one, another)
        .join(of_kept, of_kept.training_session_id == one.training_session_id)
        .join(of_other, of_other.person_id == other.id)
        .join(another, another.training_session_id == of_other.training_session_id)
        .where(of_kept.person_id == kept.id, one.training_session_id != another.training_session_id)
        .where(one.is_live, another.is_live, one.starts_at < another.ends_at, another.starts_at < one.ends_at)
        .options(*(joinedload(slot.training_session).joinedload(TrainingSession.course) for slot in (one, another)))
        .order_by(one.starts_at)
    )
    found = db.session.execute(query.limit(1)).first()
    if found is not None:
        first, second = (
            f"‘{slot.training_session.course.title}’ ({clock.say_short(slot.starts_at)})" for slot in found
        )
        raise TrainerBusy(
            f"These two run sessions at the same time: {first} and {second}. Nobody can be in two places at once. "
            "If they are one person, give one of these sessions another trainer first."
        )


def _courses_of(other: Person) -> Sequence[int]:
    """The ids of all courses whose records, sessions or places name this person.

    Who takes or frees a place of one holds it, and tells its owner and trainers: if we made their rows name another
    first, and they then named this person in a letter, both would wait for ever.
    """
    booked = or_(Booking.person_id == other.id, Booking.booked_by_id == other.id)
    sessions = union_all(
        select(Booking.training_session_id).where(booked),
        select(SessionTrainer.training_session_id).where(SessionTrainer.person_id == other.id),
    )
    of_sessions = select(TrainingSession.course_id).where(TrainingSession.id.in_(sessions))
    return db.session.scalars(
        select(Course.id).where(or_(Course.owner_id == other.id, Course.id.in_(of_sessions)))
    ).all()


def _courses_run_by(kept: Person) -> Sequence[int]:
    """Those whose sessions they run: their calendar entries may change as well."""
    run = select(SessionTrainer.training_session_id).where(SessionTrainer.person_id == kept.id)
    return db.session.scalars(select(TrainingSession.course_id).where(TrainingSession.id.in_(run))).all()


def _waited_for(kept: Person, other: Person) -> Sequence[int]:
    """The ids of the courses that either waits for, or that the other has put somebody on the list of.

    Whoever passes a place on holds such a course, and then writes to them.
    """
    asked = select(Wait.course_id).where(Wait.asked_by_id == other.id, Wait.state == "waiting")
    return [*db.session.scalars(waiting_list.course_ids_of(kept, other)), *db.session.scalars(asked)]


def _end_second_waits(kept: Person, other: Person, now: datetime) -> list[int]:
    """Where both wait for a course, the longer wait stays; where one has a place, the other waits no more.

    Returns the ids of the sessions on which an offer fell. The courses are held.
    """
    freed = []
    waits = sorted([*waiting_list.of(kept), *waiting_list.of(other)], key=lambda wait: (wait.ranked_at, wait.id))
    stays: set[int] = set()  # the ids of their courses
    for wait in waits:
        twin = other if wait.person_id == kept.id else kept
        had = {one.training_session_id for one in bookings.coming_on_course(twin, wait.course_id, now=now)}
        is_over = wait.course_id in stays or (wait.instead_of_id is None and bool(had))
        offer = waiting_list.open_offer_of(wait)
        if offer is not None and (is_over or offer.training_session_id in had):
            waiting_list.answer(offer, "withdrawn", by=None, now=now, did="lost an offer")
            wait_letters.withdraw_offer(offer, now)
            bookings.places.free(offer.training_session)
            freed.append(offer.training_session_id)
        if not is_over:
            stays.add(wait.course_id)
            continue
        waiting_list.end(wait, "ended", by=None, now=now, did="was put together with another")
        wait_letters.withdraw(wait, now)
    db.session.flush()  # one live wait a course: the database checks each row as it changes
    return freed


def _give_up_second_places(
    kept: Person, other: Person, by: Person | None, now: datetime
) -> tuple[tuple[str, ...], list[int]]:
    """Where both have a place, the later one goes. Their courses are held by now, their bookings from here on.

    Returns what was given up, and the ids of the sessions where that was.
    """
    own, others = aliased(Booking), aliased(Booking)
    shared = (
        select(TrainingSession.id)
        .join(own, (own.training_session_id == TrainingSession.id) & (own.person_id == kept.id))
        .join(others, (others.training_session_id == TrainingSession.id) & (others.person_id == other.id))
        .where(own.state == "booked", others.state == "booked")
    )
    sessions = [timetable.lock(id_) for id_ in sorted(db.session.scalars(shared))]
    of_both = or_(Booking.person_id.in_([kept.id, other.id]), Booking.booked_by_id == other.id)
    locked(Booking, db.session.scalars(select(Booking.id).where(of_both)).all())
    ids = {kept.id, other.id}
    said = {held.id: _give_up_second_place(held, ids, by, now) for held in sessions}
    return tuple(filter(None, said.values())), [id_ for id_, gave_up in said.items() if gave_up]


def _give_up_second_place(training_session: TrainingSession, ids: Set[int], by: Person | None, now: datetime) -> str:
    """The title and the time of the session; '' if one of them has just given their place up."""
    booked = [booking for booking in bookings.live_on(training_session) if booking.person_id in ids]
    if len(booked) < 2:
        return ""
    stays, goes = booked
    for coming in bookings.coming_of(goes.person, now=now):
        if coming.id == goes.id:
            letters.withdraw_from_old_address(coming, now)
    outbox.withdraw(goes, now=now)
    goes.state, goes.cancelled_at = "cancelled", now
    bookings.places.free(training_session)
    _hand_over(goes, stays)
    journal.record(by, "cancelled", goes, now, why=WHY_GIVEN_UP, session=training_session.ref)
    bookings.needs.tell_unmet(training_session, now=now)
    return f"{training_session.course.title}, {clock.say_short(training_session.starts_at)}"


def _hand_over(goes: Booking, stays: Booking) -> None:
    """What was told or noted about the one place and not about the other: needs, a mark in the register."""
    if goes.access_needs not in stays.access_needs:
        stays.access_needs = "\n".join(filter(None, (stays.access_needs, goes.access_needs)))
    for column in people.columns_that_name(Booking):
        if column.table.name != Invite.__tablename__:
            twin = column.table.alias()
            has_own = exists().where(twin.c[column.name] == stays.id)
            handed_over = update(column.table).where(column == goes.id, ~has_own)
            db.session.execute(handed_over.values({column.name: stays.id}))


def _redirect_letters(kept: Person, other: Person, now: datetime) -> None:
    """What waits for the other record's mailbox goes to the one that stays, unless the same waits or went there.

    Not what speaks of a calendar entry: that belongs to the calendar that has it. Nor a sign-in link: whoever asked
    for it reads that mailbox.
    """
    if kept.address is None or other.address is None:
        return
    waiting = _letters_to(other, Notice.state == "waiting")
    told = {_news(notice) for notice in _letters_to(kept, Notice.due_at.in_({each.due_at for each in waiting}))}
    for notice in waiting:
        if notice.facts.get("invite") or notice.kind == kinds.SignIn.name:
            continue
        if _news(notice) in told:
            notice.withdrawn_at = now
            outbox.close(notice, "withdrawn")
        else:
            notice.address, notice.recipient_name = kept.address, kept.name


def _letters_to(person: Person, which: ColumnElement[bool]) -> Sequence[Notice]:
    """To the mailbox that gets their letters; what has been withdrawn is left out."""
    theirs = (Notice.person_id == person.id) & (Notice.address == person.address)
    query = select(Notice).where(theirs, Notice.state != "withdrawn", which).order_by(Notice.id)
    return db.session.scalars(query, execution_options={"populate_existing": True}).all()


def _news(notice: Notice) -> tuple[str, str, int | None, datetime]:
    """Two trainers of one session hear the same of it at the same time."""
    return notice.kind, notice.about, notice.about_id, notice.due_at


def _take_over(kept: Person, other: Person, by: Person | None, now: datetime) -> None:
    """The record that stays gets what the other has, and the other goes."""
    sign_in.end_everywhere(other, now)
    if kept.address is None:  # their calendar is the other record's
        kept.calendar_choice, feed_hash = other.calendar_choice, other.feed_hash
        other.feed_hash = ""
        db.session.flush()  # an address of a feed is one person's
        kept.feed_hash = feed_hash or kept.feed_hash
    for column in FILLED_IN:
        setattr(kept, column, getattr(kept, column) or getattr(other, column))
    kept.is_trainer = kept.is_trainer or other.is_trainer
    kept.is_coordinator = kept.is_coordinator or other.is_coordinator
    facts = {"name": other.name or "somebody without a name", "ref": other.ref}
    people.replace_by(kept, other)
    db.session.refresh(kept)
    journal.record(by, "merged", kept, now, **facts)
