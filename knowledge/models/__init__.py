"""Policies, agreements, handovers and the points ledger."""

from knowledge.models.agreements import (
    AgreedForm,
    Basis,
    KnowledgeAgreement,
    KnowledgeAgreementQuerySet,
    basis_of,
    policies_of,
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
from knowledge.models.library import (
    FileText,
    LibraryItem,
    LibraryItemQuerySet,
    LibraryReader,
    LibraryWord,
)
from knowledge.models.policies import TransferForm, TransferPolicy
from knowledge.models.promises import KeptPromise
from knowledge.models.snapshots import CoverageSnapshot
from knowledge.models.standings import TopicGain, TopicStanding
from knowledge.models.topics import (
    Confirmation,
    ConfirmationQuerySet,
    Receiver,
    ReceiverQuerySet,
    Topic,
    TopicHandover,
    TopicQuerySet,
)
from knowledge.models.usefulness import UsefulnessCheck, usefulness_round, usefulness_rounds

__all__ = [
    "AgreedForm",
    "Basis",
    "Confirmation",
    "ConfirmationQuerySet",
    "CoverageSnapshot",
    "Deliverable",
    "DeliverableFile",
    "DeliverableFileQuerySet",
    "DeliverableQuerySet",
    "DeliverableVersion",
    "FileText",
    "KeptPromise",
    "KnowledgeAgreement",
    "KnowledgeAgreementQuerySet",
    "LedgerEntry",
    "LedgerEntryQuerySet",
    "LibraryItem",
    "LibraryItemQuerySet",
    "LibraryReader",
    "LibraryWord",
    "Receiver",
    "ReceiverQuerySet",
    "Review",
    "Topic",
    "TopicGain",
    "TopicHandover",
    "TopicQuerySet",
    "TopicStanding",
    "TransferForm",
    "TransferPolicy",
    "TransferSession",
    "UsefulnessCheck",
    "basis_of",
    "policies_of",
    "usefulness_round",
    "usefulness_rounds",
    "usual_target",
]
