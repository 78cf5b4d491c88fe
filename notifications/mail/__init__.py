"""Rendering one mail and handing it to the mail server; nobody else talks to that server."""

from notifications.mail.answers import answer_of
from notifications.mail.letters import Email, build, mail_domain, message_id
from notifications.mail.relay import NotSentError, Relay, greet, send_now
from notifications.mail.texts import Rendered, one_line, render

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
