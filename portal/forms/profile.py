"""What a professional says about themselves."""

from typing import Any

from crispy_forms.layout import Fieldset
from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LONGEST_EMAIL, helper, row
from core.models import Language
from engagements.models import Freelancer
from engagements.operations import FreelancerFacts, facts_of_freelancer


class ProfileForm(forms.ModelForm[Freelancer]):
    """Name, business, addresses, and what somebody can and wants."""

    private_email = forms.EmailField(
        label=_("private e-mail address"),
        max_length=LONGEST_EMAIL,
        required=False,
        help_text=_(
            "After the last day we write to this address only. Nobody but the hiring desk sees it."
        ),
    )
    language = forms.ChoiceField(
        label=_("language of pages and mail"), choices=Language.choices, widget=forms.RadioSelect
    )

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
        help_texts = {
            "skills": _("What can people ask you for? Commas or lines, as you like."),
            "ambition": _("What would you like to do next?"),
        }
        widgets = {
            "skills": forms.Textarea({"rows": 3}),
            "ambition": forms.Textarea({"rows": 3}),
        }

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        private = self.instance.private_contact
        self.initial["private_email"] = private.email if private else ""
        self.initial["language"] = language
        self.fields["kvk_number"].widget.attrs |= {"inputmode": "numeric"}
        self.fields["phone"].widget.input_type = "tel"
        self.helper = helper(
            Fieldset(_("You"), row("full_name", "called"), row("phone"), "language"),
            Fieldset(_("Where we write"), "private_email"),
            Fieldset(_("Your business"), "business_name", row("kvk_number", "vat_number")),
            Fieldset(_("What you can and want"), "skills", "ambition"),
        )

    @property
    def facts(self) -> FreelancerFacts:
        """What was filled in, as the operation wants it; the business address stays."""
        known = facts_of_freelancer(self.instance)
        return FreelancerFacts(email=known.email, **self.cleaned_data)
