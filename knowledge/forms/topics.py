from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import LineInput, refuse_address
from core.forms import LONGEST_EMAIL, helper, row
from knowledge.models import Topic
from knowledge.operations import TopicFacts

WRITTEN = ("title", "criticality", "why", "written_where", "known_by")


class BaseTopicForm(forms.ModelForm[Topic]):
    """What there is to know, with as many of its facts as a door asks for."""

    class Meta:
        model = Topic
        fields = ["title", "criticality", "why", "known_by"]
        widgets: dict[str, forms.Widget | type[forms.Widget]] = {
            "why": forms.Textarea(attrs={"rows": 3})
        }
        help_texts = {
            "title": _("A few words, such as “Links with the case system”."),
            "known_by": _("Names or roles; leave empty when nobody does."),
        }

    @property
    def facts(self) -> TopicFacts:
        """Return what was filled in; the form is valid."""
        return TopicFacts(**self.cleaned_data)

    def validate_unique(self) -> None:
        """Leave it to the operation, which looks with the engagement locked."""

    def validate_constraints(self) -> None:
        """Leave it to the operation: a form has no engagement yet."""


class TopicForm(BaseTopicForm):
    """What there is to know, and how much depends on it."""

    class Meta(BaseTopicForm.Meta):
        fields = [*WRITTEN, "time_to_learn", "nature", "is_inbound"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        length: Any = self.fields["time_to_learn"]
        length.choices = [("", _("I do not know")), *Topic.TimeToLearn.choices]
        self.helper = helper(*WRITTEN, row("time_to_learn", "nature"), "is_inbound")


class ReceiverForm(forms.Form):
    """Who gets the knowledge of a topic."""

    email = forms.EmailField(label=_("E-mail address"), max_length=LONGEST_EMAIL)
    name = LineInput(
        label=_("Name"),
        required=False,
        max_length=150,
        validators=[refuse_address],
        help_text=_("Only needed for somebody new."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper(row("email", "name"))


class ReasonForm(forms.Form):
    """Why something is refused, taken back or decided otherwise."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=500,
        help_text=_("Both sides read this."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()
