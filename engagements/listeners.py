"""By which door readers of mail come in, and what mails about links say."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from core.actors import SYSTEM
from core.models import Contact
from engagements.models import Engagement, LinkGrant
from engagements.operations.issuing import WantedLink, issue_grants
from engagements.operations.links import revoke_grants
from notifications.models import Message
from notifications.planning import Door, Entrance, Landing, Letter, Opened, Reader


def _absolute(path: str) -> str:
    # From a setting, never from a request: whoever asks must not choose where links lead.
    base: str = settings.BASE_URL
    return base + path


class EngagementDoors:
    """Professionals go to their portal, members to the engagement, all others get a link."""

    def kinds(self, readers: Collection[Reader]) -> Mapping[Reader, Door]:
        """Return by which door each reader comes in, in two queries for all of them."""
        contacts = {contact for contact, _dossier in readers}
        members = Membership.objects.active().filter(contact__in=contacts)
        desks = set(members.values_list("contact", flat=True))
        portals = self._portals({dossier for contact, dossier in readers if contact not in desks})
        return {
            reader: "desk" if reader[0] in desks else "portal" if reader in portals else "link"
            for reader in readers
        }

    def open(self, letters: Sequence[tuple[Message, Sequence[UUID]]]) -> Mapping[Opened, Entrance]:
        """Open the doors of these letters, with fresh action links where they are needed."""
        kinds = self.kinds({(m.contact_id, dossier) for m, own in letters for dossier in own})
        wanted = [
            (message, dossier)
            for message, own in letters
            for dossier in own
            if kinds[message.contact_id, dossier] == "link"
        ]
        tokens = self._issue(wanted)
        return {
            (message.pk, dossier): self._entrance(
                kinds[message.contact_id, dossier], dossier, tokens.get((message.pk, dossier), "")
            )
            for message, own in letters
            for dossier in own
        }

    @staticmethod
    def _entrance(door: Door, dossier: UUID, token: str) -> Entrance:
        paths = {"desk": "dashboards:engagement_detail", "portal": "portal:engagement_detail"}
        path = (
            reverse("engagements:grant_open", args=[token])
            if door == "link"
            else reverse(paths[door], args=[dossier])
        )
        return Entrance(door=door, url=_absolute(path))

    def _issue(self, wanted: Sequence[tuple[Message, UUID]]) -> dict[Opened, str]:
        """Make the links of these letters at once, and return their secrets."""
        if not wanted:
            return {}
        named = Engagement.objects.filter(public_id__in={dossier for _message, dossier in wanted})
        engagements = dict(named.values_list("public_id", "pk"))
        links = [
            WantedLink(
                contact_id=message.contact_id,
                engagement_id=engagements[dossier],
                message_id=message.pk,
                handed_on_by_id=self._handed_on_by(message),
            )
            for message, dossier in wanted
        ]
        made = issue_grants(wanted=links)
        return {
            (message.pk, dossier): token
            for (message, dossier), (_grant, token) in zip(wanted, made, strict=True)
        }

    def shut(self, *, message: Message) -> None:
        """Withdraw the links of a mail that certainly did not arrive."""
        revoke_grants(message_id=message.pk, reason="not_delivered", actor=SYSTEM)

    @staticmethod
    def _portals(dossiers: Collection[UUID]) -> set[Reader]:
        """Return the addresses of the professionals of these engagements who have a portal."""
        with_portal = Engagement.objects.filter(
            public_id__in=dossiers, freelancer__user__isnull=False
        )
        rows = with_portal.values_list(
            "public_id", "freelancer__business_contact", "freelancer__private_contact"
        )
        return {(contact, dossier) for dossier, *own in rows for contact in own if contact}

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
