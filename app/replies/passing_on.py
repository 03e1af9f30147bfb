"""Replies in words: somebody pressed Reply and wrote to us. People read them, not Roomful.

What answers a letter about a session goes to its trainers if we know the sender, everything else to the service's
contact address. Nothing is passed on to the mailbox that it came to, or to whoever wrote it: it would come back.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app import bookings, people, settings, timetable
from app.db import db
from app.notices import kinds, mailer, outbox
from app.notices.outbox import Notice, Recipient
from app.replies import telling
from app.replies.outcomes import Did
from app.replies.reading import Mail
from app.replies.tables import Reply
from app.replies.words import folded
from app.timetable import TrainingSession

MOST_AN_HOUR = 5
STILL_CONCERNS = timedelta(days=28)  # after a session its trainers may still be asked about it
# No number is longer than the database counts.
_OURS = re.compile(r"n(\d{1,9})\.(\d{1,6})\.[0-9a-f]{20}@.+", re.ASCII)


def pass_on(mail: Mail, reply: Reply, now: datetime) -> str:
    """Send a mail's words to people who can answer; '' if that was done, otherwise the code that says why not."""
    [sender] = mail.senders
    person = people.known(sender)
    reply.person_id = person.id if person else None
    if _count_lately(sender, now) >= MOST_AN_HOUR:
        return "many words"
    training_session = _session_answered(mail, now)
    reply.training_session_id = training_session.id if training_session else None
    readers = _readers(training_session if person else None, sender)
    if not readers:
        return "words"
    facts = kinds.PassedOn(
        about=bookings.about(training_session) if training_session else None,
        sender=sender,
        subject=mail.subject,
        words=mail.words,
    )
    for to in readers:
        telling.pass_on(facts, to, training_session, now, reply_id=reply.id)
    return ""


def _readers(training_session: TrainingSession | None, sender: str) -> list[Recipient]:
    """The trainers who can be reached, else the contact address; never whoever wrote it, or the mailbox it came to."""
    chosen = settings.current()
    not_to = {sender, folded(chosen.sender)}
    trainers = training_session.trainers if training_session else []
    found = [
        Recipient(person.address, person.name, person.id)
        for person in trainers
        if person.address and folded(person.address) not in not_to
    ]
    if not found and chosen.contact_email and folded(chosen.contact_email) not in not_to:
        found = [Recipient(chosen.contact_email, chosen.organisation or chosen.site_name)]
    return found


def _session_answered(mail: Mail, now: datetime) -> TrainingSession | None:
    """The session of the letter that a mail answers, if that letter is ours."""
    for message_id in mail.answers_to:
        notice = _our_letter(message_id)
        about = kinds.from_json(notice.kind, notice.facts).session_meant if notice and notice.facts else None
        if about is not None:
            found = timetable.get(about.session_ref)
            return found if found.ends_at + STILL_CONCERNS > now else None
    return None


def _our_letter(message_id: str) -> Notice | None:
    """A Message-ID is ours if we would give that letter the same: nobody else can."""
    found = _OURS.fullmatch(message_id)
    notice = outbox.by_id(int(found[1])) if found else None
    if found is None or notice is None or notice.kind not in kinds.KINDS:
        return None
    ours = mailer.message_id(notice.id, int(found[2]), dedupe_key=notice.dedupe_key, settings=settings.current())
    return notice if ours.strip("<>") == message_id else None


def _count_lately(sender: str, now: datetime) -> int:
    lately = (Reply.received_at > now - timedelta(hours=1)) & (Reply.did == Did.PASSED_ON)
    return db.session.scalar(select(func.count()).select_from(Reply).where(Reply.sender == sender, lately)) or 0
