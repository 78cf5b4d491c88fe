"""The overview of HR: figures, ends per week, and who leaves next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from core.charts import WeekCount
from core.models import Organisation
from dashboards.queries.engagements import Row, row_list, with_figures
from engagements.models import Engagement
from knowledge.queries import leaks
from offboarding.queries import late_counts, roles

SOON: Final = timedelta(days=30)
WEEK: Final = timedelta(days=7)
WEEKS_SHOWN: Final = 8
ROWS_SHOWN: Final = 10


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The large figures, each with the list behind it.

    Attributes:
        leaking: critical topics that nobody inside has received; None where no engagement has
            topics, because then nobody knows.
        unknown: engagements of which nobody said what there is to know.
    """

    ending: int
    ending_this_week: int
    ending_url: str
    late_items: int
    late_owners: int
    late_url: str
    leaking: int | None
    unknown: int
    leaking_url: str
    access_open: int
    access_url: str


@dataclass(frozen=True, kw_only=True)
class FirstSteps:
    """How far an organisation is that has no engagement yet."""

    roles_filled: int
    roles: int


def _ends_url(first: date, last: date) -> str:
    query = urlencode({"ends_from": first.isoformat(), "ends_to": last.isoformat()})
    return f"{reverse('dashboards:engagement_list')}?{query}"


def figures(organisation: Organisation, ends: Mapping[date, int]) -> Figures:
    """Return the figures of the overview; each says what its list shows.

    Args:
        organisation: whose.
        ends: how many engagements end by day, as `ends_by_day` has it.
    """
    today = organisation.today()
    sunday = today + timedelta(days=6 - today.weekday())
    late = late_counts(today)
    known = leaks(organisation)
    return Figures(
        ending=_between(ends, today, today + SOON),
        ending_this_week=_between(ends, today, sunday),
        ending_url=_ends_url(today, today + SOON),
        late_items=late.late,
        late_owners=late.owners,
        late_url=reverse("offboarding:item_list") + "?late=on",
        leaking=known.topics if known.engagements else None,
        unknown=known.unknown,
        leaking_url=reverse("dashboards:knowledge_map") + "#outside",
        access_open=late.access_open,
        access_url=reverse("dashboards:engagement_list") + "?state=ended&access=open",
    )


def ends_by_day(organisation: Organisation) -> dict[date, int]:
    """Return how many engagements end on each day of the weeks that the overview shows."""
    today = organisation.today()
    last = today - timedelta(days=today.weekday()) + WEEKS_SHOWN * WEEK - timedelta(days=1)
    ending = Engagement.objects.ending_between(today, last)
    return dict(ending.values_list("ends_on").annotate(Count("pk")).order_by())


def ends_per_week(organisation: Organisation, ends: Mapping[date, int]) -> list[WeekCount]:
    """Return how many engagements end in each of the coming eight weeks, this one first.

    Args:
        organisation: whose.
        ends: how many engagements end by day, as `ends_by_day` has it.
    """
    today = organisation.today()
    monday = today - timedelta(days=today.weekday())
    weeks = [monday + number * WEEK for number in range(WEEKS_SHOWN)]
    return [
        WeekCount(
            starts_on=week,
            count=_between(ends, week, week + WEEK - timedelta(days=1)),
            url=_ends_url(max(week, today), week + WEEK - timedelta(days=1)),
        )
        for week in weeks
    ]


def _between(ends: Mapping[date, int], first: date, last: date) -> int:
    return sum(count for day, count in ends.items() if first <= day <= last)


def first_steps() -> FirstSteps | None:
    """Return how far a new organisation is, or None as soon as it has an engagement."""
    if Engagement.objects.exists():
        return None
    every_role = roles()
    return FirstSteps(
        roles_filled=sum(role.holder is not None for role in every_role), roles=len(every_role)
    )


def next_leavers(organisation: Organisation) -> list[Row]:
    """Return who leaves next, with points and tasks."""
    today = organisation.today()
    leaving = (
        row_list(organisation)
        .running()
        .filter(ends_on__range=(today, today + SOON))
        .order_by("ends_on", "pk")[:ROWS_SHOWN]
    )
    return list(with_figures(organisation, leaving))
