"""What a file comes down to before anybody asks what its cells mean, and how much of it we take."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from core.errors import DomainError

LARGEST_FILE: Final = 20 * 1024 * 1024  # bytes
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200


class UnreadableFileError(DomainError):
    """The file as a whole cannot be read; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the file.

    Attributes:
        number: as a spreadsheet counts it; the header is usually 1.
        cells: the text of each cell.
        faults: position -> why the text of a cell could not be had.
    """

    number: int
    cells: list[str]
    faults: dict[int, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Say whether nothing stands in the row."""
        return not self.faults and not any(cell.strip() for cell in self.cells)


def within_limits(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    """Yield the rows that say something, the header first.

    Raises:
        UnreadableFileError: there are too many rows, or too many columns in one.
    """
    taken = 0
    for row in rows:
        if len(row.cells) > MOST_COLUMNS:
            refuse_width(row.number)
        if row.is_blank:
            continue
        taken += 1
        if taken > MOST_ROWS + 1:
            raise UnreadableFileError(
                _("This file has more than %(most)s rows. Split it and import the parts.")
                % {"most": f"{MOST_ROWS:,}".replace(",", ".")}
            )
        yield row


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
