"""What pages and planners read about engagements; nothing here writes."""

from engagements.queries.choices import (
    contact_label,
    contacts_like,
    freelancer_label,
    freelancers_like,
    intermediaries_like,
)
from engagements.queries.decisions import decisions_by_engagement

__all__ = [
    "contact_label",
    "contacts_like",
    "decisions_by_engagement",
    "freelancer_label",
    "freelancers_like",
    "intermediaries_like",
]
