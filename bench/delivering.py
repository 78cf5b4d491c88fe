"""Messages a second through dispatchers side by side, against a plain loop with the same mails.

A dispatcher runs for days: it sends some before time is taken, so that templates are compiled and
the first of every statement is over.
"""

import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from bench.memory import resident
from bench.report import Figure, Report
from bench.sink import kept_mails
from config.embedded.folders import CHECKOUT
from config.embedded.ports import LOOPBACK

MAILS = int(os.environ.get("MAILS") or 300)
WARMING_UP: Final = 30
SIDE_BY_SIDE: Final = (1, 2, 4)
PART = "Delivering, of a plain smtplib loop"


def add_delivering(report: Report, port: int, kept: Path) -> None:
    """Send some of what planning promised, then the same mails by hand.

    Args:
        report: gets the figures.
        port: of the sink, over one connection for each dispatcher.
        kept: where the sink keeps the mails that it took.
    """
    for count in SIDE_BY_SIDE:
        sent, took, rest, after = _together(count, MAILS)
        mails = list(kept_mails(kept))[-sent:] if sent else []
        if not mails:
            report.add(PART, Figure("nothing was due", 0))
            return
        plain = (_plain(port, mails) + _plain(port, mails)) / 2
        length = sum(map(len, mails)) // len(mails)
        note = f"{sent / took:.0f} against {plain:.0f} a second; {sent} mails of {length} bytes"
        share = sent / took / plain
        if count == 1:
            one = Figure("one dispatcher", share, 0.5, 0.85, is_least=True, note=note)
            report.add(PART, one)
            memory = f"{rest:.0f} MB before the mails that were timed"
            report.add("Memory", Figure("dispatcher, after sending (MB)", after, note=memory))
        else:
            report.add(PART, Figure(f"{count} dispatchers", share, note=note))


def _together(count: int, mails: int) -> tuple[int, float, float, float]:
    """Let several send at the same time.

    Returns:
        how many mails left, in how many seconds, and the memory of the largest before and after.
    """
    command = [sys.executable, "-m", "bench.sender", "--mails", str(mails // count)]
    command += ["--before", str(WARMING_UP)]
    senders = [_start(command) for _number in range(count)]
    outs = [_open(sender.stdout) for sender in senders]
    ins = [_open(sender.stdin) for sender in senders]
    for out in outs:
        out.readline()
    rest = max(max(resident(sender.pid).values()) for sender in senders)
    began = time.perf_counter()
    _tell(ins)
    sent = sum(int(out.readline() or 0) for out in outs)
    took = time.perf_counter() - began
    after = max(max(resident(sender.pid).values()) for sender in senders)
    _tell(ins)
    for sender in senders:
        sender.communicate()
    return sent, took, rest, after


def _start(command: list[str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=CHECKOUT, text=True, stdin=pipe, stdout=pipe)


def _open(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("a sender without pipes")
    return pipe


def _tell(ins: list[IO[str]]) -> None:
    for pipe in ins:
        pipe.write("\n")
        pipe.flush()


def _plain(port: int, mails: Sequence[bytes]) -> float:
    began = time.perf_counter()
    with smtplib.SMTP(LOOPBACK, port) as server:
        for mail in mails:
            server.sendmail("kennisborg@proef.example", ["iemand@proef.example"], mail)
    return len(mails) / (time.perf_counter() - began)
