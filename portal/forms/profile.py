"""What a professional says about themselves."""

from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import Fieldset
from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.forms import LONGEST_EMAIL, helper, row
from core.models import Language
from engagements.models import Freelancer
from engagements.operations import FreelancerFacts, facts_of_freelancer
from portal.operations import PrivateAddressError


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
        label=_("language of the pages"),
        choices=Language.choices,
        widget=forms.RadioSelect,
        help_text=_("The button at the top of every page changes this as well."),
    )
    mail_language = forms.ChoiceField(
        label=_("language of the mail"),
        choices=[("", _("the same as the pages")), *Language.choices],
        required=False,
        widget=forms.RadioSelect,
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

    def __init__(self, *args: Any, language: str, mail_language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        private = self.instance.private_contact
        self.initial["private_email"] = private.email if private else ""
        self.initial["language"] = language
        self.initial["mail_language"] = mail_language
        self.fields["mail_language"].help_text = _("Mail to you is in %(language)s now.") % {
            "language": Language(self.instance.business_contact.language).label
        }
        self.fields["kvk_number"].widget.attrs |= {"inputmode": "numeric"}
        self.fields["phone"].widget.input_type = "tel"
        self.helper = helper(
            Fieldset(_("You"), row("full_name", "called"), row("phone")),
            Fieldset(_("Language"), "language", "mail_language"),
            Fieldset(_("Where we write"), "private_email"),
            Fieldset(_("Your business"), "business_name", row("kvk_number", "vat_number")),
            Fieldset(_("What you can and want"), "skills", "ambition"),
        )

    @property
    def facts(self) -> FreelancerFacts:
        """What was filled in, as the operation wants it; the business address stays."""
        known = facts_of_freelancer(self.instance)
        own = {name: self.cleaned_data[name] for name in (*self.Meta.fields, "private_email")}
        return FreelancerFacts(email=known.email, language=known.language, **own)

    @property
    def languages(self) -> Mapping[str, str]:
        """What was chosen for pages and mail."""
        return {name: self.cleaned_data[name] for name in ("language", "mail_language")}

    def refuse(self, error: DomainError) -> None:
        """Show a refused address at its field, anything else above the form."""
        field = "private_email" if isinstance(error, PrivateAddressError) else None
        self.add_error(field, str(error))
