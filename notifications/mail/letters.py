"""One mail with its headers, marked as written by a machine."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from core.models import Organisation
from notifications.mail.texts import Rendered, one_line

# Any fixed UUID: the same message has the same Message-ID on every try, for ever.
NAMESPACE: Final = uuid.UUID("6b1d3c52-8a0e-5f5e-9c7b-0d8c1f6f2a11")

Email = EmailMultiAlternatives
File = tuple[str, bytes, str]


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
    email = EmailMultiAlternatives(
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
