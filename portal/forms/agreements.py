"""What a professional fills in to answer a knowledge agreement, or to propose another."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import helper
from knowledge import rules
from knowledge.models import KnowledgeAgreement, TransferForm
from knowledge.operations import AgreementFacts
from knowledge.queries.agreements import hours_for, times_of


class DeclineForm(forms.Form):
    """Why an agreement is declined."""

    reason = forms.CharField(
        label=_("What should be different?"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The client reads this and can make a new proposal."),
    )


class ProposalForm(forms.Form):
    """A version of the agreement: target, hours, and how often each form."""

    target = forms.IntegerField(
        label=_("target in points"),
        min_value=1,
        max_value=1000,
        help_text=_("100 points is about 20 paid hours."),
    )
    paid_hours = forms.DecimalField(
        label=_("paid hours"),
        min_value=0,
        max_value=2000,
        max_digits=5,
        decimal_places=1,
        help_text=_("Hours that the client pays for handing over."),
    )
    note = forms.CharField(
        label=_("anything else that you agree"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    reason = forms.CharField(
        label=_("Why this differs from the version before"),
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        transfer_forms: Sequence[TransferForm],
        before: KnowledgeAgreement | None,
        usual: int,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", _initial(before, usual))
        super().__init__(*args, **kwargs)
        self.transfer_forms = transfer_forms
        if before is None:
            del self.fields["reason"]
        for form in transfer_forms:
            self.fields[f"times_{form.code}"] = forms.IntegerField(
                label=form.name,
                min_value=0,
                max_value=1 if form.once_only else rules.MOST_TIMES,
                required=False,
                widget=forms.NumberInput({"class": "form-control"}),
            )
        self.helper = helper(*(name for name in self.fields if not name.startswith("times_")))

    @property
    def times(self) -> Mapping[str, int]:
        """How often each form was filled in, by code; what is not a number counts as none."""
        values = self.cleaned_data if self.is_bound else self.initial
        chosen = {form.code: values.get(f"times_{form.code}") for form in self.transfer_forms}
        return {code: times for code, times in chosen.items() if times}

    @property
    def rows(self) -> Iterator[tuple[TransferForm, forms.BoundField]]:
        """Each form of transfer with its field."""
        for form in self.transfer_forms:
            yield form, self[f"times_{form.code}"]

    @property
    def facts(self) -> AgreementFacts:
        """What was filled in, as the operation wants it."""
        values = self.cleaned_data
        return AgreementFacts(
            target=values["target"],
            paid_hours=values["paid_hours"],
            forms=self.times,
            note=values["note"],
            reason=values.get("reason", ""),
        )


def _initial(before: KnowledgeAgreement | None, usual: int) -> dict[str, Any]:
    if before is None:
        return {"target": usual, "paid_hours": _plain(hours_for(usual))}
    initial = {
        "target": before.target,
        "paid_hours": _plain(before.paid_hours),
        "note": before.note,
    }
    return initial | {f"times_{code}": times for code, times in times_of(before).items()}


def _plain(hours: Decimal) -> Decimal | int:
    """Return hours as people type them: 16, not 16.0."""
    return int(hours) if hours == int(hours) else hours
