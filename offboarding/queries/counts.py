from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Count, Value

from core.scoping import organisation_at_hand
from offboarding.models import ChecklistItem

State = ChecklistItem.State
# Every list asks this of its rows; written down, as putting it together took as long as the answer.
COUNTS: Final = """
SELECT engagement_id,
       count(*) FILTER (WHERE state = 'open'),
       count(*) FILTER (WHERE state = 'open' AND due_on < %(today)s AND NOT is_backlog),
       count(*) FILTER (WHERE state = 'open' AND is_gate),
       count(*) FILTER (WHERE state <> 'open')
  FROM offboarding_checklistitem
 WHERE organisation_id = %(organisation)s AND engagement_id = ANY(%(engagements)s)
   AND state <> 'cancelled'
 GROUP BY engagement_id
"""


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """How the tasks of one engagement stand.

    Attributes:
        open: still to do.
        late: open and past their due date.
        gate_open: open and needed before the file can be closed.
        done: ticked, or said not to apply.
    """

    open: int = 0
    late: int = 0
    gate_open: int = 0
    done: int = 0


def open_items_by_engagement(
    engagement_ids: Iterable[int], today: date | None = None
) -> dict[int, ItemCounts]:
    """Count the tasks of engagements in one query; those without tasks are left out.

    Args:
        engagement_ids: keys of engagements.
        today: where the organisation is; taken from the open scope when not given.
    """
    organisation = organisation_at_hand()
    asked: dict[str, Any] = {
        "organisation": organisation.pk,
        "engagements": list(engagement_ids),
        "today": today or organisation.today(),
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, asked)
        return {key: ItemCounts(*counts) for key, *counts in cursor}


def open_in_lane(item: ChecklistItem) -> int:
    """Count the open tasks that stand under the same heading as a task of an engagement."""
    return (
        ChecklistItem.objects.open()
        .filter(
            engagement=item.engagement_id,
            owner_role=item.owner_role,
            owner=item.owner_id,
            is_backlog=False,  # these stand under a heading of their own
        )
        .count()
    )


class LateCounts(NamedTuple):
    """What the overview counts of tasks.

    Attributes:
        late: tasks past their day.
        owners: who have such a task.
        access_open: engagements that have ended while the task to take access back is still open.
    """

    late: int
    owners: int
    access_open: int


def late_counts(today: date) -> LateCounts:
    """Return what the overview counts of tasks of engagements that run, in one query."""
    late = (
        ChecklistItem.objects.overdue(today)
        .running()
        .order_by()
        .values(what=Value("late"))
        .annotate(number=Count("*"), of=Count("owner", distinct=True))
    )
    access = (
        ChecklistItem.objects.open()
        .running()
        .taking_access_back()
        .filter(engagement__ends_on__lt=today)
        .order_by()
        .values(what=Value("access"))
        .annotate(number=Count("engagement", distinct=True), of=Value(0))
    )
    counts = {row["what"]: (row["number"], row["of"]) for row in late.union(access, all=True)}
    return LateCounts(*counts.get("late", (0, 0)), counts.get("access", (0, 0))[0])
