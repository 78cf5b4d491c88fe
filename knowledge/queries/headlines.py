"""What stands below a title in the library: the words around what was looked for."""

from typing import Any, Final

from django.db.models import Func, TextField, Value
from django.db.models.functions import Greatest, Least, Lower, NullIf, StrIndex, Substr
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from knowledge.queries.searching import Wanted
from knowledge.rules import plain_text

# Marks that no text holds: control characters are taken out when a file is read.
START, STOP = "\x02", "\x03"
HEADLINE: Final = f"StartSel={START}, StopSel={STOP}, MaxWords=34, MinWords=16, MaxFragments=2"
WINDOW: Final = 3000  # characters around the first hit, of perhaps a million
BEFORE: Final = 300
SHOWN: Final = 260  # characters of a text in which nothing is looked for


def marked(words: str) -> SafeString:
    """Return a headline as HTML: its marks become elements, everything else is plain text."""
    text = escape(plain_text(words))
    return mark_safe(text.replace(START, "<mark>").replace(STOP, "</mark>"))  # noqa: S308 - escaped on the line above


def opening(text: str) -> SafeString:
    """Return the first whole words of a text as HTML, and whether there are more."""
    words = plain_text(text)
    if len(text) > SHOWN:
        words = f"{words.rpartition(' ')[0] or words} …"
    return escape(words)


def headline(wanted: Wanted | None) -> Any:
    """Return the words around the first hits of a library item, for a column of a statement.

    Only a window of the text is looked at: making a headline of a megabyte takes a second.
    """
    if wanted is None:
        return Substr("body", 1, SHOWN + 1)
    text = Func(Lower("body"), function="unaccent", output_field=TextField())
    hits = [
        NullIf(StrIndex(text, Func(Value(_stem(term.text)), function="unaccent")), Value(0))
        for term in wanted.terms
    ]
    first = Least(*hits) if len(hits) > 1 else hits[0]
    window = Substr("body", Greatest(first - BEFORE, 1), WINDOW)
    return Func(
        Value("kb_nl"),
        window,
        wanted.query,
        Value(HEADLINE),
        template="ts_headline(%(expressions)s)",
        arg_joiner=", ",
        output_field=TextField(),
    )


def _stem(word: str) -> str:
    """Return the letters that a word and its other forms most likely share."""
    return word[: max(4, len(word) - 3)]
