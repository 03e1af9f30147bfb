"""Envelopes and the post van: a letter becomes a mail, and a mail goes to a mail server or into a folder.

One mail goes to one person. It comes from one constant mailbox, says that a machine sent it, and has a Message-ID
that derives from the notice, so that a second copy is known as such. Nothing that people typed can become a header.
Faults are of three sorts: the address is refused for good; this letter is refused for now; or the server is out of
reach, and there is no point in trying the next letter yet.
"""

import hashlib
import hmac
import os
import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from app.notices.invites import Mailbox
from app.notices.pens import one_line
from app.notices.render import Letter
from app.settings import Settings

# For each word of the conversation, of which there are twelve at most, from connecting to the mail itself.
TIMEOUT_S = 20
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+")
_AUTHENTICATION = {530, 534, 535, 538}


class MailFault(Exception):
    """The letter was not taken. `sentence` says why, for coordinators: the server's words, no passwords.

    may_have_left: whether the server may have got it all the same.
    """

    def __init__(self, sentence: str, *, may_have_left: bool = True) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.may_have_left = may_have_left


class RefusedForGood(MailFault):
    """The server does not know the address, and will not tomorrow."""


class TryLater(MailFault):
    """The server does not take this letter now. Others may fare better."""


class OutOfReach(MailFault):
    """The server is away, or not as we expect it. Other letters would fare no better."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A mail and what its transport needs to know. `file_name` is the same each time it is sent."""

    mail: EmailMessage
    sender: str
    address: str
    file_name: str


class _Policy(EmailPolicy):
    """The email package begins a long subject on a line of its own, and some programs then show none.

    And it quotes `method=REQUEST`, which is right, but not what calendars write themselves.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() == "content-type":
            return re.sub(rb'="([\w-]+)"', rb"=\1", super().fold_binary(name, value))
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        charset = "us-ascii" if value.isascii() else "utf-8"
        folded = Header(str(value), charset, header_name=name).encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode("ascii")


class Transport(Protocol):
    def deliver(self, envelope: Envelope) -> None:
        """Raises MailFault."""

    def close(self) -> None:
        """Nothing more for now."""


def transport(settings: Settings) -> "Transport":
    return Smtp(settings.smtp_url) if settings.smtp_url else Folder(settings.instance / "mail")


def message_id(notice_id: int, edition: int, *, dedupe_key: str, settings: Settings) -> str:
    """The Message-ID of a notice: the same each time, and nobody else's.

    edition: counts up when a letter is meant to arrive once more, for mail programs drop what they have seen.
    """
    secret = hmac.new(settings.secret_key.encode(), f"message:{dedupe_key}".encode(), hashlib.sha256).hexdigest()
    return f"<n{notice_id}.{edition}.{secret[:20]}@{settings.host}>"


def envelope(
    letter: Letter, *, to: Mailbox, sender: Mailbox, message_id: str, sent_at: datetime, file_name: str
) -> Envelope:
    """Put a letter into its envelope. Raises RefusedForGood if the address is none."""
    address = _deliverable(to.address)
    mail = EmailMessage(policy=_Policy(linesep="\r\n"))
    mail["From"] = _header(sender.name, sender.address)
    mail["Reply-To"] = _header(sender.name, letter.reply_to or sender.address)
    mail["To"] = _header(to.name, address)
    mail["Subject"] = one_line(letter.subject)
    mail["Date"] = sent_at
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    _fill(mail, letter)
    _name_boundaries(mail, message_id)
    return Envelope(mail=mail, sender=sender.address, address=address, file_name=file_name)


class Folder:
    """Mails as files, one `.eml` each, for a service without a mail server. A file is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, envelope: Envelope) -> None:
        half_written = self.folder / f".{envelope.file_name}.{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            half_written.write_bytes(envelope.mail.as_bytes())
            half_written.replace(self.folder / envelope.file_name)
        except OSError as fault:
            sentence = f"The mail could not be written to a file ({fault.strerror or type(fault).__name__})."
            raise OutOfReach(sentence, may_have_left=False) from fault

    def close(self) -> None:
        pass


class Smtp:
    """A mail server. The connection is kept for as long as there are letters.

    address: `smtp://user:password@host:587?starttls=1`, or `smtps://…`.
    """

    def __init__(self, address: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._address = urlsplit(address)
        self._timeout_s = timeout_s
        self._connection: smtplib.SMTP | None = None

    def deliver(self, envelope: Envelope) -> None:
        if self._connection is None:
            return self._hand_over_anew(envelope)
        try:
            return self._hand_over(self._connection, envelope)
        except OutOfReach as first:
            # Servers hang up on a connection that was idle or long: once more on a new one.
            if _is_timeout(first.__cause__):
                raise
            try:
                return self._hand_over_anew(envelope)
            except MailFault as again:
                again.may_have_left |= first.may_have_left
                raise

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _connected(self) -> smtplib.SMTP:
        try:
            return _connect(self._address, self._timeout_s)
        except (OSError, smtplib.SMTPException) as fault:
            raise OutOfReach(_why_no_connection(fault), may_have_left=False) from fault

    def _hand_over_anew(self, envelope: Envelope) -> None:
        self._connection = self._connected()
        self._hand_over(self._connection, envelope)

    def _hand_over(self, connection: smtplib.SMTP, envelope: Envelope) -> None:
        try:
            connection.send_message(envelope.mail, envelope.sender, [envelope.address])
        except smtplib.SMTPRecipientsRefused as fault:
            raise self._after_refusal(*fault.recipients[envelope.address]) from fault
        except smtplib.SMTPDataError as fault:
            raise self._after(fault.smtp_code, TryLater(_said(fault.smtp_code, fault.smtp_error))) from fault
        except smtplib.SMTPResponseException as fault:
            # The server's 'no' to our own address, or to the mail before there was one: not this letter's fault.
            self._drop()
            raise OutOfReach(_said(fault.smtp_code, fault.smtp_error), may_have_left=False) from fault
        except (OSError, smtplib.SMTPException) as fault:
            self._drop()
            raise OutOfReach(_why_broken_off(fault)) from fault

    def _after_refusal(self, code: int, words: bytes) -> MailFault:
        said = _said(code, words)
        # 5.7: a rule, such as 'relaying denied'. It may be our fault or theirs, but the address may be right.
        is_about_the_address = code >= 500 and code not in _AUTHENTICATION and not re.match(rb"5\.7\.", words)
        if is_about_the_address:
            return RefusedForGood(said, may_have_left=False)
        return self._after(code, TryLater(said, may_have_left=False))

    def _after(self, code: int, fault: MailFault) -> MailFault:
        if code != 421:
            return fault
        self._drop()  # 421: the server is closing, whatever we asked (RFC 5321 §3.8)
        return OutOfReach(fault.sentence, may_have_left=fault.may_have_left)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connect(address: SplitResult, timeout_s: float) -> smtplib.SMTP:
    host, port = address.hostname or "", address.port or 0  # 0: smtplib's own, 25 or 465
    connection: smtplib.SMTP
    if address.scheme == "smtps":
        connection = smtplib.SMTP_SSL(host, port, timeout=timeout_s, context=ssl.create_default_context())
    else:
        connection = smtplib.SMTP(host, port, timeout=timeout_s)
    try:
        if parse_qs(address.query).get("starttls", ["0"])[-1] not in {"0", "no", "false"}:
            connection.starttls(context=ssl.create_default_context())
        if address.username:
            connection.login(unquote(address.username), unquote(address.password or ""))
    except BaseException:
        connection.close()
        raise
    return connection


def _why_no_connection(fault: Exception) -> str:
    if _is_timeout(fault):
        return "The mail server did not answer in time."
    if isinstance(fault, smtplib.SMTPAuthenticationError):
        return "The mail server does not accept our name and password (SMTP_URL)."
    if isinstance(fault, ssl.SSLError):
        return f"No safe connection to the mail server ({fault.reason or 'TLS'})."
    if isinstance(fault, smtplib.SMTPResponseException):
        return _said(fault.smtp_code, fault.smtp_error)
    return f"No connection to the mail server ({getattr(fault, 'strerror', None) or type(fault).__name__})."


def _why_broken_off(fault: Exception) -> str:
    if _is_timeout(fault):
        return "The mail server did not answer in time."
    return "The mail server broke off the connection."


def _is_timeout(fault: BaseException | None) -> bool:
    # smtplib tells a silent server as one that hung up; the timeout is underneath.
    return isinstance(fault, TimeoutError) or (fault is not None and isinstance(fault.__context__, TimeoutError))


def _said(code: int, words: bytes | str) -> str:
    """The server's own words, on one line and not for ever."""
    plain = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"The mail server said: {code} {one_line(plain)[:200]}"


def _deliverable(address: str) -> str:
    """An address as mail servers take it. Raises RefusedForGood."""
    if not _ADDRESS.fullmatch(address) or one_line(address) != address or len(address) > 254:
        raise RefusedForGood("This is not an email address.", may_have_left=False)
    local, _, domain = address.rpartition("@")
    try:
        return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise RefusedForGood("This is not an email address that we can write to.", may_have_left=False) from None


def _header(name: str, address: str) -> Address:
    return Address(display_name=one_line(name), addr_spec=address)


def _fill(mail: EmailMessage, letter: Letter) -> None:
    """The mail's parts (RFC 6047 §2.4): what Outlook, Gmail and Apple Mail all take for a meeting."""
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    if letter.calendar is None:
        return
    # As text, `method` comes first in its Content-Type; as bytes, it would lose its charset.
    calendar = MIMEPart(policy=mail.policy)
    calendar.set_content(letter.calendar, "text", "calendar", cte="base64")
    calendar.replace_header("Content-Type", f"text/calendar; method={letter.method}; charset=UTF-8")
    mail.attach(cast(EmailMessage, calendar))  # a part of a mail, not a mail: no MIME-Version of its own
    mail.add_attachment(letter.calendar, "application", "ics", filename="invite.ics", cte="base64")


def _name_boundaries(mail: EmailMessage, message_id: str) -> None:
    """Boundaries that are the same each time, so that a letter sent twice is the same mail."""
    seed = hashlib.sha256(message_id.encode()).hexdigest()[:24]
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{number}_{seed}")
