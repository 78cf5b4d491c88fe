"""Servers of our own for tests that kill them; nothing here touches the run's database."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0  # seconds


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder that the servers' account can pass through, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="kb-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def environment_for(place: Path, **more: str) -> dict[str, str]:
    """Return an environment in which only this test's data folder is known."""
    known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**known, "KENNISBORG_DATA_DIR": str(place), **more}


@pytest.fixture
def place() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


class Running:
    """A program of ours that reports in lines of JSON: `python -m config.embedded`."""

    def __init__(self, command: list[Any], environment: dict[str, str], **options: Any) -> None:
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            **{"cwd": CHECKOUT, **options},
        )
        self.facts: dict[str, Any] = {}

    def report(self) -> dict[str, Any]:
        """Wait for the next report."""
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.stderr.read())
        self.facts = json.loads(line)
        return self.facts

    def pids(self) -> list[int]:
        """Everything it started: the servers, their own processes and the guardian."""
        mine = [self.facts["postgres"], self.facts["valkey"], self.facts["guardian"]]
        return mine + children_of(self.facts["postgres"])

    def refusal(self) -> str:
        """What it says when it will not start."""
        _, said = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 1
        return said.strip()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=PATIENCE)


@contextmanager
def starting(place: Path, made: Path | None = None) -> Iterator[Callable[..., Running]]:
    """Give what starts try-out servers in `place`, and stop them afterwards.

    `made` is a stopped instance to start from; making one takes a second, and there are many tests.
    """
    started = []

    def begin(name: str = "one", *extra: str, **more: str) -> Running:
        if made and not (place / name).exists():
            subprocess.run(["cp", "-a", made, place / name], check=True)
        command = [sys.executable, "-m", "config.embedded", place / name, *extra]
        running = Running(command, environment_for(place, **more))
        started.append(running)
        return running

    yield begin
    for running in started:
        running.end()


@pytest.fixture(scope="session")
def made() -> Iterator[Path]:
    """An instance that has run once and is stopped."""
    with open_folder() as place, starting(place) as begin:
        servers = begin("made")
        servers.report()
        servers.end()
        yield place / "made"


@pytest.fixture
def start(place: Path, made: Path) -> Iterator[Callable[..., Running]]:
    with starting(place, made) as begin:
        yield begin


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is dead but not yet buried does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def children_of(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children()]


def descendants_of(pid: int) -> list[int]:
    """Everything a process started, and what that started."""
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def eventually(condition: Callable[[], Any], seconds: float = PATIENCE) -> bool:
    """Whether something outside this process comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
