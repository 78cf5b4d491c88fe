"""The same rows as a file: CSV as a stream, XLSX as a temporary file."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import IO, Any, Final

import xlsxwriter

from core import spreadsheets

Cell = str | int | Decimal | date | None

LOCAL_DATE: Final = 14  # Excel's own number for "a date as this reader writes it"


def csv_lines(
    headings: Sequence[str], rows: Iterable[Sequence[Cell]], language: str
) -> Iterator[str]:
    """Return the lines of a CSV as a spreadsheet in this language opens it without asking."""
    is_dutch = language == "nl"
    cells = ([_text(cell, is_dutch=is_dutch) for cell in row] for row in chain([headings], rows))
    return spreadsheets.csv_lines(cells, delimiter=";" if is_dutch else ",")


def xlsx_file(title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """Return a workbook of one sheet with real dates and numbers, ready to read."""
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - whoever reads it closes it
    workbook = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet = workbook.add_worksheet(title[:31])
    bold = workbook.add_format({"bold": True})
    day = workbook.add_format({"num_format": LOCAL_DATE})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(headings) - 1, 18)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            _write(sheet, number, column, cell, day)
    workbook.close()
    file.seek(0)
    return file


def _text(cell: Cell, *, is_dutch: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return str(cell).replace(".", ",") if is_dutch else str(cell)
    if isinstance(cell, int):
        return str(cell)
    return spreadsheets.quiet(cell)


def _write(sheet: Any, row: int, column: int, cell: Cell, day: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    elif isinstance(cell, Decimal | int):
        sheet.write_number(row, column, cell)
    else:
        sheet.write_string(row, column, cell)
