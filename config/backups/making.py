"""Making a backup: the database as it is at one moment, then the files that it names."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from config.backups import files
from config.backups.clients import find_clients
from config.backups.database import Contents, Database
from config.backups.errors import BackupError
from config.backups.manifest import NAME, Manifest, Piece

ARCHIVE: Final = "database.dump"
FILES: Final = "files"


def make_backup(
    folder: Path, *, database: Database, media: Path, release: str
) -> tuple[Manifest, Sequence[str]]:
    """Write a backup into an empty folder, made when there is none.

    The product goes on meanwhile. What is uploaded after the moment of the backup may be in it as a
    file that its database does not know, which does no harm.

    Args:
        folder: where; it must not lie within `media`.
        database: of the product.
        media: MEDIA_ROOT.
        release: version of the product.

    Returns:
        The manifest, and the files that the database names and that are in no folder any more:
        with those the backup is complete only as far as the installation is.

    Raises:
        BackupError: it could not be made; nothing is left of it.
    """
    _refuse(folder, media)
    is_new = not folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _write(folder, database, media, release)
    except BaseException as error:
        _clear(folder, is_new=is_new)
        if isinstance(error, OSError):
            message = f"{error.filename or folder}: {error.strerror}"
            raise BackupError(message) from error
        raise


def _write(
    folder: Path, database: Database, media: Path, release: str
) -> tuple[Manifest, Sequence[str]]:
    made_at = datetime.now(UTC)
    with database.at_one_moment() as (contents, snapshot):
        clients = find_clients(contents.server)
        database.dump(clients, snapshot, folder / ARCHIVE)
    copied = _copy_files(media, folder / FILES)
    missing = sorted(contents.named_files - copied.keys())
    if missing:  # some were taken away since that moment, by whoever may
        missing = sorted(database.contents().named_files.intersection(missing))
    manifest = Manifest(
        made_at=made_at.isoformat(timespec="seconds"),
        release=release,
        server=contents.server,
        client=clients.major,
        migrations=contents.migrations,
        tables=contents.tables,
        triggers=contents.triggers,
        database=files.piece_of(folder / ARCHIVE),
        files=copied,
    )
    manifest.write(folder)
    return manifest, missing


def _copy_files(media: Path, target: Path) -> dict[str, Piece]:
    copied = {}
    for name in files.names_below(media):
        with suppress(FileNotFoundError):  # taken away since we looked
            copied[name] = files.copy(media / name, target / name)
    return copied


def _refuse(folder: Path, media: Path) -> None:
    if folder.resolve().is_relative_to(media.resolve()):
        message = f"{folder} lies within the files that are backed up: choose another folder"
        raise BackupError(message)
    if folder.exists() and not folder.is_dir():
        message = f"{folder} is no folder"
        raise BackupError(message)
    if folder.is_dir() and any(folder.iterdir()):
        message = f"{folder} is not empty: every backup needs a folder of its own"
        raise BackupError(message)


def _clear(folder: Path, *, is_new: bool) -> None:
    """Take away what an unfinished backup left; the folder was empty before."""
    for path in (folder / ARCHIVE, folder / f"{NAME}.unfinished", folder / NAME):
        path.unlink(missing_ok=True)
    shutil.rmtree(folder / FILES, ignore_errors=True)
    if is_new:
        with suppress(OSError):
            folder.rmdir()


def contents_of(manifest: Manifest) -> Contents:
    """Return what a database must hold that was restored from a backup."""
    return Contents(
        server=manifest.server,
        migrations=manifest.migrations,
        tables=manifest.tables,
        triggers=manifest.triggers,
        named_files=frozenset(),
    )
