"""Whether a file that somebody hands in can be taken. Pure: no ORM, no storage, no parsing library.

Type is decided by extension *and* signature *and* structure; the browser's word counts for nothing.
"""

from dataclasses import dataclass
from typing import Final

from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from core.files import clean_file_name, extension_of, media_type_of, sha256_of
from core.uploads import TOO_LARGE, VIDEO_EXTENSIONS, CutUpload
from knowledge.validators.base import (
    Upload,
    UploadLimits,
    UploadRefusedError,
    measured,
    pieces,
    read_at,
)
from knowledge.validators.media import CHECKS
from knowledge.validators.ooxml import MAIN_TYPES, check_ooxml
from knowledge.validators.signatures import check_family, refuse_extension

__all__ = [
    "ALLOWED_EXTENSIONS",
    "UploadFacts",
    "UploadLimits",
    "UploadRefusedError",
    "inspect_upload",
]

ALLOWED_EXTENSIONS: Final = frozenset({*MAIN_TYPES, *CHECKS})
FIRST_LOOK: Final = 4096  # bytes
size_text = lazy(filesizeformat, str)  # in the language of whoever reads the message


@dataclass(frozen=True, slots=True)
class UploadFacts:
    """What is certain about an upload after it was looked through."""

    media_type: str  # from our own table
    extension: str  # lower case, without a dot; "jpg" for .jpeg
    size: int  # bytes, counted
    sha256: str  # lower-case hexadecimal
    clean_name: str  # 1 to 150 characters, safe to show and to store


def inspect_upload(file: Upload, limits: UploadLimits | None = None) -> UploadFacts:
    """Look a file through once from start to end and say what it is, in constant memory.

    Args:
        file: an uploaded file, at any position; left at its start.
        limits: sizes in bytes and pixels; the shipped defaults when not given.

    Raises:
        UploadRefusedError: a ValidationError, translated, that says what to do. Its codes:
            no_extension, extension, empty, too_large, old_or_locked, mismatch, damaged, members,
            encrypted, active, external, bomb, dimensions, html, encoding, not_text.

    Source: trust.md section 2.4, points 1 to 4.
    """
    limits = limits or UploadLimits()
    if isinstance(file, CutUpload):
        message = str(file.refusal().message)
        raise UploadRefusedError(message, TOO_LARGE, largest=size_text(file.limit))
    name = clean_file_name(file.name or "")
    extension = extension_of(name)
    if extension not in ALLOWED_EXTENSIONS:
        raise refuse_extension(extension)
    size = measured(file)
    _check_size(
        size, limits.video_bytes if extension in VIDEO_EXTENSIONS else limits.document_bytes
    )
    check_family(extension, read_at(file, 0, FIRST_LOOK))
    if extension in MAIN_TYPES:
        check_ooxml(file, extension, size, limits)
    else:
        CHECKS[extension](file, size, limits)
    sha256 = sha256_of(pieces(file))
    file.seek(0)
    return UploadFacts(media_type_of(extension), extension, size, sha256, name)


def _check_size(size: int, largest: int) -> None:
    if size == 0:
        raise UploadRefusedError(
            _("This file is empty. Choose the right file and upload it again."), "empty"
        )
    if size > largest:
        raise UploadRefusedError(
            _(
                "This file is %(size)s; the largest allowed is %(largest)s. "
                "Make it smaller, split it, or give a link instead."
            ),
            TOO_LARGE,
            size=size_text(size),
            largest=size_text(largest),
        )
