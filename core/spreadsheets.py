"""CSV that a spreadsheet opens without asking, and without running what stands in it."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

BYTE_ORDER_MARK: Final = "\ufeff"  # without it Excel takes UTF-8 for an older encoding
# The wide ones too: some spreadsheets take them for the others.
SIGNS: Final = r"=+\-@\uff1d\uff0b\uff0d\uff20"
# A cell may begin after any separator: who opens the file may have another one than we wrote, and
# takes quotes that stand there for those around a cell.
BEGINNING: Final = r'(?:^|[;,\t\r\n])[ "]*'
FORMULA: Final = re.compile(rf"^(?=[\t\r\n])|{BEGINNING}(?=[{SIGNS}])")
QUIETED: Final = re.compile(rf"({BEGINNING})'(?=[{SIGNS}\t\r\n])")


def quiet(text: str) -> str:
    """Return text that a spreadsheet takes as text, also where it begins like a formula."""
    return FORMULA.sub(r"\g<0>'", text)


def unquieted(text: str) -> str:
    """Return what was written before `quiet` had it, for lists that come back to us."""
    return QUIETED.sub(r"\1", text)


def csv_lines(
    rows: Iterable[Sequence[str]], *, delimiter: str, mark: str = BYTE_ORDER_MARK
) -> Iterator[str]:
    """Yield rows as lines of CSV.

    Args:
        rows: cells as they are written; what people typed went through `quiet` before.
        delimiter: a semicolon where the comma stands in numbers.
        mark: what comes first; empty for lines that follow others.
    """
    writer = csv.writer(_Echo(), delimiter=delimiter, quoting=csv.QUOTE_ALL)
    yield mark
    for row in rows:
        yield writer.writerow(row)


class _Echo:
    """A file that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line
