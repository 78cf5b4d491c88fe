"""Mail servers for tests: a real one that keeps what it gets, and ones that misbehave."""

import asyncio
import contextlib
import email
import email.policy
import logging
import socket
import threading
from collections import Counter
from collections.abc import Callable

from aiosmtpd.controller import Controller

logging.getLogger("mail.log").setLevel(logging.WARNING)  # the server tells every command


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Postbox:
    """An SMTP server on a real socket that keeps every mail it accepted.

    `refuse_mail`, `refuse_rcpt` and `refuse_data` answer for an address with a line such as
    "550 5.1.1 unknown", or with None to accept.
    """

    def __init__(self, **options):
        self.mails = []
        self.recipients = []
        self.connections = 0
        self.refuse_mail = self.refuse_rcpt = self.refuse_data = lambda address: None
        self.after_data = lambda mail: None
        self.controller = Controller(
            self, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=False, **options
        )

    @property
    def port(self):
        return self.controller.port

    def start(self):
        self.controller.start()
        self.connections = 0  # the controller tries its own door

    def stop(self):
        self.controller.stop()

    def count_by_message_id(self):
        return Counter(mail["Message-ID"] for mail in self.mails)

    def subjects(self):
        return [mail["Subject"] for mail in self.mails]

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        refusal = self.refuse_mail(address)
        if refusal:
            return refusal
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        refusal = self.refuse_rcpt(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        refusal = self.refuse_data(envelope.rcpt_tos[0])
        if refusal:
            return refusal
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.recipients.append(list(envelope.rcpt_tos))
        self.mails.append(mail)
        await asyncio.to_thread(self.after_data, mail)  # it may use the database
        return "250 2.0.0 kept"


class RawServer:
    """A TCP server whose every connection is given to a function; for what no real server does."""

    def __init__(self, converse: Callable[[socket.socket], None]):
        self.converse = converse
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.open = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _peer = self.server.accept()
                self.open.append(connection)
                threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        with contextlib.suppress(OSError):
            self.converse(connection)
        connection.close()

    def stop(self):
        self.server.close()
        for connection in self.open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


ANSWERS = {b"mail": b"250 OK\r\n", b"data": b"354 go on\r\n", b"quit": b"221 bye\r\n"}


def polite_until(stage, then, after=0):
    """Return a conversation that follows the protocol up to a stage and then does something else.

    So many mails are taken before.

    Stages: "banner", "ehlo", "mail", "rcpt", "data" (the command), "dot" (the text has come).
    """

    def converse(connection):
        steps = commands_of(connection)
        taken = 0
        for command in steps:
            if command == stage.encode() and taken == after:
                then(connection)
                return
            if command == b"banner":
                connection.sendall(b"220 postbox\r\n")
            elif command == b"dot":
                connection.sendall(b"250 kept\r\n")
                taken += 1
            else:
                connection.sendall(ANSWERS.get(command, b"250 OK\r\n"))

    return converse


def commands_of(connection):
    """Yield what the other side does: its commands in four letters, and "dot" after a text."""
    yield b"banner"
    lines = connection.makefile("rb")
    for line in lines:
        command = line[:4].lower()
        yield command
        if command == b"data":
            for _text in iter(lines.readline, b".\r\n"):
                pass
            yield b"dot"
