"""Programs we start: each in its own session, each watched by the guardian.

Start children from the main thread: Linux ties a child to the *thread* that started it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from config.embedded.account import Account

HERE = Path(__file__).parent
ISOLATED = [sys.executable, "-I", "-S"]
MAX_LOG = 5_000_000  # bytes; a longer log is put aside, one of them is kept


def launched(
    command: Sequence[str | Path],
    account: Account | None = None,
    death_signal: int = signal.SIGKILL,
) -> list[str]:
    """Return the command that runs `command` as `account` and ends it with this program."""
    identity = [str(account.uid), str(account.gid)] if account else ["-1", "-1"]
    launch = [*ISOLATED, str(HERE / "launch.py"), str(os.getpid()), str(int(death_signal))]
    return [*launch, *identity, *map(str, command)]


def run_tool(
    command: Sequence[str | Path], account: Account | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a short program to its end, as `account`, with a neutral environment."""
    return subprocess.run(
        launched(command, account),
        input=stdin,
        capture_output=True,
        text=True,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
        check=False,
    )


class Guardian:
    """Our end of the pipe to the guardian process."""

    def __init__(self) -> None:
        self._watched: dict[int, int] = {}
        self._process: subprocess.Popen[str] | None = None

    def watch(self, pid: int, stop_signal: int) -> None:
        self._watched[pid] = int(stop_signal)
        self.tend()
        self._tell(f"watch {pid} {int(stop_signal)}")

    def release(self, pid: int) -> None:
        self._watched.pop(pid, None)
        self._tell(f"release {pid}")

    def tend(self) -> None:
        """Start the guardian, or start it again when somebody killed it."""
        if self._process is not None and self._process.poll() is None:
            return
        self._bury()
        self._process = subprocess.Popen(
            [*ISOLATED, str(HERE / "guardian.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd="/",
            start_new_session=True,
        )
        for pid, stop_signal in self._watched.items():
            self._tell(f"watch {pid} {stop_signal}")

    def close(self) -> None:
        self._bury()
        self._process = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def _tell(self, line: str) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):  # killed: tend() starts another
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def _bury(self) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()


@dataclass
class Child:
    """One program that is started, watched, started again and stopped."""

    command: Sequence[str | Path]
    log: Path
    guardian: Guardian
    account: Account | None = None
    stop_signal: int = signal.SIGTERM
    environment: Mapping[str, str] = field(default_factory=lambda: {"PATH": os.defpath})
    folder: Path = Path("/")
    speaks: bool = False  # on our own output; only its errors go to the log
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        self._sweep()
        with open_log(self.log) as log:
            self._process = subprocess.Popen(
                launched(self.command, self.account, self.stop_signal),
                stdin=subprocess.DEVNULL,
                stdout=None if self.speaks else log,
                stderr=log,
                cwd=self.folder,
                env={**self.environment, **(environment or {})},
                start_new_session=True,
            )
        self.guardian.watch(self._process.pid, self.stop_signal)

    def wait(self) -> int:
        """Wait until it ends by itself; return its exit code."""
        return self._process.wait() if self._process else 0

    def ask_to_stop(self) -> None:
        if self._process is not None and self.is_running:
            self._process.send_signal(self.stop_signal)

    def stop(self, patience: float = 15.0) -> None:
        """Ask the program to stop; kill what is left of its group after `patience` seconds."""
        if self._process is None:
            return
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        self._sweep()

    def tend_log(self) -> None:
        keep_short(self.log)

    def last_words(self, lines: int = 5) -> str:
        """Return the end of the log on one line."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return " / ".join(text.strip().splitlines()[-lines:])

    def _sweep(self) -> None:
        """Kill what is left of the program's group, and forget it."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.guardian.release(self._process.pid)
        self._process = None


def open_log(path: Path) -> IO[bytes]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep_short(path)
    return path.open("ab")


def keep_short(log: Path) -> None:
    """Put a long log aside, also while its program goes on appending to it."""
    if log.exists() and log.stat().st_size > MAX_LOG:
        shutil.copyfile(log, log.with_suffix(".old.log"))
        os.truncate(log, 0)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Return whether `condition` became true in time; asked twenty times a second."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
