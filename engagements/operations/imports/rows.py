"""What a file comes down to before anybody asks what its cells mean, and how much of it we take."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from core.errors import DomainError

LARGEST_FILE: Final = 20 * 1024 * 1024  # bytes
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200
# A spreadsheet leaves some thousands of blank rows behind a list; more of them only take time.
MOST_BLANK_ROWS: Final = 20_000
MOST_BLANK_CELLS: Final = 1_000_000  # in those rows, coloured or framed


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
        UnreadableFileError: there are too many rows, blank or not, or too many columns in one.
    """
    taken = blank_rows = blank_cells = 0
    for row in rows:
        if len(row.cells) > MOST_COLUMNS:
            refuse_width(row.number)
        if row.is_blank:
            blank_rows += 1
            blank_cells += row.width
            _refuse_blanks(row.number, taken, blank_rows, blank_cells)
            continue
        taken += 1
        if taken > MOST_ROWS + 1:
            raise UnreadableFileError(
                _("This file has more than %(most)s rows. Split it and import the parts.")
                % {"most": f"{MOST_ROWS:,}".replace(",", ".")}
            )
        yield row


def _refuse_blanks(number: int, taken: int, rows: int, cells: int) -> None:
    # Somebody waits while the header and the first row are looked for.
    part = 1 if taken > 1 else 20
    if rows * part > MOST_BLANK_ROWS or cells * part > MOST_BLANK_CELLS:
        raise UnreadableFileError(
            _(
                "There are very many blank rows around row %(row)d. "
                "Delete the blank rows and save the list again."
            )
            % {"row": number}
        )


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
