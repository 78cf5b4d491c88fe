"""The life of one PostgreSQL server: made, started, started again after any death, stopped."""

import locale
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from config.embedded.account import check_passage, private_folder
from config.embedded.binaries import PostgresPrograms, find_postgres, reachable_postgres
from config.embedded.children import Child, run_tool, wait_until
from config.embedded.errors import EmbeddedServerError
from config.embedded.instance import Instance
from config.embedded.ports import free_port, is_free

ADMINISTRATOR = "kennisborg_admin"  # superuser; nothing signs in with it but a person
APPLICATION = "kennisborg"  # owns the database, but may not switch off triggers
START_PATIENCE = 30.0  # seconds, recovery after a crash included
RETRY_EVERY = 0.5  # seconds: old server processes need a moment to notice that theirs died
RETRY_FOR = 10.0  # seconds

PROTOCOL_3 = (3 << 16).to_bytes(4, "big")
WHO_WE_ARE = "\0".join(["user", APPLICATION, "database", APPLICATION, "\0"]).encode()

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
}
# For data that may be lost at any moment.
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
}
# Lets a test run empty tables that may only grow; everywhere else the application may not.
FOR_TESTS = [f"GRANT SET ON PARAMETER session_replication_role TO {APPLICATION}"]
RECIPE = 2  # raise when clusters are made differently: disposable ones are then made anew


class PostgresServer:
    """One server on one data folder."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._folder = instance.folder
        self._state = instance.state
        self._programs: PostgresPrograms | None = None
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.is_running

    def tend_log(self) -> None:
        if self._child:
            self._child.tend_log()

    @property
    def version(self) -> str:
        return self._find().version

    @property
    def data(self) -> Path:
        return self._folder / f"pg{self._find().major}"

    @property
    def port(self) -> int:
        return int(self._state.get("postgres_port") or 0)

    @property
    def url(self) -> str:
        password = self._state.secret("postgres_password")
        return f"postgres://{APPLICATION}:{password}@127.0.0.1:{self.port}/{APPLICATION}"

    def start(self) -> None:
        """Start on the port of last time if that is still free, else on another one."""
        check_passage(self._folder, self._instance.account)
        self._make_cluster()
        self._stop_leftover()
        if not self.port or not is_free(self.port):
            self._state.put(postgres_port=free_port())
        try:
            self._start_with_retries()
        except EmbeddedServerError:
            if not self._instance.disposable:
                raise
            shutil.rmtree(self.data)  # a power cut may have spoilt it
            self._make_cluster()
            self._start_with_retries()

    def restart(self) -> None:
        """Start again after a crash, on the same port: others hold its address."""
        wait_until(lambda: is_free(self.port), RETRY_FOR)
        self._start_with_retries()

    def stop(self) -> None:
        if self._child:
            self._child.stop()
            self._child = None

    def _find(self) -> PostgresPrograms:
        if self._programs is None:
            self._programs = reachable_postgres(
                find_postgres(), self._instance.account, self._instance.shelf
            )
        return self._programs

    # The data folder

    def _make_cluster(self) -> None:
        if self._instance.disposable and self._state.get("postgres_recipe") != RECIPE:
            shutil.rmtree(self.data, ignore_errors=True)
        if self.data.exists():
            return
        self._refuse_other_major()
        unfinished = self._folder / f"{self.data.name}.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        private_folder(unfinished, self._instance.account)
        self._run(
            "initdb",
            *("-D", unfinished, "-U", ADMINISTRATOR, "-A", "scram-sha-256", "-E", "UTF8"),
            *(f"--locale={_locale()}", f"--pwfile={self._password_file()}"),
            *(["--no-sync"] if self._instance.disposable else []),
        )
        self._password_file().unlink()
        self._run_alone(
            unfinished,
            f"CREATE ROLE {APPLICATION} LOGIN CREATEDB",
            f"CREATE DATABASE {APPLICATION} OWNER {APPLICATION}",
            self._password_statement(),
            *(FOR_TESTS if self._instance.disposable else []),
        )
        unfinished.rename(self.data)
        self._state.put(postgres_recipe=RECIPE)

    def _refuse_other_major(self) -> None:
        """Refuse to begin an empty database beside one that another version wrote."""
        others = [path.name for path in self._folder.glob("pg[0-9][0-9]")]
        if others and not self._instance.disposable:
            written = others[0].removeprefix("pg")
            raise EmbeddedServerError(
                f"The data in {self._folder} is of PostgreSQL {written}, but only version "
                f"{self._find().major} was found: install {written} or set KENNISBORG_PG_BIN to it."
            )

    def _password_file(self) -> Path:
        path = self._folder / "initdb-password"
        if not path.exists():
            path.touch(mode=0o600)
            if self._instance.account:
                self._instance.account.own(path)
            path.write_text(self._state.secret("postgres_admin_password"))
        return path

    def _password_statement(self) -> str:
        return f"ALTER ROLE {APPLICATION} PASSWORD '{self._state.secret('postgres_password')}'"

    def _run_alone(self, data: Path, *statements: str) -> None:
        """Run statements without a server: nobody can connect meanwhile."""
        script = "\n".join(statements) + "\n"
        self._run("postgres", "--single", "-D", data, "-c", "fsync=off", "postgres", stdin=script)

    def _run(self, program: str, *arguments: str | Path, stdin: str = "") -> None:
        answer = run_tool([self._find() / program, *arguments], self._instance.account, stdin)
        if answer.returncode or "ERROR:" in answer.stderr:
            said = " / ".join(answer.stderr.strip().splitlines()[-3:])
            raise EmbeddedServerError(f"PostgreSQL's {program} failed in {self._folder}: {said}")

    # Starting

    def _start_with_retries(self) -> None:
        """Start; try again for a while, because the processes of a killed server die slowly."""
        if not self._state.get("postgres_password"):
            self._run_alone(self.data, self._password_statement())
        child = self._child or self._new_child()
        self._child = child
        deadline = time.monotonic() + RETRY_FOR
        while not self._start_once(child):
            if time.monotonic() > deadline:
                child.stop()
                message = f"PostgreSQL does not start; {child.log} ends with: {child.last_words()}"
                raise EmbeddedServerError(message)
            time.sleep(RETRY_EVERY)

    def _start_once(self, child: Child) -> bool:
        child.start(self._explain_stale_pid())
        wait_until(lambda: not child.is_running or accepts_connections(self.port), START_PATIENCE)
        return child.is_running

    def _new_child(self) -> Child:
        settings = SETTINGS | {"port": str(self.port)}
        if self._instance.disposable:
            settings |= FAST_SETTINGS
        return Child(
            [
                *(self._find() / "postgres", "-D", self.data),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            log=self._instance.log_folder / "postgres.log",
            guardian=self._instance.guardian,
            account=self._instance.account,
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        )

    def _explain_stale_pid(self) -> dict[str, str]:
        """Return what tells PostgreSQL that the pid in its lock file is somebody else's by now.

        After a crash the file names a dead server, and its number may by now belong to any program.
        PostgreSQL then refuses to start, and deleting the file would also disarm its check of
        shared memory, which notices survivors of the old server. Naming the foreign pid as its own
        grandparent, as pg_ctl does, skips the first check and keeps the second.
        """
        pid = self._recorded_pid()
        return {"PG_GRANDPARENT_PID": str(pid)} if pid and not serves(pid, self.data) else {}

    def _stop_leftover(self) -> None:
        """Stop a server of ours that outlived its owner, so that the next one is our child."""
        pid = self._recorded_pid()
        if pid and serves(pid, self.data):
            os.kill(pid, signal.SIGINT)
            wait_until(lambda: not serves(pid, self.data), RETRY_FOR)

    def _recorded_pid(self) -> int | None:
        try:
            return abs(int((self.data / "postmaster.pid").read_text().split()[0]))
        except (FileNotFoundError, IndexError, ValueError):
            return None


def serves(pid: int, data: Path) -> bool:
    """Return whether a live process is a PostgreSQL server on this data folder."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except FileNotFoundError:
        if Path("/proc/self/cmdline").exists():
            return False
        listing = ["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)]
        words = subprocess.run(listing, capture_output=True, text=True, check=False).stdout.split()
    return "postgres" in words[0] and str(data) in words if words else False


def accepts_connections(port: int) -> bool:
    """Ask as pg_isready does: a server that wants a password is ready."""
    content = PROTOCOL_3 + WHO_WE_ARE
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall((len(content) + 4).to_bytes(4, "big") + content)
            return connection.recv(1) == b"R"
    except OSError:
        return False


def _locale() -> str:
    """Return a UTF-8 locale that this system has; macOS got C.UTF-8 only lately."""
    before = locale.setlocale(locale.LC_CTYPE)
    for name in ("C.UTF-8", "en_US.UTF-8"):
        try:
            locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_CTYPE, before)
        return name
    return "C"
