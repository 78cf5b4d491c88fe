"""What a professional fills in about topics, receivers and short explanations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

import knowledge.forms.topics
from core.fields import LineInput, refuse_address
from core.forms import LONGEST_EMAIL, helper
from knowledge.models import Topic
from knowledge.queries import ShownReceiver


class TopicForm(knowledge.forms.topics.TopicForm):
    """What there is to know, as the professional says it."""

    class Meta(knowledge.forms.topics.TopicForm.Meta):
        labels = {"is_inbound": _("I brought this knowledge in")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.state == Topic.State.AGREED:
            self.fields["title"].disabled = True
            self.fields["title"].help_text = _("Both sides agreed on this name.")


class ReceiverForm(forms.Form):
    """Which colleague gets the knowledge."""

    email = forms.EmailField(label=_("E-mail address of the colleague"), max_length=LONGEST_EMAIL)
    name = LineInput(label=_("Name"), max_length=150, validators=[refuse_address])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper("email", "name")


class QuickLogForm(forms.Form):
    """Who was told what, in half a minute."""

    receiver = forms.ChoiceField(label=_("To whom?"))
    what = forms.CharField(
        label=_("What did you explain?"),
        max_length=150,
        help_text=_("A few words: “how the nightly link restarts”."),
    )
    minutes = forms.IntegerField(
        label=_("How many minutes?"), min_value=5, max_value=240, initial=15
    )

    def __init__(self, receivers: list[ShownReceiver], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["receiver"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [
            (str(one.receiver.public_id), one.receiver.contact.name) for one in receivers
        ]
        self.helper = helper("receiver", "what", "minutes")


class ReplyForm(forms.Form):
    """The answer to a receiver who is not there yet."""

    reply = forms.CharField(
        label=_("Your answer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()
