"""How the leak of each department went, week by week."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from core.models import Organisation
from engagements.models import Department, Engagement
from knowledge import rules
from knowledge.models import CoverageSnapshot
from knowledge.queries.coverage import engagement_figures

STEP: Final = timedelta(weeks=2)
STEPS: Final = 6


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


def leak_trend(organisation: Organisation) -> LeakTrend:
    """Return the leak of each department on six days, two weeks apart, today last.

    A past day shows the last figure that was written down for each engagement that ran on it.
    Today shows what is known now, as the pages of those engagements do: what was written down this
    morning may be out of date.
    """
    today = organisation.today()
    days = tuple(today - STEP * number for number in reversed(range(STEPS)))
    snapshots = list(
        CoverageSnapshot.objects.filter(
            on__lte=today, engagement__ends_on__gte=days[0], engagement__cancelled_at=None
        )
        .select_related("department", "engagement")
        .order_by("engagement", "on")
    )
    now, departments = _now(organisation)
    by_day = [*(_sums_on(day, snapshots) for day in days[:-1]), now]
    departments |= {row.department_id: row.department for row in snapshots}
    trends = [
        DepartmentTrend(
            department=department,
            leaks=tuple(_leak(sums.get(key)) for sums in by_day),
        )
        for key, department in departments.items()
    ]
    trends.sort(key=lambda trend: trend.department.name.casefold())
    return LeakTrend(days, tuple(trends))


def _now(
    organisation: Organisation,
) -> tuple[dict[int, tuple[Decimal, int]], dict[int, Department]]:
    """Return the sums of today by department, and the departments."""
    figures = engagement_figures(organisation)
    running = Engagement.objects.filter(
        pk__in=figures, ends_on__gte=organisation.today()
    ).select_related("department")
    sums: dict[int, tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
    for engagement in running:
        open_weight, weight = sums[engagement.department_id]
        one = figures[engagement.pk]
        sums[engagement.department_id] = (open_weight + one.open_weight, weight + one.weight)
    return sums, {engagement.department_id: engagement.department for engagement in running}


def _sums_on(day: date, snapshots: Sequence[CoverageSnapshot]) -> dict[int, tuple[Decimal, int]]:
    last = {row.engagement_id: row for row in snapshots if row.on <= day <= row.engagement.ends_on}
    sums: dict[int, tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
    for row in last.values():
        open_weight, weight = sums[row.department_id]
        sums[row.department_id] = (open_weight + row.open_weight, weight + row.weight)
    return sums


def _leak(sums: tuple[Decimal, int] | None) -> Decimal | None:
    return None if sums is None else rules.leak_of(*sums)
