from django import forms

from core.models import Language


class LanguageForm(forms.Form):
    """The language switch of the header."""

    language = forms.ChoiceField(choices=Language.choices)
    # "link" on the pages behind a link, whose holder need not be who is signed in.
    door = forms.CharField(required=False, max_length=8)
