"""A mail server for trying out: keeps every message as an .eml file and sends nothing on.

Run as `python -m config.mail_sink FOLDER --port PORT`, or use `MailSink` inside a test. An address
that is to be refused answers "550 5.1.1", as a real server does for a mailbox that is gone.
"""

import argparse
import itertools
import secrets
import signal
import threading
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.embedded.ports import LOOPBACK, free_port

MAX_MESSAGE = 10_000_000  # bytes
MAX_MESSAGES = 2_000
MAX_FOLDER = 200_000_000  # bytes; the oldest messages make room
LOOK_EVERY = 20  # messages; looking through a full folder takes longer than taking a message


class Keeper:
    """Answers the mail server's questions: who may receive, and where messages go."""

    def __init__(self, folder: Path, refused: Collection[str]) -> None:
        self._folder = folder
        self._refused = {address.casefold() for address in refused}
        self._numbers = itertools.count()

    async def handle_RCPT(  # noqa: N802  the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if address.casefold() in self._refused:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content: Any = envelope.content
        lines = [f"X-Envelope-From: {envelope.mail_from or ''}"]
        lines += [f"X-Envelope-To: {address}" for address in envelope.rcpt_tos]
        self._keep("".join(f"{line}\r\n" for line in lines).encode() + content)
        return "250 2.0.0 Kept"

    def _keep(self, message: bytes) -> None:
        """Write a message under a name that sorts by time; it appears whole or not at all."""
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        number = next(self._numbers)
        name = f"{moment}-{number:06d}-{secrets.token_hex(3)}.eml"
        unfinished = self._folder / f".{name}"
        unfinished.write_bytes(message)
        unfinished.chmod(0o600)
        unfinished.rename(self._folder / name)
        if number % LOOK_EVERY == 0:
            self._make_room()

    def _make_room(self) -> None:
        newest_first = sorted(self._folder.glob("[!.]*.eml"), reverse=True)
        size = 0
        for number, path in enumerate(newest_first):
            size += path.stat().st_size
            if number >= MAX_MESSAGES or size > MAX_FOLDER:
                path.unlink(missing_ok=True)


class MailSink:
    """The mail server, from `start` to `stop`; port 0 takes any free port."""

    def __init__(self, folder: Path, *, port: int = 0, refused: Collection[str] = ()) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.port = port or free_port()
        self._controller = Controller(
            Keeper(folder, refused),
            hostname=LOOPBACK,
            port=self.port,
            server_hostname="kennisborg.localhost",
            data_size_limit=MAX_MESSAGE,
            enable_SMTPUTF8=True,
        )

    @property
    def url(self) -> str:
        return f"smtp://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m config.mail_sink")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--refuse", action="append", default=[], metavar="ADDRESS")
    options = parser.parse_args()
    over = threading.Event()
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, lambda *_: over.set())
    with MailSink(options.folder, port=options.port, refused=options.refuse):
        over.wait()


if __name__ == "__main__":
    main()
