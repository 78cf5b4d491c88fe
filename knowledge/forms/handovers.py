from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.forms import filter_helper, helper
from core.models import ContactQuerySet
from engagements.forms.lookups import known_contact_field, look_among
from knowledge.models import Deliverable, Review

State = Deliverable.State


class HandoverFilterForm(forms.Form):
    """Which handovers the list shows; everything stands in the address."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.SearchInput(attrs={"placeholder": _("Title or name")}),
    )
    state = forms.ChoiceField(
        required=False, choices=[("", ""), *State.choices], widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = filter_helper()

    @property
    def values(self) -> dict[str, str]:
        """Return what of the address is valid; the rest filters nothing."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in ("q", "state")}


class ReviewForm(forms.Form):
    """What a reviewer says; whether it is accepted is said by the button."""

    is_complete = forms.ChoiceField(
        label=_("Is it complete?"),
        choices=Review.Grade.options,
        required=False,
        widget=forms.RadioSelect,
    )
    is_usable = forms.ChoiceField(
        label=_("Can a colleague use it?"),
        choices=Review.Grade.options,
        required=False,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=_("Comment for the professional"),
        required=False,
        max_length=4000,
        help_text=_("Needed when you ask for changes."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    # Whoever answers has seen this one; a newer one is looked at first.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, asks_changes: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asks_changes:
            comment = self.fields["comment"]
            comment.required = True
            comment.error_messages["required"] = _(
                "Say what is missing or unclear, so that it can be mended."
            )

    def refuse(self, error: DomainError) -> None:
        """Show a refused answer at what was written."""
        self.add_error("comment", str(error))


class HandOnForm(forms.Form):
    """Which colleague reviews instead."""

    contact = known_contact_field()
    contact.error_messages["unknown"] = _(
        "“%(text)s” is nobody who can review this. Choose a colleague from your contacts."
    )

    def __init__(self, candidates: ContactQuerySet, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        look_among(self.fields["contact"], candidates)
        self.helper = helper()


class ReversalForm(forms.Form):
    """Why a booking is taken back."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=500,
        help_text=_("The professional reads this."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()
