"""Rendering one mail and handing it to the mail server; nobody else talks to that server."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from core.models import Organisation
from notifications.mail.relay import NotSentError, Relay, answer_of, greet
from notifications.mail.texts import Rendered, build, mail_domain, message_id, one_line, render
from notifications.mail.wire import Email

__all__ = [
    "Email",
    "NotSentError",
    "Relay",
    "Rendered",
    "answer_of",
    "build",
    "greet",
    "mail_domain",
    "message_id",
    "one_line",
    "render",
    "send_now",
]

INTERACTIVE_SECONDS: Final = 10  # somebody waits for the page


def send_now(
    template: str,
    to: str,
    context: Mapping[str, Any],
    language: str,
    organisation: Organisation | None = None,
    *,
    is_held_back: bool = False,
) -> None:
    """Send a mail that somebody is waiting for, such as a sign-in code, without the outbox.

    Args:
        template: as for `render`.
        to: one address.
        context: what the template needs.
        language: in which it is written.
        organisation: answers go to its hiring desk.
        is_held_back: goes as far as the mail server and does not hand the mail over.

    Raises:
        NotSentError: the mail server did not take it (a subclass of OSError).
    """
    rendered = render(template, context, language=language, organisation=organisation)
    headers = {"Message-ID": f"<{uuid.uuid4()}@{mail_domain()}>"}
    email = build(rendered, to=to, organisation=organisation, headers=headers)
    with Relay(timeout=INTERACTIVE_SECONDS) as relay:
        relay.send(None if is_held_back else email)
