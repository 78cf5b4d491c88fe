"""What people fill in behind an action link."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LONGEST_EMAIL, check_year, date_input
from engagements.models import EngagementChange
from knowledge.models import Review


class DoneForm(forms.Form):
    """Evidence that a task is done."""

    note = forms.CharField(
        label=_("note"), required=False, max_length=1000, widget=forms.Textarea({"rows": 3})
    )
    upload = forms.FileField(label=_("file"), required=False)


class NotYetForm(forms.Form):
    """When will it be done?"""

    expected_on = forms.DateField(
        label=_("When will it be done?"), widget=date_input(), validators=[check_year]
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["expected_on"].widget.attrs["min"] = today.isoformat()

    def clean_expected_on(self) -> date:
        day: date = self.cleaned_data["expected_on"]
        if day < self.today:
            raise forms.ValidationError(_("Choose today or a later day."))
        return day


class NotApplicableForm(forms.Form):
    """Why a task does not apply."""

    reason = forms.CharField(
        label=_("Why does this not apply?"), max_length=500, widget=forms.Textarea({"rows": 3})
    )


class DecideForm(forms.Form):
    """What happens at the end date: extend, swap or end."""

    KINDS = [
        (EngagementChange.Kind.END_AS_PLANNED, _("It ends as planned")),
        (EngagementChange.Kind.EXTENSION, _("It goes on longer")),
        (EngagementChange.Kind.EARLY_END, _("It ends earlier")),
        (EngagementChange.Kind.SWAP, _("It ends, somebody else takes over")),
    ]
    kind = forms.ChoiceField(label=_("What happens?"), choices=KINDS, widget=forms.RadioSelect)
    new_ends_on = forms.DateField(
        label=_("New last day"),
        required=False,
        widget=date_input(),
        validators=[check_year],
        help_text=_("Only when it goes on longer or ends earlier."),
    )
    reason = forms.CharField(
        label=_("Why?"), required=False, max_length=500, widget=forms.Textarea({"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        moves = values.get("kind") in (
            EngagementChange.Kind.EXTENSION,
            EngagementChange.Kind.EARLY_END,
        )
        if moves and not values.get("new_ends_on") and "new_ends_on" not in self.errors:
            self.add_error("new_ends_on", _("Fill in the new last day."))
        if not moves:
            values["new_ends_on"] = None
        return values


class ReviewForm(forms.Form):
    """A reviewer's word on a handover."""

    is_complete = forms.ChoiceField(
        label=_("Is it complete?"), choices=Review.Grade.options, widget=forms.RadioSelect
    )
    is_usable = forms.ChoiceField(
        label=_("Can somebody else work with it?"),
        choices=Review.Grade.options,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=4000, widget=forms.Textarea({"rows": 4})
    )
    # Whoever answers has seen this one; a newer one is looked at first.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, asks_changes: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("is_complete", "is_usable"):
            self.fields[name].required = False
        if asks_changes:
            self.fields["comment"].required = True
            self.fields["comment"].error_messages["required"] = _(
                "Say what should change, so that the professional can go on."
            )


class HandOnForm(forms.Form):
    """Which colleague acts instead."""

    name = forms.CharField(label=_("Name of your colleague"), max_length=150)
    email = forms.EmailField(label=_("E-mail address of your colleague"), max_length=LONGEST_EMAIL)


class DeclineForm(forms.Form):
    """Why the client does not agree."""

    reason = forms.CharField(
        label=_("What should be different?"), max_length=500, widget=forms.Textarea({"rows": 3})
    )
