"""What one mail says: its words in one language, and how they lie in an e-mail."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from core import fields
from core.models import Organisation
from notifications.mail.wire import Email

# Any fixed UUID: the same message has the same Message-ID on every try, for ever.
NAMESPACE: Final = uuid.UUID("6b1d3c52-8a0e-5f5e-9c7b-0d8c1f6f2a11")
SUBJECT_LENGTH: Final = 200

_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)

File = tuple[str, bytes, str]


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


def message_id(organisation: Organisation, dedupe_key: str) -> str:
    """Return the Message-ID of a promised mail; every try bears the same."""
    name = f"{organisation.public_id}:{dedupe_key}"
    return f"<{uuid.uuid5(NAMESPACE, name)}@{mail_domain()}>"


def mail_domain() -> str:
    """Return the domain in our Message-IDs: the host of this installation's address."""
    return urlsplit(settings.BASE_URL).hostname or "kennisborg.invalid"


def build(
    rendered: Rendered,
    *,
    to: str,
    organisation: Organisation | None,
    headers: Mapping[str, str],
    attachments: Sequence[File] = (),
) -> Email:
    """Return a mail with a plain and an HTML text, marked as written by a machine.

    Args:
        rendered: its texts.
        to: one address; there is never a second recipient.
        organisation: answers go to its hiring desk.
        headers: at least Message-ID.
        attachments: name, content and media type of each.
    """
    reply_to = [organisation.desk_email] if organisation and organisation.desk_email else []
    email = Email(
        rendered.subject,
        rendered.text,
        settings.DEFAULT_FROM_EMAIL,
        [to],
        reply_to=reply_to,
        headers={"Auto-Submitted": "auto-generated", **headers},
    )
    email.attach_alternative(rendered.html, "text/html")
    for name, content, media_type in attachments:
        email.attach(one_line(name), content, media_type)
    return email
