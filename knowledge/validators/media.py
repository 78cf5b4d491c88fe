"""PDF, pictures, video and text: whole and of a sane size.

Called after the first bytes were found to fit the name; `size` is in bytes, counted.
"""

import codecs
import struct
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_lazy as _

from knowledge.validators.base import (
    PIECE,
    Upload,
    UploadLimits,
    UploadRefusedError,
    pieces,
    read_at,
)
from knowledge.validators.signatures import (
    PNG,
    damaged,
    starts_active,
)

PDF_END: Final = b"%%EOF"
PDF_END_WITHIN: Final = 4096  # printers and scanners leave some bytes after it
MOST_CHUNKS: Final = 100_000  # of a PNG, JPEG or MP4: real ones have hundreds
PNG_HEADER_BYTES: Final = 33
PNG_CHUNK_BYTES: Final = 12  # length, kind and checksum around the content
PNG_DEPTHS: Final = MappingProxyType(
    {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
)
JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
JPEG_MARK: Final = 0xFF
JPEG_SCAN: Final = 0xDA
JPEG_END: Final = 0xD9
# Brands of the same container that are no video for a browser: pictures, sound only.
NOT_VIDEO: Final = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"M4A ", b"M4B ", b"crx ")
CONTROL: Final = bytes({*range(0x20), 0x7F} - set(b"\t\n\v\f\r\x1b"))


def check_pdf(file: Upload, size: int, limits: UploadLimits) -> None:
    """Refuse a PDF without an end mark in its last 4 KiB: its transfer broke off."""
    if PDF_END not in read_at(file, max(0, size - PDF_END_WITHIN), PDF_END_WITHIN):
        raise damaged("pdf")


def check_png(file: Upload, size: int, limits: UploadLimits) -> None:
    """Refuse a PNG whose header is wrong or huge, or whose chunks do not reach its end."""
    header = _exactly(file, 0, PNG_HEADER_BYTES, "png")
    if header[8:16] != b"\0\0\0\rIHDR":
        raise damaged("png")
    width, height, depth, colour = struct.unpack(">LLBB", header[16:26])
    if depth not in PNG_DEPTHS.get(colour, ()):
        raise damaged("png")
    _check_dimensions("png", width, height, limits)
    if not any(kind == b"IEND" for kind in _png_chunks(file, size)):
        raise damaged("png")


def check_jpeg(file: Upload, size: int, limits: UploadLimits) -> None:
    """Refuse a JPEG without a frame of a sane size before its first scan."""
    for marker, offset in _jpeg_segments(file, size):
        if marker in JPEG_FRAMES:
            height, width = struct.unpack(">xHH", _exactly(file, offset, 5, "jpg"))
            _check_dimensions("jpg", width, height, limits)
            return
    raise damaged("jpg")


def check_mp4(file: Upload, size: int, limits: UploadLimits) -> None:
    """Refuse an MP4 that is sound or a picture, that stops half-way, or that holds no film."""
    head = read_at(file, 0, 12)
    if head[4:8] != b"ftyp" or head[8:12] in NOT_VIDEO:
        raise damaged("mp4")
    kinds = set(_mp4_boxes(file, size))
    if b"moov" not in kinds or not kinds & {b"mdat", b"moof"}:
        raise damaged("mp4")


def check_text(file: Upload, size: int, limits: UploadLimits) -> None:
    """Refuse what is no plain text in UTF-8 or Windows-1252, and web pages in disguise."""
    if starts_active(read_at(file, 0, PIECE)):
        raise UploadRefusedError(
            _("This is a web page, not a text. Save it as PDF and upload that."), "html"
        )
    if read_at(file, 0, 2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        raise UploadRefusedError(
            _("This text is saved as Unicode (UTF-16). Save it as UTF-8 and upload it again."),
            "encoding",
        )
    if any(piece.translate(None, CONTROL) != piece for piece in pieces(file)) or not any(
        _decodes(file, encoding) for encoding in ("utf-8", "cp1252")
    ):
        raise UploadRefusedError(
            _("This file is not plain text. Save it as text in UTF-8 and upload it again."),
            "not_text",
        )


CHECKS: Final[Mapping[str, Callable[[Upload, int, UploadLimits], None]]] = MappingProxyType(
    {
        "pdf": check_pdf,
        "png": check_png,
        "jpg": check_jpeg,
        "mp4": check_mp4,
        "md": check_text,
        "txt": check_text,
    }
)


def _check_dimensions(extension: str, width: int, height: int, limits: UploadLimits) -> None:
    if not width or not height:
        raise damaged(extension)
    if max(width, height) > limits.image_side or width * height > limits.image_pixels:
        raise UploadRefusedError(
            _(
                "This picture is %(width)s by %(height)s pixels: too large to open safely. "
                "Make it smaller and upload it again."
            ),
            "dimensions",
            width=width,
            height=height,
        )


def _png_chunks(file: Upload, size: int) -> Iterator[bytes]:
    offset = len(PNG)
    for _count in range(MOST_CHUNKS):
        if offset + PNG_CHUNK_BYTES > size:
            return
        length, kind = struct.unpack(">L4s", _exactly(file, offset, 8, "png"))
        offset += length + PNG_CHUNK_BYTES
        if offset > size:
            return
        yield kind


def _jpeg_segments(file: Upload, size: int) -> Iterator[tuple[int, int]]:
    offset = 2
    for _count in range(MOST_CHUNKS):
        mark, marker = _exactly(file, offset, 2, "jpg")
        offset += 1
        if mark != JPEG_MARK or marker in {JPEG_SCAN, JPEG_END}:
            return
        if marker == JPEG_MARK:
            continue  # fill bytes may stand before a marker
        offset += 1
        if marker in JPEG_ALONE:
            continue
        yield marker, offset + 2
        (length,) = struct.unpack(">H", _exactly(file, offset, 2, "jpg"))
        offset += max(length, 2)


def _mp4_boxes(file: Upload, size: int) -> Iterator[bytes]:
    offset = 0
    for _count in range(MOST_CHUNKS):
        if offset == size:
            return
        length, kind = struct.unpack(">L4s", _exactly(file, offset, 8, "mp4"))
        least = 8
        if length == 0:
            length = size - offset
        elif length == 1:
            least = 16
            (length,) = struct.unpack(">Q", _exactly(file, offset + 8, 8, "mp4"))
        offset += length
        # A box that reaches past the end of the file is found by the next look.
        if length < least:
            raise damaged("mp4")
        yield kind


def _exactly(file: Upload, offset: int, size: int, extension: str) -> bytes:
    data = read_at(file, offset, size)
    if len(data) < size:
        raise damaged(extension)
    return data


def _decodes(file: Upload, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in pieces(file):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
