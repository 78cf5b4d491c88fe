"""CSV files: which encoding, which separator, and their rows in constant memory."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO, Final

from django.utils.translation import gettext as _

from engagements.operations.imports.columns import recognise
from engagements.operations.imports.rows import (
    MOST_COLUMNS,
    RawRow,
    UnreadableFileError,
    refuse_width,
)
from engagements.operations.imports.values import LONGEST_CELL

CHUNK: Final = 64 * 1024  # bytes
DELIMITERS: Final = ";,\t"
SAMPLE: Final = 20  # lines, to tell the separator
# A row of full cells is shorter than this; a longer line never ends up in memory as a list.
LONGEST_LINE: Final = MOST_COLUMNS * (LONGEST_CELL + 3)
UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# No text file holds these; a tab, the line ends and the form feed are fine.
CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Excel's own way to name the separator, on a first line of its own.
SEPARATOR_LINE: Final = re.compile(r'"?sep=(?P<mark>[;,\t])"?\s*', re.IGNORECASE)


def read_delimited(file: BinaryIO) -> Iterator[RawRow]:
    """Yield every row of a CSV file, blank ones included.

    Raises:
        UnreadableFileError: it is no text, a line is endless, or a quotation mark stays open.
    """
    encoding = encoding_of(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        sample = list(islice(_lines(text), SAMPLE))
        named = SEPARATOR_LINE.fullmatch(sample[0]) if sample else None
        delimiter = named["mark"] if named else _delimiter_of(sample)
        text.seek(0)
        lines = _lines(text)
        if named:
            next(lines)
        yield from _rows(lines, delimiter, first=2 if named else 1)
    finally:
        if not text.closed:  # the caller's file stays open, unless the caller closed it first
            text.detach()


def encoding_of(file: BinaryIO) -> str:
    """Return the encoding of a text file: UTF-8 with or without its mark, else Windows-1252.

    Raises:
        UnreadableFileError: it is UTF-16, or no text at all.
    """
    utf8, windows = (codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252"))
    is_utf8 = is_windows = True
    for chunk in chain(_chunks(file), [b""]):
        is_utf8 = is_utf8 and _decodes(utf8, chunk)
        is_windows = is_windows and _decodes(windows, chunk)
    if not is_utf8 and not is_windows:
        _refuse_binary()
    return "utf-8-sig" if is_utf8 else "cp1252"


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    if file.read(2) in UTF16_MARKS:
        _refuse_utf16()
    file.seek(0)
    while chunk := file.read(CHUNK):
        if CONTROL.search(chunk):
            # Every second byte of Latin text in UTF-16 is zero.
            if chunk.count(b"\x00") > len(chunk) // 4:
                _refuse_utf16()
            _refuse_binary()
        yield chunk


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    """Return whether the next part of a file is text; an empty part is the end."""
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_utf16() -> None:
    raise UnreadableFileError(
        _("This file is saved as “Unicode text” (UTF-16). Save it as “CSV UTF-8” or as .xlsx.")
    )


def _refuse_binary() -> None:
    raise UnreadableFileError(
        _("This is not a list that we can read. Save it as .xlsx or as CSV and try again.")
    )


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield lines with their ends; a line that no list has is refused before it is whole."""
    number = 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            if max(map(line.count, DELIMITERS)) > MOST_COLUMNS:
                refuse_width(number)
            raise UnreadableFileError(
                _("Line %(line)d is too long: at most %(limit)d characters fit in a cell.")
                % {"line": number, "limit": LONGEST_CELL}
            )
        yield line


def _delimiter_of(sample: list[str]) -> str:
    """Return the separator that makes most headers known to us, or else most columns."""

    def usefulness(delimiter: str) -> tuple[int, int]:
        try:
            header = next((row for row in csv.reader(sample, delimiter=delimiter) if any(row)), [])
        except csv.Error:
            return 0, 0
        return len(recognise(header)), len(header)

    return max(DELIMITERS, key=usefulness)


def _rows(lines: Iterator[str], delimiter: str, first: int) -> Iterator[RawRow]:
    number = first - 1
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, start=first):
            yield RawRow(number, cells)
    except csv.Error as error:
        raise UnreadableFileError(
            _(
                "A quotation mark is opened and not closed, or stands in the wrong place, "
                "near row %(row)d. Mend it, or save the list as CSV again."
            )
            % {"row": number + 1}
        ) from error
