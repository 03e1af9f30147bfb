"""A real mail server on this machine, that misbehaves when told to."""

import asyncio
import socket
from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class MailServer:
    """What it took, and how it is to behave: by address, or for everybody.

    refuse: dict[address, reply to RCPT]. refuse_data: dict[address, reply after DATA]. hang: seconds before it
    answers DATA. hang_up: how often it breaks off the connection in the middle of a mail. dies: whether it takes no
    new connection after that.
    """

    def __init__(self):
        self.raw: list[bytes] = []
        self.to: list[str] = []
        self.refuse: dict[str, str] = {}
        self.refuse_data: dict[str, str] = {}
        self.hang = 0.0
        self.hang_up = 0
        self.dies = False
        self.listening: asyncio.Server | None = None
        self.connection_count = 0
        self.port = 0

    @property
    def address(self):
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def mails(self):
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw]

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802 - aiosmtpd's name
        self.connection_count += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.hang:
            await asyncio.sleep(self.hang)
        if self.hang_up:
            self.hang_up -= 1
            if self.dies:
                self.listening.close()
            server.transport.abort()
            return "421 Goodbye"
        [address] = envelope.rcpt_tos
        if address in self.refuse_data:
            return self.refuse_data[address]
        self.raw.append(envelope.original_content)
        self.to.append(address)
        return "250 Taken"


class _OnAnyPort(Controller):
    def factory(self):
        return SMTP(self.handler, hostname="mail.example.org")


@contextmanager
def serving(port=0):
    """A mail server that runs meanwhile. port: 0 for any that is free."""
    mail_server = MailServer()
    mail_server.port = port or free_port()
    controller = _OnAnyPort(mail_server, hostname="127.0.0.1", port=mail_server.port)
    controller.start()
    mail_server.listening = controller.server
    try:
        yield mail_server
    finally:
        controller.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
