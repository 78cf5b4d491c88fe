"""What every check of an upload shares: limits, the refusal, reading within bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from os import SEEK_END
from typing import Final, Protocol

from django.core.exceptions import ValidationError
from django_stubs_ext import StrPromise

from core.files import MEBIBYTE

PIECE: Final = 64 * 1024  # bytes read at once


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How large an upload may be. Source: trust.md section 2.4, points 1 and 4."""

    document_bytes: int = 50 * MEBIBYTE
    video_bytes: int = 500 * MEBIBYTE
    archive_members: int = 2_000
    inflated_bytes: int = 300 * MEBIBYTE
    inflated_ratio: int = 200  # inflated bytes for one uploaded byte ...
    ratio_free_bytes: int = 10 * MEBIBYTE  # ... past these
    image_side: int = 30_000  # pixels
    image_pixels: int = 100_000_000


class Upload(Protocol):
    """The part of Django's `File` and `UploadedFile` that a check needs."""

    name: str | None

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...


class UploadRefusedError(ValidationError):
    """The file cannot be taken; the message says why and what to do."""

    def __init__(self, message: str | StrPromise, code: str, **params: object) -> None:
        super().__init__(message, code=code, params=params or None)


def measured(file: Upload) -> int:
    """Return the size in bytes by going to the end, whatever the upload says about itself."""
    file.seek(0, SEEK_END)
    return file.tell()


def pieces(file: Upload, start: int = 0) -> Iterator[bytes]:
    """Yield a file from a position to its end, 64 KiB at a time."""
    file.seek(start)
    while piece := file.read(PIECE):
        yield piece


def read_at(file: Upload, offset: int, size: int) -> bytes:
    """Return bytes from a position; fewer when the file ends there."""
    file.seek(offset)
    return file.read(size)
