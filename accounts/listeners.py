"""What accounts say in mail, and what they do when a login moves to another address."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import operations
from accounts.models import Membership, User
from notifications.models import Message
from notifications.planning import Letter


def compose_member_welcome(message: Message) -> Letter | None:
    membership = (
        Membership.objects.active()
        .select_related("user")
        .filter(pk=message.params["membership"])
        .first()
    )
    if membership is None:
        return None
    return Letter(
        template="member_welcome",
        context={
            "membership": membership,
            "reader": message.contact,
            "action_url": settings.BASE_URL + reverse("account_request_login_code"),
            "action_label": _("Sign in"),
        },
    )


def answer_moved_login(*, request: Any, user: User, **_facts: Any) -> None:
    """Answer the signal of allauth; `request` is the one that changed the address."""
    operations.login_moved(user_id=user.pk, session_key=request.session.session_key or "")
