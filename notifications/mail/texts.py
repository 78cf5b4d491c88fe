"""What a mail says, in one language and time zone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import css_inline
from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from core import fields
from core.models import Organisation

SUBJECT_LENGTH: Final = 200

_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """What a mail says in one language."""

    subject: str
    text: str
    html: str


def render(
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    organisation: Organisation | None,
) -> Rendered:
    """Return the texts of ``templates/emails/<template>_*`` in a language and time zone."""
    zone = organisation.zone if organisation else timezone.get_default_timezone()
    with translation.override(language), timezone.override(zone):
        values = {**context, "organisation": organisation, "base_url": settings.BASE_URL}
        values["subject"] = one_line(_plain(f"emails/{template}_subject.txt", values))
        text = re.sub(r"\n{3,}", "\n\n", _plain(f"emails/{template}_body.txt", values))
        html = get_template(f"emails/{template}_body.html").render(values)
    return Rendered(subject=values["subject"], text=text.strip() + "\n", html=_inliner.inline(html))


def _plain(name: str, values: Mapping[str, Any]) -> str:
    template: Any = get_template(name)
    # Plain text escapes nothing: "O'Brien" must not become "O&#x27;Brien".
    text: str = template.template.render(Context(values, autoescape=False))
    return text


def one_line(text: str) -> str:
    """Return text that is safe as a header: one line, no tricks, not endless."""
    line = fields.one_line(text)
    # "=?" begins an encoded word: a name could smuggle one in for the reader's program to decode.
    line = line.replace("=?", "= ?")
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1]}…"
