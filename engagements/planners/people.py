"""Engagements as planners of every package read them: with everybody who may hear about them."""

from collections.abc import Collection

from engagements.models import Engagement, EngagementQuerySet


def near_people(engagements: EngagementQuerySet) -> EngagementQuerySet:
    """Return engagements with everybody who hears about them."""
    return engagements.select_related(
        "manager", "freelancer__business_contact", "freelancer__private_contact"
    ).defer("goal", "result", "success_criteria", "conditions")


def engagements_near_people(keys: Collection[int]) -> dict[int, Engagement]:
    """Return these engagements by key, with everybody who hears about them.

    Joined to each thing that is told about, the same few would come thousands of times.
    """
    return near_people(Engagement.objects.all()).in_bulk(keys)
