"""From an uploaded file to rows of text. Pure: no rows of the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from django.utils.translation import gettext as _

from engagements.operations.imports.delimited import read_delimited
from engagements.operations.imports.rows import (
    LARGEST_FILE,
    RawRow,
    UnreadableFileError,
    within_limits,
)
from engagements.operations.imports.values import tidy
from engagements.operations.imports.workbooks import read_workbook

LONGEST_HEADER: Final = 200  # characters
LONGEST_EXAMPLE: Final = 40  # characters
ZIP_MARK: Final = b"PK\x03\x04"
EMPTY_ZIP_MARK: Final = b"PK\x05\x06"
# Old Excel files, and new ones behind a password.
OLE_MARK: Final = b"\xd0\xcf\x11\xe0"


def read_rows(file: BinaryIO) -> Iterator[RawRow]:
    """Yield the rows of a CSV file or workbook that say something, the header first.

    What a file is follows from its content; its name does not matter.

    Raises:
        UnreadableFileError: it is empty, too large, or nothing that we can read.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if size > LARGEST_FILE:
        raise UnreadableFileError(
            _("This file is too large: at most %(limit)d MB.") % {"limit": LARGEST_FILE // 2**20}
        )
    start = file.read(len(ZIP_MARK))
    if start == OLE_MARK:
        raise UnreadableFileError(
            _(
                "This is an old Excel file (.xls), or one behind a password. "
                "Save it as .xlsx without a password and try again."
            )
        )
    is_workbook = start in (ZIP_MARK, EMPTY_ZIP_MARK)
    yield from within_limits(read_workbook(file) if is_workbook else read_delimited(file))


@dataclass(frozen=True, slots=True)
class Opening:
    """The start of a list: its headers, and the first row as an example of what they hold."""

    headers: list[str]
    example: list[str]


def read_opening(file: BinaryIO) -> Opening:
    """Return the headers and the first row under them.

    Raises:
        UnreadableFileError: as ``read_rows``, or there is no header or no row.
    """
    rows = read_rows(file)
    header, first = next(rows, None), next(rows, None)
    if header is None:
        raise UnreadableFileError(_("This file is empty. Choose the file that holds the list."))
    if first is None:
        raise UnreadableFileError(
            _("This file has one row only. The first row names the columns; the list follows it.")
        )
    headers = [tidy(cell)[:LONGEST_HEADER] for cell in header.cells]
    while headers and not headers[-1]:
        headers.pop()
    return Opening(headers, [tidy(cell)[:LONGEST_EXAMPLE] for cell in first.cells[: len(headers)]])
