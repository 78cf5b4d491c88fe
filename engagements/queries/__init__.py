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
from engagements.queries.decisions import decisions_by_engagement
from engagements.queries.people import (
    department_list,
    engagements_of,
    freelancer_list,
    tenure_of,
)

__all__ = [
    "contact_label",
    "contacts_like",
    "decisions_by_engagement",
    "department_list",
    "engagements_of",
    "freelancer_label",
    "freelancer_list",
    "freelancers_like",
    "intermediaries_like",
    "last_day_as_calendar",
    "suggestions_for",
    "tenure_of",
]
