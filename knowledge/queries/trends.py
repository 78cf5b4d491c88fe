"""How the leak of each department went, week by week."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection

from core.models import Organisation
from engagements.models import Department
from knowledge import rules
from knowledge.queries.spots import sums_by_department

STEP: Final = timedelta(weeks=2)
STEPS: Final = 6


# What was written down of an engagement holds until the next time, while it ran. Departments of
# which something was written down that holds on none of the days come without a day. Engagements
# first, and what was written down of these by an index: joined, all of all years would be read.
WRITTEN_DOWN: Final = """
WITH ran AS MATERIALIZED (
    SELECT id, ends_on FROM engagements_engagement
    WHERE organisation_id = %(organisation)s AND cancelled_at IS NULL AND ends_on >= %(first)s
),
snapshots AS (
    SELECT snapshot.department_id, snapshot.weight, snapshot.open_weight, snapshot.on AS first,
           ran.ends_on AS last,
           lead(snapshot.on) OVER (PARTITION BY ran.id ORDER BY snapshot.on) AS following
    FROM knowledge_coveragesnapshot snapshot
    JOIN ran ON ran.id = snapshot.engagement_id
    WHERE snapshot.organisation_id = %(organisation)s
      AND snapshot.engagement_id = ANY(ARRAY(SELECT id FROM ran))
)
SELECT asked.day, department_id, sum(open_weight), sum(weight)
FROM snapshots
LEFT JOIN unnest(%(days)s::date[]) AS asked(day) ON asked.day BETWEEN first AND last
 AND (following IS NULL OR following > asked.day)
GROUP BY asked.day, department_id
"""

Sums = Mapping[int, tuple[Decimal, int]]  # not covered, and all, weighed, by department


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


def leak_trend(organisation: Organisation, now: Sums | None = None) -> LeakTrend:
    """Return the leak of each department on six days, two weeks apart, today last.

    A past day shows the last figure that was written down for each engagement that ran on it.
    Today shows what is known now, as the pages of those engagements do: what was written down this
    morning may be out of date.

    Args:
        organisation: whose departments.
        now: today's sums, where they are at hand.
    """
    today = organisation.today()
    days = tuple(today - STEP * number for number in reversed(range(STEPS)))
    by_day = _written_down(organisation, days[:-1])
    by_day[today] = sums_by_department(organisation, today) if now is None else now
    departments = Department.objects.in_bulk({key for sums in by_day.values() for key in sums})
    trends = [
        DepartmentTrend(
            department=department,
            leaks=tuple(_leak(by_day.get(day, {}).get(key)) for day in days),
        )
        for key, department in departments.items()
    ]
    trends.sort(key=lambda trend: trend.department.name.casefold())
    return LeakTrend(days, tuple(trends))


def _written_down(organisation: Organisation, days: Sequence[date]) -> dict[date | None, Sums]:
    by_day: dict[date | None, dict[int, tuple[Decimal, int]]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            WRITTEN_DOWN,
            {"organisation": organisation.pk, "days": list(days), "first": days[0]},
        )
        for day, department, open_weight, weight in cursor.fetchall():
            by_day[day][department] = (open_weight, weight)
    return dict(by_day)


def _leak(sums: tuple[Decimal, int] | None) -> Decimal | None:
    return None if sums is None else rules.leak_of(*sums)
