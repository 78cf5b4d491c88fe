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
from engagements.forms.people import DepartmentForm, FreelancerForm

__all__ = [
    "CancelForm",
    "CloseForm",
    "DecisionForm",
    "DepartmentForm",
    "EndChangeForm",
    "EngagementForm",
    "FreelancerForm",
    "NewEndForm",
    "StayForm",
]
