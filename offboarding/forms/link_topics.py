"""What receivers and managers fill in about topics behind an action link."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import LineInput, refuse_address
from core.forms import LONGEST_EMAIL, one_of_two
from knowledge.forms.topics import BaseTopicForm
from knowledge.models import Confirmation
from knowledge.queries import ReceivedTopic

Answer = Confirmation.Answer
LONGEST_WORDS = 1000  # characters


class WordForm(forms.Form):
    """What a receiver can do now with one topic, in their own words."""

    LABELS = {
        Answer.RECEIVED: _("I received it: I know how it works and where it is"),
        Answer.EXPLAINED: _("I can explain it to somebody else"),
        Answer.PERFORMED: _("I did it alone, without help"),
        Answer.NOT_YET: _("Not yet, I have a question"),
    }
    answer = forms.ChoiceField(
        label=_("What can you do now?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the answers.")},
    )
    deliverable_id = forms.TypedChoiceField(
        label=_("By which handover?"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("In your own words"),
        max_length=LONGEST_WORDS,
        help_text=_("One sentence: what can you do now? Or ask your question."),
        error_messages={"required": _("Say it in a sentence of your own, or ask your question.")},
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, received: ReceivedTopic, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.received = received
        offered = [*received.answers, Answer.NOT_YET]
        self._offer("answer", [(name, self.LABELS[Answer(name)]) for name in offered])
        if len(received.choices) > 1:
            handovers = [(one.pk, f"{one.title} · {one.form.name}") for one in received.choices]
            self._offer("deliverable_id", handovers)
        else:
            del self.fields["deliverable_id"]

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = cast("forms.ChoiceField", self.fields[name])
        field.choices = choices
        one_of_two(field)  # it depends on the answer, and is not called optional

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        is_word = values.get("answer") not in (None, Answer.NOT_YET)
        if "deliverable_id" not in self.fields:
            values["deliverable_id"] = next((one.pk for one in self.received.choices), None)
        elif is_word and not values.get("deliverable_id"):
            self.add_error("deliverable_id", _("Choose by which handover you learned it."))
        return values


class RightForm(forms.Form):
    """Whether a short explanation took place as it was logged."""

    words = forms.CharField(
        label=_("What can you do now? One sentence."),
        max_length=LONGEST_WORDS,
        help_text=_("Is something not clear yet? Ask your question here."),
        error_messages={"required": _("Say it in a sentence of your own, or ask your question.")},
        widget=forms.Textarea({"rows": 3}),
    )


class LinkTopicForm(BaseTopicForm):
    """A topic as a manager proposes it on a phone: no more than what they know by heart."""

    class Meta(BaseTopicForm.Meta):
        widgets = {"criticality": forms.RadioSelect, "why": forms.Textarea({"rows": 2})}


class SomebodyForm(forms.Form):
    """Who else receives a topic."""

    name = LineInput(label=_("Name"), max_length=150, validators=[refuse_address])
    email = forms.EmailField(label=_("E-mail address"), max_length=LONGEST_EMAIL)
