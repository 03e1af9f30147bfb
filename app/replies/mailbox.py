"""The mailbox that our letters come from, read over IMAP (RFC 9051).

It is only looked at: opened read-only, no mail is marked as seen, moved or deleted, so that people may read it too.
Which mails are new is told by their numbers alone, and those hold as long as the mailbox's `validity` stays the same.
Whatever goes wrong, the mail server or the way to it, is a `MailboxFault` with a sentence for a coordinator.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from threading import Timer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from app.replies.parts import MOST_BYTES

EXAMPLE = "imaps://user:password@mail.example.org/INBOX"
PORTS = {"imaps": 993, "imap": 143}
LONGEST_S = 600


class MailboxFault(Exception):
    """The mailbox cannot be read. Its words are one plain sentence, without passwords."""


@dataclass(frozen=True, kw_only=True)
class _Address:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    is_encrypted: bool
    starts_tls: bool

    @classmethod
    def of(cls, written: str) -> "_Address":
        """Raises MailboxFault."""
        try:
            parts = urlsplit(written)
            port = parts.port or PORTS[parts.scheme]
            user, password, folder = (unquote(part or "") for part in (parts.username, parts.password, parts.path[1:]))
        except (KeyError, ValueError):
            raise _not_an_address() from None
        if not parts.hostname or not user or not (user + password + folder).isprintable():
            raise _not_an_address()
        return cls(
            host=parts.hostname,
            port=port,
            user=user,
            password=password,
            folder=folder or "INBOX",
            is_encrypted=parts.scheme == "imaps",
            starts_tls=parse_qs(parts.query).get("starttls", ["0"])[-1] == "1",
        )


class Mailbox:
    """Open inside `with`. `validity`: its UIDVALIDITY; where that has changed, all numbers begin anew."""

    def __init__(self, address: str, *, timeout_s: float = 20, longest_s: float = LONGEST_S) -> None:
        """address: `imaps://user:password@host:port/folder`, or `imap://…`, which `?starttls=1` encrypts too.

        timeout_s: the longest wait for a word of the server; longest_s: for all of it, for a server that dribbles.
        Raises MailboxFault, as everything here does.
        """
        self._address = _Address.of(address)
        self._timeout_s = timeout_s
        self._client: IMAPClient | None = None
        self._is_lost = False
        self._hang_up = Timer(longest_s, self._cut)
        self._hang_up.daemon = True
        self.validity = 0

    def __enter__(self) -> Self:
        self._hang_up.start()
        try:
            self._open()
        except MailboxFault:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def after(self, uid: int, *, most: int, since: date | None) -> Iterator[tuple[int, bytes]]:
        """(uid, mail) in their order, each above `uid`. At most `most`; a mail of more than 256 kB is cut a byte after.

        since: only what came on that day or later, for a mailbox that is full when it is read for the first time.
        """
        client = self._opened()
        criteria: list[object] = ["UID", f"{uid + 1}:*"] + (["SINCE", since] if since else [])
        with self._watched():
            found = client.search(criteria)
        # '5:*' finds the last mail even if its number is below 5.
        for number in sorted(number for number in found if number > uid)[:most]:
            with self._watched():
                mail = self._fetched(client, number)
            if mail is not None:
                yield number, mail

    @staticmethod
    def _fetched(client: IMAPClient, uid: int) -> bytes | None:
        """None: it has been deleted since."""
        fetched = client.fetch([uid], [f"BODY.PEEK[]<0.{MOST_BYTES + 1}>"]).get(uid, {})
        mail = fetched.get(b"BODY[]<0>", fetched.get(b"BODY[]"))  # some servers cannot cut, and say so
        return mail[: MOST_BYTES + 1] if isinstance(mail, bytes) else None

    def _open(self) -> None:
        address = self._address
        with self._watched():
            self._client = IMAPClient(
                address.host, address.port, ssl=address.is_encrypted, timeout=self._timeout_s, use_uid=True
            )
            if address.starts_tls:
                self._client.starttls()
            self._client.login(address.user, address.password)
        with self._watched(otherwise=f"There is no folder {address.folder!r} in the mailbox of {address.user}."):
            chosen = self._client.select_folder(address.folder, readonly=True)
        self.validity = int(chosen.get(b"UIDVALIDITY", 0))
        if not self.validity:
            raise MailboxFault(
                f"The mail server {address.host} does not number its mails, so they cannot be read once."
            )

    def _opened(self) -> IMAPClient:
        if self._client is None:
            raise MailboxFault("The mailbox is not open.")
        return self._client

    @contextmanager
    def _watched(self, *, otherwise: str = "") -> Iterator[None]:
        """Turns what the library raises into our sentences. Theirs may hold what was sent, so none is passed on."""
        server = f"The mail server {self._address.host}"
        try:
            yield
        except LoginError as fault:
            if isinstance(fault.__context__, IMAPClientAbortError):  # no answer at all
                raise self._lost(f"{server} cannot be reached, or has hung up.") from None
            raise MailboxFault(f"{server} does not accept the user name or password of REPLY_MAILBOX.") from None
        except ssl.SSLCertVerificationError:
            raise self._lost(f"{server} has a certificate that cannot be trusted.") from None
        except TimeoutError:
            raise self._lost(f"{server} did not answer within {self._timeout_s:g} seconds.") from None
        except (OSError, IMAPClientAbortError):
            raise self._lost(f"{server} cannot be reached, or has hung up.") from None
        except IMAPClientError:
            raise MailboxFault(otherwise or f"{server} refused what was asked of it.") from None
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError, MemoryError):
            raise self._lost(f"{server} gave an answer that cannot be read.") from None

    def _lost(self, sentence: str) -> MailboxFault:
        self._is_lost = True
        return MailboxFault(sentence)

    def _cut(self) -> None:
        """From another thread: whoever waits for a word then hears that there will be none."""
        self._is_lost = True
        if self._client is not None:
            with suppress(OSError):
                self._client.socket().shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        self._hang_up.cancel()
        client, self._client = self._client, None
        if client is None:
            return
        # No farewell to a server that does not answer: it would be waited for once more.
        for leave in (client.shutdown,) if self._is_lost else (client.logout, client.shutdown):
            with suppress(OSError, IMAPClientError, ValueError):
                leave()


def _not_an_address() -> MailboxFault:
    return MailboxFault(f"REPLY_MAILBOX is not the address of a mailbox, such as {EXAMPLE}.")
