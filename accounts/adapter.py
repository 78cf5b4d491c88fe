from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User
from core.errors import MailAwayError
from notifications import mail


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in without open registration, with mail in our own look."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a code or a notice at once: it is of no use later, so it is never queued.

        Raises:
            MailAwayError: the mail server cannot be reached.
        """
        user = User.objects.filter(email__iexact=email).first()
        language = (user.language if user else "") or translation.get_language() or "nl"
        with translation.override(language):
            subject = render_to_string(f"{template_prefix}_subject.txt", context)
            text = render_to_string(f"{template_prefix}_message.txt", context)
        try:
            mail.send_now(
                "account_notice",
                to=email,
                context={
                    "subject": " ".join(subject.split()),
                    "paragraphs": [part.strip() for part in text.split("\n\n") if part.strip()],
                    "code": context.get("code", ""),
                },
                language=language,
            )
        except (SMTPException, OSError) as error:
            raise MailAwayError from error
