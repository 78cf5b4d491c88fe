"""How the leak of each department went, week by week."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from core.models import Organisation
from engagements.models import Department
from knowledge import rules
from knowledge.models import CoverageSnapshot
from knowledge.queries.coverage import TopicFigures, topic_figures

STEP: Final = timedelta(weeks=2)
STEPS: Final = 6


class _Snapshot(NamedTuple):
    """What a trend reads of a snapshot."""

    engagement_id: int
    department_id: int
    on: date
    weight: int
    open_weight: Decimal
    ends_on: date


@dataclass(frozen=True, slots=True)
class DepartmentTrend:
    """One department with its leak on each day of the trend.

    Attributes:
        department: which one.
        leaks: percent to 0.1 by day, oldest first; None where nothing was known.
    """

    department: Department
    leaks: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class LeakTrend:
    """The leak of every department over the last weeks."""

    days: tuple[date, ...]
    departments: tuple[DepartmentTrend, ...]


def leak_trend(
    organisation: Organisation, topics: Sequence[TopicFigures] | None = None
) -> LeakTrend:
    """Return the leak of each department on six days, two weeks apart, today last.

    A past day shows the last figure that was written down for each engagement that ran on it.
    Today shows what is known now, as the pages of those engagements do: what was written down this
    morning may be out of date.

    Args:
        organisation: whose departments.
        topics: today's figures of all of them, where they are at hand.
    """
    today = organisation.today()
    days = tuple(today - STEP * number for number in reversed(range(STEPS)))
    rows = CoverageSnapshot.objects.filter(
        on__lte=today, engagement__ends_on__gte=days[0], engagement__cancelled_at=None
    ).order_by("engagement", "on")
    fields = ("engagement", "department", "on", "weight", "open_weight", "engagement__ends_on")
    snapshots = [_Snapshot._make(row) for row in rows.values_list(*fields)]
    now = _now(topics if topics is not None else topic_figures(organisation), today)
    by_day = [*(_sums_on(day, snapshots) for day in days[:-1]), now]
    departments = Department.objects.in_bulk({*now, *(row.department_id for row in snapshots)})
    trends = [
        DepartmentTrend(
            department=department,
            leaks=tuple(_leak(sums.get(key)) for sums in by_day),
        )
        for key, department in departments.items()
    ]
    trends.sort(key=lambda trend: trend.department.name.casefold())
    return LeakTrend(days, tuple(trends))


def _now(topics: Sequence[TopicFigures], today: date) -> dict[int, tuple[Decimal, int]]:
    """Return the sums of today by department."""
    sums: dict[int, tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
    for topic in topics:
        if topic.ends_on >= today:
            open_weight, weight = sums[topic.department_id]
            lost = topic.criticality * (1 - topic.covered)
            sums[topic.department_id] = (open_weight + lost, weight + topic.criticality)
    return sums


def _sums_on(day: date, snapshots: Sequence[_Snapshot]) -> dict[int, tuple[Decimal, int]]:
    last = {row.engagement_id: row for row in snapshots if row.on <= day <= row.ends_on}
    sums: dict[int, tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
    for row in last.values():
        open_weight, weight = sums[row.department_id]
        sums[row.department_id] = (open_weight + row.open_weight, weight + row.weight)
    return sums


def _leak(sums: tuple[Decimal, int] | None) -> Decimal | None:
    return None if sums is None else rules.leak_of(*sums)
