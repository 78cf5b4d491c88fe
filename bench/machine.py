"""Everything that a benchmark runs on: servers of its own, a database of a size, pages, mail."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.embedded import TryoutServers, data_base
from config.embedded.children import Child, wait_until
from config.embedded.folders import CHECKOUT, make_passage
from config.embedded.ports import LOOPBACK, free_port, is_free
from config.translations import compile_outdated

BIN = Path(sys.executable).parent
PATIENCE = 60.0  # seconds
WORKERS, THREADS = 2, 4  # as in docker-compose and in `make demo`


def say(text: str) -> None:
    """Tell whoever waits what is being done."""
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()


@dataclass
class Machine:
    """A running benchmark.

    Attributes:
        servers: PostgreSQL and Valkey, thrown away by the next run.
        folder: where logs, static files and mails are.
        port: of the pages.
        smtp_port: of the sink.
    """

    servers: TryoutServers
    folder: Path
    port: int
    smtp_port: int
    web: Child | None = None
    sink: Child | None = None

    def manage(self, *command: str) -> str:
        """Run a command of the product and return what it says."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def program(self, name: str, *command: str | Path) -> Child:
        """Start something in the product's surroundings; it ends with the benchmark."""
        child = Child(
            command,
            log=self.folder / "log" / f"{name}.log",
            guardian=self.servers.guardian,
            environment=dict(os.environ),
            folder=CHECKOUT,
        )
        child.start()
        return child

    def start_web(self) -> None:
        """Start the pages as production does, and wait until they answer."""
        self.web = self.program(
            "web",
            *(BIN / "gunicorn", "config.wsgi:application", "--bind", f"{LOOPBACK}:{self.port}"),
            *("--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)),
            *("--preload", "--no-control-socket", "--log-level", "warning", "--keep-alive", "75"),
        )
        if not wait_until(self._answers, PATIENCE):
            raise RuntimeError(f"no pages: {self.web.last_words()}")

    def stop_web(self) -> None:
        """Stop the pages."""
        if self.web:
            self.web.stop()

    def start_sink(self) -> None:
        """Start the mail server that keeps nothing, and wait until it listens."""
        self.kept_mail.unlink(missing_ok=True)
        self.sink = self.program(
            "sink",
            *(sys.executable, "-m", "bench.sink", "--port", str(self.smtp_port)),
            *("--keep", self.kept_mail),
        )
        if not wait_until(lambda: not is_free(self.smtp_port), PATIENCE):
            raise RuntimeError(f"no mail server: {self.sink.last_words()}")

    @property
    def kept_mail(self) -> Path:
        """A mail that the sink took, as it came."""
        return self.folder / "kept.eml"

    def _answers(self) -> bool:
        asked = http.client.HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            asked.request("GET", "/healthz")
            return asked.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            asked.close()


@contextmanager
def running_machine(name: str) -> Iterator[Machine]:
    """Start the servers, and let this process be a part of the product on them.

    Args:
        name: of the folder; what counts leaves the large database of what times alone.
    """
    compile_outdated()
    base = data_base()
    folder = make_passage(base / name)
    servers = TryoutServers(folder, disposable=True, shelf=base / "programs", say=say)
    with servers:
        machine = Machine(servers, folder, free_port(), free_port())
        os.environ.update(_surroundings(machine))
        try:
            yield machine
        finally:
            for child in (machine.web, machine.sink):
                if child:
                    child.stop()


def _surroundings(machine: Machine) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "DATABASE_URL": machine.servers.postgres.url,
        "REDIS_URL": machine.servers.valkey.url,
        "SECRET_KEY": machine.servers.state.secret("secret_key", size=48),
        "BASE_URL": f"http://{LOOPBACK}:{machine.port}",
        "ALLOWED_HOSTS": LOOPBACK,
        "EMAIL_URL": f"smtp://{LOOPBACK}:{machine.smtp_port}",
        "DEFAULT_FROM_EMAIL": "Kennisborg <kennisborg@proef.example>",
        "MEDIA_ROOT": str(machine.folder / "media"),
        "STATIC_ROOT": str(machine.folder / "static"),
        "DEBUG": "0",
        "DEMO_MODE": "0",
        "SENTRY_DSN": "",
        "LOG_LEVEL": "WARNING",
        "DATABASE_STATEMENT_TIMEOUT_MS": "10000",
    }


def fill(machine: Machine, engagements: int, organisations: int) -> float:
    """Make the database anew with this many engagements; return how many seconds seeding took."""
    from django.db import connection

    if os.environ.get("REUSE"):
        say("using the database of the run before")
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    connection.close()
    say("making the tables")
    machine.manage("migrate", "--verbosity", "0")
    say(f"seeding {engagements:,} engagements of {organisations} organisations")
    began = time.monotonic()
    machine.manage(
        *("seed_scale", "--in-production", "--organisations", str(organisations)),
        *("--engagements", str(engagements)),
    )
    took = time.monotonic() - began
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM")  # as autovacuum would have done by the time that people come
    connection.close()
    return took
