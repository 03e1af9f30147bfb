"""The ledger: what each calendar has been told.

One line for each calendar message, written when a worker takes its letter, before the mail server gets it: a
letter that never leaves tells a calendar nothing, and one that may have left is on record even if the worker
dies a moment later. When it was sent is kept with the notice. An entry's UID is the key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ForeignKey, String, Text, select
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
class Belief:
    """What a calendar believes about one entry, if it took in the last message that was sent."""

    uid: str
    sequence: int
    stamped_at: datetime
    method: str
    starts_at: datetime
    ends_at: datetime
    place: str
    sent_at: datetime
    notice_id: int

    @property
    def is_in_calendar(self) -> bool:
        return self.method == "REQUEST"


def write(notice: Notice, facts: kinds.Facts) -> None:
    """Note the calendar message of a letter that is about to leave; nothing if it carries none."""
    invite = facts.invite_carried
    about = facts.session_meant
    if invite is None or about is None or facts.for_another:
        return
    if db.session.get(CalendarMessage, notice.id) is not None:
        return
    part = about.parts[invite.part]
    db.session.add(
        CalendarMessage(
            notice_id=notice.id,
            uid=invite.uid,
            sequence=invite.sequence,
            stamped_at=invite.stamped_at,
            method=invite.method,
            starts_at=part.starts_at,
            ends_at=part.ends_at,
            place=part.joining_link or ", ".join(filter(None, (part.room, part.site))),
        )
    )


def may_know(uids: Sequence[str]) -> set[str]:
    """The entries of which a calendar may have heard: the mail server may have got a letter about them."""
    query = select(CalendarMessage.uid).join(Notice, Notice.id == CalendarMessage.notice_id)
    return set(db.session.scalars(query.where(CalendarMessage.uid.in_(uids), Notice.may_have_left)))


def belief(uid: str) -> Belief | None:
    """The last calendar message sent for an entry; None if none has been sent."""
    query = (
        select(CalendarMessage, Notice.sent_at)
        .join(Notice, Notice.id == CalendarMessage.notice_id)
        .where(CalendarMessage.uid == uid, Notice.sent_at.is_not(None))
        .order_by(CalendarMessage.sequence.desc(), CalendarMessage.stamped_at.desc())
        .limit(1)
    )
    for message, sent_at in db.session.execute(query):
        return Belief(
            uid=message.uid,
            sequence=message.sequence,
            stamped_at=message.stamped_at,
            method=message.method,
            starts_at=message.starts_at,
            ends_at=message.ends_at,
            place=message.place,
            sent_at=cast(datetime, sent_at),
            notice_id=message.notice_id,
        )
    return None
