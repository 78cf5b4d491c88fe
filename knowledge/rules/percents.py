"""How a part of something is told in percent, the same on every page and in every file. Pure."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

TENTH: Final = Decimal("0.1")
WHOLE: Final = Decimal(1)


def percent_of(part: Decimal | int, whole: Decimal | int, to: Decimal = TENTH) -> Decimal | None:
    """Return a part in percent, a half rounded up; None where there is nothing to be a part of.

    Of two parts that make up a whole only one is rounded, the other is the rest: else what stays
    and what walks out would not always be 100 together.

    Args:
        part: of the whole, in the same unit.
        whole: 0 or more.
        to: the step to round to, in percents.
    """
    if not whole:
        return None
    return (100 * Decimal(part) / whole).quantize(to, rounding=ROUND_HALF_UP)


def percent_staying(coverage: Decimal) -> Decimal:
    """Return coverage (0 to 1) in percent to 0.1: the rest of what walks out.

    A half is rounded down here, so that no page promises more than there is.
    """
    walking_out = percent_of(1 - coverage, 1)
    return 100 - (walking_out or Decimal(0))
