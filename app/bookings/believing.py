"""What a person's calendar believes, whether it is still true, and putting that right.

The ledger says what each entry was last told. It is untrue if it shows another time, place or title than the session
has, shows what they have no place on any more, or lacks what they have; not while a letter about it is on its way, nor
once it is over. Putting it right sends what is true now, once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import journal, timetable
from app.bookings import letters, trainer_entries
from app.bookings.facts import about
from app.bookings.reading import everything_for_a_letter, lock
from app.bookings.tables import Booking, Invite
from app.db import batched, db
from app.errors import NotAllowed, Refused
from app.notices import ledger
from app.notices.ledger import Belief, Shown
from app.people import Person
from app.timetable import Slot, TrainingSession

Verdict = Literal["true", "on its way", "untrue", "over", "none"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one entry stands. part: counted from 0. shown: what it should show, None if it should not be there.

    belief: None if that calendar has been told nothing. verdict: 'none' if there is nothing in it, as should be.
    """

    entry: Invite
    part: int
    shown: Shown | None
    belief: Belief | None
    verdict: Verdict


def standing(booking: Booking, now: datetime) -> list[Standing]:
    """How each entry that a booking ever had stands, in order of its parts, former ones first."""
    return _standing_of([booking], now)


def _standing_of(bookings: Sequence[Booking], now: datetime) -> list[Standing]:
    by_id = {booking.id: booking for booking in bookings}
    query = select(Invite).where(Invite.booking_id.in_(by_id)).join(Invite.slot)
    entries = db.session.scalars(query.order_by(Slot.starts_at, Invite.id).options(joinedload(Invite.slot))).all()
    believed = ledger.beliefs([entry.uid for entry in entries])
    leaving = ledger.on_their_way(Booking.__tablename__, by_id)
    leaving |= ledger.on_their_way(Invite.__tablename__, [entry.id for entry in entries])
    return [
        _standing(entry, by_id[entry.booking_id], believed.get(entry.uid), now, is_leaving=entry.uid in leaving)
        for entry in entries
        if entry.booking_id is not None
    ]


def _standing(entry: Invite, booking: Booking, belief: Belief | None, now: datetime, *, is_leaving: bool) -> Standing:
    training_session = booking.training_session
    part = [slot.id for slot in training_session.slots].index(entry.slot_id)
    is_wanted = booking.is_live and not training_session.is_cancelled and booking.person.gets_invites
    shown = ledger.shown(about(training_session), part) if is_wanted and entry.is_current else None
    verdict = _verdict(belief, shown, is_leaving=is_leaving, is_over=entry.slot.ends_at <= now)
    return Standing(entry=entry, part=part, shown=shown, belief=belief, verdict=verdict)


def _verdict(belief: Belief | None, shown: Shown | None, *, is_leaving: bool, is_over: bool) -> Verdict:
    is_in_calendar = belief is not None and belief.is_in_calendar
    if is_leaving:
        return "on its way"
    if is_over and (shown or is_in_calendar):
        return "over"
    if shown is None:
        return "untrue" if is_in_calendar else "none"
    return "true" if belief is not None and belief.says(shown) else "untrue"


def put_right(booking: Booking, *, by: Person, now: datetime) -> int:
    """Send a person's calendar what is true now: what is untrue, or if nothing is, all of it once more.

    Says how many messages are on their way now. Raises NotAllowed, and Refused if there is nothing to send.
    """
    training_session = timetable.lock(booking.training_session_id)
    booking = lock(booking)
    if not timetable.may_manage(by, training_session.course, training_session.trainers):
        raise NotAllowed("Only this session’s trainers and our coordinators can do this.")
    found = [each for each in standing(booking, now) if each.verdict in {"true", "untrue"}]
    chosen = [each for each in found if each.verdict == "untrue"] or found
    if not chosen:
        raise Refused("There is nothing to send: their calendar has no entry, or the news is on its way already.")
    wrong = [each.entry for each in chosen if each.shown is None]
    mailboxes = {each.entry.uid: each.belief.address for each in chosen if each.belief}
    letters.withdraw_entries(booking, wrong, now, address_of=mailboxes)
    for each in chosen:
        if each.shown is not None and each.belief is not None and _is_of_another_time(each, each.belief):
            each.entry.sequence += 1
    letters.send_again(booking, [each.entry for each in chosen if each.shown is not None], "put right", now)
    journal.record(by, "put right", booking, now, session=training_session.ref)
    return len(chosen)


def put_trainers_right(training_session_id: int, *, by: Person, now: datetime) -> int:
    """Send the calendars of those who run a session what they lack. Says how many messages are on their way now.

    Raises NotFound, NotAllowed.
    """
    training_session = timetable.lock(training_session_id)
    if not timetable.may_manage(by, training_session.course, training_session.trainers):
        raise NotAllowed("Only this session’s trainers and our coordinators can do this.")
    owed = trainer_entries.owed(training_session, now)
    trainer_entries.tell(training_session, owed, now)
    if owed:
        journal.record(by, "put right", training_session, now)
    return sum(len(messages) for messages in owed.values())


def untrue(now: datetime) -> list[str]:
    """The refs of the bookings about which a calendar does not believe what is so, oldest first."""
    to_come = select(Invite.booking_id).join(Invite.slot).where(Slot.ends_at > now, Invite.booking_id.is_not(None))
    query = select(Booking).where(Booking.id.in_(to_come)).order_by(Booking.id).options(*everything_for_a_letter())
    bookings = {booking.id: booking for booking in db.session.scalars(query)}
    wrong: set[int | None] = set()
    for some in batched(bookings.values()):
        wrong |= {each.entry.booking_id for each in _standing_of(some, now) if each.verdict == "untrue"}
    return [booking.ref for id_, booking in bookings.items() if id_ in wrong]


def untrue_of_trainers(now: datetime) -> list[tuple[str, str]]:
    """The same of those who run sessions, as (session's ref, their ref). Who never had an entry is not among them."""
    query = (
        select(Invite, TrainingSession, Person.ref)
        .join(Person, Person.id == Invite.trainer_id)
        .join(Invite.slot)
        .join(TrainingSession, TrainingSession.id == Slot.training_session_id)
        .where(Slot.ends_at > now)
        .order_by(TrainingSession.id, Invite.id)
        .options(*timetable.whole())
    )
    rows = db.session.execute(query).all()
    leaving = ledger.on_their_way(TrainingSession.__tablename__, {of.id for _, of, _ in rows})
    leaving |= ledger.on_their_way(Invite.__tablename__, [entry.id for entry, _, _ in rows])
    wrong: dict[tuple[str, str], None] = {}
    for some in batched(rows):
        believed = ledger.beliefs([entry.uid for entry, _, _ in some])
        for entry, of, ref in some:
            shown, belief = trainer_entries.shown_by(entry, of), believed.get(entry.uid)
            if _verdict(belief, shown, is_leaving=entry.uid in leaving, is_over=False) == "untrue":
                wrong[of.ref, ref] = None
    return list(wrong)


def _is_of_another_time(standing: Standing, belief: Belief) -> bool:
    """Whether it shows another time or place under the SEQUENCE that is ours now, and so needs a higher one."""
    shown = standing.shown
    same = shown is not None and (belief.shown.starts_at, belief.shown.ends_at, belief.shown.place) == (
        shown.starts_at,
        shown.ends_at,
        shown.place,
    )
    return belief.sequence >= standing.entry.sequence and not (same and belief.is_in_calendar)
