"""Whether anything changed since a run was last prepared; when not, starting skips that step."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from config.embedded.folders import CHECKOUT

PARTS = ("*/migrations/*.py", "static/**/*", "locale/**/*.po", "requirements/*.txt", "config/*.py")


def fingerprint(*facts: object) -> str:
    """Return a fingerprint of all that preparing reads, and of the other facts that matter."""
    digest = hashlib.sha256("\n".join(map(str, facts)).encode())
    for path in sorted(_files()):
        status = path.stat()
        digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def made_at(data: Path) -> int:
    """Return when a database's folder was made: a new one needs preparing."""
    version = data / "PG_VERSION"
    return version.stat().st_mtime_ns if version.exists() else 0


def _files() -> Iterator[Path]:
    for pattern in PARTS:
        yield from (path for path in CHECKOUT.glob(pattern) if path.is_file())
