"""The words that people read in Dutch, found by their English source."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import NoReturn

CATALOGUE = Path(__file__).resolve().parents[2] / "locale/nl/LC_MESSAGES/django.mo"


class Unknown(NullTranslations):
    """Say which text is no longer there, instead of looking for English on a Dutch page."""

    def gettext(self, message: str) -> NoReturn:
        raise LookupError(f"the product has no text {message!r}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> NoReturn:
        raise LookupError(f"the product has no text {msgid1!r}")


def nl(text: str, **values: object) -> str:
    """Return the Dutch of a text; its placeholders are filled from `values`."""
    translated = _catalogue().gettext(text)
    return translated % values if values else translated


def nl_count(one: str, many: str, count: int, **values: object) -> str:
    """Return the Dutch of a text that counts something."""
    return _catalogue().ngettext(one, many, count) % values


@cache
def _catalogue() -> GNUTranslations:
    with CATALOGUE.open("rb") as file:
        translations = GNUTranslations(file)
    translations.add_fallback(Unknown())
    return translations
