"""The overview of HR: figures, ends per week, and who leaves next."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.db.models.functions import TruncWeek
from django.urls import reverse

from core.charts import WeekCount
from core.models import Organisation
from dashboards.queries.engagements import Row, row_list, with_figures
from engagements.models import Engagement
from knowledge.queries import leaks
from offboarding.models import ChecklistItem
from offboarding.queries import access_open_after_end, roles

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


def figures(organisation: Organisation) -> Figures:
    """Return the figures of the overview; each says what its list shows."""
    today = organisation.today()
    sunday = today + timedelta(days=6 - today.weekday())
    soon = Q(ends_on__range=(today, today + SOON))
    running = Engagement.objects.running().aggregate(
        all=Count("pk"),
        ending=Count("pk", filter=soon),
        this_week=Count("pk", filter=soon & Q(ends_on__lte=sunday)),
    )
    late = (
        ChecklistItem.objects.overdue(today)
        .running()
        .aggregate(all=Count("pk"), owners=Count("owner", distinct=True))
    )
    known = leaks(organisation)
    return Figures(
        ending=running["ending"],
        ending_this_week=running["this_week"],
        ending_url=_ends_url(today, today + SOON),
        late_items=late["all"],
        late_owners=late["owners"],
        late_url=reverse("offboarding:item_list") + "?late=on",
        leaking=known.topics if known.engagements else None,
        unknown=running["all"] - known.engagements,
        leaking_url=reverse("dashboards:knowledge_map") + "#outside",
        access_open=access_open_after_end(today),
        access_url=reverse("dashboards:engagement_list") + "?state=ended&access=open",
    )


def ends_per_week(organisation: Organisation) -> list[WeekCount]:
    """Return how many engagements end in each of the coming eight weeks, this one first."""
    today = organisation.today()
    monday = today - timedelta(days=today.weekday())
    last = monday + WEEKS_SHOWN * WEEK - timedelta(days=1)
    counts = dict(
        Engagement.objects.ending_between(today, last)
        .values_list(TruncWeek("ends_on"))
        .annotate(Count("pk"))
        .order_by()
    )
    weeks = [monday + number * WEEK for number in range(WEEKS_SHOWN)]
    return [
        WeekCount(
            starts_on=week,
            count=counts.get(week, 0),
            url=_ends_url(max(week, today), week + WEEK - timedelta(days=1)),
        )
        for week in weeks
    ]


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
