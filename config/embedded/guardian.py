"""Stop what a killed program left behind.

Run by path with an isolated interpreter; standard library only. Its stdin is a pipe that only the
owner holds open. The owner writes `watch PID SIGNAL` and `release PID`; when the pipe closes, every
pid still watched is asked to stop, last started first, and after a few seconds its process group is
killed. A normal stop releases everything first, so that nothing is left to do.
"""

import os
import signal
import sys
import time
from pathlib import Path

PATIENCE = 8.0  # seconds between asking and killing


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # it ends when its owner does, not before
    for pid, stop_signal in reversed(listen().items()):
        stop(pid, stop_signal)


def listen() -> dict[int, int]:
    """Return what is still watched when the owner is gone: stop signals by pid."""
    watched: dict[int, int] = {}
    for line in sys.stdin:
        match line.split():
            case ["watch", pid, stop_signal]:
                watched[int(pid)] = int(stop_signal)
            case ["release", pid]:
                watched.pop(int(pid), None)
    return watched


def stop(pid: int, stop_signal: int) -> None:
    deadline = time.monotonic() + PATIENCE
    try:
        os.kill(pid, stop_signal)
        while is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(pid, signal.SIGKILL)  # whatever is left of the group
    except (ProcessLookupError, PermissionError):
        return


def is_running(pid: int) -> bool:
    """Return whether a pid is alive; one that nobody has buried yet is not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # no /proc here, or it went away just now
        return not Path("/proc/self/stat").exists()
    return state not in "ZX"


if __name__ == "__main__":
    main()
