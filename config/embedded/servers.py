"""PostgreSQL and Valkey together, from `start` to `stop`."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from config.embedded.account import server_account
from config.embedded.children import Guardian
from config.embedded.folders import Lock, State, make_passage
from config.embedded.instance import Instance
from config.embedded.postgres import PostgresServer
from config.embedded.valkey import ValkeyServer


class Server(Protocol):
    """What both servers can do."""

    @property
    def is_running(self) -> bool: ...
    def tend_log(self) -> None: ...
    def start(self) -> None: ...
    def restart(self) -> None: ...
    def stop(self) -> None: ...


class TryoutServers:
    """The try-out servers of one folder.

    Call `tend` every second or so to have a killed server back. When this program itself is killed,
    the guardian stops them.
    """

    def __init__(
        self,
        folder: Path,
        *,
        only: tuple[str, ...] = ("PostgreSQL", "Valkey"),
        disposable: bool = False,
        shelf: Path | None = None,
        owner: dict[str, object] | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self.guardian = Guardian()
        self.state = State(make_passage(folder) / "state.json")
        self._lock = Lock(folder, owner or {})
        self._say = say
        instance = Instance(
            folder=folder,
            shelf=make_passage(shelf or folder / "programs"),
            state=self.state,
            guardian=self.guardian,
            account=server_account(),
            disposable=disposable,
        )
        self.postgres = PostgresServer(instance)
        self.valkey = ValkeyServer(instance)
        both: dict[str, Server] = {"PostgreSQL": self.postgres, "Valkey": self.valkey}
        self._servers = {name: server for name, server in both.items() if name in only}

    def start(self) -> None:
        """Start what was asked for; raise when somebody else runs on this folder."""
        self._lock.acquire()
        try:
            for name, server in self._servers.items():
                self._say(f"starting {name}")
                server.start()
        except BaseException:
            self.stop()
            raise

    def tend(self) -> None:
        """Start again what died since the last call."""
        self.guardian.tend()
        for name, server in self._servers.items():
            server.tend_log()
            if not server.is_running:
                self._say(f"{name} died; starting it again")
                server.restart()

    def stop(self) -> None:
        for server in reversed(self._servers.values()):
            server.stop()
        self.guardian.close()
        self._lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
