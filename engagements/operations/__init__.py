"""Writes over several rows; other packages import from here."""

from engagements.operations.changes import (
    confirm_end,
    decide_change,
    effects_of_move,
    move_end,
    request_change,
)
from engagements.operations.closing import (
    BlockedError,
    blockers_of,
    cancel_engagement,
    close_engagement,
)
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
    locked_freelancer,
    update_freelancer,
)
from engagements.operations.intake import Parties, TakesOver, engage, revise
from engagements.operations.issuing import WantedLink, issue_grant, issue_grants, scopes_for
from engagements.operations.link_sessions import find_session, note_visit, open_session
from engagements.operations.links import choose_language, hand_on, resend_link, revoke_grants
from engagements.operations.locking import check_version, state_now
from engagements.operations.refusals import RefusedError, refusing
from engagements.operations.successors import (
    SuccessionError,
    drop_successor,
    name_successor,
    propose_successor,
)

__all__ = [
    "BlockedError",
    "EngagementFacts",
    "FreelancerFacts",
    "Parties",
    "RefusedError",
    "SuccessionError",
    "TakesOver",
    "WantedLink",
    "blockers_of",
    "cancel_engagement",
    "check_version",
    "choose_language",
    "close_engagement",
    "confirm_end",
    "contact_at",
    "create_engagement",
    "create_freelancer",
    "decide_change",
    "drop_successor",
    "effects_of_move",
    "engage",
    "facts_of",
    "facts_of_freelancer",
    "find_session",
    "give_login",
    "hand_on",
    "issue_grant",
    "issue_grants",
    "locked_freelancer",
    "move_end",
    "name_successor",
    "note_visit",
    "open_session",
    "propose_successor",
    "refusing",
    "request_change",
    "resend_link",
    "revise",
    "revoke_grants",
    "save_department",
    "scopes_for",
    "state_now",
    "update_engagement",
    "update_freelancer",
]
