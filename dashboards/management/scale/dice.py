"""Chance that falls the same way each time, in the forms that rows need."""

import random
from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import accumulate
from typing import Final, TypeVar

T = TypeVar("T")

# Bits that say "version 4, variant 1" in a UUID.
_MARKS: Final = 4 << 76 | 8 << 60
_REST: Final = (1 << 128) - 1 - (15 << 76 | 12 << 60)


class Dice(random.Random):
    """A random source for one organisation, which does not depend on how rows are put in lots."""

    def chance(self, share: float) -> bool:
        """Say yes in this share of cases, 0 to 1."""
        return self.random() < share

    def uuid(self) -> str:
        """Return a UUID, as 32 hexadecimal digits."""
        return f"{self.getrandbits(128) & _REST | _MARKS:032x}"

    def weighed(self, weights: Sequence[tuple[T, float]]) -> T:
        """Return one of several things, as often as its weight says."""
        sums = list(accumulate(weight for _thing, weight in weights))
        at = self.random() * sums[-1]
        return next(
            thing for (thing, _weight), upto in zip(weights, sums, strict=True) if at < upto
        )


@cache
def iso(day: int) -> str:
    """Return a day, counted from the year 1, as PostgreSQL reads it."""
    return date.fromordinal(day).isoformat()


def moment(day: str, hour: int, minute: int = 0) -> str:
    """Return a moment of a day (ISO) as PostgreSQL reads it, in UTC."""
    return f"{day} {hour:02}:{minute:02}:00+00"
