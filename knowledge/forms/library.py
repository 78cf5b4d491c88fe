from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.fields import LineInput
from core.forms import FilterFold, filter_helper, helper
from core.models import Contact
from engagements.forms.lookups import known_contact_field, look_among
from knowledge.models import LibraryItem
from knowledge.operations import LibraryFacts
from knowledge.queries import Library, LibraryFilter


class LibraryForm(forms.Form):
    """What is looked for in the library; everything stands in the address."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=forms.SearchInput(attrs={"placeholder": _("Words from a title or a document")}),
    )
    department = forms.ChoiceField(label=_("Department"), required=False)
    form = forms.ChoiceField(label=_("Form"), required=False)
    topic = forms.CharField(
        label=_("Topic"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"list": "library-topics", "autocomplete": "off"}),
    )
    author = forms.CharField(label=_("Author"), required=False, max_length=150)
    year = forms.ChoiceField(label=_("Year"), required=False)

    def __init__(self, library: Library, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("department", [(str(d.public_id), d.name) for d in library.departments])
        self._choose("form", [(form.code, form.name) for form in library.forms])
        self._choose("year", [(str(year), str(year)) for year in library.years])
        self.helper = filter_helper(
            "q", FilterFold("department", "form", "topic", "author", "year")
        )

    def _choose(self, name: str, choices: Sequence[tuple[str, str | Promise]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", _("All")), *choices]

    @property
    def asked(self) -> LibraryFilter:
        """Return what of the address is valid; the rest filters nothing."""
        self.is_valid()
        values = self.cleaned_data
        return LibraryFilter(
            text=values.get("q", ""),
            department=values.get("department", ""),
            form=values.get("form", ""),
            topic=values.get("topic", ""),
            author=values.get("author", ""),
            year=int(values["year"]) if values.get("year") else None,
        )

    @property
    def in_force(self) -> dict[str, tuple[str, str]]:
        """Return value and label of each filter that is set."""
        found = {}
        for name in self.fields:
            if value := self.cleaned_data.get(name):
                choices = dict(getattr(self.fields[name], "choices", ()))
                found[name] = (value, str(choices.get(value, value)))
        return found


# What is said about an answer that needs words and came without.
WORDLESS = {
    "change": _("Say what has to change, so that somebody can change it."),
    "retire": _("Say why nobody needs this any more."),
}


class CheckForm(forms.Form):
    """Whether something in the library is still right."""

    answer = forms.ChoiceField(
        label=_("What do you say?"),
        choices=[
            ("right", _("Yes, it is still right")),
            ("change", _("Something has to change")),
            ("retire", _("Nobody uses it any more: take it out of the library")),
        ],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What has to change, or why is it not needed?"),
        required=False,
        max_length=1000,
        help_text=_("Not needed when it is still right."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()

    def clean(self) -> dict[str, Any] | None:
        """Ask for words where the answer needs them."""
        answer = self.cleaned_data.get("answer")
        if answer in WORDLESS and not self.cleaned_data.get("words", "").strip():
            self.add_error("words", WORDLESS[answer])
        return super().clean()


class CreditForm(forms.Form):
    """Whose work it is and what may be done with it."""

    credit = LineInput(label=_("Name of the maker"), max_length=150)
    licence = forms.ChoiceField(
        label=_("What may be done with it?"),
        choices=LibraryItem.Licence.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()


class OwnershipForm(CreditForm):
    """The same, with who answers for it."""

    owner = known_contact_field(
        required=False,
        help_text=_("Is asked whether it is still right. Empty: follows from the engagement."),
    )
    owner.label = _("Owner")
    owner.error_messages["unknown"] = _(
        "“%(text)s” cannot answer for this. Choose a colleague from your contacts."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = Contact.objects.reachable().filter(is_external=False)
        look_among(self.fields["owner"], colleagues)

    @property
    def facts(self) -> LibraryFacts:
        """Return what was filled in; the form is valid."""
        owner = self.cleaned_data["owner"]
        return LibraryFacts(
            credit=self.cleaned_data["credit"],
            licence=self.cleaned_data["licence"],
            owner_id=owner.pk if owner else None,
        )
