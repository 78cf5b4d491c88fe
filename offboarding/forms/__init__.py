"""What people fill in about tasks and roles; pages behind a link have forms of their own."""

from offboarding.forms.items import (
    BacklogForm,
    DoneForm,
    ItemFilter,
    NotYetForm,
    OwnerForm,
    ReasonForm,
    SnoozeForm,
)
from offboarding.forms.people import RoleHolderForm

__all__ = [
    "BacklogForm",
    "DoneForm",
    "ItemFilter",
    "NotYetForm",
    "OwnerForm",
    "ReasonForm",
    "RoleHolderForm",
    "SnoozeForm",
]
