"""When people are told about the end of an engagement, and what they read."""

from engagements.planners.headings import heading_for
from engagements.planners.letters import COMPOSERS, last_day_attachment
from engagements.planners.people import engagements_near_people, near_people
from engagements.planners.reminders import EngagementPlanner

__all__ = [
    "COMPOSERS",
    "EngagementPlanner",
    "engagements_near_people",
    "heading_for",
    "last_day_attachment",
    "near_people",
]
