"""The same rows as lines of text."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain

from core import spreadsheets
from dashboards.tables.workbooks import Cell


def csv_lines(
    headings: Sequence[str], rows: Iterable[Sequence[Cell]], language: str
) -> Iterator[str]:
    """Return the lines of a CSV as a spreadsheet in this language opens it without asking."""
    is_dutch = language == "nl"
    cells = ([_text(cell, is_dutch=is_dutch) for cell in row] for row in chain([headings], rows))
    return spreadsheets.csv_lines(cells, delimiter=";" if is_dutch else ",")


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
