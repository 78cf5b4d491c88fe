from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import helper, one_of_two
from knowledge.models.usefulness import MOST_HOURS
from knowledge.operations import UsefulnessAnswer
from knowledge.queries.usefulness import AskedTopic

YES_NO: Final = (("yes", _("Yes")), ("no", _("No")))


def _question(label: Any) -> Any:
    return forms.TypedChoiceField(
        label=label,
        choices=YES_NO,
        coerce=lambda word: word == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )


class UsefulnessForm(forms.Form):
    """The three questions about one topic; nothing filled in is no answer."""

    was_used = _question(_("Did you use it?"))
    was_enough = _question(_("Was it enough?"))
    had_to_call = _question(_("Did you have to call somebody all the same?"))
    hours_lost = forms.DecimalField(
        label=_("How many hours did a gap cost?"),
        min_value=0,
        max_value=MOST_HOURS,
        decimal_places=1,
        required=False,
        help_text=_("Leave it empty when nothing was missing."),
    )

    def __init__(self, asked: AskedTopic, data: Any = None) -> None:
        check = asked.check
        initial = {}
        if check is not None:
            initial = {
                "was_used": _word(check.was_used),
                "was_enough": _word(check.was_enough),
                "had_to_call": _word(check.had_to_call),
                "hours_lost": check.hours_lost or None,
            }
        super().__init__(data, prefix=f"topic-{asked.receiver.pk}", initial=initial)
        self.asked = asked
        one_of_two(*self.fields.values())
        self.helper = helper()

    @property
    def is_empty(self) -> bool:
        """Say whether nothing at all was filled in."""
        return not any(self.data.get(self.add_prefix(name)) for name in self.fields)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.is_empty:
            return values
        self._demand("was_used", values)
        if values.get("was_used"):
            self._demand("was_enough", values)
        self._demand("had_to_call", values)
        return values

    def _demand(self, name: str, values: dict[str, Any]) -> None:
        if values.get(name) is None and name not in self.errors:
            self.add_error(name, _("Choose yes or no."))

    @property
    def answer(self) -> UsefulnessAnswer:
        """Return what was filled in; the form is valid and not empty."""
        values = self.cleaned_data
        return UsefulnessAnswer(
            was_used=values["was_used"],
            was_enough=values["was_enough"],
            had_to_call=values["had_to_call"],
            hours_lost=values["hours_lost"] or Decimal(0),
        )


def _word(value: bool | None) -> str:  # noqa: FBT001 - what the box holds
    return "" if value is None else "yes" if value else "no"
