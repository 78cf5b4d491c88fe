"""How every form is drawn; a form adds only its own layout."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from crispy_forms.helper import FormHelper
from crispy_forms.layout import TEMPLATE_PACK, Div, Layout
from django.core.exceptions import ValidationError
from django.forms import BaseForm, DateInput, Field

from core.errors import DomainError
from core.years import refuse_year

LONGEST_EMAIL: Final = 254  # characters, as our columns hold; Django's form field takes 320


def check_year(day: date) -> None:
    """Refuse a day, or a moment, of a year that can only be a slip of the finger.

    Raises:
        ValidationError: it is one.
    """
    try:
        refuse_year(day)
    except DomainError as error:
        raise ValidationError(str(error), code="year") from error


class FilterFold(Div):  # type: ignore[misc]  # crispy-forms has no types
    """The less used fields of a filter: a phone folds them away and says how many are in force."""

    template = "_components/filter_fold.html"
    in_force = 0
    is_open = False

    def render(
        self, form: BaseForm, context: Any, template_pack: str = TEMPLATE_PACK, **options: Any
    ) -> str:
        names = [pointer.name for pointer in self.get_field_names()]
        self.in_force = sum(bool(form.data.get(name)) for name in names)
        self.is_open = any(name in form.errors for name in names)  # an error is never out of sight
        rendered: str = super().render(form, context, template_pack, **options)
        return rendered


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


def plain(amount: Decimal) -> Decimal | int:
    """Return an amount as people type it: 16, not 16.00."""
    return int(amount) if amount == int(amount) else amount.normalize()


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
