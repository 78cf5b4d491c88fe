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
        found = LinkSession.objects.in_use(now).filter(key_hash=hash_of(key))
        session = found.select_related("organisation").first()
        if session is None:
            return None
        # By itself: of one statement with so many tables the plan takes longer than the answer.
        grants = LinkGrant.objects.usable(now).filter(engagement__cancelled_at=None)
        grant = (
            grants.select_related(
                "contact",
                "handed_on_by__contact",
                "engagement__freelancer",
                "engagement__manager",
                "engagement__department",
            )
            .filter(pk=session.grant_id)
            .first()
        )
        if grant is None:
            return None
        grant.organisation = grant.engagement.organisation = session.organisation
        session.grant = grant
        return session


def note_visit(session: LinkSession, at: datetime) -> None:
    """Keep a session alive; written once a minute at most."""
    if at - session.last_seen_at > timedelta(minutes=1):
        LinkSession.objects.filter(pk=session.pk).update(last_seen_at=at)
