"""The manifest of a backup: what must be in it, down to every row and every byte."""

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Self

from config.backups.errors import BackupError

NAME: Final = "manifest.json"
FORMAT: Final = 1
IDENTIFIER: Final = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Piece:
    """A file as it must be."""

    sha256: str
    size: int  # bytes


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup holds.

    Attributes:
        made_at: moment in ISO 8601.
        release: version of Kennisborg that made it.
        server: major version of the PostgreSQL that it is of.
        client: major version of the programs that wrote it.
        migrations: those that were applied, as ``app.name``.
        tables: rows of each table.
        triggers: those that guard tables, as ``table.trigger``.
        database: the archive of the database.
        files: each file below MEDIA_ROOT, by its path there.
    """

    made_at: str
    release: str
    server: int
    client: int
    migrations: Sequence[str]
    tables: Mapping[str, int]
    triggers: Sequence[str]
    database: Piece
    files: Mapping[str, Piece]

    @property
    def row_count(self) -> int:
        return sum(self.tables.values())

    @property
    def byte_count(self) -> int:
        """Return the size of all files together."""
        return sum(piece.size for piece in self.files.values())

    @property
    def counts(self) -> str:
        return (
            f"{len(self.tables)} tables, {self.row_count:,} rows, {len(self.files):,} files "
            f"({self.byte_count / 1e6:,.1f} MB)"
        )

    def write(self, folder: Path) -> None:
        """Write it last of all: a folder without a manifest is no backup."""
        facts = {"format": FORMAT, **asdict(self)}
        content = {**facts, "checksum": _checksum(facts)}
        unfinished = folder / f"{NAME}.unfinished"
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(folder / NAME)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read it, and refuse one that does not match itself.

        Raises:
            BackupError: there is none, it is damaged, or of another format.
        """
        try:
            facts = json.loads((folder / NAME).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            message = f"{folder} is no complete backup: it has no {NAME}"
            raise BackupError(message) from error
        except (OSError, ValueError) as error:
            message = f"{folder / NAME} cannot be read: {error}"
            raise BackupError(message) from error
        return cls._of(facts, folder)

    @classmethod
    def _of(cls, facts: Any, folder: Path) -> Self:
        version = facts.pop("format", None) if isinstance(facts, dict) else None
        if version != FORMAT:
            message = f"{folder} has format {version}, and this version reads format {FORMAT}"
            raise BackupError(message)
        try:
            checksum = facts.pop("checksum")
            manifest = cls(
                **{
                    **facts,
                    "database": Piece(**facts["database"]),
                    "files": {name: Piece(**piece) for name, piece in facts["files"].items()},
                }
            )
        except (KeyError, TypeError, AttributeError) as error:
            message = f"{folder / NAME} is damaged: {error}"
            raise BackupError(message) from error
        if checksum != _checksum({"format": FORMAT, **facts}) or not manifest.is_sound:
            message = f"{folder / NAME} was changed or damaged: it does not match its own checksum"
            raise BackupError(message)
        return manifest

    @property
    def is_sound(self) -> bool:
        """Return whether its names are names, and lead to nowhere else."""
        words = [*self.tables, *(word for name in self.triggers for word in name.split("."))]
        paths = [PurePosixPath(name) for name in self.files]
        return all(map(IDENTIFIER.fullmatch, words)) and not any(
            path.is_absolute() or ".." in path.parts for path in paths
        )


def _checksum(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
