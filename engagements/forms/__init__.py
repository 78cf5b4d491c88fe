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
from engagements.forms.language import LanguageForm
from engagements.forms.people import DepartmentForm, FreelancerForm
from engagements.forms.successors import SuccessionForm

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
    "LanguageForm",
    "ListForm",
    "NewEndForm",
    "StayForm",
    "SuccessionForm",
]
