"""Reading the mailbox, mail by mail: each in a transaction of its own, together with how far it has been read.

So no mail is acted on twice or missed, wherever the reading stops, and whoever else reads the mailbox beside us.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy.exc import OperationalError

from app import settings
from app.db import add_unless_there, db, locked_by, transaction
from app.errors import Refused, traces
from app.replies.keeping import leave_for_a_person, read, take
from app.replies.mailbox import Mailbox, MailboxFault
from app.replies.tables import Reply, ReplyMailbox

log = logging.getLogger(__name__)

MOST_AT_ONCE = 200
# Into a mailbox that was begun anew; and into one that we read for the first time: what people answered before that was
# written when our letters said that declining frees no place.
LOOK_BACK, FIRST_LOOK_BACK = timedelta(days=30), timedelta(days=1)
NOT_POLLED = "REPLIES is not set to imap, so there is no mailbox to read."


def poll(time_now: Callable[[], datetime]) -> int:
    """Act on what has come since the last time; says how many mails there were. Raises Refused with a sentence."""
    chosen = settings.current()
    if chosen.replies != "imap" or not chosen.reply_mailbox:
        raise Refused(NOT_POLLED)
    name = _name(chosen.reply_mailbox)
    with transaction():
        row = _row(name)
        validity, last_uid = row.validity, row.last_uid
    try:
        count = _read(chosen.reply_mailbox, name, validity, last_uid, time_now)
    except MailboxFault as fault:
        with transaction():
            row = _row(name)
            row.failed_at, row.fault = row.failed_at or time_now(), str(fault)
        raise Refused(str(fault)) from fault
    with transaction():
        row = _row(name)
        row.polled_at, row.failed_at, row.fault = time_now(), None, ""
    return count


def state() -> ReplyMailbox | None:
    """How the mailbox of the settings stands; None if it has never been looked at."""
    name = _name(settings.current().reply_mailbox)
    return db.session.get(ReplyMailbox, name)


def _read(address: str, name: str, validity: int, last_uid: int, time_now: Callable[[], datetime]) -> int:
    count = 0
    with Mailbox(address) as mailbox:
        is_new = mailbox.validity != validity
        look_back = LOOK_BACK if validity else FIRST_LOOK_BACK
        since = (time_now() - look_back).date() if is_new else None
        for uid, raw in mailbox.after(0 if is_new else last_uid, most=MOST_AT_ONCE, since=since):
            count += _act_on(name, mailbox.validity, uid, raw, time_now())
    return count


def act_on(raw: bytes, now: datetime) -> Reply | None:
    """Act on a mail that was handed over by itself. None if it was seen before."""
    mail = read(raw)
    try:
        with transaction():
            return take(mail, raw, now=now)
    except OperationalError:  # the database is away: whoever hands the mail over tries again
        raise
    except Exception as fault:  # noqa: BLE001 - trying again would not help: somebody has to look at it
        log.error("A mail could not be acted on: %s", traces(fault))
        with transaction():
            return leave_for_a_person(raw, now=now)


def _act_on(name: str, validity: int, uid: int, raw: bytes, now: datetime) -> int:
    """1 if this mail was for us to act on, 0 if somebody else who reads the mailbox was faster."""
    mail = read(raw)
    try:
        with transaction():
            if not _is_next(name, validity, uid):
                return 0
            take(mail, raw, now=now)
    except OperationalError:  # the database is away: the mail is there the next time
        raise
    except Exception as fault:  # noqa: BLE001 - whatever it is, the mails behind this one are another matter
        log.error("Mail %s could not be acted on: %s", uid, traces(fault))
        with transaction():
            if not _is_next(name, validity, uid):
                return 0
            leave_for_a_person(raw, now=now)
    return 1


def _is_next(name: str, validity: int, uid: int) -> bool:
    """Whether nobody has acted on this mail yet. From here on somebody has, if this transaction is kept."""
    row = _row(name)
    if row.validity == validity and row.last_uid >= uid:
        return False
    row.validity, row.last_uid = validity, uid
    return True


def _name(address: str) -> str:
    """Which mailbox it is, whatever its password: that changes, and does not belong into a database."""
    parts = urlsplit(address)
    known_by = (parts.scheme, parts.username, parts.hostname, parts.port, parts.path)
    return hashlib.sha256(repr(known_by).encode()).hexdigest()


def _row(name: str) -> ReplyMailbox:
    """Held until the transaction ends. Several may read a mailbox for the first time at one moment."""
    add_unless_there(ReplyMailbox, {"name": name, "validity": 0, "last_uid": 0, "fault": ""})
    found = locked_by(ReplyMailbox, name)
    if found is None:
        raise LookupError("The mailbox was taken off the list just now.")
    return found
