"""Word, PowerPoint and Excel files: zip archives that must be what they say and stay small.

Nothing that the archive says about itself is believed. Members are inflated with zlib, 64 KiB at a
time, and counted: `ZipFile.read` would first take the memory and then notice the lie, and
`ZipExtFile` would silently stop at the size that the header claims.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_lazy as _

from core.files import MEBIBYTE
from knowledge.validators.base import PIECE, Upload, UploadLimits, UploadRefusedError
from knowledge.validators.parts import DOCTYPES, PACKAGED, XML_PARTS, PackageFacts, Spy
from knowledge.validators.signatures import damaged

MAIN_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        "pptx": "application/vnd.openxmlformats-officedocument"
        ".presentationml.presentation.main+xml",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    }
)
CONTENT_TYPES: Final = "[content_types].xml"
# A central directory that zipfile may read in one go: 2,000 members with ample names fit.
LARGEST_READ: Final = MEBIBYTE // 2
LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
DRIVE: Final = re.compile(r"^[a-z]:", re.IGNORECASE)
ACTIVE_PARTS: Final = re.compile(
    r"(^|/)(vbaproject\.bin|vbadata\.xml|[^/]*\.(doc|dot|ppt|pot|xls|xlt)m)$"
)
EXTERNAL_PARTS: Final = re.compile(r"(^|/)externallinks/")


class BoundedReader:
    """The upload as zipfile sees it: large single reads are refused, so directories stay small."""

    def __init__(self, file: Upload) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > LARGEST_READ:
            raise zipfile.BadZipFile("read too large")
        # Without a size zipfile looks for the end of the directory in the last 64 KiB.
        return self._file.read(size if size >= 0 else LARGEST_READ)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._file.seek(offset, whence)
        return self._file.tell()

    def tell(self) -> int:
        return self._file.tell()


class Budget:
    """Counts inflated bytes over all members. Source: trust.md section 2.4, point 4."""

    def __init__(self, limits: UploadLimits, uploaded: int) -> None:
        by_ratio = max(limits.ratio_free_bytes, uploaded * limits.inflated_ratio)
        self._left = min(limits.inflated_bytes, by_ratio)

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise UploadRefusedError(
                _(
                    "This document becomes far too large when it is opened. "
                    "Remove very large pictures or empty rows, or split it, and upload it again."
                ),
                "bomb",
            )


def check_ooxml(file: Upload, extension: str, size: int, limits: UploadLimits) -> None:
    """Refuse anything but a whole, plain Office document of the kind its name says.

    Args:
        file: at any position; left at any position.
        extension: "docx", "pptx" or "xlsx".
        size: of the upload in bytes.
        limits: for members and inflated bytes.

    Raises:
        UploadRefusedError: the text says what to do about it.
    """
    try:
        with zipfile.ZipFile(BoundedReader(file)) as archive:
            members = archive.infolist()
    # zipfile and its codecs raise all of these on hostile input; each means "not a proper archive".
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        struct.error,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
    ) as error:
        raise damaged(extension) from error
    _check_members(members, extension, limits)
    facts = PackageFacts(extension)
    _inflate_all(file, members, facts, Budget(limits, size))
    _check_facts(facts, {member.orig_filename.lower() for member in members})


def _check_members(members: list[zipfile.ZipInfo], extension: str, limits: UploadLimits) -> None:
    if len(members) > limits.archive_members:
        raise UploadRefusedError(
            _("This document consists of too many parts. Split it and upload the parts."),
            "members",
        )
    names = [member.orig_filename.lower() for member in members]
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise UploadRefusedError(
            _("This document has a password. Remove the password and upload it again."), "encrypted"
        )
    if (
        len(set(names)) != len(names)
        or any(map(_is_unsafe, names))
        or any(map(_is_strange, members))
        or CONTENT_TYPES not in names
    ):
        raise damaged(extension)
    if any(map(ACTIVE_PARTS.search, names)):
        raise active_content()
    if any(map(EXTERNAL_PARTS.search, names)):
        raise UploadRefusedError(
            _(
                "This workbook takes values from other files. Break those links "
                "(Data, Edit links, Break link), save it and upload it again."
            ),
            "external",
        )


def active_content() -> UploadRefusedError:
    """Return the refusal of a document that could run something."""
    return UploadRefusedError(
        _(
            "This document holds macros or an embedded program. "
            "Save it without them and upload it again."
        ),
        "active",
    )


def _is_unsafe(name: str) -> bool:
    parts = name.split("/")
    return (
        not name
        or name.startswith("/")
        or "\\" in name
        or "\0" in name
        or ".." in parts
        or DRIVE.match(name) is not None
    )


def _is_strange(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16) or member.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    )


def _inflate_all(
    file: Upload, members: list[zipfile.ZipInfo], facts: PackageFacts, budget: Budget
) -> None:
    end = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        # Members lie one after the other and the first opens the file: no prefix, no overlaps.
        if member.header_offset < end or (end == 0 and member.header_offset != 0):
            raise damaged(facts.extension)
        start = _data_start(file, member, facts.extension)
        _inflate(_inflated(file, member, start, facts.extension), member, facts, budget)
        end = start + member.compress_size


def _inflate(
    content: Iterator[bytes], member: zipfile.ZipInfo, facts: PackageFacts, budget: Budget
) -> None:
    part = facts.part_for(member.orig_filename.lower())
    programs, entities = Spy(PACKAGED), Spy(*DOCTYPES)
    is_xml = member.orig_filename.lower().endswith(XML_PARTS)
    for piece in content:
        budget.spend(len(piece))
        if programs.sees_mark(piece):
            raise active_content()
        if is_xml and entities.sees_mark(piece):
            raise damaged(facts.extension)
        if part is not None:
            part.feed(piece)
    if part is not None:
        part.close()


def _data_start(file: Upload, member: zipfile.ZipInfo, extension: str) -> int:
    file.seek(member.header_offset)
    header = file.read(LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise damaged(extension)
    fields: tuple[int, ...] = LOCAL_HEADER.unpack(header)
    flags, name_length, extra_length = fields[2], fields[-2], fields[-1]
    name = file.read(name_length).decode("utf-8" if flags & 0x800 else "cp437", "replace")
    if name != member.orig_filename or flags & ENCRYPTED:
        raise damaged(extension)
    return member.header_offset + LOCAL_HEADER.size + name_length + extra_length


def _inflated(file: Upload, member: zipfile.ZipInfo, start: int, extension: str) -> Iterator[bytes]:
    """Yield the content as it really is, then compare it with what the directory claims."""
    plain = _deflated if member.compress_type == zipfile.ZIP_DEFLATED else _stored
    size = checksum = 0
    try:
        for piece in plain(file, start, member.compress_size, extension):
            size += len(piece)
            checksum = zlib.crc32(piece, checksum)
            yield piece
    except zlib.error as error:
        raise damaged(extension) from error
    if size != member.file_size or checksum != member.CRC:
        raise damaged(extension)


def _stored(file: Upload, start: int, left: int, extension: str) -> Iterator[bytes]:
    file.seek(start)
    while left:
        piece = file.read(min(PIECE, left))
        if not piece:
            raise damaged(extension)
        left -= len(piece)
        yield piece


def _deflated(file: Upload, start: int, left: int, extension: str) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for packed in _stored(file, start, left, extension):
        if inflater.eof:
            raise damaged(extension)
        waiting = packed
        while waiting and not inflater.eof:
            yield inflater.decompress(waiting, PIECE)
            waiting = inflater.unconsumed_tail
    # The end of a long match may still wait inside when all input is taken in.
    while not inflater.eof and (piece := inflater.decompress(b"", PIECE)):
        yield piece
    if not inflater.eof or inflater.unused_data:
        raise damaged(extension)


def _check_facts(facts: PackageFacts, names: set[str]) -> None:
    if facts.is_active:
        raise active_content()
    if facts.has_outside_template:
        raise UploadRefusedError(
            _(
                "This document uses a template from somewhere else. Attach the template Normal "
                "(File, Options, Add-ins, Templates) or save it as PDF, and upload it again."
            ),
            "external",
        )
    if facts.has_outside_object:
        raise UploadRefusedError(
            _(
                "This document loads an object or a picture from somewhere else. "
                "Put it into the document itself, or save it as PDF, and upload it again."
            ),
            "external",
        )
    main = facts.main_part
    if main not in names or facts.content_type_of(main) != MAIN_TYPES[facts.extension]:
        raise UploadRefusedError(
            _(
                "The name ends in .%(extension)s, but this is not such a document. "
                "Save it in the right kind and upload it again."
            ),
            "mismatch",
            extension=facts.extension,
        )
