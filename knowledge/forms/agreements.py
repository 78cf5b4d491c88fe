"""What both sides fill in about a knowledge agreement: a proposal, or why they decline one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import helper, plain
from core.wording import number
from knowledge import rules
from knowledge.models import KnowledgeAgreement, TransferForm, TransferPolicy
from knowledge.operations import AgreementFacts
from knowledge.queries import hours_for, times_of


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
    reason = forms.CharField(
        label=_("Why does the agreement change?"),
        max_length=500,
        help_text=_("The other side reads this."),
        widget=forms.Textarea({"rows": 2}),
    )
    note = forms.CharField(
        label=_("Anything else that you agree"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(
        self,
        *args: Any,
        policy: TransferPolicy,
        before: KnowledgeAgreement | None,
        usual: int,
        **kwargs: Any,
    ) -> None:
        """Ask for a version of the agreement.

        Args:
            args: as of any form.
            policy: whose forms can be chosen.
            before: the version that this one departs from, forms prefetched; without one no
                reason is asked.
            usual: points to begin with when there is no version before.
            kwargs: as of any form.
        """
        kwargs.setdefault("initial", _initial(before, usual))
        super().__init__(*args, **kwargs)
        self.policy = policy
        self.transfer_forms = list(policy.forms.all())
        if before is None:
            del self.fields["reason"]
        self.helper = helper(*self.fields)
        for form in self.transfer_forms:
            self.fields[_name_of(form.code)] = _times_field(form)

    @property
    def rows(self) -> list[tuple[TransferForm, forms.BoundField]]:
        """Return each form of handing over with its field."""
        return [(form, self[_name_of(form.code)]) for form in self.transfer_forms]

    @property
    def times(self) -> dict[str, int]:
        """Return how often each form is chosen, as far as what was filled in is a number."""
        chosen = {form.code: self._now(_name_of(form.code)) for form in self.transfer_forms}
        return {code: times for code, times in chosen.items() if times}

    @property
    def target_now(self) -> int:
        """Return the target to weigh the forms against; 0 while none is filled in."""
        return self._now("target")

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

    def _now(self, name: str) -> int:
        values = self.cleaned_data if self.is_bound else self.initial
        return values.get(name) or 0


class DeclineForm(forms.Form):
    """What should be different."""

    reason = forms.CharField(
        label=_("What should be different?"),
        max_length=500,
        help_text=_("The other side reads this and can make a new proposal."),
        widget=forms.Textarea({"rows": 3}),
    )


def _initial(before: KnowledgeAgreement | None, usual: int) -> dict[str, Any]:
    if before is None:
        return {"target": usual, "paid_hours": plain(hours_for(usual))}
    times = {_name_of(code): times for code, times in times_of(before).items()}
    return {
        "target": before.target,
        "paid_hours": plain(before.paid_hours),
        "note": before.note,
        **times,
    }


def _times_field(form: TransferForm) -> forms.IntegerField:
    return forms.IntegerField(
        label=form.name,
        required=False,
        min_value=0,
        max_value=1 if form.once_only else rules.MOST_TIMES,
        widget=forms.NumberInput({"inputmode": "numeric", "class": "form-control"}),
        help_text=_("%(points)s points each") % {"points": number(form.base_points)},
    )


def _name_of(code: str) -> str:
    return f"times_{code}"
