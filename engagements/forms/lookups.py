from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Generic, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core.models import Contact, ContactQuerySet
from core.words import LONGEST_LOOKUP
from engagements import queries
from engagements.models import Department, Engagement, Freelancer

Found = TypeVar("Found", bound=Model)
MOST_NAMED = 5
UNKNOWN: Final = {
    "unknown": _("We do not know “%(text)s”. Check the spelling, or add them to your contacts."),
}


def offer_departments(field: Any) -> None:
    """Offer all departments to choose from, by name.

    Read as words and at once: the field itself would open a cursor for them, and ask the database
    three times.
    """
    field.queryset = Department.objects.order_by("name")
    names = field.queryset.values_list("public_id", "name")
    field.widget.choices = [("", field.empty_label), *names]


class SuggestingInput(forms.TextInput):
    """A text field with suggestions; with scripts they follow what is typed, without they stay."""

    template_name = "engagements/_suggesting_input.html"

    def __init__(self, kind: str, suggest: Callable[[], Sequence[str]]) -> None:
        super().__init__(attrs={"autocomplete": "off"})
        self.kind = kind
        self.suggest = suggest

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["suggestions"] = self.suggest()
        context["address"] = reverse_lazy("engagements:suggestion_list", args=[self.kind])
        return context


class LookupField(forms.CharField, Generic[Found]):
    """Somebody we know, typed by name or address, or picked from the suggestions."""

    default_error_messages = {
        "unknown": _("We do not know “%(text)s”. Check the spelling, or add them below."),
        "several": _("This can be several people. Choose one: %(names)s."),
    }

    def __init__(
        self,
        kind: str,
        find: Callable[[str, int], Sequence[Found]],
        label_of: Callable[[Found], str],
        **options: Any,
    ) -> None:
        self.find = find
        self.label_of = label_of
        widget = SuggestingInput(kind, self.suggestions)
        super().__init__(widget=widget, max_length=LONGEST_LOOKUP, **options)

    def suggestions(self) -> list[str]:
        return [self.label_of(found) for found in self.find("", 20)]

    def prepare_value(self, value: Any) -> Any:
        return self.label_of(value) if isinstance(value, Model) else value  # type: ignore[arg-type]

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = list(self.find(text, MOST_NAMED + 1))
        exact = [one for one in found if self._is_meant(one, text)]
        if len(exact) == 1:
            return exact[0]
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(self.error_messages["unknown"], params={"text": text})
        names = "; ".join(self.label_of(one) for one in found[:MOST_NAMED])
        raise ValidationError(self.error_messages["several"], params={"names": names})

    def _is_meant(self, found: Found, text: str) -> bool:
        typed, label = text.strip().lower(), self.label_of(found).lower()
        return typed in (label, label.rpartition(" (")[0])


def freelancer_field(**options: Any) -> LookupField[Freelancer]:
    return LookupField(
        "professional", queries.freelancers_like, queries.freelancer_label, **options
    )


def engagement_field(**options: Any) -> LookupField[Engagement]:
    unknown = {
        "unknown": _("We know no engagement like “%(text)s”. Type a part of the name or title."),
    }
    return LookupField(
        "engagement",
        queries.engagements_like,
        queries.engagement_label,
        error_messages=unknown,
        **options,
    )


def contact_field(**options: Any) -> LookupField[Contact]:
    return LookupField("contact", queries.contacts_like, queries.contact_label, **options)


def known_contact_field(**options: Any) -> LookupField[Contact]:
    """Return a field for somebody who cannot be added on the same page."""
    return contact_field(label=_("Name or e-mail address"), error_messages=UNKNOWN, **options)


def look_among(field: forms.Field, contacts: ContactQuerySet) -> None:
    """Let a field of a form find and suggest these people only."""
    assert isinstance(field, LookupField)  # noqa: S101 - for the type checker
    field.find = partial(queries.contacts_like, among=contacts)
    field.widget.suggest = field.suggestions
