"""A real mail server that can be away, hold an answer back, refuse, or listen without a word."""

import asyncio
import socket
import threading
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.notices import readers
from tests.notices.calendar_model import Calendar
from tests.notices.mail_server import free_port
from tests.office import Letter


class PostOffice:
    """What it took, in order. refuse: dict[address, reply to RCPT]. While `is_holding` it takes letters, unanswered."""

    def __init__(self):
        self.port = free_port()
        self.letters: list[Letter] = []
        self.refuse: dict[str, str] = {}
        self.is_holding = threading.Event()
        self._controller = None

    @property
    def address(self):
        return f"smtp://127.0.0.1:{self.port}"

    def open(self):
        self._controller = _Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self):
        if self._controller is not None:
            self.is_holding.clear()
            self._controller.stop()
            self._controller = None

    @contextmanager
    def hanging(self):
        """Meanwhile connections are taken and nothing is said."""
        self.close()
        with socket.socket() as silent:
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            silent.bind(("127.0.0.1", self.port))
            silent.listen(50)
            yield
        self.open()

    def to(self, address):
        return [letter for letter in list(self.letters) if letter.to == address]

    def calendars(self):
        """What everybody's calendar shows: dict[address, Calendar]. A second copy must be the same letter."""
        found, seen = {}, {}
        for letter in self.letters:
            if letter.calendar is None:
                continue
            if letter.id in seen:
                assert seen[letter.id] == letter.calendar, "a second copy says something else"
                continue
            seen[letter.id] = letter.calendar
            [message] = readers.with_icalendar([letter.calendar])
            found.setdefault(letter.to, Calendar()).take_in(message)
        return found

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.letters.append(Letter(envelope.original_content))
        while self.is_holding.is_set():
            await asyncio.sleep(0.02)
        return "250 Taken"


class _Controller(Controller):
    def factory(self):
        return SMTP(self.handler, hostname="mail.example.org")
