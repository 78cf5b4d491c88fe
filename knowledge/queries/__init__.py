"""What pages read about agreements, handovers and points; nothing here writes."""

from knowledge.queries.agreements import (
    ProposedForm,
    agreed_mix_of,
    agreements_of,
    forms_for,
    hours_for,
    mix_of,
    open_proposal_of,
    policies,
    times_of,
    traces_on,
)
from knowledge.queries.audits import Fault, entry_count, faults_of
from knowledge.queries.cards import KnowledgeCard, Promise, card_of, promises_of
from knowledge.queries.handovers import (
    ShownVersion,
    deliverables_of,
    handover_counts,
    handover_list,
    review_candidates,
    versions_of,
)
from knowledge.queries.points import (
    Points,
    Preview,
    burnup_of,
    entries_of,
    ledger_of,
    points_by_engagement,
    points_of,
    preview_of,
)

__all__ = [
    "Fault",
    "KnowledgeCard",
    "Points",
    "Preview",
    "Promise",
    "ProposedForm",
    "ShownVersion",
    "agreed_mix_of",
    "agreements_of",
    "burnup_of",
    "card_of",
    "deliverables_of",
    "entries_of",
    "entry_count",
    "faults_of",
    "forms_for",
    "handover_counts",
    "handover_list",
    "hours_for",
    "ledger_of",
    "mix_of",
    "open_proposal_of",
    "points_by_engagement",
    "points_of",
    "policies",
    "preview_of",
    "promises_of",
    "review_candidates",
    "times_of",
    "traces_on",
    "versions_of",
]
