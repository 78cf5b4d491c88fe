"""Writes over several rows; other packages import from here."""

from engagements.operations.contacts import contact_at
from engagements.operations.engagements import (
    EngagementFacts,
    create_engagement,
    facts_of,
    update_engagement,
)
from engagements.operations.freelancers import FreelancerFacts, create_freelancer
from engagements.operations.refusals import RefusedError, refusing

__all__ = [
    "EngagementFacts",
    "FreelancerFacts",
    "RefusedError",
    "contact_at",
    "create_engagement",
    "create_freelancer",
    "facts_of",
    "refusing",
    "update_engagement",
]
