"""Making action links: all that one mail, or many mails, bring in a handful of statements."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, models, transaction
from django.utils import timezone

from core import audit
from core.actors import SYSTEM
from core.models import Contact
from engagements import rules
from engagements.models import Engagement, LinkGrant, LinkSession
from engagements.models.links import hash_of

TOKEN_BYTES: Final = 32  # 256 bits: no slow hash needed, and nothing to guess
LIVE_GRANTS: Final = 5  # per person and engagement; the oldest is withdrawn

MANAGER_SCOPES: Final = tuple(LinkGrant.Scope.values)
OTHER_SCOPES: Final = (
    LinkGrant.Scope.VIEW,
    LinkGrant.Scope.TICK,
    LinkGrant.Scope.REVIEW,
    LinkGrant.Scope.DELEGATE,
)

# Django writes a placeholder for every value of a table with an array, which both sides then read.
INSERT: Final = """
    INSERT INTO engagements_linkgrant
           (organisation_id, public_id, contact_id, engagement_id, scopes, secret_hash, message_id,
            handed_on_by_id, created_at, expires_at, revoked_at, revoked_reason, use_count)
    SELECT organisation, public_id, contact, engagement, string_to_array(scopes, ','), hash,
           message, handed_on_by, created_at, expires_at, revoked_at, revoked_reason, 0
      FROM unnest(%s::bigint[], %s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::bytea[],
                  %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[],
                  %s::timestamptz[], %s::text[])
           AS fresh (organisation, public_id, contact, engagement, scopes, hash, message,
                     handed_on_by, created_at, expires_at, revoked_at, revoked_reason)
    RETURNING id, secret_hash
"""


@dataclass(frozen=True, kw_only=True)
class WantedLink:
    """An action link that is to be made.

    Attributes:
        contact_id: whose link it is.
        engagement_id: on which engagement it acts.
        scopes: what it may do; by default what its holder may (``scopes_for``).
        message_id: the mail that brings it.
        handed_on_by_id: the link from which it comes.
    """

    contact_id: int
    engagement_id: int
    scopes: Collection[str] | None = None
    message_id: int | None = None
    handed_on_by_id: int | None = None


def scopes_for(contact: Contact, engagement: Engagement) -> tuple[str, ...]:
    """Return what a link may do: everything for the hiring manager, own tasks for others."""
    return MANAGER_SCOPES if engagement.manager_id == contact.pk else OTHER_SCOPES


def issue_grant(
    *,
    contact_id: int,
    engagement_id: int,
    scopes: Collection[str] | None = None,
    message_id: int | None = None,
    handed_on_by_id: int | None = None,
) -> tuple[LinkGrant, str]:
    """Make one fresh action link, see ``issue_grants``; the arguments are of ``WantedLink``."""
    wanted = WantedLink(
        contact_id=contact_id,
        engagement_id=engagement_id,
        scopes=scopes,
        message_id=message_id,
        handed_on_by_id=handed_on_by_id,
    )
    return issue_grants(wanted=[wanted])[0]


@transaction.atomic
def issue_grants(*, wanted: Sequence[WantedLink]) -> list[tuple[LinkGrant, str]]:
    """Make fresh action links; each secret is returned once and stored nowhere.

    Of more than five live links of one person for one engagement the oldest are withdrawn. What
    comes from a link that was withdrawn in the meantime is withdrawn from the start.

    Args:
        wanted: of one organisation.

    Returns:
        For each, in the same order, the grant and the secret for the address, 43 characters that
        are safe in a URL.
    """
    locked = behind_changes().filter(pk__in={one.engagement_id for one in wanted})
    needed = locked.only("public_id", "organisation", "manager", "ends_on")
    engagements = {one.pk: one for one in needed}
    contacts = Contact.objects.in_bulk({one.contact_id for one in wanted})
    sources = LinkGrant.objects.in_bulk({one.handed_on_by_id for one in wanted} - {None})
    now = timezone.now()
    made = [
        _fresh(
            one,
            contacts[one.contact_id],
            engagements[one.engagement_id],
            now,
            sources.get(one.handed_on_by_id),
        )
        for one in wanted
    ]
    grants = [grant for grant, _token in made]
    _insert(grants)
    _make_room(grants, now)
    changes = [
        audit.Change(
            subject=grant,
            dossier=grant.engagement.public_id,
            data={"contact": grant.contact_id, "scopes": grant.scopes},
        )
        for grant in grants
    ]
    audit.record_many("engagements.link.issued", changes, actor=SYSTEM)
    return made


def _fresh(
    wanted: WantedLink,
    contact: Contact,
    engagement: Engagement,
    now: datetime,
    source: LinkGrant | None,
) -> tuple[LinkGrant, str]:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    scopes = scopes_for(contact, engagement) if wanted.scopes is None else wanted.scopes
    grant = LinkGrant(
        organisation=engagement.organisation,
        contact=contact,
        engagement=engagement,
        scopes=list(scopes),
        secret_hash=hash_of(token),
        message_id=wanted.message_id,
        handed_on_by_id=wanted.handed_on_by_id,
        created_at=now,
        expires_at=_expiry(engagement, now),
        **_withdrawn_like(source),
    )
    return grant, token


def _insert(grants: Sequence[LinkGrant]) -> None:
    """Write fresh links down, and tell each its key; most mails bring several."""
    if not grants:
        return
    rows = [
        (
            grant.organisation_id,
            grant.public_id,
            grant.contact_id,
            grant.engagement_id,
            ",".join(grant.scopes),
            grant.secret_hash,
            grant.message_id,
            grant.handed_on_by_id,
            grant.created_at,
            grant.expires_at,
            grant.revoked_at,
            grant.revoked_reason,
        )
        for grant in grants
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [list(column) for column in zip(*rows, strict=True)])
        keys = {bytes(secret_hash): key for key, secret_hash in cursor.fetchall()}
    for grant in grants:
        grant.pk = keys[bytes(grant.secret_hash)]
        grant._state.adding = False  # as Django notes of what it wrote itself


def _make_room(grants: Sequence[LinkGrant], now: datetime) -> None:
    """Withdraw the oldest links of a person to an engagement, past the few that may live.

    One that is in use goes on: mails that come in meanwhile take nobody's page away.
    """
    live = (
        LinkGrant.objects.usable(now)
        .filter(
            contact__in={grant.contact_id for grant in grants},
            engagement__in={grant.engagement_id for grant in grants},
        )
        .exclude(sessions__in=LinkSession.objects.in_use(now))
    )
    newest_first: Mapping[tuple[int, int], list[int]] = defaultdict(list)
    rows = live.order_by("-created_at", "-pk").values_list("contact", "engagement", "pk")
    for contact, engagement, key in rows:
        newest_first[contact, engagement].append(key)
    surplus = [key for keys in newest_first.values() for key in keys[LIVE_GRANTS:]]
    if surplus:
        # One that was withdrawn in the meantime stays withdrawn: a surplus one brings a new one.
        LinkGrant.objects.filter(pk__in=surplus, revoked_at=None).update(
            revoked_at=now, revoked_reason="surplus"
        )


def behind_changes() -> models.QuerySet[Engagement]:
    """Return engagements as they are once whoever changes them is done, and lock them.

    Closing one and naming another manager withdraw links: all that there are by then.
    """
    return Engagement.objects.select_for_update(of=("self",), no_key=True).order_by("pk")


def _expiry(engagement: Engagement, now: datetime) -> datetime:
    organisation = engagement.organisation
    return rules.grant_expires_at(
        now,
        engagement.ends_on,
        organisation.time_zone,
        lifetime_days=organisation.link_days,
        after_end_days=organisation.link_days_after_end,
    )


def _withdrawn_like(source: LinkGrant | None) -> dict[str, Any]:
    """Return when and why the link was withdrawn from which a new one comes; nothing if it lives.

    One that only made room for newer links of the same person counts as living.
    """
    if source is None or source.revoked_reason in ("", "surplus"):
        return {}
    return {"revoked_at": source.revoked_at, "revoked_reason": source.revoked_reason}
