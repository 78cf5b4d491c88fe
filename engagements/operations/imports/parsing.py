"""What the cells of one row say, and what is wrong with them. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from engagements.operations.imports.columns import BY_NAME, Mapped
from engagements.operations.imports.rows import RawRow
from engagements.operations.imports.values import LONGEST_CELL, CellError, tidy

# Stands where the name of a column stands, for what is wrong with a row as a whole.
WHOLE_ROW: Final = "row"
# Longer than any column takes: what follows is wrong anyway and need not be kept.
KEPT_OF_CELL: Final = 500  # characters


@dataclass(slots=True, kw_only=True)
class Row:
    """One row in our columns.

    Attributes:
        number: as a spreadsheet counts it.
        cells: our column -> its text; empty cells are left out.
        values: our column -> what the text means; without those that are wrong.
        problems: our column, or ``row`` -> what is wrong, in the active language.
    """

    number: int
    cells: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def refuse(self, column: str, message: str) -> None:
        """Add a problem, unless the cell has one already; without that column, to the row."""
        self.problems.setdefault(column if column in self.cells else WHOLE_ROW, message)

    def key(self, column: str) -> str:
        """Return what is compared of a name or address; empty when there is none."""
        return str(self.values.get(column, "")).lower()


def parse_row(raw: RawRow, mapped: Mapped, width: int) -> Row:
    """Return a row of the file in our columns.

    Args:
        raw: as it stands in the file.
        mapped: our columns and where they are.
        width: of the header.
    """
    cells, faults = {}, {}
    for name, position in mapped.items():
        text = raw.cells[position] if position < len(raw.cells) else ""
        if position in raw.faults:
            faults[name] = raw.faults[position]
            cells[name] = tidy(text[:KEPT_OF_CELL])
        elif len(text) > LONGEST_CELL:
            faults[name] = _("A cell holds at most %(limit)d characters.") % {"limit": LONGEST_CELL}
            cells[name] = tidy(text[:KEPT_OF_CELL])
        elif text := tidy(text):
            cells[name] = text
    row = read_cells(raw.number, cells, mapped, faults)
    if any(cell.strip() for cell in raw.cells[width:]):
        row.problems[WHOLE_ROW] = _(
            "This row has %(cells)d cells and the header has %(headers)d. "
            "Put text that holds the separator between quotation marks."
        ) % {"cells": len(raw.cells), "headers": width}
    return row


def read_cells(
    number: int, cells: dict[str, str], mapped: Mapped, faults: Mapping[str, str] | None = None
) -> Row:
    """Return a row whose cells are known, with what they mean and what is wrong with them.

    Args:
        number: as a spreadsheet counts it.
        cells: our column -> its text, tidy.
        mapped: our columns that the file has.
        faults: our column -> why its text could not be had.
    """
    row = Row(number=number, cells=cells, problems=dict(faults or {}))
    for name in mapped:
        column, text = BY_NAME[name], cells.get(name, "")
        if name in row.problems:
            continue
        if not text:
            if column.is_required:
                row.problems[name] = _("This cell must not be empty.")
            continue
        _parse(row, name, column.parse, text)
    _check_together(row)
    # From now on no cell holds more than is worth keeping.
    row.cells = {
        name: text if len(text) <= KEPT_OF_CELL else f"{text[:KEPT_OF_CELL]}…"
        for name, text in row.cells.items()
    }
    return row


def _parse(row: Row, name: str, parse: Callable[[str], Any], text: str) -> None:
    try:
        row.values[name] = parse(text)
    except CellError as error:
        row.problems[name] = str(error)


def _check_together(row: Row) -> None:
    starts_on, ends_on = row.values.get("starts_on"), row.values.get("ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        row.refuse("ends_on", _("The last day cannot be before the first day."))
    manager = row.key("manager_email")
    if manager and manager in (row.key("freelancer_email"), row.key("freelancer_private_email")):
        row.refuse(
            "manager_email",
            _("This is the address of the professional. Give the hiring manager's own address."),
        )
