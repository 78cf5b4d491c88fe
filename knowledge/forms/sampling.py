from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Contact
from knowledge.models import Confirmation


class SeenForm(forms.Form):
    """Which words of one person were on the page that somebody looked at."""

    words: forms.ModelMultipleChoiceField[Confirmation] = forms.ModelMultipleChoiceField(
        label=_("words"),
        queryset=None,
        to_field_name="public_id",
        error_messages={"required": _("Choose what you looked at.")},
    )

    def __init__(self, contact: Contact, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["words"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - for the type checker
        field.queryset = Confirmation.objects.filter(receiver__contact=contact)
