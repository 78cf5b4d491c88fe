from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LONGEST_EMAIL, helper, row
from core.models import Language
from engagements.forms.lookups import contact_field
from engagements.models import Department, Freelancer
from engagements.operations import FreelancerFacts


class FreelancerForm(forms.ModelForm[Freelancer]):
    """What we know of a professional."""

    email = forms.EmailField(label=_("Business e-mail address"), max_length=LONGEST_EMAIL)
    private_email = forms.EmailField(
        label=_("Private e-mail address"),
        max_length=LONGEST_EMAIL,
        required=False,
        help_text=_("After the last day we write here only."),
    )
    language = forms.ChoiceField(label=_("Language of the mail"), choices=Language.choices)

    class Meta:
        model = Freelancer
        fields = [
            "full_name",
            "called",
            "business_name",
            "kvk_number",
            "vat_number",
            "phone",
            "skills",
            "ambition",
        ]
        labels = {"called": _("Form of address")}
        widgets = {
            "skills": forms.Textarea(attrs={"rows": 3}),
            "ambition": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk and self.instance.business_contact.language_chosen:
            self.fields["language"].disabled = True
            self.fields["language"].help_text = _("The professional chose the language.")
        self.helper = helper(
            row("full_name", "called"),
            row("email", "private_email"),
            row("language", "phone"),
            "business_name",
            row("kvk_number", "vat_number"),
            "skills",
            "ambition",
        )

    @property
    def facts(self) -> FreelancerFacts:
        return FreelancerFacts(**self.cleaned_data)


class DepartmentForm(forms.ModelForm[Department]):
    """A department and its head."""

    head = contact_field(
        label=_("Head"),
        required=False,
        help_text=_("Hears when a hiring manager does not react. Type a name or an address."),
    )

    class Meta:
        model = Department
        fields = ["name", "is_active"]
        help_texts = {"is_active": _("Without this, it cannot be chosen for a new engagement.")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = helper("name", "head", "is_active")
