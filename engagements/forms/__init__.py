"""What people fill in about engagements, their ends and the people in them."""

from engagements.forms.changes import (
    CancelForm,
    CloseForm,
    DecisionForm,
    EndChangeForm,
    NewEndForm,
    StayForm,
)
from engagements.forms.engagements import EngagementForm
from engagements.forms.imports import ColumnsForm, ConfirmForm, ListForm
from engagements.forms.people import DepartmentForm, FreelancerForm

__all__ = [
    "CancelForm",
    "CloseForm",
    "ColumnsForm",
    "ConfirmForm",
    "DecisionForm",
    "DepartmentForm",
    "EndChangeForm",
    "EngagementForm",
    "FreelancerForm",
    "ListForm",
    "NewEndForm",
    "StayForm",
]
