"""Messages a second through the dispatcher, against a plain loop that sends such mails."""

import itertools
import os
import smtplib
import time
from pathlib import Path

from bench.report import Figure, Report
from config.embedded.ports import LOOPBACK
from notifications.operations import deliver_burst

MAILS = int(os.environ.get("MAILS") or 300)
PART = "Delivering, of a plain smtplib loop"


def add_delivering(report: Report, port: int, last_mail: Path) -> None:
    """Send some of what planning promised, then the last of these mails as often by hand.

    Args:
        report: gets the figure.
        port: of the sink, over one connection both times.
        last_mail: where the sink keeps the last mail that it took.
    """
    turns = itertools.count()
    began = time.perf_counter()
    tally = deliver_burst(should_stop=lambda: next(turns) >= MAILS)
    took = time.perf_counter() - began
    sent = sum(tally.values())
    if not sent or not last_mail.exists():
        report.add(PART, Figure("nothing was due", 0))
        return
    text = last_mail.read_bytes()
    plain = _plain(port, text)
    note = f"{sent / took:.0f} against {plain:.0f} a second; {sent} mails of {len(text)} bytes"
    share = Figure("one dispatcher", sent / took / plain, 0.5, 0.85, is_least=True, note=note)
    report.add(PART, share)


def _plain(port: int, text: bytes) -> float:
    began = time.perf_counter()
    with smtplib.SMTP(LOOPBACK, port) as server:
        for _number in range(MAILS):
            server.sendmail("kennisborg@proef.example", ["iemand@proef.example"], text)
    return MAILS / (time.perf_counter() - began)
