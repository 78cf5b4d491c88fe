"""Columns and form fields for a name, a title or a number: one line, and nothing hidden in it.

Such a text stands in the middle of mails and lists. With a line break in it, a name writes
paragraphs of its own into every plain-text mail that greets by it.
"""

import re
from functools import reduce
from operator import and_
from typing import Any, Final

from django import forms
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import migrations, models
from django.utils.translation import gettext_lazy as _

# Control characters, those that show nothing, and those that turn the direction of what follows.
_CHARACTERS: Final = (
    r"\u0001-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
)
UNWANTED: Final = re.compile(rf"[\x00{_CHARACTERS}]+")
# A mail program would make a link of it: names of people are in mails that we vouch for.
refuse_address = RegexValidator(
    r"://|\bwww\.|@",
    _("Fill in a name, not an address."),
    inverse_match=True,
    flags=re.IGNORECASE,
)
# Allowed by the standard, used by nobody, and read in more than one way by mail programs.
refuse_quotes = RegexValidator(
    r"\"", _("An address with a quotation mark in it cannot be used."), inverse_match=True
)


def one_line(text: str) -> str:
    """Return a text on one line, with single spaces and without tricks."""
    return " ".join(UNWANTED.sub(" ", text).split())


def on_one_line(name: str, *columns: str) -> models.CheckConstraint:
    """Return the constraint that goes with the `LineField` columns of a model."""
    rules = [~models.Q(**{f"{column}__regex": f"[{_CHARACTERS}]"}) for column in columns]
    return models.CheckConstraint(condition=reduce(and_, rules), name=name)


def mend_lines(table: str, *columns: str) -> migrations.RunSQL:
    """Return the step of a migration that puts what is there on one line, before `on_one_line`.

    A text of nothing but tricks becomes a question mark: some columns may not be empty.
    """
    mended = r"btrim(regexp_replace(regexp_replace({0}, '[{1}]+', ' ', 'g'), '\s+', ' ', 'g'))"
    statements = tuple(
        f"UPDATE {table} SET {column} ="  # noqa: S608 - names from our own migrations
        f" coalesce(nullif({mended.format(column, _CHARACTERS)}, ''), '?')"
        f" WHERE {column} ~ '[{_CHARACTERS}]'"
        for column in columns
    )
    return migrations.RunSQL(statements, migrations.RunSQL.noop)


class LineInput(forms.CharField):
    """A form field for one line."""

    def to_python(self, value: Any) -> str | None:
        text: str | None = super().to_python(value)
        return one_line(text) if text else text


class WebAddressInput(forms.URLField):
    """A form field for a web address that refuses one that is too long before taking it apart.

    Django's own does so after it: at a cost that grows with the square of the accents in it.
    """

    def to_python(self, value: Any) -> str | None:
        if isinstance(value, str) and self.max_length is not None:
            MaxLengthValidator(self.max_length)(value.strip())
        return super().to_python(value)


class LineField(models.CharField[str, str]):
    """A column for one line, put right wherever it comes from; see `on_one_line`."""

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return one_line(prepared) if isinstance(prepared, str) else prepared

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 - as Django
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = one_line(value)
            setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **options: Any) -> Any:
        return super().formfield(**{"form_class": LineInput, **options})
