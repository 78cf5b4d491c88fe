"""CSV that a spreadsheet opens without asking, and without running what stands in it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

BYTE_ORDER_MARK: Final = "\ufeff"  # without it Excel takes UTF-8 for an older encoding
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def quiet(text: str) -> str:
    """Return text that a spreadsheet takes as text, also where it begins like a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_lines(
    rows: Iterable[Sequence[str]], *, delimiter: str, mark: str = BYTE_ORDER_MARK
) -> Iterator[str]:
    """Yield rows as lines of CSV.

    Args:
        rows: cells as they are written; what people typed went through `quiet` before.
        delimiter: a semicolon where the comma stands in numbers.
        mark: what comes first; empty for lines that follow others.
    """
    writer = csv.writer(_Echo(), delimiter=delimiter)
    yield mark
    for row in rows:
        yield writer.writerow(row)


class _Echo:
    """A file that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line
