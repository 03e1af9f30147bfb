"""Mails that came back, kept: each is acted on once, listed for coordinators, and forgotten in time."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from app import bookings, journal, settings, timetable
from app.bookings import Booking
from app.db import add_unless_there, change, db, locked
from app.errors import NotAllowed, NotFound, Refused
from app.notices import kinds, outbox
from app.people import Person
from app.replies import reading
from app.replies.deciding import Outcome, decide
from app.replies.outcomes import Did
from app.replies.reading import Mail, NotRead
from app.replies.tables import Reply
from app.timetable import TrainingSession
from app.waiting_list import Wait

RAW_KEPT = timedelta(days=30)
SHOWN_FOR = timedelta(days=60)  # how long a letter that came back is shown at a person
A_PAGE = 50
TOLD_ON = (kinds.PassedOn, kinds.CalendarNote, kinds.TrainerDeclined)  # letters with words of theirs
OF_NO_INTEREST = (Did.DROPPED, Did.NOTED)


def read(raw: bytes) -> Mail | NotRead:
    """What a mail says, or why it cannot be read. Reads no database: it is done before a transaction is opened."""
    try:
        return reading.read(raw, authserv_id=settings.current().mail_authserv_id)
    except NotRead as fault:
        return fault


def take(mail: Mail | NotRead, raw: bytes, *, now: datetime) -> Reply | None:
    """Act on a mail. None if the same was seen before: delivered twice, it changes nothing.

    raw: the mail itself, kept for 30 days unless it is too large.
    """
    if isinstance(mail, NotRead):
        reply = Reply(received_at=now, state="done")
        db.session.add(reply)
        return _settled(reply, Outcome(did=Did.DROPPED, why=mail.why.value))
    found = _claimed(mail, raw, now)
    return _settled(found, decide(mail, found, now)) if found is not None else None


def leave_for_a_person(raw: bytes, *, now: datetime) -> Reply:
    """A mail that we came to grief over: somebody has to look at it."""
    reply = Reply(received_at=now, raw=raw)
    db.session.add(reply)
    return _settled(reply, Outcome(did=Did.LEFT, why="broken", waits=True))


def listing(*, is_open: bool, before_id: int | None = None, most: int = A_PAGE) -> list[Reply]:
    """Mails, newest first, with what they are about. is_open: only what waits for a coordinator."""
    query = select(Reply).order_by(Reply.id.desc()).limit(most).options(*_everything())
    if is_open:
        query = query.where(Reply.state == "open")
    if before_id is not None:
        query = query.where(Reply.id < before_id)
    return list(db.session.scalars(query))


def count_open() -> int:
    return db.session.scalar(select(func.count()).select_from(Reply).where(Reply.state == "open")) or 0


def get(reply_id: int) -> Reply:
    """Raises NotFound."""
    found = db.session.scalar(select(Reply).where(Reply.id == reply_id).options(*_everything()))
    if found is None:
        raise NotFound("There is no such reply.")
    return found


def about_booking(booking: Booking) -> list[Reply]:
    """What calendars and people answered about a booking, newest first."""
    query = select(Reply).where(Reply.booking_id == booking.id).order_by(Reply.id.desc())
    return list(db.session.scalars(query))


def came_back(people: Collection[Person], now: datetime) -> dict[int, Reply]:
    """The last letter that did not reach each of these people lately, by person's id (absent = none)."""
    lately = (Reply.did == Did.CAME_BACK) & (Reply.received_at > now - SHOWN_FOR)
    query = select(Reply).where(Reply.person_id.in_([person.id for person in people]), lately).order_by(Reply.id)
    return {reply.person_id: reply for reply in db.session.scalars(query) if reply.person_id is not None}


def raw_of(reply: Reply, *, by: Person) -> bytes:
    """The mail itself. Raises NotAllowed, NotFound once it has been forgotten."""
    _refuse_unless_coordinator(by)
    raw = db.session.scalar(select(Reply.raw).where(Reply.id == reply.id))
    if raw is None:
        raise NotFound("This email is not kept any more.")
    return raw


def let_through(reply: Reply, *, by: Person, now: datetime) -> None:
    """A coordinator has looked: the decline counts, and the place is given up. Raises NotAllowed, Refused."""
    _refuse_unless_coordinator(by)
    if reply.training_session_id is not None:
        timetable.lock(reply.training_session_id)  # before the reply, as whoever puts two records together does
    held = _held_open(reply, by)
    if held.booking_id is None or held.answer != "DECLINED":
        raise Refused("This email does not decline a place.")
    booking = db.session.get_one(Booking, held.booking_id)
    timetable.lock(booking.training_session_id)
    booking = bookings.lock(booking)
    if not booking.is_live:
        raise Refused("They have no place any more, so there is nothing to give up.")
    if not all(entry.answer == "declined" for entry in bookings.invites_of([booking])[booking.id]):
        raise Refused("Since this email the session has another time, or they have answered something else.")
    bookings.decline_by_calendar(booking, by=by, now=now)
    held.did = Did.RELEASED
    _close(held, by, now)


def leave(reply: Reply, *, by: Person, now: datetime) -> None:
    """A coordinator has looked: nothing is to be done. Twice is once. Raises NotAllowed."""
    _refuse_unless_coordinator(by)
    [held] = locked(Reply, [reply.id])
    if held.state == "open":
        _close(held, by, now)


def undo(reply: Reply, *, by: Person, now: datetime) -> Booking | Wait:
    """Take back a release: the place, or a place in line. Raises NotAllowed, Refused, and as `bookings.undo`."""
    _refuse_unless_coordinator(by)
    if reply.did != Did.RELEASED or reply.booking_id is None:
        raise Refused("This email did not give up a place.")
    ref = db.session.scalars(select(Booking.ref).where(Booking.id == reply.booking_id)).one()
    return bookings.undo(bookings.get(ref), by=by, now=now)


def forget(now: datetime) -> int:
    """Erase raw mails and their words after 30 days, in letters too, and of what nothing came, everything.

    Says how many.
    """
    old = Reply.received_at < now - RAW_KEPT
    gone = change(delete(Reply).where(old, Reply.did.in_(OF_NO_INTEREST), Reply.state != "open"))
    kept = update(Reply).where(old, or_(Reply.raw.is_not(None), Reply.words != "", Reply.subject != ""))
    told = outbox.forget_words(TOLD_ON, before=now - RAW_KEPT)
    return gone + told + change(kept.values(raw=None, words="", subject=""))


def _claimed(mail: Mail, raw: bytes, now: datetime) -> Reply | None:
    """The mail's row; None if there is one already, of this Message-ID or with this calendar part."""
    if mail.calendar_hash:
        same = select(Reply.id).where(Reply.calendar_hash == mail.calendar_hash)
        if db.session.scalar(same.limit(1)) is not None:
            return None
    row = {
        "received_at": now,
        "message_id": mail.message_id,
        "calendar_hash": mail.calendar_hash,
        "sender": mail.senders[0] if mail.senders else "",
        "subject": mail.subject,
        "words": mail.words,
        "raw": raw,
    }
    reply_id = add_unless_there(Reply, row)
    return db.session.get(Reply, reply_id) if reply_id else None


def _settled(reply: Reply, outcome: Outcome) -> Reply:
    reply.did, reply.why, reply.details = outcome.did, outcome.why, outcome.details
    reply.state = "open" if outcome.waits else "done"
    return reply


def _held_open(reply: Reply, by: Person) -> Reply:
    _refuse_unless_coordinator(by)
    [held] = locked(Reply, [reply.id])
    if held.state != "open":
        raise Refused("Somebody has decided this already.")
    return held


def _close(reply: Reply, by: Person, now: datetime) -> None:
    reply.state, reply.settled_by_id, reply.settled_at = "settled", by.id, now
    journal.record(by, "let through" if reply.did == Did.RELEASED else "left as it is", reply, now)


def _refuse_unless_coordinator(by: Person) -> None:
    if not by.is_coordinator:
        raise NotAllowed("Only a coordinator can open replies.")


def _everything() -> list[_AbstractLoad]:
    session = joinedload(Reply.training_session).joinedload(TrainingSession.course)
    return [joinedload(Reply.person), joinedload(Reply.settled_by), joinedload(Reply.booking), session]
