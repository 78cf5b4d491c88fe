"""What people fill in behind an action link."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.fields import LineInput, refuse_address
from core.forms import LONGEST_EMAIL, check_year, date_input
from engagements.models import EngagementChange, Freelancer


class NotApplicableForm(forms.Form):
    """Why a task does not apply."""

    reason = forms.CharField(
        label=_("Why does this not apply?"), max_length=500, widget=forms.Textarea({"rows": 3})
    )


def successor_field(**options: Any) -> "forms.ModelChoiceField[Freelancer]":
    return forms.ModelChoiceField(
        queryset=Freelancer.objects.none(), to_field_name="public_id", **options
    )


def choose_among(form: forms.Form, professionals: "QuerySet[Freelancer]") -> None:
    """Let a form offer these professionals as successor, by name alone."""
    field = form.fields["successor"]
    # A large department knew hundreds of them.
    field.queryset = professionals.only("organisation_id", "public_id", "full_name")  # type: ignore[attr-defined]
    field.label_from_instance = lambda one: one.full_name  # type: ignore[attr-defined]


class SuccessorForm(forms.Form):
    """Which professional takes over."""

    successor = successor_field(label=_("Who takes over?"), empty_label=_("Choose a professional"))

    def __init__(self, *args: Any, professionals: "QuerySet[Freelancer]", **options: Any) -> None:
        super().__init__(*args, **options)
        choose_among(self, professionals)

    def refuse(self, error: DomainError) -> None:
        """Show why somebody cannot take over beside the choice."""
        self.add_error("successor", str(error))


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
    successor = successor_field(
        label=_("Who takes over?"),
        required=False,
        empty_label=_("Not known yet"),
        help_text=_("Only when somebody else takes over."),
    )
    reason = forms.CharField(
        label=_("Why?"), required=False, max_length=500, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, professionals: "QuerySet[Freelancer]", **options: Any) -> None:
        super().__init__(*args, **options)
        choose_among(self, professionals)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        successor = values.pop("successor", None)
        is_swap = values.get("kind") == EngagementChange.Kind.SWAP
        values["successor_id"] = successor.pk if successor and is_swap else None
        moves = values.get("kind") in (
            EngagementChange.Kind.EXTENSION,
            EngagementChange.Kind.EARLY_END,
        )
        if moves and not values.get("new_ends_on") and "new_ends_on" not in self.errors:
            self.add_error("new_ends_on", _("Fill in the new last day."))
        if not moves:
            values["new_ends_on"] = None
        return values


class HandOnForm(forms.Form):
    """Which colleague acts instead."""

    name = LineInput(label=_("Name of your colleague"), max_length=150, validators=[refuse_address])
    email = forms.EmailField(label=_("E-mail address of your colleague"), max_length=LONGEST_EMAIL)

    def refuse(self, error: DomainError) -> None:
        """Show why it cannot be handed on at the address."""
        self.add_error("email", str(error))
