"""What is done about a mail that came back: the rules, in their order. The first that fits decides.

- A delivery report is shown at the person, and what a program wrote without a calendar part is dropped.
- A calendar part that is not plainly one reply to one of our entries is left for a person, or dropped.
- It must answer for the booked address, come from there, and be vouched for by our own mail server. If it may be
  right, the booked address is asked. If it may be forged, nothing happens.
- It must be newer than the last answer, and about the time that the session still has.
- A decline releases the place, as if the person had cancelled. Too many at once wait for a coordinator.
Nothing here trusts a word that it shows, and nothing but a decline that passed all of this takes a place from anybody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app import bookings, clock, settings, timetable
from app.bookings import Booking, Invite
from app.db import db
from app.notices import ledger
from app.notices.kinds import Noted, WhyAgain
from app.people import Person
from app.replies import passing_on, telling
from app.replies.outcomes import Did
from app.replies.reading import Event, Mail, Verdict
from app.replies.tables import Reply
from app.replies.trusting import Trust, answer_of, trust
from app.replies.words import folded
from app.timetable import Slot, TrainingSession

MOST_RELEASES, WITHIN = 5, timedelta(minutes=10)
MOST_AHEAD = timedelta(days=1)
IN_WORDS = {"ACCEPTED": "accepted", "TENTATIVE": "tentative", "DECLINED": "declined", "DELEGATED": "delegated"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was done, and why. waits: a coordinator has to look at it."""

    did: Did
    why: str = ""
    details: str = ""
    waits: bool = False


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A reply about one of our entries, and what it is about, as it is under the lock.

    booking: None if the entry is a trainer's.
    """

    mail: Mail
    event: Event
    partstat: str
    stamped_at: datetime
    entry: Invite
    booking: Booking | None
    person: Person
    training_session: TrainingSession
    part: int


class _Enough(Exception):
    """A rule has decided."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.why)
        self.outcome = outcome


def decide(mail: Mail, reply: Reply, now: datetime) -> Outcome:
    """Do what the rules say about a mail, in this transaction. What it is about is noted in the reply."""
    try:
        if mail.bounced:
            return _came_back(mail, reply)
        if mail.calendar is None and not mail.calendar_fault:
            return _in_words(mail, reply, now)
        answer, doubt = _answer(mail, reply, now)
        return _by_method(answer, reply.method, doubt, now)
    except _Enough as enough:
        return enough.outcome


def _answer(mail: Mail, reply: Reply, now: datetime) -> tuple[Answered, str]:
    """The reply that a mail holds, and why it is not quite believed ('' if it is). Raises _Enough."""
    event = _event(mail, reply)
    entry = db.session.scalar(select(Invite).where(Invite.uid == event.uid)) if event.uid else None
    if entry is None:
        raise _Enough(_dropped("unknown"))
    _drop_if(event.organizer not in {"", folded(settings.current().sender)}, "other organiser")
    booking, person, training_session, part = _held(entry)
    address = _mailbox(entry, person)
    partstat = answer_of(event, address)
    _drop_if(not partstat, "other attendee")
    reply.answer, reply.training_session_id, reply.person_id = partstat, training_session.id, person.id
    reply.booking_id = booking.id if booking else None
    believed, doubt = trust(mail, address)
    _drop_if(believed is Trust.DROP, doubt)
    answer = Answered(
        mail=mail,
        event=event,
        partstat=partstat,
        stamped_at=_stamp(event, entry, now),
        entry=entry,
        booking=booking,
        person=person,
        training_session=training_session,
        part=part,
    )
    return answer, doubt


def _event(mail: Mail, reply: Reply) -> Event:
    """The one event of the one calendar part. Raises _Enough."""
    if mail.calendar is None:
        _drop_if(mail.verdict is Verdict.FAIL, "untrusted")
        raise _Enough(_left(str(mail.calendar_fault)))
    reply.method = mail.calendar.method
    _drop_if(mail.calendar.method not in {"REPLY", "COUNTER", "REFRESH"}, "not a reply")
    [event] = mail.calendar.events
    reply.uid, reply.sequence, reply.stamped_at = event.uid, event.sequence, event.stamped_at
    return event


def _stamp(event: Event, entry: Invite, now: datetime) -> datetime:
    """When the answer was written, or came if it claims to be written later. Raises _Enough if that is not news."""
    if event.stamped_at is None:
        raise _Enough(_left("no time stamp"))
    stamped_at = now if event.stamped_at > now + MOST_AHEAD else event.stamped_at
    _drop_if(entry.answered_at is not None and stamped_at <= entry.answered_at, "stale")
    return stamped_at


def _by_method(answer: Answered, method: str, doubt: str, now: datetime) -> Outcome:
    booking = answer.booking
    _drop_if(answer.training_session.is_cancelled, "cancelled")
    _drop_if(answer.training_session.slots[answer.part].ends_at <= now, "over")
    _drop_if(not answer.entry.is_current, "former")
    if booking is None:
        return _of_a_trainer(answer, method, doubt, now)
    if not booking.is_live:
        return _without_a_place(answer, booking, method, doubt, now)
    if method == "COUNTER":
        # Whoever may be somebody else is heard, but not again and again.
        return _told_trainers(answer, booking, "other time", now, once_a_day=bool(doubt))
    if method == "REFRESH":
        return _sent_again(answer, booking, "asked", now)
    return _about_this_version(answer, booking, doubt, now)


def _about_this_version(answer: Answered, booking: Booking, doubt: str, now: datetime) -> Outcome:
    """An answer to an earlier version counts if the time has not changed since (RFC 5546 §2.1.5)."""
    if _is_newer(answer):
        return _left("newer")
    if _is_of_another_time(answer):
        return _sent_again(answer, booking, "earlier time", now)
    if doubt:
        return _asked(booking, answer.partstat, doubt, now)
    return ANSWERS.get(answer.partstat, _no_answer)(answer, booking, now)


def _is_newer(answer: Answered) -> bool:
    return (answer.event.sequence or 0) > answer.entry.sequence


def _is_of_another_time(answer: Answered) -> bool:
    sequence, slot = answer.event.sequence or 0, answer.training_session.slots[answer.part]
    if sequence == answer.entry.sequence:
        return False
    shown = ledger.said_at(answer.entry.uid, sequence)
    return shown is None or (shown.starts_at, shown.ends_at) != (slot.starts_at, slot.ends_at)


# --- answers of people who are booked -------------------------------------------------------------


def _declined(answer: Answered, booking: Booking, now: datetime) -> Outcome:
    _note(answer)
    if answer.training_session.starts_at <= now:
        return _told_trainers(answer, booking, "too late", now)
    entries = bookings.invites_of([booking])[booking.id]
    declined = tuple(part for part, entry in enumerate(entries) if entry.answer == "declined")
    if len(declined) < len(entries):
        telling.ask_all_parts(booking, declined, now)
        _told_trainers(answer, booking, "some parts", now)
        return Outcome(did=Did.ASKED_ALL_PARTS, why="some parts")
    released_count = _count_released(answer.training_session, now)
    if released_count >= MOST_RELEASES:
        telling.tell_many(answer.training_session, released_count, now)
        return Outcome(did=Did.HELD, why="many", waits=True)
    bookings.decline_by_calendar(booking, by=booking.person, now=now)
    return Outcome(did=Did.RELEASED)


def _noted(answer: Answered, booking: Booking, now: datetime) -> Outcome:  # noqa: ARG001 - as all answers
    _note(answer)
    return Outcome(did=Did.NOTED, why=IN_WORDS[answer.partstat])


def _delegated(answer: Answered, booking: Booking, now: datetime) -> Outcome:
    _note(answer)
    return _told_trainers(answer, booking, "somebody else", now, why="delegated")


def _no_answer(answer: Answered, booking: Booking, now: datetime) -> Outcome:  # noqa: ARG001 - as all answers
    return _dropped("no answer")


ANSWERS: dict[str, Callable[[Answered, Booking, datetime], Outcome]] = {
    "DECLINED": _declined,
    "ACCEPTED": _noted,
    "TENTATIVE": _noted,
    "DELEGATED": _delegated,
}


def _asked(booking: Booking, partstat: str, doubt: str, now: datetime) -> Outcome:
    """It may be theirs: whoever reads the booked mailbox decides, by a link. A yes needs no asking."""
    if partstat != "DECLINED" or booking.training_session.starts_at <= now:
        return _dropped(doubt)
    telling.ask_to_give_up(booking, now)
    return Outcome(did=Did.ASKED, why=doubt)


def _without_a_place(answer: Answered, booking: Booking, method: str, doubt: str, now: datetime) -> Outcome:
    """Accepting after the place has gone does not book again."""
    is_yes = method == "REPLY" and answer.partstat == "ACCEPTED"
    if not is_yes or doubt or answer.training_session.starts_at <= now:
        return _dropped("no place")
    _drop_if(bookings.of_person_on(booking.person, answer.training_session) is not None, "former")
    _note(answer)
    telling.say_not_booked(booking, now)
    return Outcome(did=Did.SENT_LINK, why="accepted")


def _sent_again(answer: Answered, booking: Booking, why: WhyAgain, now: datetime) -> Outcome:
    is_sent = telling.send_again(booking, answer.entry, why, now)
    return Outcome(did=Did.SENT_AGAIN, why=why) if is_sent else _dropped("sent today")


def _told_trainers(
    answer: Answered, booking: Booking, what: Noted, now: datetime, *, why: str = "", once_a_day: bool = False
) -> Outcome:
    said_at = clock.midnight(clock.today(now)) if once_a_day else answer.stamped_at
    telling.note_for_trainers(booking, what, words=answer.mail.words, now=now, stamped_at=said_at)
    return Outcome(did=Did.TOLD_TRAINERS, why=why or what)


# --- answers of trainers --------------------------------------------------------------------------


def _of_a_trainer(answer: Answered, method: str, doubt: str, now: datetime) -> Outcome:
    """A session has its trainers until a person changes that: a calendar only says what they wish."""
    _drop_if(method == "REFRESH", "not a reply")
    if _is_newer(answer):
        return _left("newer")
    _drop_if(_is_of_another_time(answer), "earlier time")  # they have been sent the new one
    is_no = method == "COUNTER" or answer.partstat in {"DECLINED", "DELEGATED"}
    _drop_if(bool(doubt) and not is_no, doubt)
    if not doubt and method == "REPLY":
        _note(answer)
    if is_no:
        telling.tell_trainer_declined(answer.training_session, answer.person, answer.part, answer.mail.words, now)
        return Outcome(did=Did.TOLD_COORDINATORS, why="other time" if method == "COUNTER" else doubt)
    why = IN_WORDS.get(answer.partstat, "")
    return Outcome(did=Did.NOTED, why=why) if why else _dropped("no answer")


# --- what is no reply of a calendar ---------------------------------------------------------------


def _came_back(mail: Mail, reply: Reply) -> Outcome:
    """Shown at the person. Anybody can forge a report, so it never stops mail."""
    failed = [each for each in mail.bounced if each.action in {"failed", ""}]
    if not failed:
        return _dropped("not failed")
    for each in failed:
        person = telling.known(each.address)
        if person is not None:
            reply.person_id = person.id
            said = ": ".join(filter(None, (each.status, each.diagnostic)))
            return Outcome(did=Did.CAME_BACK, details=f"{each.address} {said}".strip())
    return _dropped("unknown address")


def _in_words(mail: Mail, reply: Reply, now: datetime) -> Outcome:
    if mail.is_automatic:
        return _dropped("automatic")
    if mail.verdict is Verdict.FAIL:
        return _dropped("untrusted")
    if len(mail.senders) != 1 or not mail.senders[0]:
        return _dropped("no sender")
    if not mail.words.strip():
        return _dropped("empty")
    why_not = passing_on.pass_on(mail, reply, now)
    return _left(why_not) if why_not else Outcome(did=Did.PASSED_ON)


# --- shared ---------------------------------------------------------------------------------------


def _held(entry: Invite) -> tuple[Booking | None, Person, TrainingSession, int]:
    """What an entry is about, held until the transaction ends and read afresh, the entry too."""
    slot = db.session.get_one(Slot, entry.slot_id)
    training_session = timetable.lock(slot.training_session_id or 0)
    booking = bookings.lock(db.session.get_one(Booking, entry.booking_id)) if entry.booking_id else None
    db.session.refresh(entry)
    person = booking.person if booking else db.session.get_one(Person, entry.trainer_id)
    return booking, person, training_session, [each.id for each in training_session.slots].index(entry.slot_id)


def _mailbox(entry: Invite, person: Person) -> str:
    belief = ledger.belief(entry.uid)
    return belief.address if belief else person.address or ""


def _note(answer: Answered) -> None:
    said = IN_WORDS.get(answer.partstat)
    if said is not None:
        answer.entry.answer = said  # type: ignore[assignment]
    answer.entry.answered_at = answer.stamped_at
    db.session.flush()  # whether all parts are declined is read from there


def _count_released(training_session: TrainingSession, now: datetime) -> int:
    """How many places of a session replies have released just now, apart from what coordinators let through."""
    lately = (Reply.received_at > now - WITHIN) & (Reply.did == Did.RELEASED) & (Reply.state == "done")
    query = select(func.count()).select_from(Reply).where(Reply.training_session_id == training_session.id, lately)
    return db.session.scalar(query) or 0


def _drop_if(is_so: bool, why: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Raises _Enough."""
    if is_so:
        raise _Enough(_dropped(why))


def _dropped(why: str) -> Outcome:
    return Outcome(did=Did.DROPPED, why=why)


def _left(why: str) -> Outcome:
    return Outcome(did=Did.LEFT, why=why, waits=True)
