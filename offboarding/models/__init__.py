"""The procedure from welcome to farewell, and the checklists that run from it."""

from offboarding.models.checklists import (
    Checklist,
    ChecklistItem,
    ChecklistItemQuerySet,
    EvidenceFile,
)
from offboarding.models.procedures import (
    Anchor,
    DayKind,
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
    "Checklist",
    "ChecklistItem",
    "ChecklistItemQuerySet",
    "DayKind",
    "EvidenceFile",
    "OwnerRole",
    "Phase",
    "Procedure",
    "ProcedureStep",
    "ProcedureVersion",
    "RoleHolder",
    "RunsWhen",
    "Subject",
]
