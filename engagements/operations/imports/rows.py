"""What a file comes down to before anybody asks what its cells mean, and how much of it we take."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.files import MEBIBYTE

LARGEST_FILE: Final = 20 * MEBIBYTE
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200
# A spreadsheet leaves some thousands of blank rows behind a list; more of them only take time.
MOST_BLANK_ROWS: Final = 20_000
# Blank ones included, which are coloured or framed: as many as 20,000 rows of 100 columns.
MOST_CELLS: Final = 2_000_000
MOST_CHARACTERS: Final = LARGEST_FILE  # as many as a CSV file can have
# Somebody waits while the header and the first row are looked for: this part must do for that.
FOR_OPENING: Final = 20


class UnreadableFileError(DomainError):
    """The file as a whole cannot be read; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the file.

    Attributes:
        number: as a spreadsheet counts it; the header is usually 1.
        cells: the text of each cell.
        faults: position -> why the text of a cell could not be had.
        width: cells that the file has in the row, where it names blank ones behind the last.
    """

    number: int
    cells: list[str]
    faults: dict[int, str] = field(default_factory=dict)
    width: int = 0

    @property
    def is_blank(self) -> bool:
        """Say whether nothing stands in the row."""
        return not self.faults and not any(cell.strip() for cell in self.cells)


def within_limits(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    """Yield the rows that say something, the header first.

    Raises:
        UnreadableFileError: there are too many rows, columns or cells, blank or not, or too much
            text in them.
    """
    counts = _Counts()
    for row in rows:
        if len(row.cells) > MOST_COLUMNS:
            refuse_width(row.number)
        counts.add(row)
        if not row.is_blank:
            yield row


@dataclass(slots=True)
class _Counts:
    """What a list has so far."""

    rows: int = 0
    blank_rows: int = 0
    cells: int = 0
    characters: int = 0

    def add(self, row: RawRow) -> None:
        """Count a row, and refuse the list when that is one too many."""
        part = 1 if self.rows > 1 else FOR_OPENING
        self.rows += not row.is_blank
        self.blank_rows += row.is_blank
        self.cells += max(row.width, len(row.cells))
        self.characters += sum(map(len, row.cells))
        if self.rows > MOST_ROWS + 1:
            raise UnreadableFileError(
                _("This file has more than %(most)s rows. Split it and import the parts.")
                % {"most": _grouped(MOST_ROWS)}
            )
        has_too_many_cells = self.cells * part > MOST_CELLS
        if self.blank_rows * part > MOST_BLANK_ROWS or (row.is_blank and has_too_many_cells):
            _refuse_blank_rows(row.number)
        if has_too_many_cells:
            _refuse_cells(row.number)
        if self.characters > MOST_CHARACTERS:
            _refuse_text(row.number)


def _refuse_blank_rows(number: int) -> None:
    raise UnreadableFileError(
        _(
            "There are very many blank rows around row %(row)d. "
            "Delete the blank rows and save the list again."
        )
        % {"row": number}
    )


def _refuse_cells(number: int) -> None:
    raise UnreadableFileError(
        _(
            "Up to row %(row)d there are more than %(most)s cells; blank ones with a colour or a "
            "frame count too. Keep the columns that you need and save the list again."
        )
        % {"row": number, "most": _grouped(MOST_CELLS)}
    )


def _refuse_text(number: int) -> None:
    raise UnreadableFileError(
        _(
            "Up to row %(row)d there is more text than a list of engagements can have. "
            "Keep the columns that you need and save the list again."
        )
        % {"row": number}
    )


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def refuse_width(number: int) -> None:
    """Refuse a row with more cells than any list has.

    Raises:
        UnreadableFileError: always.
    """
    raise UnreadableFileError(
        _(
            "Row %(row)d has more than %(most)d columns. Keep the columns that you need, "
            "or save the list as CSV again."
        )
        % {"row": number, "most": MOST_COLUMNS}
    )
