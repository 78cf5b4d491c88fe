"""Who could take over from whom: suggestions, on which HR decides."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.wording import date_short
from core.words import LONGEST_LOOKUP, words_of
from engagements.models import Engagement, EngagementChange, Freelancer
from engagements.rules import sort_name_of

# A successor starts before the end, to work in together, or some time after it.
AROUND: Final = timedelta(days=60)
LATELY: Final = timedelta(days=2 * 365)
MOST: Final = 5
FOUND: Final = 20
# What is shown of a neighbour, and by what it is chosen.
NEIGHBOUR_FIELDS: Final = (
    "organisation_id",
    "public_id",
    "title",
    "starts_on",
    "ends_on",
    "succeeds_id",
    "department_id",
    "freelancer__full_name",
)
IN_BRACKETS: Final = re.compile(r"\s*\([^()]*\)\s*$")


def engagement_label(engagement: Engagement) -> str:
    """Return how an engagement is written in a field: "Fatima El Idrissi · Tester (di 1 dec)"."""
    return (
        f"{engagement.freelancer.full_name} · {engagement.title} ({date_short(engagement.ends_on)})"
    )


def engagements_like(text: str, limit: int = FOUND) -> list[Engagement]:
    """Return engagements by a part of the name or title, whose end is nearest to now first.

    Args:
        text: what is typed so far, or a whole suggestion.
        limit: at most so many.
    """
    found = Engagement.objects.filter(cancelled_at=None).select_related("freelancer")
    for word in words_of(IN_BRACKETS.sub("", text[:LONGEST_LOOKUP]).replace("·", " ")):
        found = found.filter(
            Q(freelancer__sort_name__contains=sort_name_of(word)) | Q(title__icontains=word)
        )
    return list(found.order_by("closed_at", "-ends_on", "pk")[:limit])


def likely_predecessors(engagement: Engagement) -> list[Engagement]:
    """Return engagements at the department that end around the start of this one, nearest first."""
    return neighbours_of(engagement)[0]


def neighbours_of(engagement: Engagement) -> tuple[list[Engagement], list[Engagement]]:
    """Return likely predecessors, nearest first, and named successors, in one query.

    There are no likely ones for an engagement that takes over from somebody already, or is over.
    """
    likely, named = _may_precede(engagement), Q(succeeds=engagement, cancelled_at=None)
    found = list(
        Engagement.objects.filter(likely | named)
        .select_related("freelancer")
        .only(*NEIGHBOUR_FIELDS)
    )
    after = [one for one in found if one.succeeds_id == engagement.pk]
    before = [one for one in found if one.succeeds_id != engagement.pk]
    return (
        _nearest(before, "ends_on", engagement.starts_on),
        sorted(after, key=lambda one: (one.starts_on, one.pk)),
    )


def likely_successors(engagement: Engagement) -> list[Engagement]:
    """Return engagements at the department that start around the end of this one, nearest first."""
    if engagement.cancelled_at is not None:
        return []
    after = Engagement.objects.filter(
        department=engagement.department_id,
        cancelled_at=None,
        closed_at=None,
        succeeds=None,
        starts_on__gt=engagement.starts_on,
        starts_on__range=_around(engagement.ends_on),
    ).exclude(freelancer=engagement.freelancer_id)
    found = after.select_related("freelancer", "department")
    return _nearest(found, "starts_on", engagement.ends_on)


def successors_of(engagement: Engagement) -> QuerySet[Engagement]:
    """Return the engagements that take over from this one, the first to start on top."""
    return (
        Engagement.objects.filter(succeeds=engagement, cancelled_at=None)
        .select_related("freelancer", "department", "manager")
        .order_by("starts_on", "pk")
    )


def proposed_successor(engagement: Engagement) -> Freelancer | None:
    """Return who takes over according to the hiring manager, as long as HR named nobody."""
    change = (
        EngagementChange.objects.swaps()
        .filter(engagement=engagement)
        .select_related("successor__business_contact")
        .first()
    )
    if change is None or successors_of(engagement).exists():
        return None
    return change.successor


def swaps_to_plan() -> QuerySet[EngagementChange]:
    """Return confirmed swaps of which the manager said who takes over and HR named nobody yet."""
    named = Engagement.objects.filter(succeeds=OuterRef("engagement"), cancelled_at=None)
    return (
        EngagementChange.objects.swaps()
        .filter(
            ~Exists(named),
            state=EngagementChange.State.APPLIED,
            successor__isnull=False,
            engagement__cancelled_at=None,
            engagement__closed_at=None,
        )
        .select_related("engagement__freelancer", "successor")
    )


def professionals_at(engagement: Engagement) -> QuerySet[Freelancer]:
    """Return the professionals whom the department of an engagement knows, by name.

    A hiring manager behind a link chooses among them: who worked there lately, or is going to. All
    professionals of the organisation are not theirs to see.
    """
    here = Engagement.objects.filter(
        department=engagement.department_id,
        cancelled_at=None,
        ends_on__gte=engagement.organisation.today() - LATELY,
    )
    return (
        Freelancer.objects.filter(pk__in=here.values("freelancer"))
        .exclude(pk=engagement.freelancer_id)
        .order_by("sort_name", "pk")
    )


def _may_precede(engagement: Engagement) -> Q:
    if engagement.succeeds_id is not None or not engagement.is_running:
        return Q(pk__in=[])
    followed = Engagement.objects.filter(succeeds=OuterRef("pk"), cancelled_at=None)
    return Q(
        ~Exists(followed),
        ~Q(freelancer=engagement.freelancer_id),
        department=engagement.department_id,
        cancelled_at=None,
        starts_on__lt=engagement.starts_on,
        ends_on__range=_around(engagement.starts_on),
    )


def _around(day: date) -> tuple[date, date]:
    return day - AROUND, day + AROUND


def _nearest(found: Iterable[Engagement], field: str, day: date) -> list[Engagement]:
    return sorted(found, key=lambda one: (abs(getattr(one, field) - day), one.pk))[:MOST]
