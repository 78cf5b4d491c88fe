"""The XML parts of an Excel workbook, counted and passed on as they unpack; none is held whole.

A few kilobytes unpack to millions of empty cells, or to one word without end. Nothing that the file
says of its own size is believed, and whatever is read is counted over all parts together.
"""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import BinaryIO, Final
from xml.parsers import expat

from django.utils.translation import gettext as _

from engagements.operations.imports.rows import UnreadableFileError

CHUNK: Final = 64 * 1024  # bytes
LARGEST_UNPACKED: Final = 400 * 1024 * 1024  # bytes
MOST_ELEMENTS: Final = 6_000_000  # 20,000 rows of 100 filled columns have 4,000,000
DEEPEST: Final = 50  # elements within elements; a workbook has about ten
# A tag, comment or the like; the parser holds it whole, and looks at it anew with every chunk.
LONGEST_TAG: Final = 256 * 1024  # bytes
# zipfile reads the list of parts in one go; some ten thousand parts fit in this.
LARGEST_DIRECTORY: Final = 512 * 1024  # bytes
# The other ways to pack hand out as much as they like for a few bytes.
PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Listener:
    """Hears what stands in a part, names without their prefixes; passes over what it need not."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear that an element begins."""

    def end(self, name: str) -> None:
        """Hear that an element ends."""

    def text(self, piece: str) -> None:
        """Hear some of the text of the innermost element."""


class Package:
    """The parts of a workbook.

    Attributes:
        unpacked: bytes so far, of all parts.
        elements: heard so far, in all parts.

    Raises:
        zipfile.BadZipFile: it is no archive, or none of an ordinary kind.
    """

    def __init__(self, file: BinaryIO) -> None:
        """Read the list of parts."""
        self.unpacked = 0
        self.elements = 0
        self._archive = zipfile.ZipFile(_BoundedReads(file))

    def __contains__(self, name: str) -> bool:
        """Return whether there is such a part."""
        return name in self._archive.NameToInfo

    def read(self, name: str, listener: Listener) -> Iterator[None]:
        """Let a listener hear a part; yields whenever it heard some more.

        Args:
            name: of the part.
            listener: what it keeps is its own concern.

        Raises:
            KeyError: there is no such part.
            UnreadableFileError: there is far more in it than in any list, or no workbook has it.
            expat.ExpatError: it is no XML.
        """
        part = self._archive.getinfo(name)
        if part.compress_type not in PACKINGS:
            raise zipfile.BadZipFile(name)
        if part.file_size > LARGEST_UNPACKED:  # honest about it
            raise UnreadableFileError(too_much())
        with self._archive.open(part) as stream, closing(_Ears(self, listener)) as ears:
            while chunk := stream.read(CHUNK):
                self.unpacked += len(chunk)
                if self.unpacked > LARGEST_UNPACKED:
                    raise UnreadableFileError(too_much())
                ears.hear(chunk)
                yield
            ears.hear(b"", is_end=True)
            yield


class _Ears:
    """Parses one part and counts."""

    def __init__(self, package: Package, listener: Listener) -> None:
        self._package = package
        self._listener = listener
        self._fed = self._depth = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = False  # pieces may be dropped one by one
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = listener.text
        self._parser.StartDoctypeDeclHandler = self._refuse_entities

    def hear(self, chunk: bytes, *, is_end: bool = False) -> None:
        self._parser.Parse(chunk, is_end)
        self._fed += len(chunk)
        if self._fed - self._parser.CurrentByteIndex > LONGEST_TAG:
            raise UnreadableFileError(too_much())

    def close(self) -> None:
        """Let the listener go at once; parser and handlers hold each other."""
        self._parser.StartElementHandler = self._parser.EndElementHandler = None
        self._parser.CharacterDataHandler = self._parser.StartDoctypeDeclHandler = None

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._package.elements += 1
        if self._package.elements > MOST_ELEMENTS or self._depth > DEEPEST:
            raise UnreadableFileError(too_much())
        self._listener.start(name.rpartition(":")[2], attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._listener.end(name.rpartition(":")[2])

    @staticmethod
    def _refuse_entities(*_declaration: object) -> None:
        raise UnreadableFileError(not_a_workbook())


class _BoundedReads:
    """A file as zipfile sees it: one with a list of parts without end is refused."""

    def __init__(self, file: BinaryIO) -> None:
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable
        self._read = file.read

    def read(self, size: int = -1) -> bytes:
        if size > LARGEST_DIRECTORY:
            raise UnreadableFileError(too_much())
        # Without a size zipfile looks for the end of that list in the last 64 KiB.
        return self._read(size if size >= 0 else LARGEST_DIRECTORY)


def not_a_workbook() -> str:
    """Return what to do about a file that is packed, and no workbook that we can read."""
    return _(
        "This is not an Excel workbook that we can read. "
        "Open it in a spreadsheet, save it as .xlsx and try again."
    )


def too_much() -> str:
    """Return what to do about a workbook that is far larger than a list can be."""
    return _("This workbook holds far more than a list of engagements. Keep the one sheet only.")
