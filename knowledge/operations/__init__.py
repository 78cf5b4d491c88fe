"""Everything that changes agreements, handovers and points; one function per decision.

Deliverables are locked after their engagement, so that two decisions about one engagement never
wait for each other in a circle, and caps are weighed against bookings that nobody is adding to.
"""

from knowledge.operations.agreements import (
    AgreementError,
    AgreementFacts,
    accept_agreement,
    decline_agreement,
    drop_proposals,
    propose_agreement,
)
from knowledge.operations.authorship import EngagementOverError, Side, is_author
from knowledge.operations.confirming import (
    ConfirmationError,
    book_without_receiver,
    confirm_topic,
    reply_to_question,
    withdraw_confirmation,
)
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
from knowledge.operations.letters import (
    answerer_of,
    may_answer,
    promise_again,
    reviewer_of,
)
from knowledge.operations.packs import make_successor_receiver
from knowledge.operations.policies import ship_policies
from knowledge.operations.policy_versions import (
    FormFacts,
    PolicyChangedError,
    PolicyError,
    PolicyFacts,
    add_policy,
    choose_policy,
    save_policy,
)
from knowledge.operations.promises import PromiseError, keep_promise, reopen_promise
from knowledge.operations.quick_logs import QuickLogError, log_explanation
from knowledge.operations.readiness import IncompleteError, missing_of
from knowledge.operations.reading import read_waiting
from knowledge.operations.receivers import (
    ReceiverError,
    ask_again,
    name_receiver,
    release_receiver,
)
from knowledge.operations.reviews import (
    ReviewError,
    accept_deliverable,
    ask_changes,
    ask_new_manager,
    hand_on_review,
)
from knowledge.operations.sampling import look_at_words
from knowledge.operations.shelving import refresh_names, shelve, sync_library
from knowledge.operations.snapshots import take_snapshots
from knowledge.operations.still_right import (
    LibraryError,
    LibraryFacts,
    ask_item_change,
    confirm_still_right,
    describe_item,
    retire_item,
    return_item,
)
from knowledge.operations.topics import (
    TopicError,
    TopicFacts,
    agree_topic,
    drop_topic,
    propose_topic,
    refuse_topic,
    revise_topic,
    set_topics,
)
from knowledge.operations.usefulness import (
    UsefulnessAnswer,
    UsefulnessError,
    answer_usefulness,
)

__all__ = [
    "AgreementError",
    "AgreementFacts",
    "ConfirmationError",
    "Content",
    "DeliverableError",
    "DuplicateFileError",
    "EngagementOverError",
    "FileError",
    "FormFacts",
    "IncompleteError",
    "LedgerError",
    "LibraryError",
    "LibraryFacts",
    "PolicyChangedError",
    "PolicyError",
    "PolicyFacts",
    "PromiseError",
    "QuickLogError",
    "ReceiverError",
    "ReviewError",
    "SessionFacts",
    "Side",
    "TopicError",
    "TopicFacts",
    "UsefulnessAnswer",
    "UsefulnessError",
    "accept_agreement",
    "accept_deliverable",
    "add_file",
    "add_policy",
    "agree_topic",
    "answer_usefulness",
    "answerer_of",
    "ask_again",
    "ask_changes",
    "ask_item_change",
    "ask_new_manager",
    "book_without_receiver",
    "choose_policy",
    "confirm_still_right",
    "confirm_topic",
    "decline_agreement",
    "describe_item",
    "drop_proposals",
    "drop_topic",
    "hand_on_review",
    "is_author",
    "keep_promise",
    "kinds_of",
    "limits_of",
    "log_explanation",
    "look_at_words",
    "make_successor_receiver",
    "may_answer",
    "missing_of",
    "name_receiver",
    "promise_again",
    "propose_agreement",
    "propose_topic",
    "read_waiting",
    "refresh_names",
    "refuse_topic",
    "release_receiver",
    "remove_file",
    "reopen_promise",
    "reply_to_question",
    "retire_item",
    "return_item",
    "reverse_entry",
    "reviewer_of",
    "revise_topic",
    "save_draft",
    "save_policy",
    "set_topics",
    "shelve",
    "ship_policies",
    "start_deliverable",
    "submit_deliverable",
    "sync_library",
    "take_snapshots",
    "update_deliverable",
    "withdraw_confirmation",
    "withdraw_deliverable",
]
