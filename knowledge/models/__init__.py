"""Policies, agreements, handovers and the points ledger."""

from knowledge.models.agreements import (
    AgreedForm,
    Basis,
    KnowledgeAgreement,
    KnowledgeAgreementQuerySet,
    basis_of,
    usual_target,
)
from knowledge.models.deliverables import (
    Deliverable,
    DeliverableFile,
    DeliverableFileQuerySet,
    DeliverableQuerySet,
    DeliverableVersion,
    Review,
    TransferSession,
)
from knowledge.models.ledger import LedgerEntry, LedgerEntryQuerySet
from knowledge.models.policies import TransferForm, TransferPolicy

__all__ = [
    "AgreedForm",
    "Basis",
    "Deliverable",
    "DeliverableFile",
    "DeliverableFileQuerySet",
    "DeliverableQuerySet",
    "DeliverableVersion",
    "KnowledgeAgreement",
    "KnowledgeAgreementQuerySet",
    "LedgerEntry",
    "LedgerEntryQuerySet",
    "Review",
    "TransferForm",
    "TransferPolicy",
    "TransferSession",
    "basis_of",
    "usual_target",
]
