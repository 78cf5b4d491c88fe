"""The engagement list: which rows, in which order, with which figures beside them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value

from core.models import Organisation
from core.pages import counts_of
from core.words import words_of
from engagements.models import Department, Engagement, EngagementQuerySet, Freelancer
from engagements.rules import sort_name_of
from knowledge.queries import (
    EngagementFigures,
    Points,
    engagement_figures,
    points_by_engagement,
)
from offboarding.models import ChecklistItem
from offboarding.queries import ItemCounts, open_items_by_engagement

CHUNK: Final = 500
MOST_NAMED: Final = 200  # people or departments, by a word that somebody looks for
# What a row reads: the long texts of an engagement stay in the database.
ROW_FIELDS: Final = (
    "organisation_id",
    "public_id",
    "external_id",
    "title",
    "starts_on",
    "ends_on",
    "freelancer__full_name",
    "department__name",
    "manager__name",
)
UNDECIDED: Final = Q(cancelled_at=None, closed_at=None)

Named = QuerySet[Any] | list[int]


@dataclass(frozen=True, slots=True)
class Row:
    """An engagement with what stands beside it in the list."""

    engagement: Engagement
    points: Points | None
    items: ItemCounts | None
    knowledge: EngagementFigures | None


def conditions(organisation: Organisation) -> dict[str, Q]:
    """Return what makes an engagement part of a view of the list.

    ``running`` is everything that has not ended: whoever leaves next must stand on top, not
    whoever left long ago and was not closed.
    """
    today = organisation.today()
    ending_from = today + timedelta(days=organisation.ending_days)
    running = UNDECIDED & Q(ends_on__gte=today)
    started = running & Q(starts_on__lte=today)
    return {
        "running": running,
        "planned": running & Q(starts_on__gt=today),
        "active": started & Q(ends_on__gt=ending_from),
        "ending": started & Q(ends_on__lte=ending_from),
        "ended": UNDECIDED & Q(ends_on__lt=today),
        "closed": Q(closed_at__isnull=False),
        "cancelled": Q(cancelled_at__isnull=False),
        "all": Q(),
    }


def engagement_list(organisation: Organisation) -> EngagementQuerySet:
    """Return every engagement with what a row of the list reads from other tables."""
    return Engagement.objects.select_related("freelancer", "department", "manager").with_state(
        organisation.today(), organisation.ending_days
    )


def row_list(organisation: Organisation) -> EngagementQuerySet:
    """Return the same rows with only what a list or a sheet shows of them."""
    return engagement_list(organisation).only(*ROW_FIELDS)


def counts_by_view(
    engagements: EngagementQuerySet,
    organisation: Organisation,
    views: Iterable[str],
    *,
    is_filtered: bool,
) -> dict[str, int]:
    """Count a list per view, in one query; what is filtered is read once for all views.

    Args:
        engagements: those that fit the filters, in any view.
        organisation: theirs.
        views: which ones.
        is_filtered: whether these are fewer than all; all are counted as `counts_of` does.
    """
    every = conditions(organisation)
    wanted = {name: every[name] for name in views}
    if not is_filtered:
        return counts_of({name: engagements.filter(view) for name, view in wanted.items()})
    return engagements.order_by().aggregate(
        **{name: Count("pk", filter=view or None) for name, view in wanted.items()}
    )


def search(engagements: EngagementQuerySet, text: str) -> EngagementQuerySet:
    """Keep what has each word in its professional, title, department or external id.

    Whom and which departments a word names is looked up first: from their keys an index leads to
    their engagements, while joined each one of the organisation would be weighed.
    """
    words = words_of(text)
    for word, (people, departments) in zip(words, _named_by(words), strict=True):
        engagements = engagements.filter(
            Q(freelancer__in=people)
            | Q(title__icontains=word)
            | Q(department__in=departments)
            | Q(external_id__istartswith=word)
        )
    return engagements


def _named_by(words: Sequence[str]) -> list[tuple[Named, Named]]:
    """Return the people and the departments that each word names, in one query for all words.

    Keys where there are few; else who they are is left to the statement that asks for it.
    """
    lists: list[QuerySet[Any]] = []
    for word in words:
        # Names are looked through once; joined, once for each engagement.
        lists.append(Freelancer.objects.filter(sort_name__contains=sort_name_of(word)))
        lists.append(Department.objects.filter(name__icontains=word))
    some = [
        found.order_by().values_list(Value(place), "pk")[: MOST_NAMED + 1]
        for place, found in enumerate(lists)
    ]
    keys: dict[int, list[int]] = defaultdict(list)
    for place, key in some[0].union(*some[1:], all=True) if some else ():
        keys[place].append(key)
    named: list[Named] = [
        found if len(keys[place]) > MOST_NAMED else keys[place] for place, found in enumerate(lists)
    ]
    return list(zip(named[::2], named[1::2], strict=True))


def with_late_items(engagements: EngagementQuerySet, today: date) -> EngagementQuerySet:
    """Keep what has at least one task that is late."""
    late = ChecklistItem.objects.overdue(today).filter(engagement=OuterRef("pk"))
    return engagements.filter(Exists(late))


def with_access_open(engagements: EngagementQuerySet, today: date) -> EngagementQuerySet:
    """Keep what has ended while the task to take access back is still open."""
    open_access = ChecklistItem.objects.open().taking_access_back()
    return engagements.running().filter(
        Exists(open_access.filter(engagement=OuterRef("pk"))), ends_on__lt=today
    )


def with_figures(organisation: Organisation, engagements: Iterable[Engagement]) -> Iterator[Row]:
    """Add points, tasks and leaks, some hundreds at a time: three queries for each lot."""
    rest = iter(engagements)
    while lot := list(islice(rest, CHUNK)):
        keys = [engagement.pk for engagement in lot]
        points, items = points_by_engagement(keys), open_items_by_engagement(keys)
        leaks = engagement_figures(organisation, engagements=keys)
        for engagement in lot:
            key = engagement.pk
            yield Row(engagement, points.get(key), items.get(key), leaks.get(key))
