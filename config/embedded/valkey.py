"""The life of one Valkey server: on a socket that only its account and root can reach."""

import contextlib
import os
import shutil
import signal
import socket
import tempfile
from pathlib import Path

from config.embedded.account import private_folder
from config.embedded.binaries import find_valkey, reachable_valkey
from config.embedded.children import Child, wait_until
from config.embedded.errors import EmbeddedServerError
from config.embedded.instance import Instance

START_PATIENCE = 15.0  # seconds
MAX_SOCKET_PATH = 100  # characters; the system's limit is 104 or 108


class ValkeyServer:
    """One server on one data folder."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._folder = instance.folder
        self._state = instance.state
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
    def data(self) -> Path:
        return self._folder / "valkey"

    @property
    def socket(self) -> Path:
        return Path(str(self._state.get("valkey_socket")))

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        private_folder(self.data, self._instance.account)
        self._choose_socket()
        if answers(self.socket):  # one that outlived its owner
            command(self.socket, b"SHUTDOWN")
            wait_until(lambda: not answers(self.socket), START_PATIENCE)
        self._child = self._new_child()
        if not self._start_once():
            # What it keeps is only nudges: the database is the truth. Better empty than away.
            self._put_data_aside()
            if not self._start_once():
                said = self._child.last_words()
                raise EmbeddedServerError(f"Valkey does not start; {self._child.log} ends: {said}")

    def restart(self) -> None:
        """Start again after a crash, on the same socket."""
        if self._child and not self._start_once():
            self._put_data_aside()
            self._start_once()

    def stop(self) -> None:
        if self._child:
            self._child.stop()
            self._child = None

    def _start_once(self) -> bool:
        child = self._child
        if child is None:
            return False
        child.start()
        wait_until(lambda: not child.is_running or answers(self.socket), START_PATIENCE)
        return child.is_running and answers(self.socket)

    def _put_data_aside(self) -> None:
        if self._child:
            self._child.stop()
        spoilt = self.data / "appendonlydir.spoilt"
        if spoilt.exists():
            shutil.rmtree(spoilt)
        if (self.data / "appendonlydir").exists():
            (self.data / "appendonlydir").rename(spoilt)

    def _choose_socket(self) -> None:
        beside_data = self.data / "valkey.sock"
        if len(str(beside_data)) <= MAX_SOCKET_PATH:
            self._state.put(valkey_socket=str(beside_data))
        elif not self._state.get("valkey_socket") or not self.socket.parent.exists():
            short = Path(tempfile.mkdtemp(prefix="kennisborg-"))
            private_folder(short, self._instance.account)
            self._state.put(valkey_socket=str(short / "valkey.sock"))

    def _new_child(self) -> Child:
        program = reachable_valkey(find_valkey(), self._instance.account, self._instance.shelf)
        return Child(
            [
                program,
                *("--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"),
                *("--dir", self.data, "--daemonize", "no", "--save", ""),
                *("--appendonly", "no" if self._instance.disposable else "yes"),
                *("--maxmemory-policy", "noeviction"),
            ],
            log=self._instance.log_folder / "valkey.log",
            guardian=self._instance.guardian,
            account=self._instance.account,
            stop_signal=signal.SIGTERM,
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        )


def answers(path: Path) -> bool:
    return command(path, b"PING") == b"+PONG"


def command(path: Path, words: bytes) -> bytes:
    """Send one command in the inline form; return the first line of the answer."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        connection.connect(str(path))
        connection.sendall(words + b"\r\n")
        return connection.recv(1024).split(b"\r\n")[0]
    return b""
