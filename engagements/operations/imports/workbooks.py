"""Excel workbooks: the first sheet that can be seen, as text."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from itertools import repeat
from typing import Any, BinaryIO, Final
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from engagements.operations.imports.rows import RawRow, UnreadableFileError

CHUNK: Final = 256 * 1024  # bytes
# Counted while unpacking: what a packed file says of its own size cannot be believed.
LARGEST_UNPACKED: Final = 400 * 1024 * 1024  # bytes, all parts
LARGEST_TEXTS: Final = 60 * 1024 * 1024  # bytes, the one part that is held in memory
MOST_PARTS: Final = 2000
MOST_ELEMENTS: Final = 2_000_000  # per part; 20,000 rows of 30 filled columns have 1,200,000
MOST_ROWS_INSIDE: Final = 500_000  # per part, as many texts too
# The one row, sheet view or text that is held as a whole; a row in Excel ends at 16,384 cells.
MOST_ELEMENTS_AT_ONCE: Final = 50_000
ROW_DEPTH: Final = 3  # worksheet, sheetData, row
TEXTS_PART: Final = "xl/sharedStrings.xml"
SHEET_PARTS: Final = "xl/worksheets/"
# What reading a broken or hostile workbook can raise, beside our own refusals.
FOREIGN_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    EOFError,
    InvalidFileException,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,  # the parser of XML
    TypeError,
    ValueError,
    expat.ExpatError,
    zipfile.BadZipFile,
    zipfile.zlib.error,  # type: ignore[attr-defined]
)


def read_workbook(file: BinaryIO) -> Iterator[RawRow]:
    """Yield every row of the first visible sheet, blank ones included.

    Formulas give the value that was last calculated; where there is none, the cell has a fault.

    Raises:
        UnreadableFileError: it is no workbook, is damaged, or unpacks to more than any list.
    """
    has_formulas = _look_inside(file)
    with _reading():
        values = _sheet_rows(file, data_only=True)
        # Only the other view of the file tells where formulas are.
        formulas: Iterator[Any] = _sheet_rows(file, data_only=False) if has_formulas else repeat(())
        # Not strict: the second view goes on for ever where there are no formulas.
        for number, (cells, sources) in enumerate(zip(values, formulas, strict=False), start=1):
            yield _row(number, cells, sources)


def _look_inside(file: BinaryIO) -> bool:
    """Unpack every part once to measure it; return whether a sheet has formulas."""
    has_formulas, unpacked = False, 0
    with _reading(), zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        if len(names) > MOST_PARTS or "[Content_Types].xml" not in names:
            raise UnreadableFileError(_not_a_workbook())
        for name in names:
            of_part, tail = 0, b""
            is_sheet = name.startswith(SHEET_PARTS)
            shape = _Shape()
            limit = LARGEST_TEXTS if name == TEXTS_PART else LARGEST_UNPACKED
            with archive.open(name) as part:
                while chunk := part.read(CHUNK):
                    of_part += len(chunk)
                    if of_part > limit or unpacked + of_part > LARGEST_UNPACKED:
                        raise UnreadableFileError(_too_much())
                    shape.feed(chunk)
                    if is_sheet and not has_formulas:
                        has_formulas = b"<f" in tail + chunk
                        tail = chunk[-1:]
            unpacked += of_part
    return has_formulas


class _Shape:
    """How many elements a part has, counted before anything keeps them in memory.

    A few kilobytes unpack to millions of empty rows, or to one row without end. Parts that are no
    XML, such as pictures, fail at their first bytes and are left alone.

    Raises:
        UnreadableFileError: while feeding, it has more elements than any list.
    """

    def __init__(self) -> None:
        self._depth = self._elements = self._rows = self._at_once = 0
        self._is_over = False
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_entities

    def feed(self, chunk: bytes) -> None:
        if self._is_over:
            return
        try:
            self._parser.Parse(chunk)
        except (expat.ExpatError, LookupError):  # the latter for an encoding that does not exist
            self._is_over = True

    def _start(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > ROW_DEPTH:
            self._at_once += 1
            is_too_much = self._elements > MOST_ELEMENTS or self._at_once > MOST_ELEMENTS_AT_ONCE
        else:
            self._rows += 1
            self._at_once = 0
            is_too_much = self._rows > MOST_ROWS_INSIDE
        if is_too_much:
            raise UnreadableFileError(_too_much())

    def _end(self, _name: str) -> None:
        self._depth -= 1

    @staticmethod
    def _refuse_entities(*_declaration: object) -> None:
        raise UnreadableFileError(_not_a_workbook())


def _sheet_rows(file: BinaryIO, *, data_only: bool) -> Iterator[Any]:
    book = load_workbook(file, read_only=True, data_only=data_only, keep_links=False)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise UnreadableFileError(_("This workbook has no sheet that can be seen."))
    sheet = sheets[0]
    sheet.reset_dimensions()  # the size that a sheet claims can be false
    return sheet.iter_rows()


def _row(number: int, cells: tuple[Any, ...], sources: tuple[Any, ...]) -> RawRow:
    texts = [_text_of(cell.value) for cell in cells]
    faults = {}
    for at, cell in enumerate(cells):
        kind = getattr(cell, "data_type", "n")
        if kind == "e":
            faults[at] = _("This cell shows an error (%(error)s). Mend it in the list.") % {
                "error": texts[at]
            }
        # A formula whose result is empty text is of kind "str"; one never calculated is not.
        elif cell.value is None and kind == "n" and _is_formula(sources, at):
            faults[at] = _(
                "This cell holds a formula without a result. Open the list in a spreadsheet, "
                "save it and try again, or fill in the value itself."
            )
    while texts and not texts[-1] and len(texts) - 1 not in faults:
        texts.pop()
    return RawRow(number, texts, faults, width=len(cells))


def _is_formula(sources: tuple[Any, ...], at: int) -> bool:
    return at < len(sources) and getattr(sources[at], "data_type", "n") == "f"


def _text_of(value: Any) -> str:
    """Return a cell as the text that our columns read without doubt."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        is_day = value.time() == time(0)
        return value.date().isoformat() if is_day else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return _text_of_number(value)
    return str(value)


def _text_of_number(value: float) -> str:
    number = Decimal(repr(value))
    if not number.is_finite():
        return repr(value)
    text = f"{number:f}"
    if text.endswith(".0"):
        return text[:-2]
    # Three digits behind the point look like thousands; a fourth one takes the doubt away.
    return f"{text}0" if len(text.rpartition(".")[2]) == len("000") and "." in text else text


@contextmanager
def _reading() -> Iterator[None]:
    """Turn whatever a damaged workbook raises into words."""
    try:
        yield
    except FOREIGN_ERRORS as error:
        raise UnreadableFileError(_not_a_workbook()) from error


def _not_a_workbook() -> str:
    return _(
        "This is not an Excel workbook that we can read. "
        "Open it in a spreadsheet, save it as .xlsx and try again."
    )


def _too_much() -> str:
    return _("This workbook holds far more than a list of engagements. Keep the one sheet only.")
