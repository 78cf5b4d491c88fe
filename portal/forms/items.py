"""What a professional answers about one task."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import check_year, date_input, one_of_two
from offboarding.models import ChecklistItem


class DoneForm(forms.Form):
    """That a task is done, with evidence where it is asked for."""

    note = forms.CharField(
        label=_("note"), required=False, max_length=1000, widget=forms.Textarea({"rows": 3})
    )
    upload = forms.FileField(label=_("file"), required=False, allow_empty_file=True)

    def __init__(self, *args: Any, item: ChecklistItem, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"note": item.note})
        super().__init__(*args, **kwargs)
        if item.needs_evidence:
            self.fields["note"].help_text = _(
                "This task asks for evidence: a note or a file, one of the two."
            )
            one_of_two(*self.fields.values())


class NotYetForm(forms.Form):
    """When a task will be done."""

    expected_on = forms.DateField(
        label=_("When will it be done?"),
        widget=date_input(),
        validators=[check_year],
        error_messages={"required": _("Give the day.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["expected_on"].widget.attrs["min"] = today.isoformat()

    def clean_expected_on(self) -> date:
        day: date = self.cleaned_data["expected_on"]
        if day < self.today:
            raise forms.ValidationError(_("This day is past. Choose today or later."))
        return day
