"""Who takes a task or a role: somebody whom we know already."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engagements.forms.lookups import known_contact_field
from engagements.models import Department


class RoleHolderForm(forms.Form):
    """Who holds a role, for one department or for all without a holder of their own."""

    contact = known_contact_field(help_text=_("Somebody in your list of contacts."))
    department: forms.ModelChoiceField[Department] = forms.ModelChoiceField(
        label=_("For"),
        queryset=Department.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=_("All departments"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments: Any = self.fields["department"]
        departments.queryset = Department.objects.filter(is_active=True).order_by("name")
