"""What HR fills in about agreements, handovers and points."""

from knowledge.forms.agreements import AgreementForm, DeclineForm
from knowledge.forms.handovers import HandOnForm, HandoverFilterForm, ReversalForm, ReviewForm
from knowledge.forms.library import CheckForm, CreditForm, LibraryForm, OwnershipForm
from knowledge.forms.policies import FormRow, PolicyForm
from knowledge.forms.sampling import SeenForm
from knowledge.forms.topics import ReasonForm, ReceiverForm, TopicForm

__all__ = [
    "AgreementForm",
    "CheckForm",
    "CreditForm",
    "DeclineForm",
    "FormRow",
    "HandOnForm",
    "HandoverFilterForm",
    "LibraryForm",
    "OwnershipForm",
    "PolicyForm",
    "ReasonForm",
    "ReceiverForm",
    "ReversalForm",
    "ReviewForm",
    "SeenForm",
    "TopicForm",
]
