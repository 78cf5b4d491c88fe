"""What HR fills in about agreements, handovers and points."""

from knowledge.forms.agreements import AgreementForm, DeclineForm
from knowledge.forms.handovers import HandOnForm, HandoverFilterForm, ReversalForm, ReviewForm

__all__ = [
    "AgreementForm",
    "DeclineForm",
    "HandOnForm",
    "HandoverFilterForm",
    "ReversalForm",
    "ReviewForm",
]
