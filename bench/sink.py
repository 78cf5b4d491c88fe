"""A mail server that takes everything and keeps one mail, so that senders are what is measured."""

import argparse
import signal
import threading
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.embedded.ports import LOOPBACK


class Taker:
    """Says yes, and keeps the first mail, so that a plain loop can send such a one."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._is_kept = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if not self._is_kept:
            self._kept.write_bytes(_raw(envelope.content))
            self._is_kept = True
        return "250 2.0.0 Taken"


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
