"""The procedure from welcome to farewell, and the checklists that run from it."""

from offboarding.models.batons import BatonItem, BatonItemQuerySet
from offboarding.models.checklists import (
    Checklist,
    ChecklistItem,
    ChecklistItemQuerySet,
    EvidenceFile,
)
from offboarding.models.procedures import (
    Anchor,
    DayKind,
    Fact,
    OwnerRole,
    Phase,
    Procedure,
    ProcedureStep,
    ProcedureVersion,
    RoleHolder,
    RunsWhen,
    Subject,
)

__all__ = [
    "Anchor",
    "BatonItem",
    "BatonItemQuerySet",
    "Checklist",
    "ChecklistItem",
    "ChecklistItemQuerySet",
    "DayKind",
    "EvidenceFile",
    "Fact",
    "OwnerRole",
    "Phase",
    "Procedure",
    "ProcedureStep",
    "ProcedureVersion",
    "RoleHolder",
    "RunsWhen",
    "Subject",
]
