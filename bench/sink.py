"""A mail server that takes everything, so that senders are what is measured."""

import argparse
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.embedded.ports import LOOPBACK


class Taker:
    """Says yes, and keeps each mail, so that a plain loop can send the same ones."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept.open("ab")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = _raw(envelope.content)
        self._kept.write(b"%d\n%b" % (len(content), content))
        self._kept.flush()
        return "250 2.0.0 Taken"


def kept_mails(kept: Path) -> Iterator[bytes]:
    """Yield the mails that were taken, the first one first."""
    with kept.open("rb") as file:
        while length := file.readline():
            yield file.read(int(length))


def _raw(content: bytes | str | None) -> bytes:
    return content.encode() if isinstance(content, str) else content or b""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sink")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--keep", type=Path, required=True, metavar="FILE")
    over = threading.Event()
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, lambda *_: over.set())
    options = parser.parse_args()
    port = options.port
    controller = Controller(Taker(options.keep), hostname=LOOPBACK, port=port, enable_SMTPUTF8=True)
    controller.start()
    over.wait()
    controller.stop()


if __name__ == "__main__":
    main()
