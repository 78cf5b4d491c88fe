"""Files of a backup: copied, hashed on the way, and read once more."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from config.backups.errors import BackupError
from config.backups.manifest import Piece

PART: Final = 1 << 20  # bytes read at once
UNFINISHED: Final = ".restoring"  # the end of a name while its file is being written


def names_below(root: Path) -> list[str]:
    """Return the path of every file below a folder, with "/" between its parts."""
    if not root.is_dir():
        return []
    found = (path for path in root.rglob("*") if path.is_file() and path.suffix != UNFINISHED)
    return sorted(path.relative_to(root).as_posix() for path in found)


def piece_of(path: Path) -> Piece:
    """Return what a file is, by reading all of it."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(PART):
            digest.update(part)
            size += len(part)
    return Piece(digest.hexdigest(), size)


def copy(source: Path, target: Path) -> Piece:
    """Copy a file so that it is there completely or not at all, and say what was read.

    Raises:
        BackupError: what was written is not what was read.
    """
    _make_folders(target.parent)
    unfinished = target.with_name(target.name + UNFINISHED)
    digest, size = hashlib.sha256(), 0
    try:
        with source.open("rb") as reading, unfinished.open("wb") as writing:
            os.chmod(unfinished, 0o600)  # noqa: PTH101 - before there is anything in it
            while part := reading.read(PART):
                digest.update(part)
                size += writing.write(part)
            writing.flush()
            os.fsync(writing.fileno())
        piece = Piece(digest.hexdigest(), size)
        if piece_of(unfinished) != piece:
            message = f"{target} could not be written as it was read"
            raise BackupError(message)
        _give_to_owner_of(target.parent, unfinished)
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return piece


def remove(paths: Iterable[Path], root: Path) -> None:
    """Remove files, and the folders below `root` that are empty then."""
    for path in paths:
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == root or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()


def _make_folders(folder: Path) -> None:
    missing = [step for step in (folder, *folder.parents) if not step.exists()]
    for step in reversed(missing):
        step.mkdir(mode=0o700, exist_ok=True)
        _give_to_owner_of(step.parent, step)


def _give_to_owner_of(folder: Path, path: Path) -> None:
    """As root: what is restored must belong to whoever runs the product."""
    if os.geteuid() == 0:
        facts = folder.stat()
        os.chown(path, facts.st_uid, facts.st_gid)
