"""Policies, agreements, handovers and the points ledger."""

from knowledge.models.agreements import AgreedForm, KnowledgeAgreement
from knowledge.models.deliverables import (
    Deliverable,
    DeliverableFile,
    DeliverableQuerySet,
    DeliverableVersion,
    Review,
    TransferSession,
)
from knowledge.models.ledger import LedgerEntry, LedgerEntryQuerySet
from knowledge.models.policies import TransferForm, TransferPolicy

__all__ = [
    "AgreedForm",
    "Deliverable",
    "DeliverableFile",
    "DeliverableQuerySet",
    "DeliverableVersion",
    "KnowledgeAgreement",
    "LedgerEntry",
    "LedgerEntryQuerySet",
    "Review",
    "TransferForm",
    "TransferPolicy",
    "TransferSession",
]
