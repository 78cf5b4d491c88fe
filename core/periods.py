"""Quarters and years by a short key that can stand in an address. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.calendars import add_months

MONTHS_OF_A_QUARTER: Final = 3
MONTHS_OF_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Period:
    """A row of days, both ends included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def quarters(until: date, count: int) -> Iterator[tuple[str, Period]]:
    """Yield the quarter of a day and those before it, newest first, with keys such as 2026-q4."""
    first = date(until.year, 1 + (until.month - 1) // 3 * 3, 1)
    for back in range(count):
        start = add_months(first, -MONTHS_OF_A_QUARTER * back)
        key = f"{start.year}-q{(start.month + 2) // 3}"
        yield key, _from(start, MONTHS_OF_A_QUARTER)


def years(until: date, count: int) -> Iterator[tuple[str, Period]]:
    """Yield the year of a day and those before it, newest first, with keys such as 2026."""
    for back in range(count):
        start = date(until.year - back, 1, 1)
        yield str(start.year), _from(start, MONTHS_OF_A_YEAR)


def _from(start: date, months: int) -> Period:
    return Period(start, add_months(start, months) - timedelta(days=1))
