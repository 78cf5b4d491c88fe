"""Action links: low-privilege, revocable rights to act by mail, and the sessions they open."""

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit, limits
from core.actors import SYSTEM, Actor
from core.errors import DomainError, NotPermittedError
from core.models import Contact
from core.scoping import across_organisations, organisation_scope
from engagements import rules
from engagements.events import hr_contacts
from engagements.models import Engagement, LinkGrant, LinkSession
from engagements.models.links import hash_of
from engagements.operations.contacts import contact_at
from notifications import outbox

TOKEN_BYTES: Final = 32  # 256 bits: no slow hash needed, and nothing to guess
HAND_ONS_PER_HOUR: Final = 10  # per link
LIVE_GRANTS: Final = 5  # per person and engagement; the oldest is withdrawn

MANAGER_SCOPES: Final = tuple(LinkGrant.Scope.values)
OTHER_SCOPES: Final = (
    LinkGrant.Scope.VIEW,
    LinkGrant.Scope.TICK,
    LinkGrant.Scope.REVIEW,
    LinkGrant.Scope.DELEGATE,
)


def scopes_for(contact: Contact, engagement: Engagement) -> tuple[str, ...]:
    """Return what a link may do: everything for the hiring manager, own tasks for others."""
    return MANAGER_SCOPES if engagement.manager_id == contact.pk else OTHER_SCOPES


@transaction.atomic
def issue_grant(
    *,
    contact_id: int,
    engagement_id: int,
    scopes: Collection[str],
    message_id: int | None = None,
    handed_on_by_id: int | None = None,
) -> tuple[LinkGrant, str]:
    """Make a fresh action link; the secret is returned once and stored nowhere.

    Of more than five live links of one person for one engagement the oldest are withdrawn.

    Returns:
        The grant and the secret for the address, 43 characters that are safe in a URL.
    """
    engagement = Engagement.objects.select_related("organisation").get(pk=engagement_id)
    contact = Contact.objects.get(pk=contact_id)
    organisation = engagement.organisation
    now = timezone.now()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    grant = LinkGrant.objects.create(
        organisation=organisation,
        contact=contact,
        engagement=engagement,
        scopes=list(scopes),
        secret_hash=hash_of(token),
        message_id=message_id,
        handed_on_by_id=handed_on_by_id,
        created_at=now,
        expires_at=rules.grant_expires_at(
            now,
            engagement.ends_on,
            organisation.time_zone,
            lifetime_days=organisation.link_days,
            after_end_days=organisation.link_days_after_end,
        ),
    )
    live = LinkGrant.objects.usable(now).filter(contact=contact, engagement=engagement)
    surplus = live.order_by("-created_at", "-pk").values_list("pk", flat=True)[LIVE_GRANTS:]
    LinkGrant.objects.filter(pk__in=list(surplus)).update(revoked_at=now, revoked_reason="surplus")
    audit.record(
        "engagements.link.issued",
        subject=grant,
        actor=SYSTEM,
        dossier=engagement.public_id,
        data={"contact": contact.pk, "scopes": list(scopes)},
    )
    return grant, token


def find_grant(token: str) -> LinkGrant | None:
    """Return the grant of a secret, usable or not, whichever organisation it is of."""
    with across_organisations():
        return (
            LinkGrant.objects.for_token(token)
            .select_related("organisation", "contact", "engagement")
            .first()
        )


@transaction.atomic
def open_session(*, token: str, network: str, browser: str) -> str | None:
    """Open a link session for whoever holds the secret; the link itself is not used up.

    Args:
        token: the secret from the address.
        network: truncated address, for HR to recognise the session.
        browser: family of the browser.

    Returns:
        The key for the cookie, or None when the link is unknown, expired or withdrawn.
    """
    with across_organisations():
        grant = LinkGrant.objects.usable().for_token(token).select_related("organisation").first()
    if grant is None:
        return None
    key = secrets.token_urlsafe(TOKEN_BYTES)
    with organisation_scope(grant.organisation):
        LinkSession.objects.create(
            organisation=grant.organisation,
            grant=grant,
            key_hash=hash_of(key),
            network=network,
            browser=browser,
        )
        LinkGrant.objects.filter(pk=grant.pk).update(
            last_used_at=timezone.now(), use_count=F("use_count") + 1
        )
    return key


def find_session(key: str) -> LinkSession | None:
    """Return the live session of a cookie, with its grant read afresh; None when it is over."""
    now = timezone.now()
    with across_organisations():
        return (
            LinkSession.objects.filter(key_hash=hash_of(key), ended_at=None)
            .filter(
                created_at__gt=now - timedelta(seconds=settings.LINK_SESSION_SECONDS),
                last_seen_at__gt=now - timedelta(seconds=settings.LINK_SESSION_IDLE_SECONDS),
                grant__in=LinkGrant.objects.usable(now),
                grant__engagement__cancelled_at=None,
            )
            .select_related(
                "organisation",
                "grant__contact",
                "grant__handed_on_by__contact",
                "grant__engagement__freelancer",
                "grant__engagement__manager",
                "grant__engagement__department",
            )
            .first()
        )


def note_visit(session: LinkSession, at: datetime) -> None:
    """Keep a session alive; written once a minute at most."""
    if at - session.last_seen_at > timedelta(minutes=1):
        LinkSession.objects.filter(pk=session.pk).update(last_seen_at=at)


@transaction.atomic
def revoke_grants(
    *,
    reason: str,
    actor: Actor,
    engagement_id: int | None = None,
    contact_id: int | None = None,
    grant_id: int | None = None,
    message_id: int | None = None,
) -> int:
    """Withdraw every live link that fits all that is given; open sessions end with it.

    What was handed on from such a link, by whomever, ends with it.

    The reason is a word such as ``manager_changed``, ``cancelled``, ``by_hr``, ``not_delivered``.

    Returns:
        How many were withdrawn.

    Raises:
        ValueError: nothing was given, which would withdraw every link there is.
    """
    given = {
        "engagement_id": engagement_id,
        "contact_id": contact_id,
        "pk": grant_id,
        "message_id": message_id,
    }
    wanted = {field: value for field, value in given.items() if value is not None}
    if not wanted:
        message = "say which links"
        raise ValueError(message)
    grants = list(
        LinkGrant.objects.filter(revoked_at=None, pk__in=_with_handed_on(wanted))
        .select_related("engagement")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    now = timezone.now()
    LinkGrant.objects.filter(pk__in=[grant.pk for grant in grants]).update(
        revoked_at=now, revoked_reason=reason
    )
    LinkSession.objects.filter(grant__in=grants, ended_at=None).update(ended_at=now)
    for grant in grants:
        audit.record(
            "engagements.link.revoked",
            subject=grant,
            actor=actor,
            dossier=grant.engagement.public_id,
            data={"reason": reason},
        )
    return len(grants)


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
        .select_related("organisation", "engagement", "contact")
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
        data={"contact": colleague.pk, "name": colleague.name},
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


@transaction.atomic
def resend_link(*, token: str) -> bool:
    """Mail a fresh link to the address on file of an old one.

    A link that HR withdrew stays dead, and so does one of somebody who moved to another address
    or of an engagement that was cancelled.

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
            params={"grant": grant.pk},
        )
    return promised is not None
