"""What the answers of receivers suggest, as a sentence with its reason."""

from collections.abc import Mapping
from typing import Final

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledge.queries import FormUsefulness

register = template.Library()

SENTENCES: Final[Mapping[str, Promise]] = {
    "fewer": gettext_lazy("%(used)d%% of the receivers used this: consider fewer points."),
    "better": gettext_lazy(
        "Enough for %(enough)d%% of who used it, and %(called)d%% had to call:"
        " ask more before you accept it."
    ),
    "more": gettext_lazy(
        "%(used)d%% used it, it was enough for %(enough)d%%, and %(called)d%% had to call:"
        " consider more points."
    ),
    "keep": gettext_lazy(
        "%(used)d%% used it, and it was enough for %(enough)d%%: the points can stay as they are."
    ),
}


@register.filter
def form_name(row: FormUsefulness) -> str:
    """Return the name of a form of transfer, or that there was none."""
    return _("Without a handover") if row.form is None else str(row.form)


@register.filter
def advice_sentence(row: FormUsefulness) -> str:
    """Say what the answers suggest and why; nothing where they suggest nothing."""
    if row.advice is None:
        return ""
    figures = {
        "used": row.tally.used_percent or 0,
        "enough": row.tally.enough_percent or 0,
        "called": row.tally.called_percent or 0,
    }
    return str(SENTENCES[row.advice]) % figures
