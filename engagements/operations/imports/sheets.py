"""Who listens to the parts of a workbook: the list of sheets, styles, shared texts and rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from engagements.operations.imports.cells import (
    Cell,
    Looks,
    position_of,
    read_cell,
    without_blanks_behind,
)
from engagements.operations.imports.rows import (
    MOST_COLUMNS,
    RawRow,
    UnreadableFileError,
    refuse_width,
)
from engagements.operations.imports.unpacking import Listener, not_a_workbook, too_much
from engagements.operations.imports.values import LONGEST_CELL

# Where Excel itself stops.
LAST_ROW: Final = 1_048_576
WIDEST_ROW: Final = 16_384
MOST_STYLES: Final = 65_536
# Held in memory; a list of 20,000 rows with 50 columns of text, no two the same.
MOST_TEXTS: Final = 1_000_000
LARGEST_TEXTS: Final = 64 * 1024 * 1024  # bytes
# Where a cell has its text: the value, or for text of its own any number of parts.
TEXT_PARTS: Final = ("v", "t")


@dataclass(slots=True)
class Relations(Listener):
    """Hears of what belongs to a part: id -> (kind, where)."""

    found: dict[str, tuple[str, str]] = field(default_factory=dict)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear of a part."""
        if name == "Relationship":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found[attributes.get("Id", "")] = kind, attributes.get("Target", "")


@dataclass(slots=True)
class Contents(Listener):
    """Hears which sheets can be seen, in their order, and how days are counted."""

    looks: Looks
    sheets: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear of a sheet."""
        if name == "workbookPr":
            self.looks.counts_from_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet" and attributes.get("state", "visible") == "visible":
            self.sheets += [
                value for key, value in attributes.items() if key.rpartition(":")[2] == "id"
            ]


@dataclass(slots=True)
class Styles(Listener):
    """Hears how numbers are shown."""

    looks: Looks
    _counts: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear of a format or a style."""
        if name == "numFmt":
            self.looks.formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._counts = True
        elif name == "xf" and self._counts:
            self.looks.styles.append(int(attributes.get("numFmtId", "0")))
            if len(self.looks.styles) > MOST_STYLES:
                raise UnreadableFileError(too_much())

    def end(self, name: str) -> None:
        """Hear that the styles of cells are over; others follow."""
        if name == "cellXfs":
            self._counts = False


class Pieces:
    """Text that comes in pieces; of more than a cell can hold only the start is kept."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._pieces: list[str] = []
        self._length = 0

    def add(self, piece: str) -> None:
        """Add a piece."""
        if self._length <= LONGEST_CELL:
            self._pieces.append(piece[: LONGEST_CELL + 1])
            self._length += len(piece)

    def take(self) -> str:
        """Return the text so far, and begin anew."""
        text = "".join(self._pieces)
        self._pieces.clear()
        self._length = 0
        return text


class Texts(Listener):
    """Hears the texts that cells share.

    Kept as UTF-8: one letter outside Latin would make a whole text four times as large.

    Attributes:
        kept: the texts so far.
    """

    def __init__(self) -> None:
        """Begin without texts."""
        self.kept: list[bytes] = []
        self._size = 0
        self._pieces = Pieces()
        self._listens = self._is_reading_aid = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear that a text, a part of it or an aid for reading it aloud begins."""
        if name == "rPh":
            self._is_reading_aid = True
        self._listens = name == "t" and not self._is_reading_aid

    def text(self, piece: str) -> None:
        """Hear a piece of a text."""
        if self._listens:
            self._pieces.add(piece)

    def end(self, name: str) -> None:
        """Hear that one of these is over."""
        self._listens = False
        if name == "rPh":
            self._is_reading_aid = False
        elif name == "si":
            text = self._pieces.take().encode()
            self.kept.append(text)
            self._size += len(text)
            if len(self.kept) > MOST_TEXTS or self._size > LARGEST_TEXTS:
                raise UnreadableFileError(too_much())


class SharedTexts:
    """The texts that cells share, read on only as far as somebody asks."""

    def __init__(self, texts: Texts, more: Iterator[None]) -> None:
        """Begin with the texts that were heard; `more` lets them hear some more."""
        self._texts = texts
        self._more = more

    def __getitem__(self, position: int) -> str:
        """Return a text.

        Raises:
            LookupError: there are not so many.
        """
        while position >= len(self._texts.kept):
            if next(self._more, self) is self:
                raise LookupError(position)
        return self._texts.kept[position].decode()


class Rows(Listener):
    """Hears the rows of a sheet; blank cells are counted and not kept.

    Attributes:
        is_over: the last row was heard; what follows is about the look of the sheet.
    """

    def __init__(self, texts: SharedTexts, looks: Looks) -> None:
        """Begin above the first row."""
        self.is_over = False
        self._texts = texts
        self._looks = looks
        self._ready: list[RawRow] = []
        self._number = self._width = 0
        self._column = -1
        self._said: dict[int, str] = {}
        self._faults: dict[int, str] = {}
        self._kind, self._style, self._has_formula = "n", 0, False
        self._pieces = Pieces()
        self._is_inside = self._listens = self._is_reading_aid = False

    def take(self) -> list[RawRow]:
        """Return the rows that are complete, once."""
        ready, self._ready = self._ready, []
        return ready

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear that a row, a cell or something in it begins."""
        if not self._is_inside:
            self._is_inside = name == "sheetData" and not self.is_over
        elif name == "c":
            self._start_cell(attributes)
        elif name == "row":
            self._start_row(attributes)
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._is_reading_aid = True
        self._listens = name in TEXT_PARTS and self._is_inside and not self._is_reading_aid

    def text(self, piece: str) -> None:
        """Hear a piece of what a cell says."""
        if self._listens:
            self._pieces.add(piece)

    def end(self, name: str) -> None:
        """Hear that one of these is over."""
        self._listens = False
        if not self._is_inside:
            return
        if name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._is_reading_aid = False
        elif name == "sheetData":
            self._is_inside, self.is_over = False, True

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        number = int(float(attributes.get("r", self._number + 1)))
        if not self._number < number <= LAST_ROW:
            raise UnreadableFileError(not_a_workbook())
        self._number, self._column, self._width = number, -1, 0
        self._said, self._faults = {}, {}

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        address = attributes.get("r")
        self._column = position_of(address) if address else self._column + 1
        self._width += 1
        if self._width > WIDEST_ROW:
            refuse_width(self._number)
        self._kind, self._style = attributes.get("t", "n"), int(attributes.get("s", "0"))
        self._has_formula = False
        self._pieces.take()

    def _end_cell(self) -> None:
        value = self._pieces.take()
        if not value and not self._has_formula:
            return
        if self._kind == "s" and value:
            value = self._texts[int(value)]
        text, fault = read_cell(
            Cell(self._kind, value, self._style, self._has_formula), self._looks
        )
        if not text and not fault:
            return
        if self._column >= MOST_COLUMNS:
            refuse_width(self._number)
        self._said[self._column] = text
        if fault:
            self._faults[self._column] = fault

    def _end_row(self) -> None:
        last = max(self._said, default=-1)
        texts = [self._said.get(position, "") for position in range(last + 1)]
        self._ready.append(
            RawRow(
                self._number,
                without_blanks_behind(texts, self._faults),
                self._faults,
                width=self._width,
            )
        )
