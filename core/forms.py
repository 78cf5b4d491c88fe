"""How every form is drawn; a form adds only its own layout."""

from datetime import date
from typing import Final

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django.core.exceptions import ValidationError
from django.forms import DateInput, Field
from django.utils.translation import gettext as _

from core.years import YEARS

LONGEST_EMAIL: Final = 254  # characters, as our columns hold; Django's form field takes 320


def check_year(day: date) -> None:
    """Refuse a day, or a moment, of a year that can only be a slip of the finger.

    Raises:
        ValidationError: it is one.
    """
    if day.year not in YEARS:
        raise ValidationError(
            _("Check the year: %(year)d cannot be right.") % {"year": day.year}, code="year"
        )


def helper(*layout: object) -> FormHelper:
    """Return the helper of a form that writes: the page itself has the form tag and the buttons."""
    form_helper = FormHelper()
    form_helper.form_tag = False
    form_helper.disable_csrf = True
    if layout:
        form_helper.layout = Layout(*layout)
    return form_helper


def filter_helper(*layout: object) -> FormHelper:
    """Return the helper of a filter form: nothing in it is called optional."""
    form_helper = helper(*layout)
    form_helper.form_method = "get"
    form_helper.hide_optional = True
    return form_helper


def one_of_two(*fields: Field) -> None:
    """Mark fields of which one has to be filled in: neither is called optional."""
    for field in fields:
        field.is_one_of_two = True  # type: ignore[attr-defined]


def row(*fields: str) -> Div:
    """Return fields that stand side by side where there is room."""
    return Div(*(Div(field, css_class="col-md-6") for field in fields), css_class="row")


def date_input() -> DateInput:
    """Return the browser's own date field; it wants the day as 2026-12-01 in every language."""
    return DateInput(format="%Y-%m-%d", attrs={"type": "date"})
