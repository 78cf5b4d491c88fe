"""The process around the process: starts it with nothing, waits no longer than a minute."""

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]
# Kinds in which there are words to find; pictures and films have none.
READABLE: Final = frozenset({"pdf", "docx", "pptx", "xlsx", "md", "txt"})

# Why there is no text.
KIND: Final = "kind"  # nothing to read in such a file
EMPTY: Final = "empty"  # no words in it, such as a scan
ENCRYPTED: Final = "encrypted"
DAMAGED: Final = "damaged"
TOO_LARGE: Final = "too_large"  # it inflates beyond what is allowed
MEMORY: Final = "memory"
TIME: Final = "time"
CRASHED: Final = "crashed"

BY_SIGNAL: Final[Mapping[int, str]] = {
    signal.SIGXCPU: TIME,
    signal.SIGALRM: TIME,
    signal.SIGKILL: TIME,  # the hard limit of processor time, when the soft one was ignored
}
# Nothing of ours: no secret key, no address of the database.
SURROUNDINGS: Final = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one file may cost. Source: trust.md section 2.4, points 4 and 5.

    Attributes:
        seconds: of processor time, and of waiting.
        soft_seconds: of processor time, after which the text so far is what there is.
        soft_wait_seconds: the same by the clock, on a machine that is busy with other things.
        memory_bytes: of address space, so that what is really used stays below.
        text_bytes: of UTF-8; the rest is left out.
        members: parts of an archive.
        inflated_bytes: what an archive may become ...
        inflated_ratio: ... and how many of them for one byte of the file ...
        ratio_free_bytes: ... past these.
    """

    seconds: int = 60
    soft_seconds: int = 40
    soft_wait_seconds: int = 50
    memory_bytes: int = 288 * 1024 * 1024
    text_bytes: int = 1_000_000
    members: int = 2_000
    inflated_bytes: int = 300 * 1024 * 1024
    inflated_ratio: int = 200
    ratio_free_bytes: int = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What came out of a file.

    Attributes:
        text: clean, in Unicode form NFC; empty when there is a reason.
        reason: why there is no text, one of the constants above; empty when there is.
        is_cut: only the first part was taken.
        peak_kb: memory that the process used at most; 0 when it did not live to say so.
        seconds: how long it took.
    """

    text: str = ""
    reason: str = ""
    is_cut: bool = False
    peak_kb: int = 0
    seconds: float = 0.0

    @property
    def may_be_tried_again(self) -> bool:
        """Whether the same file could fare better another time, on a less busy machine."""
        return self.reason in (MEMORY, TIME, CRASHED)


def read_text(file: IO[bytes], extension: str, limits: Limits | None = None) -> Extraction:
    """Return the text of a file; whatever the file does, this returns within the limits.

    Args:
        file: open for reading, at its start, with a descriptor of its own.
        extension: lower case, without a dot.
        limits: how much it may cost; the shipped ones when not given.
    """
    limits = limits or Limits()
    if extension not in READABLE:
        return Extraction(reason=KIND)
    started = time.monotonic()
    with tempfile.TemporaryFile() as answer:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter, no value from outside
            [
                *(sys.executable, "-s", "-E", "-B", "-X", "utf8", "-m", "knowledge.extraction"),
                *(extension, json.dumps(asdict(limits))),
            ],
            stdin=file,
            stdout=answer,  # a file: the kernel stops the child when it writes too much
            stderr=subprocess.DEVNULL,
            cwd=CHECKOUT,
            env=SURROUNDINGS,
        )
        try:
            code = child.wait(timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            code = -signal.SIGALRM
        finally:
            child.kill()
            child.wait()
        answer.seek(0)
        return _understood(code, answer, limits, time.monotonic() - started)


def _understood(code: int, answer: IO[bytes], limits: Limits, seconds: float) -> Extraction:
    if code < 0:
        return Extraction(reason=BY_SIGNAL.get(-code, CRASHED), seconds=seconds)
    try:
        head = json.loads(answer.readline(10_000))
        return Extraction(
            text=answer.read(limits.text_bytes).decode("utf-8", "ignore"),
            reason=str(head["reason"]),
            is_cut=bool(head["is_cut"]),
            peak_kb=int(head["peak_kb"]),
            seconds=seconds,
        )
    except (ValueError, KeyError, TypeError):
        return Extraction(reason=CRASHED, seconds=seconds)
