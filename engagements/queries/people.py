"""Professionals and departments as pages list them."""

from datetime import date
from typing import Any

from django.db.models import Count, FilteredRelation, OuterRef, Prefetch, Q, QuerySet, Subquery

from core.models import Organisation
from core.words import words_of
from engagements.models import Department, Engagement, Freelancer, FreelancerQuerySet
from engagements.rules import Tenure, sort_name_of, tenure


def _here_today(today: date, prefix: str = "") -> Q:
    return Q(
        **{
            f"{prefix}cancelled_at": None,
            f"{prefix}closed_at": None,
            f"{prefix}starts_on__lte": today,
            f"{prefix}ends_on__gte": today,
        }
    )


def freelancer_list(organisation: Organisation, *, text: str, view: str) -> FreelancerQuerySet:
    """Return professionals, each with ``current`` engagements and the ``last_day`` of them all.

    Args:
        organisation: decides what today is.
        text: words of a name, business name or address.
        view: ``now`` for who works here today, ``past`` for who does not, else everybody.
    """
    today = organisation.today()
    current = Engagement.objects.filter(_here_today(today)).select_related("department")
    # One by one for the rows of a page: together they would be grouped for every professional.
    last = Engagement.objects.filter(freelancer=OuterRef("pk"), cancelled_at=None).order_by(
        "-ends_on"
    )
    found = (
        Freelancer.objects.select_related("business_contact")
        .annotate(last_day=Subquery(last.values("ends_on")[:1]))
        .prefetch_related(
            Prefetch("engagements", queryset=current.order_by("ends_on"), to_attr="current")
        )
    )
    here = Engagement.objects.filter(_here_today(today)).values("freelancer")
    if view == "now":
        found = found.filter(pk__in=here)
    elif view == "past":
        found = found.exclude(pk__in=here)
    for word in words_of(text):
        found = found.filter(
            Q(sort_name__contains=sort_name_of(word))
            | Q(business_name__icontains=word)
            | Q(business_contact__email__icontains=word)
        )
    return found


def engagements_of(freelancer: Freelancer, organisation: Organisation) -> QuerySet[Engagement]:
    """Return every engagement of a professional with its state, the latest first."""
    return (
        Engagement.objects.filter(freelancer=freelancer)
        .select_related("department", "manager")
        .with_state(organisation.today(), organisation.ending_days)
        .order_by("-starts_on", "-pk")
    )


def tenure_of(freelancer: Freelancer, organisation: Organisation) -> Tenure | None:
    """Return how long a professional has been here without a long gap, up to today.

    What lies ahead does not count yet; None for somebody who never started.
    """
    today = organisation.today()
    periods = Engagement.objects.filter(
        freelancer=freelancer, cancelled_at=None, starts_on__lte=today
    ).values_list("starts_on", "ends_on")
    past = [(starts_on, min(ends_on, today)) for starts_on, ends_on in periods]
    return tenure(past, organisation.tenure_gap_months)


def department_list(organisation: Organisation) -> QuerySet[Department]:
    """Return departments, each with how many professionals work there today (``here``)."""
    # Joined under that condition, so that nobody who left is read.
    here = FilteredRelation(
        "engagements", condition=_here_today(organisation.today(), "engagements__")
    )
    return Department.objects.select_related("head").annotate(staying=here, here=Count("staying"))


def business_contacts() -> QuerySet[Any]:
    """Return keys of the contacts at the business addresses of professionals."""
    return Freelancer.objects.values("business_contact")


def private_contacts() -> QuerySet[Any]:
    """Return keys of the contacts at the private addresses of professionals."""
    return Freelancer.objects.exclude(private_contact=None).values("private_contact")
