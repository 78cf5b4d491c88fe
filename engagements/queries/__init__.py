"""What pages and planners read about engagements; nothing here writes."""

from engagements.queries.calendars import last_day_as_calendar
from engagements.queries.choices import (
    contact_label,
    contacts_like,
    freelancer_label,
    freelancers_like,
    intermediaries_like,
    suggestions_for,
)
from engagements.queries.decisions import decisions_by_engagement, decisions_of
from engagements.queries.people import (
    business_contacts,
    department_list,
    engagements_of,
    freelancer_list,
    private_contacts,
    tenure_of,
)
from engagements.queries.successors import (
    engagement_label,
    engagements_like,
    likely_predecessors,
    likely_successors,
    neighbours_of,
    professionals_at,
    proposed_successor,
    successors_of,
    swaps_to_plan,
)

__all__ = [
    "business_contacts",
    "contact_label",
    "contacts_like",
    "decisions_by_engagement",
    "decisions_of",
    "department_list",
    "engagement_label",
    "engagements_like",
    "engagements_of",
    "freelancer_label",
    "freelancer_list",
    "freelancers_like",
    "intermediaries_like",
    "last_day_as_calendar",
    "likely_predecessors",
    "likely_successors",
    "neighbours_of",
    "private_contacts",
    "professionals_at",
    "proposed_successor",
    "successors_of",
    "suggestions_for",
    "swaps_to_plan",
    "tenure_of",
]
