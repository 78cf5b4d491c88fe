"""Writes over several rows; other packages import from here."""

from engagements.operations.contacts import contact_at
from engagements.operations.departments import save_department
from engagements.operations.engagements import (
    EngagementFacts,
    create_engagement,
    facts_of,
    update_engagement,
)
from engagements.operations.freelancers import (
    FreelancerFacts,
    create_freelancer,
    facts_of_freelancer,
    give_login,
    update_freelancer,
)
from engagements.operations.links import (
    find_session,
    hand_on,
    issue_grant,
    note_visit,
    open_session,
    resend_link,
    revoke_grants,
    scopes_for,
)
from engagements.operations.refusals import RefusedError, refusing

__all__ = [
    "EngagementFacts",
    "FreelancerFacts",
    "RefusedError",
    "contact_at",
    "create_engagement",
    "create_freelancer",
    "facts_of",
    "facts_of_freelancer",
    "find_session",
    "give_login",
    "hand_on",
    "issue_grant",
    "note_visit",
    "open_session",
    "refusing",
    "resend_link",
    "revoke_grants",
    "save_department",
    "scopes_for",
    "update_engagement",
    "update_freelancer",
]
