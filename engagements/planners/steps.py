"""Names of the rules about the end, and the day by which it must be decided."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from engagements.models import Engagement
from engagements.rules import decision_due_on

TENURE: Final = "tenure_check"
DECISION: Final = "decide_end"
PLAN: Final = "plan_transfer"
LAST_DAY: Final = "last_day"
REQUEST: Final = "end_request"

# Longest length in months of the classes, shortest first (domain.md section 4, E-60).
DECISION_MONTHS: Final = (3, 6, None)


def decision_day(engagement: Engagement, offsets: Sequence[int]) -> date:
    """Return the day by which an organisation wants a decision on this end.

    Args:
        engagement: about whose end.
        offsets: of the rule, one for each length class; the furthest one stands in for a class
            without its own.
    """
    nearest_first = sorted(abs(offset) for offset in offsets)
    days = (*nearest_first, *[nearest_first[-1]] * len(DECISION_MONTHS))
    pairs = tuple(zip(DECISION_MONTHS, days, strict=False))
    return decision_due_on(engagement.starts_on, engagement.ends_on, pairs)
