"""Finding bookings: one's own, those of a session, those that overlap."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, update
from sqlalchemy.orm import aliased, contains_eager, joinedload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from app.bookings.tables import Answer, Booking, Invite
from app.courses import Course
from app.db import change, db, locked
from app.errors import NotFound
from app.journal import Deed
from app.notices import kinds, outbox
from app.notices.outbox import Notice
from app.people import Person
from app.timetable import Slot, TrainingSession
from app.waiting_list import Offer, Wait

NEEDS_KEPT = timedelta(days=28)
MINE_PAST = 50
NO_SUCH_BOOKING = "There is no such booking. The address may have been cut short."
AFRESH = {"populate_existing": True}


def _session_of_booking() -> list[_AbstractLoad]:
    session = joinedload(Booking.training_session)
    return [
        session.joinedload(TrainingSession.course),
        session.selectinload(TrainingSession.slots).joinedload(Slot.room),
    ]


def everything_for_a_letter() -> list[_AbstractLoad]:
    """What a query about bookings is to load with them."""
    trainers = joinedload(Booking.training_session).selectinload(TrainingSession.trainers)
    return [*_session_of_booking(), trainers, joinedload(Booking.person), joinedload(Booking.booked_by)]


def get(ref: str) -> Booking:
    """A booking with its session, slots, rooms, trainers and person. Raises NotFound."""
    query = select(Booking).where(Booking.ref == ref.upper())
    found = db.session.scalar(query.options(*everything_for_a_letter()))
    if found is None:
        raise NotFound(NO_SUCH_BOOKING)
    return found


def get_own(ref: str, person: Person) -> Booking:
    """The same, if it is this person's: that another's exists is nobody's business. Raises NotFound."""
    found = get(ref)
    if found.person_id != person.id:
        raise NotFound(NO_SUCH_BOOKING)
    return found


def get_whole(booking_id: int | None) -> Booking | None:
    """The same by id as the database has it now, whatever was read before; None if it is gone."""
    query = select(Booking).where(Booking.id == booking_id)
    return db.session.scalar(query.options(*everything_for_a_letter()), execution_options=AFRESH)


def whole_on(person_id: int, training_session_id: int) -> Booking | None:
    """Somebody's live booking on a session, with all that a letter says; None if they have none."""
    live = (Booking.person_id == person_id) & (Booking.state == "booked")
    query = select(Booking).where(live, Booking.training_session_id == training_session_id)
    return db.session.scalar(query.options(*everything_for_a_letter()), execution_options=AFRESH)


def lock(booking: Booking) -> Booking:
    """A booking held until the transaction ends, with all that a letter says."""
    [held] = locked(Booking, [booking.id])
    return get_whole(held.id) or held  # a lock alone forgets the records around a booking


def mine(person: Person, *, now: datetime) -> tuple[list[Booking], list[Booking]]:
    """Coming bookings by time, and past or cancelled ones, the latest first (the last 50)."""
    query = (
        select(Booking)
        .join(Booking.training_session)
        .where(Booking.person_id == person.id)
        .options(*_session_of_booking())
    )
    is_coming = (Booking.state == "booked") & (TrainingSession.ends_at > now)
    coming = query.where(is_coming).order_by(TrainingSession.starts_at)
    past = query.where(~is_coming).order_by(TrainingSession.starts_at.desc()).limit(MINE_PAST)
    return list(db.session.scalars(coming)), list(db.session.scalars(past))


def coming_of(person: Person, *, now: datetime) -> list[Booking]:
    """Somebody's places on sessions that are not over, each with all that a letter says, locked."""
    not_over = (Booking.state == "booked") & (TrainingSession.ends_at > now)
    coming = select(Booking.id).join(Booking.training_session).where(Booking.person_id == person.id, not_over)
    held = locked(Booking, db.session.scalars(coming).all())
    query = select(Booking).where(Booking.id.in_([booking.id for booking in held]), Booking.state == "booked")
    query = query.order_by(Booking.id).options(*everything_for_a_letter())
    return list(db.session.scalars(query, execution_options=AFRESH))  # under the lock: a session may just have moved


def of_person_on(person: Person, training_session: TrainingSession) -> Booking | None:
    """Somebody's live booking on a session."""
    query = select(Booking).where(Booking.person_id == person.id, Booking.state == "booked")
    return db.session.scalar(query.where(Booking.training_session_id == training_session.id))


def coming_on_course(person: Person, course_id: int, *, now: datetime) -> Sequence[Booking]:
    """Somebody's live bookings on dates of a course that are not over, by time."""
    of_course = (TrainingSession.course_id == course_id) & (TrainingSession.ends_at > now)
    return _live_bookings([person.id], of_course)


def sessions_of(person: Person) -> set[int]:
    """The ids of the sessions that somebody has a place on."""
    query = select(Booking.training_session_id).where(Booking.person_id == person.id, Booking.state == "booked")
    return set(db.session.scalars(query))


def live_on(training_session: TrainingSession) -> list[Booking]:
    """Everybody who has a place on a session, in the order in which they booked."""
    query = (
        select(Booking)
        .where(Booking.training_session_id == training_session.id, Booking.state == "booked")
        .order_by(Booking.booked_at, Booking.id)
        .options(joinedload(Booking.person), joinedload(Booking.booked_by))
        .execution_options(**AFRESH)
    )
    return list(db.session.scalars(query))


def hold_bookings(*training_sessions: TrainingSession) -> None:
    """Lock the live bookings of sessions that change together, in the order of all locks."""
    of_sessions = Booking.training_session_id.in_([training_session.id for training_session in training_sessions])
    locked(Booking, db.session.scalars(select(Booking.id).where(of_sessions, Booking.state == "booked")).all())


def locked_bookings(training_session: TrainingSession) -> list[Booking]:
    """The live bookings of a session, held until the transaction ends, each with its person."""
    live = (Booking.training_session_id == training_session.id) & (Booking.state == "booked")
    locked(Booking, db.session.scalars(select(Booking.id).where(live)).all())
    return live_on(training_session)  # read under the lock: a person may just have changed their address


class Own(NamedTuple):
    """What somebody has that a place on a session has to do with.

    overlapping: live bookings on it, at its times, or on a coming date of its course, by time. kept: the booking on it
    that they declined a moment ago, if its place is still held for them.
    """

    overlapping: list[Booking]
    kept: Booking | None


def own_beside(person: Person, training_session: TrainingSession, *, now: datetime) -> Own:
    """In one statement."""
    same_course = (TrainingSession.course_id == training_session.course_id) & (TrainingSession.ends_at > now)
    overlaps = and_(Booking.state == "booked", or_(_at_the_time_of(training_session), same_course))
    is_kept = and_(Booking.held_until.is_not(None), Booking.training_session_id == training_session.id)
    found = _bookings([person.id], or_(overlaps, is_kept))
    kept = next((booking for booking in found if not booking.is_live), None)
    return Own([booking for booking in found if booking.is_live], kept)


def clashes(person_ids: Sequence[int], training_session: TrainingSession) -> dict[int, list[Booking]]:
    """Live bookings on other sessions at this one's times, by person (absent = none)."""
    elsewhere = Booking.training_session_id != training_session.id
    found: dict[int, list[Booking]] = {}
    for booking in _live_bookings(person_ids, _at_the_time_of(training_session) & elsewhere):
        found.setdefault(booking.person_id, []).append(booking)
    return found


def invites_of(bookings: Sequence[Booking]) -> dict[int, list[Invite]]:
    """The current calendar entries by booking's id, in order of their slots."""
    query = (
        select(Invite)
        .join(Invite.slot)
        .where(Invite.booking_id.in_([booking.id for booking in bookings]), Invite.is_current)
        .order_by(Slot.starts_at)
        .options(joinedload(Invite.slot))
    )
    found: dict[int, list[Invite]] = {}
    for invite in db.session.scalars(query):
        if invite.booking_id is not None:
            found.setdefault(invite.booking_id, []).append(invite)
    return found


@dataclass(frozen=True)
class Answers:
    """What calendars answered: by booking's id, and by trainer's, {part, counted from 0: answer}; absent = nothing."""

    of_bookings: Mapping[int, dict[int, Answer]] = field(default_factory=dict)
    of_trainers: Mapping[int, dict[int, Answer]] = field(default_factory=dict)


def answers_on(training_session: TrainingSession) -> Answers:
    """What the calendars of everybody who has or had a place answered, and those of the trainers, in one statement."""
    parts = {slot.id: part for part, slot in enumerate(training_session.slots)}
    query = select(Invite.booking_id, Invite.trainer_id, Invite.slot_id, Invite.answer)
    has_answered = Invite.slot_id.in_(parts) & Invite.is_current & (Invite.answer != "")
    of_bookings: dict[int, dict[int, Answer]] = {}
    of_trainers: dict[int, dict[int, Answer]] = {}
    for booking_id, trainer_id, slot_id, answer in db.session.execute(query.where(has_answered)):
        if booking_id is not None:
            of_bookings.setdefault(booking_id, {})[parts[slot_id]] = answer
        elif trainer_id is not None:
            of_trainers.setdefault(trainer_id, {})[parts[slot_id]] = answer
    return Answers(of_bookings, of_trainers)


def everybody_on(training_session: TrainingSession) -> list[Booking]:
    """Everybody who has or had a place on a session, in the order in which they booked."""
    query = (
        select(Booking)
        .where(Booking.training_session_id == training_session.id)
        .order_by(Booking.booked_at, Booking.id)
        .options(joinedload(Booking.person), joinedload(Booking.booked_by))
    )
    return list(db.session.scalars(query))


def cancelled_by(cancelled: Sequence[Booking]) -> dict[int, tuple[str, str]]:
    """Who gave up these places, and why, by booking's id: ('', '') if they themselves; absent if the session fell."""
    if not cancelled:
        return {}
    owners = {booking.id: booking.person_id for booking in cancelled}
    by_somebody = Deed.did.in_(["cancelled", "declined"])
    is_meant = (Deed.about == Booking.__tablename__) & Deed.about_id.in_(owners) & by_somebody
    query = select(Deed.about_id, Deed.by_id, Person.name, Deed.why).join(Person, Person.id == Deed.by_id)
    found = db.session.execute(query.where(is_meant).order_by(Deed.id))
    return {id_: ("" if by_id == owners[id_] else name, why) for id_, by_id, name, why in found}


def unconfirmed_on(training_session: TrainingSession) -> list[Booking]:
    """Who was asked whether they are still coming and has not said so, the last to book first; nobody if none is asked.

    Whoever has no address of their own is not among them.
    """
    if not training_session.course.asks_to_confirm:
        return []
    asked = exists().where(
        Notice.kind == kinds.StillComing.name,
        Notice.about == Booking.__tablename__,
        Notice.about_id == Booking.id,
        Notice.state == "sent",
    )
    query = (
        select(Booking)
        .join(Booking.person)
        .where(Booking.training_session_id == training_session.id, Booking.state == "booked")
        .where(Booking.confirmed_at.is_(None), Person.address.is_not(None), asked)
        .order_by(Booking.booked_at.desc(), Booking.id.desc())
        .options(contains_eager(Booking.person), joinedload(Booking.booked_by))
    )
    return list(db.session.scalars(query, execution_options=AFRESH))


def needs_on(training_session: TrainingSession) -> list[tuple[str, str]]:
    """What would help those who have a place on a session, as (booking's ref, words), where they said anything."""
    live = (Booking.training_session_id == training_session.id) & (Booking.state == "booked")
    query = select(Booking.ref, Booking.access_needs).where(live, Booking.access_needs != "").order_by(Booking.id)
    return [(ref, words) for ref, words in db.session.execute(query)]


def notices_about(training_session: TrainingSession, *, after_id: int = 0) -> list[Notice]:
    """Every letter about a session, its bookings and their entries, in the order in which they were queued."""
    query = select(Notice).where(_is_about(training_session), Notice.id > after_id).order_by(Notice.id)
    return list(db.session.scalars(query, execution_options=AFRESH))


def notices_of_courses(course_ids: Collection[int], *, after_id: int) -> list[Notice]:
    """Every letter about the sessions of courses, and about who waits for them, that was queued after one."""
    sessions = select(TrainingSession.id).where(TrainingSession.course_id.in_(course_ids))
    waits = select(Wait.id).where(Wait.course_id.in_(course_ids))
    is_meant = or_(_is_of(sessions), (Notice.about == Wait.__tablename__) & Notice.about_id.in_(waits))
    query = select(Notice).where(Notice.id > after_id, is_meant).order_by(Notice.id)
    return list(db.session.scalars(query, execution_options=AFRESH))


def notice_about(training_session: TrainingSession, number: int) -> Notice | None:
    """One of these letters; None if there is none of this number, or it is about something else."""
    return db.session.scalar(select(Notice).where(_is_about(training_session), Notice.id == number))


def count_notices(training_session: TrainingSession) -> dict[str, int]:
    """How many of these letters are in each state: dict[state, int], none absent."""
    query = select(Notice.state, func.count()).where(_is_about(training_session)).group_by(Notice.state)
    return dict.fromkeys(outbox.STATES, 0) | dict(db.session.execute(query).all())


def _is_about(training_session: TrainingSession) -> ColumnElement[bool]:
    return _is_of([training_session.id])


def _is_of(session_ids: Collection[int] | Select[int]) -> ColumnElement[bool]:
    """Of a letter: whether it is about one of these sessions, its bookings, their entries or its offers."""
    of_sessions = select(Booking.id).where(Booking.training_session_id.in_(session_ids))
    entries = select(Invite.id).join(Invite.slot).where(Slot.training_session_id.in_(session_ids))
    offers = select(Offer.id).where(Offer.training_session_id.in_(session_ids))
    return or_(
        (Notice.about == TrainingSession.__tablename__) & Notice.about_id.in_(session_ids),
        (Notice.about == Booking.__tablename__) & Notice.about_id.in_(of_sessions),
        (Notice.about == Invite.__tablename__) & Notice.about_id.in_(entries),
        (Notice.about == Offer.__tablename__) & Notice.about_id.in_(offers),
    )


def courses_of(notices: Sequence[Notice]) -> dict[int, str]:
    """The title of the course that each letter is about, by the letter's id (absent = none), in four statements."""
    ids = [notice.about_id for notice in notices]
    by_booking = select(Booking.id, Course.title).join(Booking.training_session).join(TrainingSession.course)
    by_session = select(TrainingSession.id, Course.title).join(TrainingSession.course)
    by_wait = select(Wait.id, Course.title).join(Wait.course)
    by_offer = select(Offer.id, Course.title).join(Offer.wait).join(Wait.course)
    titles: dict[tuple[str, int | None], str] = {}
    for model, query in ((Booking, by_booking), (TrainingSession, by_session), (Wait, by_wait), (Offer, by_offer)):
        for id_, title in db.session.execute(query.where(model.id.in_(ids))):
            titles[model.__tablename__, id_] = title
    named = ((notice.id, (notice.about, notice.about_id)) for notice in notices)
    return {id_: titles[about] for id_, about in named if about in titles}


def erase_needs(now: datetime) -> int:
    """Erase what people told us they need, 28 days after their session; says how many."""
    over = select(TrainingSession.id).where(TrainingSession.ends_at < now - NEEDS_KEPT)
    query = update(Booking).where(Booking.access_needs != "", Booking.training_session_id.in_(over))
    return change(query.values(access_needs=""))


def _at_the_time_of(training_session: TrainingSession) -> ColumnElement[bool]:
    other = aliased(Slot)
    overlaps = ((other.starts_at < slot.ends_at) & (slot.starts_at < other.ends_at) for slot in training_session.slots)
    return exists().where(other.training_session_id == Booking.training_session_id, or_(false(), *overlaps))


def _live_bookings(person_ids: Sequence[int], which: ColumnElement[bool]) -> Sequence[Booking]:
    return _bookings(person_ids, and_(Booking.state == "booked", which))


def _bookings(person_ids: Sequence[int], which: ColumnElement[bool]) -> Sequence[Booking]:
    query = (
        select(Booking)
        .join(Booking.training_session)
        .where(Booking.person_id.in_(person_ids), which)
        .order_by(TrainingSession.starts_at)
        .options(contains_eager(Booking.training_session).joinedload(TrainingSession.course))
    )
    return db.session.scalars(query).all()
