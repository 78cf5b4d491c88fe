"""Names and fingerprints of files that people hand in. No ORM, no storage."""

import hashlib
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

from django.utils import timezone

MEBIBYTE: Final = 1024 * 1024  # bytes
LONGEST_NAME: Final = 150  # characters
LONGEST_EXTENSION: Final = 10  # characters; what is longer is part of the name
NAMELESS: Final = "file"
UNKNOWN_MEDIA_TYPE: Final = "application/octet-stream"

# What a download is called on the wire: decided here, never by the browser that uploaded it.
MEDIA_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pdf": "application/pdf",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "md": "text/markdown",
        "txt": "text/plain",
        "png": "image/png",
        "jpg": "image/jpeg",
        "mp4": "video/mp4",
        "csv": "text/csv",
        "ics": "text/calendar",
    }
)
EXTENSION_ALIASES: Final[Mapping[str, str]] = MappingProxyType({"jpeg": "jpg"})

# Letters and marks that show nothing, so that two names look alike or one looks empty.
# Control, format (bidi, zero width), surrogate and unassigned characters go by their category.
INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0")
SPACES: Final = frozenset({"Zs", "Zl", "Zp"})
# Windows forbids these; a colon there would even name a hidden stream of another file.
RESERVED: Final = str.maketrans(dict.fromkeys('<>:"|?*', "-"))


class BelongsToOrganisation(Protocol):
    """Any row that names its organisation."""

    organisation: Any


def random_name(instance: BelongsToOrganisation, filename: str) -> str:
    """Return the key under which storage keeps a file: nothing in it comes from the uploader.

    Args:
        instance: the row that owns the file; its organisation must be set.
        filename: ignored; keep what `clean_file_name` makes of it in a column of its own.

    Returns:
        "<organisation's public id>/<year, UTC>/<uuid4>", fit for `upload_to`.
    """
    return f"{instance.organisation.public_id}/{timezone.now():%Y}/{uuid.uuid4()}"


def clean_file_name(name: str) -> str:
    """Return a name that is safe to show, to store and to offer as the name of a download.

    Folders, invisible and direction-changing characters go, spaces are made single, and the
    extension is kept when the name has to be cut. Cleaning twice changes nothing more.

    Args:
        name: as the browser sent it; may hold a whole path with either kind of slash.

    Returns:
        1 to 150 characters in Unicode form NFC.
    """
    last = name.replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    visible = "".join(map(_visible, unicodedata.normalize("NFC", last)))
    # Once more: what was taken out may have kept a letter and its accent apart.
    text = unicodedata.normalize("NFC", visible).translate(RESERVED)
    stem, extension = _split(" ".join(text.split()).rstrip(". "))
    stem = stem.strip(". ")[: LONGEST_NAME - len(extension)].rstrip(". ")
    return (stem or NAMELESS) + extension


def extension_of(name: str) -> str:
    """Return the extension in lower case without its dot, "jpeg" as "jpg"; empty when none."""
    extension = _split(name)[1].removeprefix(".").lower()
    return EXTENSION_ALIASES.get(extension, extension)


def media_type_of(extension: str) -> str:
    """Return the media type to serve for an extension; a neutral one when it is not known."""
    return MEDIA_TYPES.get(extension, UNKNOWN_MEDIA_TYPE)


def sha256_of(chunks: Iterable[bytes]) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal, in constant memory.

    Args:
        chunks: the content in order, as `File.chunks()` gives it.
    """
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in SPACES or character in "\t\r\n":
        return " "
    return "" if category in INVISIBLE_CATEGORIES or character in INVISIBLE else character


def _split(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    if not dot or not 0 < len(extension) <= LONGEST_EXTENSION or not extension.isalnum():
        return name, ""
    return stem, f".{extension}"
