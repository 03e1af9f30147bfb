"""The calendar entries of those who run a session.

What a trainer's calendar should hold follows from the session as it is: an entry for each part to come, if the session
is on the timetable, they run it, and they get invites. What it may hold is in the ledger. The difference is what they
are sent, however many deeds lie between: so it does not matter which of them has been told already.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update

from app import courses, settings, timetable
from app.bookings.facts import about
from app.bookings.tables import Invite
from app.db import db, locked
from app.notices import invites, kinds, ledger, outbox
from app.notices.ledger import Belief
from app.notices.outbox import Recipient
from app.people import Person
from app.timetable import SessionTrainer, Slot, TrainingSession

Owed = dict[int, list[kinds.Invite]]


def owed(training_session: TrainingSession, now: datetime, *, unsure: Set[str] = frozenset()) -> Owed:
    """What each trainer, and whoever was one, is to be sent for their calendar to be right, by person's id.

    What is unsent is taken back, for this says it anew. Nobody is told of what is over. unsure: entries of which a
    letter has been taken back that may have left all the same.
    """
    unsure = unsure | _take_back(training_session, now)
    rows = _entries_on(training_session)
    believed, runs_it = ledger.beliefs([entry.uid for entry in rows]), _with_entries(training_session)
    found: Owed = {}
    for part, slot in enumerate(training_session.slots):
        if slot.ends_at <= now:
            continue
        own = {entry.trainer_id: entry for entry in rows if entry.slot_id == slot.id}
        for person_id in sorted({*runs_it, *filter(None, own)}):
            entry = own.get(person_id) or _new(person_id, slot, now)
            shown = ledger.shown(about(training_session), part) if person_id in runs_it else None
            method = _bring_up_to_date(entry, believed.get(entry.uid), shown, now, is_unsure=entry.uid in unsure)
            if method is not None:
                found.setdefault(person_id, []).append(_message(entry, method, part))
    return found


def _take_back(training_session: TrainingSession, now: datetime, *, person_id: int | None = None) -> set[str]:
    """Stop unsent letters about entries. Returns the entries of which one may have left, or leaves just now."""
    stopped = outbox.withdraw(training_session, kinds=(kinds.TrainerEntry,), now=now, person_id=person_id)
    unsure = {str(notice.facts["invite"]["uid"]) for notice in stopped if notice.may_have_left}
    return unsure | ledger.on_their_way(TrainingSession.__tablename__, [training_session.id])


def tell(training_session: TrainingSession, owing: Mapping[int, Sequence[kinds.Invite]], now: datetime) -> None:
    """A short letter for each entry."""
    of = about(training_session)
    for person_id, messages in owing.items():
        person = db.session.get_one(Person, person_id)
        if person.address:
            to = Recipient(person.address, person.name, person.id)
            for message in messages:
                facts = kinds.TrainerEntry(about=of, invite=message)
                queue(facts, training_session, to, now, of=_withdrawn(message))


def _withdrawn(message: kinds.Invite) -> Invite | None:
    """The entry, if the message ends it: that is for good, so newer news about the session must not stop it."""
    return db.session.scalar(select(Invite).where(Invite.uid == message.uid)) if message.method == "CANCEL" else None


def queue(
    facts: kinds.TrainerEntry | kinds.SessionNews,
    training_session: TrainingSession,
    to: Recipient,
    now: datetime,
    *,
    which: str = "",
    of: Invite | None = None,
) -> None:
    """A letter that may speak of a trainer's entry: those to one mailbox leave in order, as those about a booking do.

    which: tells news apart; an entry is told apart by itself. of: what it is about, if not the session.
    """
    message = facts.invite
    if message is not None and not which:
        which = f"{message.uid}:{message.sequence}:{int(message.stamped_at.timestamp())}"
    key = f"{facts.name}:{which}:{to.person_id}"
    thread = f"trainer:{training_session.id}:{outbox.digest(to.address)}"
    outbox.queue(facts, to=to, about=of or training_session, now=now, dedupe_key=key, thread=thread)


def bring_up_to_date(training_session: TrainingSession, now: datetime) -> None:
    """Send every trainer of a session what their calendar lacks."""
    tell(training_session, owed(training_session, now), now)


def withdraw_all(person: Person, now: datetime) -> None:
    """Their calendar loses the entries of all sessions to come that they run, for good; new ones have new UIDs."""
    for training_session in coming_run_by(person, now):
        unsure = _take_back(training_session, now, person_id=person.id)
        coming = [slot.id for slot in training_session.slots if slot.starts_at > now]
        own = [entry for entry in _entries_on(training_session) if entry.trainer_id == person.id]
        believed = ledger.beliefs([entry.uid for entry in own])
        for entry in (entry for entry in own if entry.slot_id in coming):
            is_unsure = entry.uid in unsure
            method = _bring_up_to_date(entry, believed.get(entry.uid), None, now, is_unsure=is_unsure)
            if method is not None:
                part = [slot.id for slot in training_session.slots].index(entry.slot_id)
                tell(training_session, {person.id: [_message(entry, method, part)]}, now)
    former = update(Invite).where(Invite.trainer_id == person.id, Invite.is_current)
    db.session.execute(former.values(is_current=False))  # what has begun stays in the calendar


def hold_run_by(person: Person, now: datetime, *, also: Iterable[int] = ()) -> None:
    """Hold the sessions to come that somebody runs, after their courses: who changes one meanwhile waits.

    also: the ids of other courses to be held.
    """
    run = [(each.id, each.course_id) for each in coming_run_by(person, now)]
    courses.lock_all(sorted({*also, *(course_id for _, course_id in run)}))
    locked(TrainingSession, [id_ for id_, _ in run])


def coming_run_by(person: Person, now: datetime) -> list[TrainingSession]:
    """The sessions not over that somebody runs, with all that a letter says of them."""
    query = (
        select(TrainingSession)
        .join(SessionTrainer, SessionTrainer.training_session_id == TrainingSession.id)
        .where(SessionTrainer.person_id == person.id, TrainingSession.ends_at > now)
        .order_by(TrainingSession.id)
        .options(*timetable.whole())
    )
    return list(db.session.scalars(query, execution_options={"populate_existing": True}))


def of_person(training_session: TrainingSession, person: Person) -> Iterable[Invite]:
    """Somebody's current entries as one of its trainers."""
    return [entry for entry in _entries_on(training_session) if entry.trainer_id == person.id]


def shown_by(entry: Invite, training_session: TrainingSession) -> ledger.Shown | None:
    """What a trainer's entry should show; None if it should not be there."""
    if not entry.is_current or entry.trainer_id not in _with_entries(training_session):
        return None
    return ledger.shown(about(training_session), [slot.id for slot in training_session.slots].index(entry.slot_id))


def _with_entries(training_session: TrainingSession) -> set[int]:
    if training_session.state != "scheduled":
        return set()
    return {trainer.id for trainer in training_session.trainers if trainer.gets_invites}


def _entries_on(training_session: TrainingSession) -> Sequence[Invite]:
    of_session = Invite.slot_id.in_([slot.id for slot in training_session.slots])
    query = select(Invite).where(of_session, Invite.trainer_id.is_not(None), Invite.is_current).order_by(Invite.id)
    return db.session.scalars(query).all()


def _new(person_id: int, slot: Slot, now: datetime) -> Invite:
    uid = invites.new_uid(settings.current().host)
    entry = Invite(trainer_id=person_id, slot=slot, uid=uid, sequence=0, stamped_at=now)
    db.session.add(entry)
    return entry


def _bring_up_to_date(
    entry: Invite, belief: Belief | None, shown: ledger.Shown | None, now: datetime, *, is_unsure: bool
) -> kinds.Method | None:
    """What to send so that a calendar believes what is so; None if it does already.

    shown: None for no entry. is_unsure: a letter about it may have left, or not.
    """
    if shown is None:
        entry.is_current = False
        if not is_unsure and (belief is None or not belief.is_in_calendar):
            return None
        entry.advance(now)
        return "CANCEL"
    if belief is not None and not belief.says(replace(shown, title=belief.shown.title)):
        entry.advance(now)
        entry.answer = ""  # it was about another time or place
    elif belief is not None and not belief.says(shown):
        entry.stamp(now)  # a slip in a title is no change (RFC 5546 §2.1.4)
    elif belief is not None and not is_unsure:
        return None
    elif entry.id is not None:  # not made just now
        entry.stamp(now)
    return "REQUEST"


def _message(entry: Invite, method: kinds.Method, part: int) -> kinds.Invite:
    return kinds.Invite(method=method, uid=entry.uid, sequence=entry.sequence, stamped_at=entry.stamped_at, part=part)
