from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import helper
from core.wording import number
from knowledge import rules
from knowledge.models import KnowledgeAgreement, TransferForm, TransferPolicy
from knowledge.operations import AgreementFacts


class AgreementForm(forms.Form):
    """What is proposed: how many points, in which forms, in how many paid hours."""

    target = forms.IntegerField(
        label=_("Target (points)"),
        min_value=1,
        max_value=1000,
        help_text=_("100 points is about 20 paid hours."),
    )
    paid_hours = forms.DecimalField(
        label=_("Paid hours"),
        min_value=0,
        max_value=2000,
        decimal_places=1,
        localize=True,
        help_text=_("Hours that the client pays for handing over."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, policy: TransferPolicy, before: KnowledgeAgreement | None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy
        self.transfer_forms = list(policy.forms.all())
        for form in self.transfer_forms:
            self.fields[_name_of(form)] = self._times_field(form)
        if before is not None:
            self.fields["reason"] = forms.CharField(
                label=_("Why does the agreement change?"),
                max_length=500,
                help_text=_("The professional reads this."),
            )
        self.helper = helper()

    @property
    def rows(self) -> list[tuple[TransferForm, forms.BoundField]]:
        """Return each form of handing over with its field."""
        return [(form, self[_name_of(form)]) for form in self.transfer_forms]

    @property
    def times(self) -> dict[str, int]:
        """Return how often each form is chosen, as far as what was filled in is a number."""
        chosen = {}
        for form in self.transfer_forms:
            bound = self[_name_of(form)]
            value = self.cleaned_data.get(bound.name) if self.is_bound else bound.initial
            if value:
                chosen[form.code] = int(value)
        return chosen

    @property
    def target_now(self) -> int:
        """Return the target to weigh the forms against; 0 while none is filled in."""
        value = self.cleaned_data.get("target") if self.is_bound else self["target"].initial
        return int(value or 0)

    @property
    def facts(self) -> AgreementFacts:
        """Return what was filled in; only for a valid form."""
        data = self.cleaned_data
        return AgreementFacts(
            target=data["target"],
            paid_hours=data["paid_hours"],
            forms=self.times,
            note=data["note"],
            reason=data.get("reason", ""),
            policy_id=self.policy.pk,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not rules.has_enough_forms(self.times, self.policy.minimum_forms):
            message = _("Choose at least %(count)s different forms of handing over.")
            params = {"count": self.policy.minimum_forms}
            self.add_error(None, forms.ValidationError(message, params=params))
        return data

    @staticmethod
    def _times_field(form: TransferForm) -> forms.IntegerField:
        return forms.IntegerField(
            label=form.name,
            required=False,
            min_value=0,
            max_value=1 if form.once_only else rules.MOST_TIMES,
            widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "form-control"}),
            help_text=_("%(points)s points each") % {"points": number(form.base_points)},
        )


class DeclineForm(forms.Form):
    """What should be different."""

    reason = forms.CharField(
        label=_("What should be different?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()


def _name_of(form: TransferForm) -> str:
    return f"times-{form.code}"
