"""What the mails about one change say at the moment of sending."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Contact
from engagements.models import Engagement, EngagementChange, Freelancer, LinkGrant
from engagements.queries import last_day_as_calendar
from notifications.models import Message
from notifications.planning import Attachment, Landing, Letter


def compose_end_moved(message: Message) -> Letter | None:
    """Tell the new last day; nothing to say once it moved again or the file is over."""
    change = _change_of(message)
    if change is None or change.new_ends_on != change.engagement.ends_on:
        return None
    return Letter(
        template="end_moved",
        context={**_context(message, change), "action_label": _("See what changes for you")},
        attachments=[last_day_attachment(change.engagement)],
    )


def compose_change_decided(message: Message) -> Letter | None:
    """Tell whoever asked for another end what HR decided."""
    change = _change_of(message)
    if change is None or change.state == EngagementChange.State.REQUESTED:
        return None
    return Letter(
        template="change_decided",
        context={**_context(message, change), "action_label": _("Open the engagement")},
    )


def compose_portal_welcome(message: Message) -> Letter | None:
    """Tell a professional how to sign in; nothing to say when the login was taken away."""
    freelancer = (
        Freelancer.objects.exclude(user=None).filter(pk=message.params["freelancer"]).first()
    )
    if freelancer is None:
        return None
    return Letter(
        template="portal_welcome",
        context={
            "freelancer": freelancer,
            "reader": message.contact,
            "action_url": settings.BASE_URL + reverse("account_request_login_code"),
            "action_label": _("Sign in"),
        },
    )


def compose_hand_on_told(message: Message) -> Letter | None:
    """Tell HR that the holder of a link handed the questions on, and to whom."""
    grant = (
        LinkGrant.objects.select_related("contact", "engagement__freelancer")
        .filter(pk=message.params["grant"], engagement__cancelled_at=None)
        .first()
    )
    colleague = Contact.objects.filter(pk=message.params["colleague"]).first()
    if grant is None or colleague is None:
        return None
    return Letter(
        template="hand_on_told",
        context={
            "engagement": grant.engagement,
            "holder": grant.contact,
            "colleague": colleague,
            "reader": message.contact,
            "action_label": _("Open the engagement"),
        },
        landing=Landing(desk=f"{grant.engagement.get_absolute_url()}#links"),
    )


# Kind of the message: who says what it says, and what HR calls it.
COMPOSERS: Mapping[str, tuple[Callable[[Message], Letter | None], Promise]] = {
    "end_moved": (compose_end_moved, gettext_lazy("end date moved")),
    "change_decided": (compose_change_decided, gettext_lazy("answer to a request")),
    "hand_on_told": (compose_hand_on_told, gettext_lazy("questions handed on, for HR")),
    "portal_welcome": (compose_portal_welcome, gettext_lazy("welcome to the portal")),
}


def _change_of(message: Message) -> EngagementChange | None:
    return (
        EngagementChange.objects.filter(
            pk=message.params["change"],
            engagement__cancelled_at=None,
            engagement__closed_at=None,
        )
        .select_related("engagement__freelancer", "engagement__department", "engagement__manager")
        .first()
    )


def _context(message: Message, change: EngagementChange) -> dict[str, object]:
    engagement = change.engagement
    return {
        "change": change,
        "engagement": engagement,
        "reader": message.contact,
        "is_own": engagement.freelancer.is_contact(message.contact_id),
        "is_declined": change.state == EngagementChange.State.DECLINED,
        "is_swap": change.kind == EngagementChange.Kind.SWAP,
    }


def last_day_attachment(engagement: Engagement) -> Attachment:
    """Return the last day as a file that goes with a mail; needs ``freelancer`` loaded."""
    content = last_day_as_calendar(engagement)
    return Attachment(name=_("last-day.ics"), content=content, media_type="text/calendar")
