"""What HR fills in about a points policy: the version as a whole, and a row per form."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.fields import LineInput
from core.forms import plain
from knowledge import rules
from knowledge.models import TransferForm, TransferPolicy
from knowledge.operations import FormFacts, PolicyError, PolicyFacts

MOST_NEW: Final = 10  # forms added in one go
LONGEST_TOTAL: Final = 4  # digits of how many forms a page says that it has
HUNDRED: Final = 100
SHARES: Final = ("accepted_share", "received_share", "applied_share")
WRITTEN, MEETING = "written", "meeting"


class PercentField(forms.IntegerField):
    """A share in whole hundredths, which becomes a part of 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=options.pop("least", 0), max_value=HUNDRED, **options)
        self.widget.attrs["inputmode"] = "numeric"

    def clean(self, value: Any) -> Any:
        percent = super().clean(value)
        return None if percent is None else Decimal(percent) / HUNDRED

    def prepare_value(self, value: Any) -> Any:
        return int(value * HUNDRED) if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class PolicyForm(forms.Form):
    """What holds for all forms of a policy, with a row per form below it (`rows`)."""

    name_nl = LineInput(label=_("Name in Dutch"), max_length=80)
    name_en = LineInput(label=_("Name in English"), max_length=80)
    accepted_share = PercentField(label=_("Share when accepted (%)"))
    received_share = PercentField(label=_("Share when received (%)"))
    applied_share = PercentField(label=_("Share when applied (%)"))
    written_cap_share = PercentField(
        label=_("Written and recorded forms together at most (%)"),
        required=False,
        least=1,
        help_text=_("Share of the target. Empty: no common limit."),
    )
    minimum_forms = forms.IntegerField(
        label=_("Different forms in an agreement at least"), min_value=1, max_value=20
    )
    note = LineInput(
        label=_("What changes, and why?"),
        max_length=300,
        required=False,
        help_text=_("Colleagues read this beside the version."),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        policy: TransferPolicy,
        switched_off: Sequence[TransferForm] = (),
        more: int = 0,
        is_new: bool = False,
    ) -> None:
        """Ask for the next version of a policy.

        Args:
            data: what was filled in.
            policy: the version to begin with, forms prefetched.
            switched_off: forms of earlier versions that can be switched on again.
            more: empty rows for new forms, beside the ones that came filled in.
            is_new: whether a policy of its own is made of the copy.
        """
        super().__init__(data, initial=_initial(policy, is_new=is_new))
        self.policy = policy
        self.rows = _rows(data, [*policy.forms.all()], switched_off, more)

    def is_valid(self) -> bool:
        if self.rows.is_valid() and super().is_valid():
            self._check_together()
        if self.is_bound and not self.rows.is_valid() and not self.errors:
            self.add_error(None, _("Look at the forms of handing over below."))
        return super().is_valid()

    @property
    def facts(self) -> PolicyFacts:
        """Return what was filled in; only for a valid form."""
        return PolicyFacts(forms=[row.facts for row in self._used()], **self.cleaned_data)

    @property
    def terms(self) -> tuple[rules.PolicyTerms, dict[str, rules.FormTerms]]:
        """Return the same as the rules weigh it; forms that are new have no bookings yet."""
        data = self.cleaned_data
        policy = rules.PolicyTerms(
            shares=dict(zip(rules.STAGES, (data[name] for name in SHARES), strict=True)),
            written_share=data["written_cap_share"],
            least_forms=data["minimum_forms"],
        )
        return policy, {row.facts.code: row.terms for row in self._used() if row.facts.code}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        shares = [data.get(name) for name in SHARES]
        if None not in shares and sum(shares) != 1:  # type: ignore[arg-type]
            params = {"sum": int(sum(shares) * HUNDRED)}  # type: ignore[arg-type]
            message = _("The three stages make %(sum)d%%; together they have to make 100%%.")
            self.add_error("accepted_share", forms.ValidationError(message, params=params))
        return data

    def refuse(self, error: DomainError) -> None:
        """Show a refusal at the field that it is about."""
        field = error.field if isinstance(error, PolicyError) else None
        self.add_error(field, str(error))

    def _used(self) -> list["FormRow"]:
        return [row for row in self.rows if row.is_used]

    def _check_together(self) -> None:
        used = self._used()
        if not used:
            self.add_error(None, _("Leave at least one form of handing over on."))
        elif self.cleaned_data["minimum_forms"] > len(used):
            message = _("Only %(count)d forms are on; an agreement cannot ask more.")
            params = {"count": len(used)}
            self.add_error("minimum_forms", forms.ValidationError(message, params=params))
        for language in ("name_nl", "name_en"):
            seen: set[str] = set()
            for row in used:
                name = row.cleaned_data[language].casefold()
                if name in seen:
                    row.add_error(language, _("Another form has this name."))
                seen.add(name)


class FormRow(forms.Form):
    """One form of handing over in a policy."""

    code = forms.CharField(required=False, widget=forms.HiddenInput)
    is_on = forms.BooleanField(label=_("In use"), required=False, initial=True)
    name_nl = LineInput(label=_("Name in Dutch"), max_length=80)
    name_en = LineInput(label=_("Name in English"), max_length=80)
    evidence_nl = LineInput(label=_("Evidence in Dutch"), max_length=200, required=False)
    evidence_en = LineInput(label=_("Evidence in English"), max_length=200, required=False)
    # Begins with a choice made, so that an empty row counts as empty.
    mode = forms.ChoiceField(
        label=_("Mode (SECI)"),
        choices=TransferForm.Mode,
        initial=TransferForm.Mode.EXTERNALISE,
    )
    base_points = forms.DecimalField(
        label=_("Points"), min_value=0, max_value=1000, decimal_places=2, localize=True
    )
    cap_share = PercentField(label=_("At most (% of the target)"), required=False, least=1)
    once_only = forms.BooleanField(label=_("Counts once per engagement"), required=False)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(WRITTEN, _("written or recorded")), (MEETING, _("a meeting"))],
        initial=WRITTEN,
        help_text=_("Written and recorded forms count towards their common limit."),
    )
    minimum_attendees = forms.IntegerField(
        label=_("Colleagues at a meeting at least"), min_value=1, max_value=50, required=False
    )

    def __init__(self, *args: Any, known: Mapping[str, TransferForm], **options: Any) -> None:
        super().__init__(*args, **options)
        self.known = known.get(self["code"].value() or "")
        if self.known is not None:
            del self.fields["kind"]  # what a form is stays; what it is worth can change
            if not self.known.is_session:
                del self.fields["minimum_attendees"]

    @property
    def is_used(self) -> bool:
        """Whether the form is on; an empty row for a new one is not."""
        is_filled = self.known is not None or self.has_changed()
        return bool(is_filled and self.cleaned_data.get("is_on"))

    @property
    def is_open(self) -> bool:
        """Whether somebody works on it: it was changed, or something in it is not right."""
        return self.is_bound and (self.has_changed() or bool(self.errors))

    @property
    def facts(self) -> FormFacts:
        """Return what was filled in, with what a known form keeps."""
        data = {**self.cleaned_data}
        del data["is_on"]
        if self.known is not None:
            kept = ("is_written", "is_session", "has_sections")
            data |= {name: getattr(self.known, name) for name in kept}
        else:
            kind = data.pop("kind")
            data |= {"code": "", "is_written": kind == WRITTEN, "is_session": kind == MEETING}
        attendees = data.pop("minimum_attendees", None) or 1
        data["minimum_attendees"] = attendees if data["is_session"] else 0
        return FormFacts(**data)

    @property
    def terms(self) -> rules.FormTerms:
        """Return the same as the rules weigh it."""
        facts = self.facts
        return rules.FormTerms(
            base=facts.base_points,
            cap_share=facts.cap_share,
            is_once=facts.once_only,
            is_written=facts.is_written,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("is_on"):
            for name in list(self.errors):  # what is off is not saved, so it cannot be wrong
                del self.errors[name]
        elif not data.get("once_only") and data.get("cap_share", 0) is None:
            self.add_error("cap_share", _("Fill in a limit, or let it count once."))
        return data


RowSet = forms.BaseFormSet[FormRow]


def _rows(
    data: Mapping[str, Any] | None,
    used: Sequence[TransferForm],
    switched_off: Sequence[TransferForm],
    more: int,
) -> RowSet:
    initial = [_initial_of(form, is_on=True) for form in used]
    initial += [_initial_of(form, is_on=False) for form in switched_off]
    known = {form.code: form for form in [*used, *switched_off]}
    most = len(known) + MOST_NEW
    # Each row is eleven fields, which are drawn again when something is wrong.
    rows = forms.formset_factory(FormRow, extra=1, max_num=most, absolute_max=most)
    if data is not None and more:
        data = _with_more(data, more, most)
    return rows(data, initial=initial, prefix="forms", form_kwargs={"known": known})


def _with_more(data: Mapping[str, Any], more: int, most: int) -> Mapping[str, Any]:
    total = str(data.get("forms-TOTAL_FORMS", ""))
    if not total.isdecimal() or len(total) > LONGEST_TOTAL:
        return data
    return {
        **{name: data[name] for name in data},
        "forms-TOTAL_FORMS": str(min(int(total) + more, most)),
    }


def _initial(policy: TransferPolicy, *, is_new: bool) -> dict[str, Any]:
    names = ("written_cap_share", "minimum_forms", *SHARES)
    initial = {name: getattr(policy, name) for name in names}
    if not is_new:
        initial |= {"name_nl": policy.name_nl, "name_en": policy.name_en}
    return initial


def _initial_of(form: TransferForm, *, is_on: bool) -> dict[str, Any]:
    names = (
        "code",
        "name_nl",
        "name_en",
        "evidence_nl",
        "evidence_en",
        "mode",
        "base_points",
        "cap_share",
        "once_only",
        "minimum_attendees",
    )
    initial = {name: getattr(form, name) for name in names}
    return {**initial, "is_on": is_on, "base_points": plain(form.base_points)}
