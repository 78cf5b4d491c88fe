"""The programs beside the servers: started together, started again one by one."""

import contextlib
import http.client
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.embedded import EmbeddedServerError
from config.embedded.children import Child, Guardian, wait_until
from config.embedded.folders import CHECKOUT
from config.embedded.ports import is_free
from config.supervisor.surroundings import Run
from dashboards.rules import DEMO_UNREACHABLE

FIRST_PAUSE = 0.5  # seconds before a dead program is started again; doubles each time
LONGEST_PAUSE = 30.0  # seconds
HEALTHY_AFTER = 60.0  # seconds of running; then the pause is short again
MAIL_PATIENCE = 20.0  # seconds
READY_PATIENCE = 60.0  # seconds
BIN = Path(sys.executable).parent


@dataclass
class Program:
    """A child with a name that is started again, ever slower, when it dies."""

    name: str
    child: Child
    pause: float = FIRST_PAUSE
    started_at: float = 0.0
    start_at: float | None = field(default=None)

    def start(self) -> None:
        self.child.start()
        self.started_at = time.monotonic()
        self.start_at = None

    def tend(self, say: Callable[[str], None]) -> None:
        now = time.monotonic()
        self.child.tend_log()
        if self.child.is_running:
            if now - self.started_at > HEALTHY_AFTER:
                self.pause = FIRST_PAUSE
        elif self.start_at is None:
            say(f"{self.name} died; starting it again ({self.child.log} tells why)")
            self.start_at = now + self.pause
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
        elif now >= self.start_at:
            self.start()


class Programs:
    """All programs of a run."""

    def __init__(
        self, run: Run, environment: dict[str, str], guardian: Guardian, *, with_sink: bool
    ) -> None:
        self._run = run
        self._environment = environment
        self._guardian = guardian
        sink = {"mail": self._sink()} if with_sink else {}
        commands: dict[str, list[str | Path]] = sink | self._commands()
        self._all = [self._program(name, command) for name, command in commands.items()]

    def start(self, *names: str) -> None:
        """Start the named programs, or all that do not run yet."""
        for program in self._all:
            if not program.child.is_running and (program.name in names or not names):
                program.start()

    def wait_for_mail(self) -> None:
        port = self._environment["EMAIL_URL"].rpartition(":")[2]
        wait_until(lambda: not is_free(int(port)), MAIL_PATIENCE)

    def wait_until_ready(self) -> None:
        """Wait until pages are answered.

        Raises:
            EmbeddedServerError: they are not, or the program that should died.
        """
        web = self.child("web")
        answered = wait_until(lambda: not web.is_running or self._is_ready(), READY_PATIENCE)
        if not answered or not web.is_running:
            raise EmbeddedServerError(
                f"Kennisborg does not answer; {web.log} ends with: {web.last_words()}"
            )

    def _is_ready(self) -> bool:
        asked = http.client.HTTPConnection(self._run.reach, self._run.port, timeout=5)
        with contextlib.closing(asked), contextlib.suppress(OSError, http.client.HTTPException):
            asked.request("GET", "/readyz")
            return asked.getresponse().status == http.client.OK
        return False

    def tend(self, say: Callable[[str], None]) -> None:
        for program in self._all:
            program.tend(say)

    def stop(self) -> None:
        """Ask all to stop before waiting for any."""
        for program in self._all:
            program.child.ask_to_stop()
        for program in self._all:
            program.child.stop()

    def child(self, name: str) -> Child:
        return next(program.child for program in self._all if program.name == name)

    def _program(self, name: str, command: list[str | Path]) -> Program:
        return Program(
            name,
            Child(
                command,
                log=self._run.folder / "log" / f"{name}.log",
                guardian=self._guardian,
                environment=self._environment,
                folder=CHECKOUT,
            ),
        )

    def _commands(self) -> dict[str, list[str | Path]]:
        return {
            "web": [
                *(BIN / "gunicorn", "config.wsgi:application", "--bind", self._run.bind),
                *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload"),
                *("--graceful-timeout", "10", "--no-control-socket", "--log-level", "warning"),
            ],
            "worker": [
                *(BIN / "celery", "-A", "config", "worker", "--loglevel", "WARNING"),
                *("--beat", "--schedule", self._run.folder / "beat"),
                *("--pool", "threads", "--concurrency", "4"),
                *("--without-gossip", "--without-mingle", "--queues", "celery,untrusted"),
            ],
            "dispatcher": [sys.executable, CHECKOUT / "manage.py", "run_dispatcher"],
        }

    def _sink(self) -> list[str | Path]:
        port = self._environment["EMAIL_URL"].rpartition(":")[2]
        refused = [DEMO_UNREACHABLE] if self._run.mode == "demo" else []
        return [
            *(sys.executable, "-m", "config.mail_sink", self._run.mail_folder, "--port", port),
            *(part for address in refused for part in ("--refuse", address)),
        ]
