"""What accounts say in mail."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership
from notifications.models import Message
from notifications.planning import Letter


def compose_member_welcome(message: Message) -> Letter | None:
    membership = (
        Membership.objects.active()
        .select_related("user", "organisation")
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
