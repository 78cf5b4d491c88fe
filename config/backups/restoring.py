"""Restoring a backup: looked through first, then all of it or nothing.

Files come first and the database after them, in one transaction that is settled only when every
table has the rows that the manifest says. So at every moment the files that the database names are
there. What was there before goes last.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

from config.backups import files
from config.backups.clients import find_clients
from config.backups.database import Database
from config.backups.errors import BackupError
from config.backups.making import ARCHIVE, FILES, contents_of
from config.backups.manifest import Manifest


def restore_backup(
    folder: Path, *, database: Database, media: Path, known: Collection[str], replace: bool = False
) -> Manifest:
    """Put a backup into an empty installation, or in the place of what is there.

    The rows of append-only tables are written before their triggers exist, as in any restore; that
    each trigger is there again is part of what is checked.

    Args:
        folder: the backup.
        database: of the product; nobody else may use it meanwhile.
        media: MEDIA_ROOT.
        known: every migration that this version of the product has, as ``app.name``.
        replace: whether to throw away what is there.

    Raises:
        BackupError: it cannot be restored; the installation is as it was.
    """
    manifest = Manifest.read(folder)
    _refuse_newer(manifest, known)
    _verify(folder, manifest)
    _refuse_target(manifest, database, media, replace=replace)
    clients = find_clients(max(database.contents().server, manifest.client))
    database.refuse_others()
    placed: list[Path] = []
    try:
        _place(folder / FILES, media, manifest, placed)
        database.load(clients, folder / ARCHIVE, contents_of(manifest))
    except BaseException as error:
        files.remove(placed, media)
        if isinstance(error, OSError):
            message = f"{error.filename or media}: {error.strerror}; nothing was changed"
            raise BackupError(message) from error
        raise
    files.remove((media / name for name in _surplus(media, manifest)), media)
    return manifest


def _refuse_newer(manifest: Manifest, known: Collection[str]) -> None:
    """Stop at a backup that this version cannot read; older ones are migrated afterwards."""
    apps = {name.partition(".")[0] for name in known}
    unknown = [
        name for name in manifest.migrations if name.partition(".")[0] in apps and name not in known
    ]
    if unknown:
        message = (
            f"the backup was made by a newer version ({manifest.release}; this one does not know "
            f"{unknown[0]}): restore it with that version or a later one"
        )
        raise BackupError(message)


def _verify(folder: Path, manifest: Manifest) -> None:
    """Read every byte of a backup and compare it with the manifest."""
    pieces = {
        folder / ARCHIVE: manifest.database,
        **{folder / FILES / name: piece for name, piece in manifest.files.items()},
    }
    faults = []
    for path, piece in pieces.items():
        try:
            if files.piece_of(path) != piece:
                faults.append(f"{path} is damaged")
        except OSError as error:
            faults.append(f"{path}: {error.strerror}")
    faults += [
        f"{folder / FILES / name} is not in the manifest"
        for name in files.names_below(folder / FILES)
        if name not in manifest.files
    ]
    if faults:
        message = f"{_first(faults)}; nothing was changed"
        raise BackupError(message)


def _first(faults: Sequence[str]) -> str:
    return faults[0] + (f" ({len(faults)} faults)" if len(faults) > 1 else "")


def _refuse_target(manifest: Manifest, database: Database, media: Path, *, replace: bool) -> None:
    contents = database.contents()
    if contents.server < manifest.server:
        message = (
            f"the backup is of PostgreSQL {manifest.server} and this server is {contents.server}: "
            "restore it on the same version or a later one"
        )
        raise BackupError(message)
    if replace:
        return
    if not contents.is_empty:
        message = "the database is not empty: with --replace all that it holds is thrown away"
        raise BackupError(message)
    if files.names_below(media):
        message = f"{media} is not empty: with --replace all files there are thrown away"
        raise BackupError(message)


def _place(source: Path, media: Path, manifest: Manifest, placed: list[Path]) -> None:
    """Put each file where it belongs, and note those that were not there before."""
    for name, piece in manifest.files.items():
        target = media / name
        is_new = not target.exists()
        if not is_new and files.piece_of(target) == piece:
            continue
        if is_new:
            placed.append(target)
        if files.copy(source / name, target) != piece:
            message = f"{source / name} changed while it was read; nothing was changed"
            raise BackupError(message)


def _surplus(media: Path, manifest: Manifest) -> list[str]:
    return [name for name in files.names_below(media) if name not in manifest.files]
