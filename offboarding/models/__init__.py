"""The procedure from welcome to farewell, and the checklists that run from it."""

from offboarding.models.checklists import (
    Checklist,
    ChecklistItem,
    ChecklistItemQuerySet,
    EvidenceFile,
)
from offboarding.models.procedures import (
    OwnerRole,
    Phase,
    Procedure,
    ProcedureStep,
    ProcedureVersion,
    RoleHolder,
)

__all__ = [
    "Checklist",
    "ChecklistItem",
    "ChecklistItemQuerySet",
    "EvidenceFile",
    "OwnerRole",
    "Phase",
    "Procedure",
    "ProcedureStep",
    "ProcedureVersion",
    "RoleHolder",
]
