"""By which door readers of mail come in, and what mails about links say."""

from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from core.actors import SYSTEM
from core.models import Contact
from engagements.models import Engagement, Freelancer, LinkGrant
from engagements.operations import links
from notifications.models import Message
from notifications.planning import Door, Entrance, Landing, Letter


def _absolute(path: str) -> str:
    # From a setting, never from a request: whoever asks must not choose where links lead.
    base: str = settings.BASE_URL
    return base + path


class EngagementDoors:
    """Professionals go to their portal, members to the engagement, all others get a link."""

    def kind(self, *, contact: Contact, dossier: UUID) -> Door:
        """Return by which door this reader comes in."""
        if Membership.objects.active().filter(contact=contact).exists():
            return "desk"
        return "portal" if self._has_portal(contact, dossier) else "link"

    def open(self, *, contact: Contact, dossier: UUID, message: Message) -> Entrance:
        """Open the door of this reader, with a fresh action link where one is needed."""
        door = self.kind(contact=contact, dossier=dossier)
        return Entrance(door=door, url=_absolute(self._path(door, contact, dossier, message)))

    def _path(self, door: Door, contact: Contact, dossier: UUID, message: Message) -> str:
        if door == "desk":
            return reverse("dashboards:engagement_detail", args=[dossier])
        if door == "portal":
            return reverse("portal:engagement_detail", args=[dossier])
        engagement = Engagement.objects.get(public_id=dossier)
        _grant, token = links.issue_grant(
            contact_id=contact.pk,
            engagement_id=engagement.pk,
            message_id=message.pk,
            handed_on_by_id=self._handed_on_by(message),
        )
        return reverse("engagements:grant_open", args=[token])

    def shut(self, *, message: Message) -> None:
        """Withdraw the links of a mail that certainly did not arrive."""
        links.revoke_grants(message_id=message.pk, reason="not_delivered", actor=SYSTEM)

    @staticmethod
    def _has_portal(contact: Contact, dossier: UUID) -> bool:
        return (
            Freelancer.objects.filter(engagements__public_id=dossier, user__isnull=False)
            .filter(Q(business_contact=contact) | Q(private_contact=contact))
            .exists()
        )

    @staticmethod
    def _handed_on_by(message: Message) -> int | None:
        """Return the link that this one stands in for, when it was handed on or mailed again."""
        if message.kind == "link_handed_on":
            grant_id: int = message.params["grant"]
            return grant_id
        if message.kind == "link_resent":
            old = LinkGrant.objects.filter(pk=message.params["grant"]).first()
            return old.handed_on_by_id if old else None
        return None


def addresses_of_professional(user: User) -> list[Contact]:
    """Return both addresses of a user who is a professional, in every organisation."""
    own = Q(freelancers__user=user) | Q(freelancers_privately__user=user)
    return list(Contact.objects.filter(own).select_related("organisation").distinct())


def compose_link_mail(message: Message) -> Letter | None:
    """Say that a colleague handed the questions on, or that a new link was asked for."""
    grant = (
        LinkGrant.objects.select_related("contact", "engagement__freelancer", "engagement")
        .filter(
            pk=message.params["grant"],
            engagement__cancelled_at=None,
            revoked_reason__in=("", "surplus"),  # else the mail would bring a link of one withdrawn
        )
        .first()
    )
    if grant is None:
        return None
    task = message.params.get("to", "")
    return Letter(
        template=message.kind,
        context={
            "engagement": grant.engagement,
            "colleague": grant.contact,
            "reader": message.contact,
            "action_label": _("Go on where you were") if task else _("Open the list"),
        },
        landing=Landing(task=task),
    )
