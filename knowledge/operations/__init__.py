"""Everything that changes agreements, handovers and points; one function per decision.

Deliverables are locked after their engagement, so that two decisions about one engagement never
wait for each other in a circle, and caps are weighed against bookings that nobody is adding to.
"""

from knowledge.operations.agreements import (
    AgreementError,
    AgreementFacts,
    Side,
    accept_agreement,
    decline_agreement,
    drop_proposals,
    propose_agreement,
)
from knowledge.operations.authorship import EngagementOverError, is_author
from knowledge.operations.deliverables import (
    Content,
    DeliverableError,
    SessionFacts,
    kinds_of,
    save_draft,
    start_deliverable,
    submit_deliverable,
    update_deliverable,
    withdraw_deliverable,
)
from knowledge.operations.files import (
    DuplicateFileError,
    FileError,
    add_file,
    limits_of,
    remove_file,
)
from knowledge.operations.ledger import LedgerError, reverse_entry
from knowledge.operations.letters import promise_again, reviewer_of
from knowledge.operations.policies import ship_policies
from knowledge.operations.readiness import IncompleteError, missing_of
from knowledge.operations.reviews import (
    ReviewError,
    accept_deliverable,
    ask_changes,
    ask_new_manager,
    hand_on_review,
)

__all__ = [
    "AgreementError",
    "AgreementFacts",
    "Content",
    "DeliverableError",
    "DuplicateFileError",
    "EngagementOverError",
    "FileError",
    "IncompleteError",
    "LedgerError",
    "ReviewError",
    "SessionFacts",
    "Side",
    "accept_agreement",
    "accept_deliverable",
    "add_file",
    "ask_changes",
    "ask_new_manager",
    "decline_agreement",
    "drop_proposals",
    "hand_on_review",
    "is_author",
    "kinds_of",
    "limits_of",
    "missing_of",
    "promise_again",
    "propose_agreement",
    "remove_file",
    "reverse_entry",
    "reviewer_of",
    "save_draft",
    "ship_policies",
    "start_deliverable",
    "submit_deliverable",
    "update_deliverable",
    "withdraw_deliverable",
]
