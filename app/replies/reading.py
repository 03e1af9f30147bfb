"""Reading a mail that came back: who says they sent it, whether our mail server vouches for them, and what it says.

It only reads: no database, no clock, nothing is decided here. Whatever bytes come, they are read within the limits
of `parts` in a fraction of a second, or refused with `NotRead`. Whatever it gives is hostile text that can be kept:
no control characters, no longer than said.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.replies import senders, words
from app.replies.answers import Attendee, Calendar, Event, Fault, Faulty, calendar_of
from app.replies.parts import NotRead, Part, WhyNot, read_headers, take_apart
from app.replies.trust import Verdict, verdict_of

__all__ = [
    "Attendee",
    "Bounced",
    "Calendar",
    "Event",
    "Fault",
    "Mail",
    "NotRead",
    "Verdict",
    "WhyNot",
    "read",
]

MOST_ID = 255
MOST_NAME = 120
MOST_SUBJECT = 200
MOST_WORDS = 4000
MOST_ANSWERED = 20
MOST_BOUNCED = 20
MOST_DIAGNOSTIC = 200
MOST_SHORT = 20

_ID = re.compile(rf"<([^<>\s]{{1,{MOST_ID}}}+)>")
MACHINES = frozenset({"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply"})
MACHINES_HEADERS = ("List-Id", "X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond")
MACHINES_PRECEDENCE = frozenset({"bulk", "junk", "list", "auto_reply"})


@dataclass(frozen=True, kw_only=True)
class Bounced:
    """An address that a letter of ours did not reach, as a delivery report says (RFC 3464 §2.3).

    action: 'failed', 'delayed' … in small letters. status: '5.1.1'.
    """

    address: str
    action: str = ""
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What a mail says.

    message_id: without its brackets; '' if none. senders: every address of every From header, folded; '' for one that
    cannot be read. Who decides wants exactly one. answers_to: ids of the mails that it answers, the nearest first.
    calendar: None if there is none, or one with a fault. calendar_hash: SHA-256 of its lines, '' if not exactly one.
    words: what the person wrote, with the lines they quoted.
    """

    message_id: str
    senders: tuple[str, ...]
    sender_name: str
    subject: str
    answers_to: tuple[str, ...]
    verdict: Verdict
    is_automatic: bool
    bounced: tuple[Bounced, ...]
    calendar: Calendar | None
    calendar_fault: Fault | str
    calendar_hash: str
    words: str


def read(raw: bytes, *, authserv_id: str) -> Mail:
    """authserv_id: the name that our own mail server writes into Authentication-Results; '' if it writes none.

    Raises NotRead, and nothing else, whatever the bytes.
    """
    whole, parts = take_apart(raw)
    headers = whole.headers
    from_headers = _all(whole, "From")
    named = tuple(address for header in from_headers for address in senders.addresses_in(header))
    named = named[: senders.MOST_SENDERS]
    calendar, fault, digest = _calendar(parts)
    return Mail(
        message_id=_message_id(headers.get("Message-ID", "")),
        senders=named,
        sender_name=senders.name_in(from_headers[0], most=MOST_NAME) if from_headers else "",
        subject=words.one_line(headers.get("Subject", ""), most=MOST_SUBJECT),
        answers_to=_answers_to(whole),
        verdict=verdict_of(
            _all(whole, "Authentication-Results"),
            authserv_id=authserv_id,
            sender_domain=named[0].rpartition("@")[2] if len(named) == 1 else "",
        ),
        is_automatic=_is_automatic(whole, named),
        bounced=tuple(_bounced(whole, parts)),
        calendar=calendar,
        calendar_fault=fault,
        calendar_hash=digest,
        words=_words(parts),
    )


# --- headers --------------------------------------------------------------------------------------


def _all(part: Part, name: str) -> list[str]:
    return part.headers.get_all(name, [])


def _message_id(header: str) -> str:
    return words.one_line(header, most=2 * MOST_ID).strip("<> ")[:MOST_ID]


def _answers_to(whole: Part) -> tuple[str, ...]:
    nearest = [_ID.findall(words.header_text(header)) for header in _all(whole, "In-Reply-To")]
    before = [_ID.findall(words.header_text(header))[::-1] for header in _all(whole, "References")]
    ids = (words.one_line(found, most=MOST_ID) for header in (*nearest, *before) for found in header)
    return tuple(dict.fromkeys(found for found in ids if found))[:MOST_ANSWERED]


def _is_automatic(whole: Part, named: tuple[str, ...]) -> bool:
    """Written by a program (RFC 3834, and what was there before it)."""
    said = [_first_word(header) for header in _all(whole, "Auto-Submitted")]
    return (
        any(word != "no" for word in said)
        or any(_first_word(header) in MACHINES_PRECEDENCE for header in _all(whole, "Precedence"))
        or any(_all(whole, name) for name in MACHINES_HEADERS)
        or any("".join(header.split()) == "<>" for header in _all(whole, "Return-Path"))
        or any(address.partition("@")[0] in MACHINES for address in named)
    )


def _first_word(header: str) -> str:
    return re.split(r"[\s;(]", header.strip().lower(), maxsplit=1)[0]


# --- parts ----------------------------------------------------------------------------------------


def _calendar(parts: list[Part]) -> tuple[Calendar | None, Fault | str, str]:
    """The one calendar part; or why a person must look at it. An attached copy of another type does not count."""
    found = [part for part in parts if part.kind == "text/calendar"]
    if not found:
        return None, "", ""
    if len(found) > 1:
        return None, Fault.TWO_PARTS, ""
    written = found[0].decoded()
    if written is None:
        return None, Fault.UNREADABLE, ""
    digest = hashlib.sha256(written.replace(b"\r\n", b"\n")).hexdigest()
    charset, method = found[0].parameter("charset"), found[0].parameter("method")
    try:
        return calendar_of(written, charset=charset, method=method), "", digest
    except Faulty as faulty:
        return None, faulty.fault, digest


def _words(parts: list[Part]) -> str:
    for part in parts:
        if part.kind == "text/plain" and not _is_attached(part):
            return words.many_lines(part.decoded() or b"", part.parameter("charset"), most=MOST_WORDS)
    return ""


def _is_attached(part: Part) -> bool:
    return _first_word(part.headers.get("Content-Disposition", "")) == "attachment"


def _bounced(whole: Part, parts: list[Part]) -> Iterator[Bounced]:
    """Of a delivery report, from its own part only: what was returned with it is somebody's mail."""
    is_report = whole.kind == "multipart/report" and whole.parameter("report-type").lower() == "delivery-status"
    report = next((part for part in parts if is_report and part.kind == "message/delivery-status"), None)
    if report is None or report.parents != ("multipart/report",):
        return
    blocks = re.split(rb"\n(?:[ \t]*\n)+", (report.decoded() or b"").replace(b"\r\n", b"\n").strip(b"\n"))
    for block in blocks[1 : MOST_BOUNCED + 1]:  # the first is about the mail, each other about one address
        bounced = _of_one_address(block)
        if bounced:
            yield bounced


def _of_one_address(block: bytes) -> Bounced | None:
    try:
        fields = read_headers(block.strip(b"\n"))
    except NotRead:
        return None  # the mail can be read all the same
    recipient = _after_type(fields.get("Original-Recipient", "")) or _after_type(fields.get("Final-Recipient", ""))
    address = words.folded(words.one_line(recipient, most=2 * MOST_ID).strip("<> "))
    if "@" not in address:
        return None
    return Bounced(
        address=address,
        action=words.one_line(fields.get("Action", "").lower(), most=MOST_SHORT),
        status=words.one_line(fields.get("Status", ""), most=MOST_SHORT),
        diagnostic=words.one_line(fields.get("Diagnostic-Code", ""), most=MOST_DIAGNOSTIC),
    )


def _after_type(header: str) -> str:
    """'rfc822; amina@example.com' names the type of an address before it."""
    kind, parted, address = header.partition(";")
    return (address if parted else kind).strip()
