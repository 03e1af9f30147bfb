"""The ledger: what each calendar has been told.

One line for each calendar message, written when a worker takes its letter, before the mail server gets it: a
letter that never leaves tells a calendar nothing, and one that may have left is on record even if the worker
dies a moment later. When it was sent is kept with the notice. An entry's UID is the key.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UTCDateTime, db
from app.notices import kinds
from app.notices.outbox import Notice


class CalendarMessage(Base):
    """One calendar message. A letter carries at most one, and says the same however often it is sent."""

    __tablename__ = "calendar_messages"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True)
    uid: Mapped[str] = mapped_column(String(255), index=True)
    sequence: Mapped[int]
    stamped_at: Mapped[datetime] = mapped_column(UTCDateTime)
    method: Mapped[str] = mapped_column(String(10))
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    place: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(Text, default="")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What an entry shows, apart from its words: enough to tell whether it is still true. place: as `place_of` says."""

    title: str
    starts_at: datetime
    ends_at: datetime
    place: str


@dataclass(frozen=True, kw_only=True)
class Belief:
    """What a calendar believes about one entry, if it took in the last message about it.

    sent_at: None if that may not have left, or we do not know whether it has. address: whose mailbox it was.
    """

    uid: str
    sequence: int
    stamped_at: datetime
    method: str
    shown: Shown
    sent_at: datetime | None
    notice_id: int
    address: str

    @property
    def is_in_calendar(self) -> bool:
        return self.method == "REQUEST"

    def says(self, shown: Shown) -> bool:
        """Whether the calendar shows just that.

        What was written before titles were kept shows any; of a room with a joining link, it names only the link.
        """
        own = self.shown
        if not own.title:
            own = replace(own, title=shown.title, place=shown.place if shown.place.endswith(own.place) else own.place)
        return self.is_in_calendar and own == shown


def shown(about: kinds.About, part: int) -> Shown:
    """What the entry of one part of a session shows."""
    of = about.parts[part]
    return Shown(title=about.course, starts_at=of.starts_at, ends_at=of.ends_at, place=place_of(of))


def place_of(part: kinds.Part) -> str:
    return ", ".join(filter(None, (part.room, part.site, part.joining_link)))


def write(notice: Notice, facts: kinds.Facts) -> None:
    """Note the calendar message of a letter that is about to leave; nothing if it carries none."""
    invite = facts.invite_carried
    about = facts.session_meant
    if invite is None or about is None or facts.for_another:
        return
    if db.session.get(CalendarMessage, notice.id) is not None:
        return
    of = shown(about, invite.part)
    db.session.add(
        CalendarMessage(
            notice_id=notice.id,
            uid=invite.uid,
            sequence=invite.sequence,
            stamped_at=invite.stamped_at,
            method=invite.method,
            title=of.title,
            starts_at=of.starts_at,
            ends_at=of.ends_at,
            place=of.place,
        )
    )


def may_know(uids: Sequence[str]) -> set[str]:
    """The entries of which a calendar may have heard: the mail server may have got a letter about them."""
    query = select(CalendarMessage.uid).join(Notice, Notice.id == CalendarMessage.notice_id)
    return set(db.session.scalars(query.where(CalendarMessage.uid.in_(uids), Notice.may_have_left)))


def beliefs(uids: Collection[str]) -> dict[str, Belief]:
    """The last message of which each calendar may have heard, by entry (absent = of none), in one statement."""
    newest = CalendarMessage.sequence.desc(), CalendarMessage.stamped_at.desc(), CalendarMessage.notice_id.desc()
    place = func.row_number().over(partition_by=CalendarMessage.uid, order_by=newest).label("place")
    ranked = (
        select(CalendarMessage.notice_id, place)
        .join(Notice, Notice.id == CalendarMessage.notice_id)
        .where(CalendarMessage.uid.in_(uids), or_(Notice.may_have_left, Notice.sent_at.is_not(None)))
        .subquery()
    )
    query = (
        select(CalendarMessage, Notice.sent_at, Notice.address)
        .join(Notice, Notice.id == CalendarMessage.notice_id)
        .join(ranked, ranked.c.notice_id == CalendarMessage.notice_id)
        .where(ranked.c.place == 1)
    )
    return {message.uid: _belief(message, sent_at, address) for message, sent_at, address in db.session.execute(query)}


def belief(uid: str) -> Belief | None:
    """The same of one entry; None if its calendar has heard of nothing."""
    return beliefs([uid]).get(uid)


def said_at(uid: str, sequence: int) -> Shown | None:
    """What the message with this SEQUENCE said of an entry; None if no such message has left.

    Of several, the last: the same SEQUENCE never means another time (RFC 5546 §2.1.4).
    """
    query = (
        select(CalendarMessage)
        .join(Notice, Notice.id == CalendarMessage.notice_id)
        .where(CalendarMessage.uid == uid, CalendarMessage.sequence == sequence, Notice.may_have_left)
        .order_by(CalendarMessage.stamped_at.desc())
    )
    message = db.session.scalar(query.limit(1))
    return _shown(message) if message else None


def on_their_way(about: str, ids: Collection[int]) -> set[str]:
    """The entries about which a letter is still to leave. about, ids: the records that the letters are about."""
    query = select(Notice.facts).where(Notice.about == about, Notice.about_id.in_(ids), Notice.next_at.is_not(None))
    carried = (facts.get("invite") for facts in db.session.scalars(query))
    return {invite["uid"] for invite in carried if invite}


def history(uids: Collection[str]) -> list[tuple[CalendarMessage, Notice]]:
    """Every message about these entries with its letter, whatever became of it, in the order of their making."""
    query = (
        select(CalendarMessage, Notice)
        .join(Notice, Notice.id == CalendarMessage.notice_id)
        .where(CalendarMessage.uid.in_(uids))
        .order_by(CalendarMessage.notice_id)
    )
    return [(message, notice) for message, notice in db.session.execute(query)]


def _belief(message: CalendarMessage, sent_at: datetime | None, address: str) -> Belief:
    return Belief(
        uid=message.uid,
        sequence=message.sequence,
        stamped_at=message.stamped_at,
        method=message.method,
        shown=_shown(message),
        sent_at=sent_at,
        notice_id=message.notice_id,
        address=address,
    )


def _shown(message: CalendarMessage) -> Shown:
    return Shown(title=message.title, starts_at=message.starts_at, ends_at=message.ends_at, place=message.place)
