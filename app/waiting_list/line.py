"""Finding waits: one's own, those of a session or a course, and who is next in line."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from app.courses import Course
from app.db import db
from app.errors import NotFound
from app.people import Person
from app.timetable import Slot, TrainingSession
from app.waiting_list.deadlines import is_last_day
from app.waiting_list.tables import Offer, Wait, WaitDate

AFRESH = {"populate_existing": True}
LIVE: ColumnElement[bool] = Wait.state == "waiting"
IN_LINE = Wait.ranked_at, Wait.id
MINE_PAST = 20


def suits() -> ColumnElement[bool]:
    """Whether a wait is for a session: of a query that has both. Where it stands in line is another matter."""
    said = (WaitDate.wait_id == Wait.id) & (WaitDate.training_session_id == TrainingSession.id)
    is_named = exists().where(said, WaitDate.is_wanted).correlate(Wait, TrainingSession)
    is_ruled_out = exists().where(said, ~WaitDate.is_wanted).correlate(Wait, TrainingSession)
    return and_(
        Wait.course_id == TrainingSession.course_id,
        or_(and_(Wait.wants == "these", is_named), and_(Wait.wants != "these", ~is_ruled_out)),
        or_(Wait.instead_of_id.is_(None), Wait.instead_of_id != TrainingSession.id),
    )


def may_be_given(now: datetime) -> ColumnElement[bool]:
    """Whether somebody may be offered a place of any session just now."""
    own = aliased(TrainingSession)
    has_begun = exists().where(own.id == Wait.instead_of_id, own.starts_at <= now)
    has_offer = exists().where(Offer.wait_id == Wait.id, Offer.state == "open")
    return and_(LIVE, Wait.paused_at.is_(None), ~has_offer, ~has_begun)


def next_in_line(
    training_session: TrainingSession, *, now: datetime, which: ColumnElement[bool] | None = None, most: int
) -> list[Wait]:
    """Those whose turn it is when a place of a session is free, the longest wait first, each with the person afresh.

    which: what else must hold, for floors that know more.
    """
    query = _of_session(training_session.id).where(may_be_given(now), true() if which is None else which)
    query = query.order_by(*IN_LINE).limit(most).options(*_everything())
    return list(db.session.scalars(query, execution_options=AFRESH))


def line_of(training_session: TrainingSession) -> list[Wait]:
    """Everybody who waits for a session, in order, each with the person."""
    query = _of_session(training_session.id).where(LIVE).order_by(*IN_LINE).options(*_everything())
    return list(db.session.scalars(query, execution_options=AFRESH))


def line_of_course(course_id: int) -> list[Wait]:
    """Everybody who waits for a place on a course, in order, each with the person."""
    query = select(Wait).where(Wait.course_id == course_id, LIVE).order_by(*IN_LINE)
    return list(db.session.scalars(query.options(*_everything()), execution_options=AFRESH))


def is_waited_for(course_id: int) -> bool:
    """Whether anybody at all waits for a place on a course."""
    return db.session.scalar(select(Wait.id).where(Wait.course_id == course_id, LIVE).limit(1)) is not None


class HasId(Protocol):
    """A session's record, or its line in a list."""

    @property
    def id(self) -> Any: ...


def counts(sessions: Collection[HasId]) -> dict[int, int]:
    """How many people wait for each session: dict[session id, count], absent = 0. In one statement."""
    query = (
        select(TrainingSession.id, func.count())
        .join(Wait, suits())
        .where(TrainingSession.id.in_([each.id for each in sessions]), LIVE)
        .group_by(TrainingSession.id)
    )
    return dict(db.session.execute(query).all())


def ahead_of(wait: Wait, sessions: Collection[TrainingSession]) -> dict[int, int]:
    """How many wait for each of these sessions before somebody: dict[session id, count], absent = 0."""
    query = (
        select(TrainingSession.id, func.count())
        .join(Wait, suits())
        .where(TrainingSession.id.in_([each.id for each in sessions]), LIVE)
        .where(tuple_(*IN_LINE) < tuple_(wait.ranked_at, wait.id))
        .group_by(TrainingSession.id)
    )
    return dict(db.session.execute(query).all())


class Stand(NamedTuple):
    """Where somebody stands for one date. is_open_to_all: a place is free, for whoever is first."""

    training_session: TrainingSession
    place: int
    is_open_to_all: bool


def places_in_line(waits: Collection[Wait], now: datetime) -> dict[tuple[int, int], int]:
    """Where waits stand for each coming session: dict[(wait's id, session's id), place], from 1 on.

    Absent: does not wait for it. In one statement.
    """
    own = aliased(Wait)
    query = (
        select(own.id, TrainingSession.id, func.count())
        .select_from(own)
        .join(TrainingSession, TrainingSession.course_id == own.course_id)
        .join(Wait, suits())
        .where(own.id.in_([wait.id for wait in waits]), LIVE)
        .where(TrainingSession.state == "scheduled", TrainingSession.starts_at > now)
        .where(tuple_(*IN_LINE) <= tuple_(own.ranked_at, own.id))
        .group_by(own.id, TrainingSession.id)
        .having(func.count().filter(Wait.id == own.id) > 0)
    )
    return {(wait_id, session_id): place for wait_id, session_id, place in db.session.execute(query)}


def standing(waits: Collection[Wait], now: datetime) -> dict[int, list[Stand]]:
    """The same by wait's id (absent = there is no date that suits), in order of time, with slots and rooms."""
    places = places_in_line(waits, now)
    query = (
        select(TrainingSession)
        .where(TrainingSession.id.in_({session_id for _, session_id in places}))
        .order_by(TrainingSession.starts_at, TrainingSession.id)
        .options(joinedload(TrainingSession.course), joinedload(TrainingSession.slots).joinedload(Slot.room))
    )
    found: dict[int, list[Stand]] = {}
    for date in db.session.scalars(query).unique():
        is_open_to_all = not date.is_full and is_last_day(date.starts_at, now)
        for wait in waits:
            if (wait.id, date.id) in places:
                stand = Stand(date, places[wait.id, date.id], is_open_to_all)
                found.setdefault(wait.id, []).append(stand)
    return found


def get(ref: str) -> Wait:
    """A wait with its course and person. Raises NotFound."""
    found = db.session.scalar(select(Wait).where(Wait.ref == ref.upper()).options(*_everything()))
    if found is None:
        raise NotFound("There is no such place in line. The address may have been cut short.")
    return found


def by_id(wait_id: int | None) -> Wait | None:
    """The same by id as the database has it now; None if it is gone."""
    query = select(Wait).where(Wait.id == wait_id).options(*_everything())
    return db.session.scalar(query, execution_options=AFRESH)


def get_offer(ref: str) -> Offer:
    """An offer with its wait, person and session. Raises NotFound."""
    found = db.session.scalar(select(Offer).where(Offer.ref == ref.upper()).options(*_everything_of_offer()))
    if found is None:
        raise NotFound("There is no such offer. The address may have been cut short.")
    return found


def offer_by_id(offer_id: int | None) -> Offer | None:
    """The same by id as the database has it now; None if it is gone."""
    query = select(Offer).where(Offer.id == offer_id).options(*_everything_of_offer())
    return db.session.scalar(query, execution_options=AFRESH)


def of_person(person: Person, course_id: int) -> Wait | None:
    """Somebody's live wait on a course, as the database has it now."""
    query = select(Wait).where(Wait.person_id == person.id, Wait.course_id == course_id, LIVE)
    return db.session.scalar(query.options(*_everything()), execution_options=AFRESH)


def of(person: Person) -> list[Wait]:
    """Somebody's live waits, the oldest first, each with its course."""
    query = select(Wait).where(Wait.person_id == person.id, LIVE).order_by(Wait.asked_at, Wait.id)
    return list(db.session.scalars(query.options(*_everything()), execution_options=AFRESH))


def course_ids_of(*people: Person) -> Select[int]:
    """The ids of the courses that these people wait for: who changes a person holds them, as whoever gives a place."""
    return select(Wait.course_id).where(Wait.person_id.in_([person.id for person in people]), LIVE)


def open_offers(waits: Collection[Wait]) -> dict[int, Offer]:
    """The open offers by wait's id (absent = none), each with its session."""
    query = select(Offer).where(Offer.wait_id.in_([wait.id for wait in waits]), Offer.state == "open")
    found = db.session.scalars(query.options(*_everything_of_offer()), execution_options=AFRESH)
    return {offer.wait_id: offer for offer in found}


def open_offer_of(wait: Wait) -> Offer | None:
    return open_offers([wait]).get(wait.id)


def offers_of(wait: Wait) -> list[Offer]:
    """All that somebody was ever offered while they waited, without what belongs to it."""
    return list(db.session.scalars(select(Offer).where(Offer.wait_id == wait.id)))


def offers_on(training_session: TrainingSession) -> list[Offer]:
    """The open offers of a session, in the order in which they were made."""
    query = (
        select(Offer)
        .where(Offer.training_session_id == training_session.id, Offer.state == "open")
        .order_by(Offer.id)
        .options(*_everything_of_offer())
    )
    return list(db.session.scalars(query, execution_options=AFRESH))


def run_out(course_id: int, now: datetime) -> list[Offer]:
    """The open offers of a course whose deadline has passed, the earliest first."""
    query = (
        select(Offer)
        .join(Offer.wait)
        .where(Wait.course_id == course_id, Offer.state == "open", Offer.lapses_at <= now)
        .order_by(Offer.lapses_at, Offer.id)
        .options(*_everything_of_offer())
    )
    return list(db.session.scalars(query, execution_options=AFRESH))


def count_offers(training_session: TrainingSession) -> int:
    """How many places of a session are held for somebody just now."""
    held = (Offer.training_session_id == training_session.id) & (Offer.state == "open")
    return db.session.scalar(select(func.count()).select_from(Offer).where(held)) or 0


def wanted_dates(waits: Iterable[Wait]) -> dict[int, list[TrainingSession]]:
    """The sessions that waits name, by wait's id (absent = none), in order of time, with their slots and rooms."""
    query = (
        select(WaitDate.wait_id, TrainingSession)
        .join(TrainingSession, TrainingSession.id == WaitDate.training_session_id)
        .where(WaitDate.wait_id.in_([wait.id for wait in waits]), WaitDate.is_wanted)
        .order_by(TrainingSession.starts_at, TrainingSession.id)
        .options(selectinload(TrainingSession.slots).joinedload(Slot.room), joinedload(TrainingSession.course))
    )
    found: dict[int, list[TrainingSession]] = {}
    for wait_id, training_session in db.session.execute(query):
        found.setdefault(wait_id, []).append(training_session)
    return found


def suited_among(wait: Wait, sessions: Sequence[TrainingSession]) -> list[TrainingSession]:
    """Those of these sessions that somebody waits for, in the same order."""
    query = select(TrainingSession.id).join(Wait, suits()).where(Wait.id == wait.id)
    ids = set(db.session.scalars(query.where(TrainingSession.id.in_([each.id for each in sessions]))))
    return [each for each in sessions if each.id in ids]


def _of_session(training_session_id: int) -> Select[Wait]:
    return select(Wait).join(TrainingSession, suits()).where(TrainingSession.id == training_session_id)


def _everything() -> list[_AbstractLoad]:
    return [
        joinedload(Wait.course).joinedload(Course.owner),
        joinedload(Wait.person),
        joinedload(Wait.asked_by),
    ]


def _everything_of_offer() -> list[_AbstractLoad]:
    session = joinedload(Offer.training_session)
    wait = joinedload(Offer.wait)
    return [
        session.joinedload(TrainingSession.course),
        session.selectinload(TrainingSession.slots).joinedload(Slot.room),
        session.selectinload(TrainingSession.trainers),
        wait.joinedload(Wait.person),
        wait.joinedload(Wait.asked_by),
        wait.joinedload(Wait.course),
    ]
