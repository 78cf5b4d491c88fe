"""What an action link opens: a session in the browser of whoever holds it."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.scoping import across_organisations, organisation_scope
from engagements.models import LinkGrant, LinkSession
from engagements.models.links import hash_of
from engagements.operations.issuing import TOKEN_BYTES


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
            LinkSession.objects.in_use(now)
            .filter(
                key_hash=hash_of(key),
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
                "grant__engagement__organisation",
            )
            .first()
        )


def note_visit(session: LinkSession, at: datetime) -> None:
    """Keep a session alive; written once a minute at most."""
    if at - session.last_seen_at > timedelta(minutes=1):
        LinkSession.objects.filter(pk=session.pk).update(last_seen_at=at)
