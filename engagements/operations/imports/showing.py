"""What the pages of an import show: new rows, bad cells, differences, earlier imports."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from core import spreadsheets
from engagements.models import ImportRow, ImportRun
from engagements.operations.imports.columns import COLUMNS, WHAT_IS_WRONG
from engagements.operations.imports.parsing import WHOLE_ROW
from engagements.operations.imports.values import CellError, parse_day

RECENT: Final = 10
DAYS: Final = ("starts_on", "ends_on")
LABELS: Final = {column.name: column.label for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell with what is wrong with it; a row as a whole has no address."""

    address: str
    header: str
    text: str
    message: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row with an error, and whom it is about."""

    number: int
    who: str
    cells: Sequence[BadCell]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A row that adds an engagement; the days as we understood them, written out."""

    number: int
    freelancer: str
    title: str
    department: str
    manager: str
    starts_on: str
    ends_on: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a row changes."""

    row: int
    who: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Added:
    """How many of a kind come along, and the names of the first."""

    label: str
    count: int
    names: Sequence[str]


def recent_imports() -> Sequence[ImportRun]:
    """Return the last lists of the organisation, newest first."""
    return list(ImportRun.objects.order_by("-created_at", "-pk")[:RECENT])


def imported_before(run: ImportRun) -> ImportRun | None:
    """Return an earlier import of exactly this file that still stands."""
    return (
        ImportRun.objects.filter(sha256=run.sha256, state=ImportRun.State.APPLIED)
        .exclude(pk=run.pk)
        .order_by("-applied_at")
        .first()
    )


def bad_rows(run: ImportRun, rows: Iterable[ImportRow]) -> list[BadRow]:
    """Return the bad cells of these rows, both in the order of the list."""
    return [
        BadRow(row.number, str(row.cells.get("freelancer_name", "")), _bad_cells(run, row))
        for row in rows
    ]


def new_rows(rows: Iterable[ImportRow]) -> list[NewRow]:
    """Return what these rows add, in their order."""
    return [
        NewRow(
            number=row.number,
            freelancer=row.cells.get("freelancer_name", ""),
            title=row.cells.get("title", ""),
            department=row.cells.get("department", ""),
            manager=row.cells.get("manager_name", ""),
            starts_on=_day_of(row, "starts_on"),
            ends_on=_day_of(row, "ends_on"),
        )
        for row in rows
    ]


def _day_of(row: ImportRow, name: str) -> str:
    """Return a day with its month in words, so that a swapped day and month is seen."""
    text = row.cells.get(name, "")
    try:
        return _written_out(parse_day(text))
    except CellError:
        return str(text)


def _bad_cells(run: ImportRun, row: ImportRow) -> list[BadCell]:
    cells = []
    for name in sorted(row.problems, key=lambda name: run.mapping.get(name, -1)):
        at = run.mapping.get(name)
        cells.append(
            BadCell(
                address="" if at is None else f"{get_column_letter(at + 1)}{row.number}",
                header=_("whole row") if name == WHOLE_ROW else header_of(run, name),
                text=row.cells.get(name, ""),
                message=row.problems[name],
            )
        )
    return cells


def header_of(run: ImportRun, name: str) -> str:
    """Return what the file calls one of our columns, or what we call it."""
    at = run.mapping.get(name)
    return (run.headers[at] if at is not None else "") or str(LABELS.get(name, name))


def differences(rows: Iterable[ImportRow]) -> list[Difference]:
    """Return what these rows change, in their order."""
    found: list[Difference] = []
    for row in rows:
        who = str(row.cells.get("freelancer_name", ""))
        for column in COLUMNS:
            if column.name in row.differences:
                old, new = row.differences[column.name]
                found.append(
                    Difference(
                        row=row.number,
                        who=who,
                        label=str(column.label),
                        old=_shown(column.name, old),
                        new=_shown(column.name, new),
                    )
                )
    return found


def _shown(name: str, value: str) -> str:
    if not value:
        return "-"
    if name in DAYS:
        return _written_out(date.fromisoformat(value))
    return value


def _written_out(day: date) -> str:
    return date_format(day, "j F Y")


def added_by(run: ImportRun) -> list[Added]:
    """Return what comes along with the engagements, kinds without any left out."""
    labels = {
        "departments": _("New departments"),
        "freelancers": _("New professionals"),
        "contacts": _("New hiring managers"),
        "intermediaries": _("New intermediaries"),
    }
    adds = run.summary.get("adds", {})
    return [
        Added(label, adds[kind]["count"], adds[kind]["names"])
        for kind, label in labels.items()
        if adds.get(kind, {}).get("count")
    ]


def ignored_headers(run: ImportRun) -> list[str]:
    """Return the headers that the import leaves alone."""
    used = set(run.mapping.values())
    return [header for at, header in enumerate(run.headers) if header and at not in used]


def bad_rows_csv(run: ImportRun) -> Iterator[str]:
    """Yield the rows with an error as CSV, to mend and upload again.

    The columns are those of the list that we read, and a last one says what is wrong.
    """
    names = sorted(run.mapping, key=run.mapping.__getitem__)
    headers = [header_of(run, name) for name in names]
    yield from csv_lines([[*headers, str(WHAT_IS_WRONG)]])
    rows = run.rows.filter(outcome=ImportRow.Outcome.ERROR).order_by("number")
    for row in rows.iterator(chunk_size=1000):
        wrong = "; ".join(
            f"{cell.header}: {cell.message}" if cell.address else cell.message
            for cell in _bad_cells(run, row)
        )
        yield from csv_lines([[*(row.cells.get(name, "") for name in names), wrong]], mark="")


def csv_lines(
    rows: Iterable[Sequence[str]], mark: str = spreadsheets.BYTE_ORDER_MARK
) -> Iterator[str]:
    """Return the lines of a CSV as a Dutch spreadsheet opens it without asking."""
    cells = ([spreadsheets.quiet(cell) for cell in row] for row in rows)
    return spreadsheets.csv_lines(cells, delimiter=";", mark=mark)
