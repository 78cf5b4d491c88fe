"""The years in which days can lie. Pure.

Far from here days cannot be reckoned with, nor read back from the database: one engagement whose
access ended in the year 1 took down every list that it stood in, and all reminders with them.
"""

from datetime import UTC, date, datetime
from typing import Final

from django.utils.translation import gettext as _

from core.errors import DomainError

YEARS: Final = range(1990, 2101)
# As the database keeps them: both ends belong to it.
DAYS_KEPT: Final = (date(YEARS.start, 1, 1), date(YEARS.stop - 1, 12, 31))
# A day wider at both ends, for a moment that is in another year where the organisation is.
MOMENTS_KEPT: Final = (
    datetime(YEARS.start - 1, 12, 31, tzinfo=UTC),
    datetime(YEARS.stop, 1, 2, tzinfo=UTC),
)
# Two years wider, for what is counted from such a day: a task before the start, a reminder after
# the end, a moment after which that one is of no use.
COUNTED_DAYS_KEPT: Final = (date(YEARS.start - 2, 1, 1), date(YEARS.stop + 1, 12, 31))
COUNTED_MOMENTS_KEPT: Final = (
    datetime(YEARS.start - 2, 1, 1, tzinfo=UTC),
    datetime(YEARS.stop + 2, 1, 1, tzinfo=UTC),
)


def refuse_year(*days: date | None) -> None:
    """Refuse a day, or a moment, of a year that can only be a slip of the finger.

    Raises:
        DomainError: one of them is such a day.
    """
    for day in days:
        if day is not None and day.year not in YEARS:
            raise DomainError(_("Check the year: %(year)d cannot be right.") % {"year": day.year})
