"""Who takes over from whom, as HR fills it in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import helper
from engagements.forms.lookups import engagement_field


def across_departments_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("They work at two departments; that is meant so"), required=False
    )


class SuccessionForm(forms.Form):
    """The other engagement: that of the successor, or of the predecessor."""

    other = engagement_field(
        label=_("Which engagement?"),
        help_text=_("Start typing the name of the professional, or the title."),
    )
    across_departments = across_departments_field()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = helper()

    def refuse(self, error: Exception) -> None:
        """Show a refused operation at the engagement that was chosen."""
        self.add_error("other", str(error))
