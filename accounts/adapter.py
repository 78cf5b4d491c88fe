import logging
from functools import partial
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import LONGEST_ADDRESS
from core.errors import MailAwayError
from notifications import mail

logger = logging.getLogger(__name__)

UNKNOWN: Final = "account/email/unknown_account"
CODE: Final = "account/email/login_code"
ASKED_BY_ANYBODY: Final = {CODE, "account/email/password_reset_code"}
ADDRESS_STAGE: Final = "allauth.account.stages.EmailVerificationStage"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in without open registration, with mail in our own look."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Refuse what is too long before it is taken apart: everybody can send it."""
        is_short = url is not None and len(url) <= LONGEST_ADDRESS
        return is_short and bool(super().is_safe_url(url))

    def get_login_stages(self) -> list[str]:
        """Leave out the proof of the address: signing in gave it already.

        By a code that came there, or by a password that only its reader could choose.
        """
        stages: list[str] = super().get_login_stages()
        return [stage for stage in stages if stage != ADDRESS_STAGE]

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Move a login to another address, unless that is of another login."""
        try:
            with transaction.atomic():
                return bool(super().confirm_email(request, email_address))
        except IntegrityError:
            message = _("Another account signs in with %(email)s. Ask HR to help.")
            messages.error(request, message % {"email": email_address.email})
            return False

    def send_notification_mail(self, *args: Any, **options: Any) -> None:
        """Tell of a change once it is kept: no transaction waits for a mail server."""
        transaction.on_commit(partial(super().send_notification_mail, *args, **options))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a code or a notice at once: it is of no use later, so it is never queued.

        An address that nobody signs in with gets the same work done and no mail, else the answer
        or the time that it takes would tell who has an account.

        Raises:
            MailAwayError: the mail server cannot be reached, or did not take a mail of which only
                its reader can ask.
        """
        is_unknown = template_prefix == UNKNOWN
        if is_unknown:
            template_prefix, context = CODE, {**context, "code": self.generate_login_code()}
        user = User.objects.filter(email__iexact=email).first()
        chosen = user.mail_language or user.language if user else ""
        language = chosen or translation.get_language() or "nl"
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
                is_held_back=is_unknown,
            )
        except mail.NotSentError as error:
            if template_prefix in ASKED_BY_ANYBODY and not error.is_away:
                logger.warning("sign-in mail refused", extra={"answer": error.answer.label})
                return
            raise MailAwayError from error
