"""Word, PowerPoint and Excel: the words of their XML parts, as these stream by.

The libraries for these formats build the whole document in memory first, which is what a hostile
one waits for. Here every member is inflated 64 KiB at a time and every inflated byte is counted,
whatever the archive says about itself; nothing but the words is kept.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from knowledge.extraction.collecting import Collector, NotReadableError
from knowledge.extraction.sandbox import DAMAGED, ENCRYPTED, TOO_LARGE, Limits

PIECE: Final = 64 * 1024
# No Office program writes a name or an attribute of this length; the parser would read it again
# and again, and keep all of it.
LONGEST_TOKEN: Final = 1024 * 1024
LOCKED: Final = b"\xd0\xcf\x11\xe0"  # Office wraps a document with a password in an old container
# In this order: what people look for first comes first.
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "docx": (
        r"word/document\d*\.xml",
        r"word/(footnotes|endnotes|comments)\.xml",
        r"word/(header|footer)\d+\.xml",
    ),
    "pptx": (r"ppt/slides/slide\d+\.xml", r"ppt/notesSlides/notesSlide\d+\.xml"),
    "xlsx": (r"xl/workbook\.xml", r"xl/sharedStrings\.xml", r"xl/worksheets/sheet\d+\.xml"),
}
NUMBER: Final = re.compile(r"\d+")

# Elements after which a word ends; all other elements may stand in the middle of one.
LINES: Final = frozenset({"p", "tr", "si", "row", "br", "cr"})
GAPS: Final = frozenset({"tc", "c", "tab", "is"})


def read(file: IO[bytes], extension: str, collector: Collector) -> None:
    """Add the text of an Office document, part by part."""
    limits = collector.limits
    if file.read(4) == LOCKED:
        raise NotReadableError(ENCRYPTED)
    size = file.seek(0, 2)
    budget = Budget(limits, size)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > limits.members:
                raise NotReadableError(TOO_LARGE)
            for member in _in_order(members, PARTS[extension]):
                _feed(budget.counted(archive, member, collector), collector)
                collector.add("\n")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        raise NotReadableError(DAMAGED) from error
    except RuntimeError as error:  # how zipfile says that it wants a password
        raise NotReadableError(ENCRYPTED) from error


class Budget:
    """Counts inflated bytes over all members that are read."""

    def __init__(self, limits: Limits, size: int) -> None:
        by_ratio = max(limits.ratio_free_bytes, size * limits.inflated_ratio)
        self._left = min(limits.inflated_bytes, by_ratio)

    def counted(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, collector: Collector
    ) -> Iterator[bytes]:
        """Yield the content of a member, as long as it is paid for."""
        with archive.open(member) as content:
            while piece := content.read(PIECE):
                self._left -= len(piece)
                if self._left < 0:
                    raise NotReadableError(TOO_LARGE)
                collector.check_time()
                yield piece


def _in_order(members: list[zipfile.ZipInfo], wanted: Iterable[str]) -> Iterator[zipfile.ZipInfo]:
    for pattern in wanted:
        kind = re.compile(pattern)
        found = [member for member in members if kind.fullmatch(member.filename)]
        yield from sorted(found, key=lambda member: _number_in(member.filename))


def _number_in(name: str) -> int:
    found = NUMBER.search(name)
    return int(found[0]) if found else 0


def _feed(content: Iterable[bytes], collector: Collector) -> None:
    words = _Words(collector)
    parser = XMLParser(target=words, forbid_dtd=True)
    silence, heard = 0, 0
    try:
        for piece in content:
            parser.feed(piece)
            silence = silence + len(piece) if words.heard == heard else 0
            heard = words.heard
            if silence > LONGEST_TOKEN:
                raise NotReadableError(DAMAGED)
        parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise NotReadableError(DAMAGED) from error


class _Words:
    """Hears the elements of a part and keeps the words between them."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self.heard = 0  # how often the parser came to the end of something
        self._is_text = False
        self._is_word = True  # whether the value of the cell is itself worth reading

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.heard += 1
        name = tag.rpartition("}")[2]
        if name == "c":
            # The value of other cells is the number of a shared text, which is read already.
            self._is_word = attributes.get("t", "n") not in ("s", "b", "e")
        elif name == "sheet":
            self._collector.add(attributes.get("name", "") + "\n")
        self._is_text = name == "t" or (name == "v" and self._is_word)

    def end(self, tag: str) -> None:
        self.heard += 1
        name = tag.rpartition("}")[2]
        self._is_text = False
        if name in LINES:
            self._collector.add("\n")
        elif name in GAPS:
            self._collector.add(" ")

    def data(self, text: str) -> None:
        self.heard += 1
        if self._is_text:
            self._collector.add(text)

    def comment(self, text: str) -> None:
        self.heard += 1

    def close(self) -> None:
        """Nothing to hand back."""
