"""What the first bytes and the name of a file say, and what to advise when they do not fit."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from knowledge.validators.base import UploadRefusedError

PDF_HEADER: Final = b"%PDF-"
# A PDF may start a little late (mail gateways and printers put lines before it).
PDF_HEADER_WITHIN: Final = 1024
ZIP: Final = b"PK\x03\x04"
PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# Families that a first look tells apart; docx, pptx and xlsx are all "zip" here.
FAMILIES: Final[tuple[tuple[bytes, str], ...]] = (
    (ZIP, "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (PNG, "png"),
    (JPEG, "jpg"),
    (OLE, "ole"),
    (b"\x7fELF", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"\x1f\x8b", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"{\\rtf", "rtf"),
)
FAMILY_OF: Final[Mapping[str, str]] = MappingProxyType(
    {"docx": "zip", "pptx": "zip", "xlsx": "zip", "md": "text", "txt": "text"}
)
FAMILY_NAMES: Final[Mapping[str, StrPromise]] = MappingProxyType(
    {
        "zip": _("an archive or an Office document"),
        "png": _("a PNG picture"),
        "jpg": _("a JPG picture"),
        "pdf": _("a PDF document"),
        "mp4": _("a video"),
        "program": _("a program"),
        "archive": _("an archive"),
        "rtf": _("an RTF document"),
        "html": _("a web page"),
    }
)
ADVICE_BY_EXTENSION: Final[Mapping[str, StrPromise]] = MappingProxyType(
    {
        "doc": _("Open the file in Word and save it as .docx."),
        "dot": _("Open the file in Word and save it as .docx."),
        "rtf": _("Open the file in Word and save it as .docx."),
        "odt": _("Save the document as .docx or as PDF."),
        "ppt": _("Open the file in PowerPoint and save it as .pptx."),
        "pps": _("Open the file in PowerPoint and save it as .pptx."),
        "ppsx": _("Open the file in PowerPoint and save it as .pptx."),
        "odp": _("Save the presentation as .pptx or as PDF."),
        "xls": _("Open the file in Excel and save it as .xlsx."),
        "ods": _("Save the workbook as .xlsx."),
        "csv": _("Open the file in Excel and save it as .xlsx."),
        "docm": _("This file can hold macros. Save it as .docx."),
        "dotm": _("This file can hold macros. Save it as .docx."),
        "pptm": _("This file can hold macros. Save it as .pptx."),
        "xlsm": _("This file can hold macros. Save it as .xlsx."),
        "xlsb": _("This file can hold macros. Save it as .xlsx."),
        "zip": _("Unpack the archive and upload its files one by one."),
        "rar": _("Unpack the archive and upload its files one by one."),
        "7z": _("Unpack the archive and upload its files one by one."),
        "gz": _("Unpack the archive and upload its files one by one."),
        "htm": _("Save the page as PDF."),
        "html": _("Save the page as PDF."),
        "svg": _("Save the picture as PNG."),
        "gif": _("Save the picture as PNG."),
        "webp": _("Save the picture as PNG."),
        "bmp": _("Save the picture as PNG."),
        "tif": _("Save the picture as PNG."),
        "tiff": _("Save the picture as PNG."),
        "heic": _("Save the picture as JPG."),
        "mov": _("Save the video as MP4."),
        "avi": _("Save the video as MP4."),
        "mkv": _("Save the video as MP4."),
        "webm": _("Save the video as MP4."),
        "exe": _("Programs cannot be uploaded. Say in a document where to find it."),
        "msi": _("Programs cannot be uploaded. Say in a document where to find it."),
    }
)
ALLOWED_KINDS: Final = _(
    "Upload a PDF, Word (.docx), PowerPoint (.pptx), Excel (.xlsx), Markdown or text file, "
    "a PNG or JPG picture, or an MP4 video."
)
# A browser would run these; Markdown may begin with a heading or a picture in HTML, and does.
ACTIVE_START: Final = re.compile(
    rb"<(!doctype\s+html|html|head|body|svg|script|iframe|\?php)\b", re.IGNORECASE
)
PROLOGUES: Final = ((b"<?xml", b"?>"), (b"<!--", b"-->"))


def refuse_extension(extension: str) -> UploadRefusedError:
    """Return the refusal of a kind of file that is not taken at all."""
    if not extension:
        return UploadRefusedError(
            _("The name of this file has no extension, so its kind is unknown. %(allowed)s"),
            "no_extension",
            allowed=ALLOWED_KINDS,
        )
    return UploadRefusedError(
        _("Files of the kind .%(extension)s cannot be uploaded. %(advice)s"),
        "extension",
        extension=extension,
        advice=ADVICE_BY_EXTENSION.get(extension, ALLOWED_KINDS),
    )


def check_family(extension: str, head: bytes) -> None:
    """Refuse a file whose first bytes do not fit its name.

    Args:
        extension: of an allowed kind.
        head: the first KiB or more.

    Raises:
        UploadRefusedError: says what the file seems to be.
    """
    family = family_of(head)
    expected = FAMILY_OF.get(extension, extension)
    if family == expected:
        return
    # A text may speak of PDF headers; only one that begins with it is a PDF.
    if (expected, family) == ("text", "pdf") and not head.startswith(PDF_HEADER):
        return
    if family == "ole":
        raise UploadRefusedError(
            _(
                "This document has a password or is in an old Office format. "
                "Remove the password, save it as .docx, .pptx or .xlsx and upload it again."
            ),
            "old_or_locked",
        )
    if family in FAMILY_NAMES:
        raise UploadRefusedError(
            _(
                "The name ends in .%(extension)s, but the content is %(family)s. "
                "Save the file in the right kind and upload it again."
            ),
            "mismatch",
            extension=extension,
            family=FAMILY_NAMES[family],
        )
    raise damaged(extension)


def family_of(head: bytes) -> str:
    """Return what a file seems to be from its first KiB: a family, or "text" when unknown."""
    for signature, family in FAMILIES:
        if head.startswith(signature):
            return family
    if head.startswith(b"\0") and head[4:8] == b"ftyp":
        return "mp4"
    if starts_active(head):
        return "html"
    # Every program for Windows holds a NUL early on; a sentence that begins with MZ does not.
    if head.startswith(b"MZ") and b"\0" in head:
        return "program"
    return "pdf" if PDF_HEADER in head[:PDF_HEADER_WITHIN] else "text"


def starts_active(head: bytes) -> bool:
    """Say whether a browser could take a file for a page: HTML, SVG or script at its start."""
    return ACTIVE_START.match(_after_prologue(head)) is not None


def damaged(extension: str) -> UploadRefusedError:
    """Return the refusal of a file whose structure is not that of its kind."""
    return UploadRefusedError(
        _(
            "This file is damaged, incomplete or not really a .%(extension)s file. "
            "Open it, save it again and upload the new file."
        ),
        "damaged",
        extension=extension,
    )


def _after_prologue(head: bytes) -> bytes:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    while closing := next((end for start, end in PROLOGUES if text.startswith(start)), b""):
        text = text.partition(closing)[2].lstrip()
    return text
