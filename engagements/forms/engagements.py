from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.operations import ContactFacts
from core.fields import LineInput, refuse_address
from core.forms import LONGEST_EMAIL, check_year, date_input, helper
from core.models import Language, Organisation
from engagements import queries
from engagements.forms.lookups import (
    SuggestingInput,
    contact_field,
    engagement_field,
    freelancer_field,
)
from engagements.forms.successors import across_departments_field
from engagements.models import Department, Engagement, Freelancer
from engagements.operations import FreelancerFacts, Parties, SuccessionError, TakesOver

# Which field a rule of the database is about.
FIELD_OF_RULE: Final = {
    "engagement_no_overlap": "may_overlap",
    "engagement_external_id_once": "external_id",
    "engagement_ends_after_start": "ends_on",
    "freelancer_address_once": "new_email",
}


class EngagementForm(forms.ModelForm[Engagement]):
    """What is agreed about an engagement, the people that are new included."""

    professional = freelancer_field(
        label=_("Professional"),
        required=False,
        help_text=_("Start typing a name or an e-mail address."),
    )
    new_name = LineInput(
        label=_("Name"), max_length=150, required=False, validators=[refuse_address]
    )
    new_email = forms.EmailField(
        label=_("Business e-mail address"),
        max_length=LONGEST_EMAIL,
        required=False,
        help_text=_("During the engagement we write here."),
    )
    new_private_email = forms.EmailField(
        label=_("Private e-mail address"),
        max_length=LONGEST_EMAIL,
        required=False,
        help_text=_("After the last day we write here only."),
    )
    new_language = forms.ChoiceField(label=_("Language"), choices=Language.choices, required=False)
    department: "forms.ModelChoiceField[Department]" = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.none(),
        to_field_name="public_id",
        empty_label=_("Choose a department"),
    )
    manager = contact_field(
        label=_("Hiring manager"),
        required=False,
        help_text=_("Start typing a name or an e-mail address."),
    )
    manager_name = LineInput(
        label=_("Name"), max_length=150, required=False, validators=[refuse_address]
    )
    manager_email = forms.EmailField(
        label=_("E-mail address"), max_length=LONGEST_EMAIL, required=False
    )
    intermediary_name = LineInput(
        label=_("Intermediary"),
        max_length=120,
        required=False,
        widget=SuggestingInput(
            "intermediary", lambda: [found.name for found in queries.intermediaries_like("")]
        ),
    )
    succeeds = engagement_field(
        label=_("Takes over from"),
        required=False,
        help_text=_(
            "Then the list starts with what the predecessor left behind. "
            "Start typing a name or a title."
        ),
    )
    across_departments = across_departments_field()
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    # As the page shows them, so that the summary of errors goes down the page.
    field_order = (
        "version",
        "professional",
        "new_name",
        "new_language",
        "new_email",
        "new_private_email",
        "department",
        "manager",
        "manager_name",
        "manager_email",
        "intermediary_name",
        "succeeds",
        "across_departments",
        "title",
        "starts_on",
        "ends_on",
        "access_ends_at",
        "may_overlap",
        "goal",
        "result",
        "success_criteria",
        "conditions",
        "knowledge_target",
        "hourly_rate",
        "purchase_reference",
        "external_id",
    )

    class Meta:
        model = Engagement
        fields = [
            "title",
            "starts_on",
            "ends_on",
            "access_ends_at",
            "hourly_rate",
            "purchase_reference",
            "external_id",
            "knowledge_target",
            "goal",
            "result",
            "success_criteria",
            "conditions",
            "may_overlap",
        ]
        localized_fields = ["hourly_rate"]  # 97,50 in Dutch
        widgets = {
            "hourly_rate": forms.TextInput(attrs={"inputmode": "decimal"}),
            "starts_on": date_input(),
            "ends_on": date_input(),
            "access_ends_at": forms.DateTimeInput(
                format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}
            ),
            **{
                name: forms.Textarea(attrs={"rows": 3})
                for name in ("goal", "result", "success_criteria", "conditions")
            },
        }
        help_texts = {
            "access_ends_at": _("Left empty, access ends with the last day."),
            "may_overlap": _("Only when two engagements at once are meant so."),
        }

    def __init__(self, *args: Any, organisation: Organisation, **options: Any) -> None:
        super().__init__(*args, **options)
        self.organisation = organisation
        self.helper = helper()
        self.is_new = self.instance.pk is None
        departments = Department.objects.filter(is_active=True)
        if not self.is_new:
            departments |= Department.objects.filter(pk=self.instance.department_id)
            for name in ("professional", "ends_on", *NEWCOMER, *BATON):
                del self.fields[name]
        for name in DAYS & self.fields.keys():
            self.fields[name].validators.append(check_year)
        self.fields["department"].queryset = departments.order_by("name")  # type: ignore[attr-defined]
        if not self.is_new:
            self.fields["version"].required = True
        else:
            self.fields["new_language"].initial = organisation.language

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.is_new:
            self._one_of("professional", "new_name", "new_email")
        self._one_of("manager", "manager_name", "manager_email")
        return values

    def _one_of(self, known: str, name: str, email: str) -> None:
        """Ask for somebody known, or for both name and address of somebody new."""
        values = self.cleaned_data
        new = [values.get(name), values.get(email)]
        if known in self.errors or name in self.errors or email in self.errors:
            return
        if values.get(known) and any(new):
            self.add_error(known, _("Choose somebody we know, or add somebody new: not both."))
        elif any(new) and not all(new):
            missing = name if not values.get(name) else email
            self.add_error(missing, _("We need both the name and the e-mail address."))
        elif not values.get(known) and not any(new):
            self.add_error(known, _("Choose somebody, or add somebody new below."))

    @property
    def parties(self) -> Parties:
        values = self.cleaned_data
        return Parties(
            freelancer=self._freelancer(),
            manager=values["manager"]
            or ContactFacts(
                name=values["manager_name"],
                email=values["manager_email"],
                language=self.organisation.language,
            ),
            department_id=values["department"].pk,
            intermediary=values["intermediary_name"],
        )

    @property
    def takes_over(self) -> TakesOver | None:
        before: Engagement | None = self.cleaned_data["succeeds"]
        if before is None:
            return None
        across = self.cleaned_data["across_departments"]
        return TakesOver(predecessor_id=before.pk, across_departments=across)

    def _freelancer(self) -> Freelancer | FreelancerFacts:
        values = self.cleaned_data
        if not self.is_new:
            return self.instance.freelancer
        known: Freelancer | None = values["professional"]
        return known or FreelancerFacts(
            full_name=values["new_name"],
            email=values["new_email"],
            private_email=values["new_private_email"],
            language=values["new_language"],
        )

    @property
    def terms(self) -> dict[str, Any]:
        return {
            name: self.cleaned_data[name] for name in self.Meta.fields if name in self.cleaned_data
        }

    def refuse(self, error: Exception) -> None:
        """Show a refused operation at the field that it is about."""
        field = FIELD_OF_RULE.get(getattr(error, "constraint", ""))
        if isinstance(error, SuccessionError):
            field = "succeeds"
        self.add_error(field if field in self.fields else None, ValidationError(str(error)))


DAYS: Final = {"starts_on", "ends_on", "access_ends_at"}
BATON: Final = ("succeeds", "across_departments")
NEWCOMER: Final = ("new_name", "new_email", "new_private_email", "new_language")
