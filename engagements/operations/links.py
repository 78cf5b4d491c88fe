"""Action links: low-privilege, revocable rights to act by mail, and the sessions they open."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

import accounts.operations
from accounts.models import User
from core import audit, limits
from core.actors import Actor
from core.errors import DomainError, NotPermittedError
from core.models import Contact
from core.scoping import across_organisations, organisation_scope
from engagements.events import hr_contacts
from engagements.models import LinkGrant, LinkSession
from engagements.operations.contacts import contact_at
from engagements.operations.issuing import behind_changes
from notifications import outbox

HAND_ONS_PER_HOUR: Final = 10  # per link


def find_grant(token: str) -> LinkGrant | None:
    """Return the grant of a secret, usable or not, whichever organisation it is of."""
    with across_organisations():
        return (
            LinkGrant.objects.for_token(token)
            .select_related("organisation", "contact", "engagement")
            .first()
        )


@transaction.atomic
def revoke_grants(
    *,
    reason: str,
    actor: Actor,
    engagement_id: int | None = None,
    contact_id: int | None = None,
    message_id: int | None = None,
) -> int:
    """Withdraw every live link that fits all that is given; open sessions end with it.

    What was handed on from such a link, by whomever, ends with it. So does what made room for newer
    links: from then on it brings no new one.

    The reason is a word such as ``manager_changed``, ``cancelled``, ``by_hr``, ``not_delivered``.

    Returns:
        How many worked until now.

    Raises:
        ValueError: nothing was given, which would withdraw every link there is.
    """
    given = {
        "engagement_id": engagement_id,
        "contact_id": contact_id,
        "message_id": message_id,
    }
    wanted = {field: key for field, key in given.items() if key is not None}
    if not wanted:
        message = "say which links"
        raise ValueError(message)
    if message_id is None:
        # Not where the links of a mail go: that mail is locked already, and whoever changes an
        # engagement takes its mail after it.
        keys = [engagement_id] if engagement_id else _engagements_with(wanted)
        list(behind_changes().filter(pk__in=keys))
    grants = list(
        LinkGrant.objects.not_withdrawn()
        .filter(pk__in=_with_handed_on(wanted))
        .select_related("engagement")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    return _withdraw(grants, reason, actor)


def _withdraw(grants: Sequence[LinkGrant], reason: str, actor: Actor) -> int:
    """Withdraw these links, and return how many of them were live."""
    live = [grant for grant in grants if grant.revoked_at is None]
    now = timezone.now()
    LinkGrant.objects.filter(pk__in=[grant.pk for grant in grants]).update(
        revoked_at=now, revoked_reason=reason
    )
    LinkSession.objects.filter(grant__in=grants, ended_at=None).update(ended_at=now)
    for grant in live:
        audit.record(
            "engagements.link.revoked",
            subject=grant,
            actor=actor,
            dossier=grant.engagement.public_id,
            data={"contact": grant.contact_id, "reason": reason},
        )
    return len(live)


def _engagements_with(wanted: Mapping[str, Any]) -> list[int]:
    grants = LinkGrant.objects.filter(**wanted)
    return list(grants.values_list("engagement_id", flat=True).distinct())


def _with_handed_on(wanted: Mapping[str, Any]) -> set[int]:
    """Return the links that fit, and all that came from them, past those that were withdrawn."""
    found: set[int] = set()
    fresh = set(LinkGrant.objects.filter(**wanted).values_list("pk", flat=True))
    while fresh:
        found |= fresh
        next_ones = LinkGrant.objects.filter(handed_on_by__in=fresh)
        fresh = set(next_ones.values_list("pk", flat=True)) - found
    return found


@transaction.atomic
def hand_on(*, grant_id: int, name: str, email: str, actor: Actor) -> Contact:
    """Ask a colleague to act instead: they get a link of their own, with their own name.

    HR hears of it.

    Raises:
        NotPermittedError: this link may not be handed on.
        DomainError: the address is not of the organisation, or is the holder's own; or it was
            handed on too often in an hour.
    """
    grant = (
        LinkGrant.objects.usable()
        .select_for_update(of=("self",))
        .select_related("engagement", "contact")
        .filter(pk=grant_id)
        .first()
    )
    if grant is None or not grant.may(LinkGrant.Scope.DELEGATE):
        raise NotPermittedError(_("This link cannot be handed on."))
    if not limits.allow("hand-on", str(grant.pk), limit=HAND_ONS_PER_HOUR, seconds=3600):
        raise DomainError(_("You handed on very often in a short time. Try again in an hour."))
    organisation, engagement = grant.organisation, grant.engagement
    domain = email.strip().rpartition("@")[2].lower()
    if domain not in [allowed.lower() for allowed in organisation.allowed_domains]:
        raise DomainError(
            _("A link can be handed on to colleagues only: use an address at %(domains)s.")
            % {"domains": ", ".join(organisation.allowed_domains) or "—"}
        )
    if email.strip().lower() == grant.contact.email.lower():
        raise DomainError(_("This is your own address. Fill in the address of a colleague."))
    colleague = contact_at(organisation=organisation, email=email, name=name)
    audit.record(
        "engagements.link.handed_on",
        subject=grant,
        actor=actor,
        dossier=engagement.public_id,
        data={"contact": colleague.pk},
    )
    outbox.enqueue(
        "link_handed_on",
        contact=colleague,
        dossier=engagement.public_id,
        dedupe_key=f"link_handed_on:{grant.pk}:{colleague.pk}:{timezone.now():%Y%m%d}",
        params={"grant": grant.pk},
    )
    _tell_hr(grant, colleague)
    return colleague


def _tell_hr(grant: LinkGrant, colleague: Contact) -> None:
    """Tell HR who acts from now on, for whom; they withdraw the link if that is wrong."""
    for contact in hr_contacts():
        if contact.pk in (grant.contact_id, colleague.pk):
            continue
        outbox.enqueue(
            "hand_on_told",
            contact=contact,
            dossier=grant.engagement.public_id,
            dedupe_key=f"hand_on_told:{grant.pk}:{colleague.pk}:{contact.pk}",
            params={"grant": grant.pk, "colleague": colleague.pk},
        )


def _record_resent(grant: LinkGrant) -> None:
    """Note who asked: whoever holds the old link, and so its contact as far as we know."""
    contact = grant.contact
    audit.record(
        "engagements.link.resent",
        subject=grant,
        actor=Actor(label=contact.name, kind="link", contact_id=contact.pk, grant_id=grant.pk),
        dossier=grant.engagement.public_id,
        data={"contact": contact.pk},
    )


@transaction.atomic
def choose_language(*, contact_id: int, language: str, actor: Actor) -> None:
    """Write to the holder of a link in the language that they chose in the header.

    Somebody who signs in as well gets the same as from the header of those pages.
    """
    users = User.objects.filter(
        Q(memberships__contact=contact_id)
        | Q(freelancers__business_contact=contact_id)
        | Q(freelancers__private_contact=contact_id)
    ).distinct()
    for user_id in users.values_list("pk", flat=True):
        accounts.operations.set_language(user_id=user_id, language=language)
    if not users:
        accounts.operations.choose_language(contact_id=contact_id, language=language, actor=actor)


@transaction.atomic
def resend_link(*, token: str, task: str = "") -> bool:
    """Mail a fresh link to the address on file of an old one.

    A link that HR withdrew stays dead, and so does one of somebody who moved to another address
    or of an engagement that was cancelled.

    Args:
        token: the secret from the address.
        task: key of the question that the old mail was about; the new one leads there too.

    Returns:
        Whether a mail was promised; a page must not tell the visitor.
    """
    grant = find_grant(token)
    if grant is None or grant.revoked_reason not in ("", "surplus"):
        return False
    if not grant.contact.is_reachable or grant.engagement.cancelled_at is not None:
        return False
    moved_at = grant.contact.email_changed_at
    if moved_at is not None and grant.created_at <= moved_at:
        return False
    with organisation_scope(grant.organisation):
        promised = outbox.enqueue(
            "link_resent",
            contact=grant.contact,
            dossier=grant.engagement.public_id,
            dedupe_key=f"link_resent:{grant.pk}:{timezone.now():%Y%m%d%H%M}",
            params={"grant": grant.pk, "to": task},
        )
        if promised is not None:
            _record_resent(grant)
    return promised is not None
