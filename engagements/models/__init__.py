"""Departments, professionals, engagements, their changes, imports and action links."""

from engagements.models.engagement import (
    Engagement,
    EngagementChange,
    EngagementQuerySet,
    State,
    Waiver,
)
from engagements.models.imports import ImportRow, ImportRun
from engagements.models.links import LinkGrant, LinkGrantQuerySet, LinkSession
from engagements.models.people import Department, Freelancer, FreelancerQuerySet, Intermediary

__all__ = [
    "Department",
    "Engagement",
    "EngagementChange",
    "EngagementQuerySet",
    "Freelancer",
    "FreelancerQuerySet",
    "ImportRow",
    "ImportRun",
    "Intermediary",
    "LinkGrant",
    "LinkGrantQuerySet",
    "LinkSession",
    "State",
    "Waiver",
]
