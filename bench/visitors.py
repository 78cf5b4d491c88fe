"""Who asks for pages: a member of HR, a professional, and a manager behind a link."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Count

import engagements.operations
from accounts.models import Membership, User
from core.models import Organisation
from core.scoping import across_organisations, organisation_scope
from engagements.models import Engagement
from knowledge.models import Deliverable
from offboarding.models import ChecklistItem


@dataclass(frozen=True)
class Visit:
    """What pages are asked about, and with which cookies.

    Attributes:
        organisation: whose pages.
        engagement: a live one with handovers, of somebody who has a login.
        waiting: one of its handovers, which waits for a review.
        item: an open task of it.
        cookies: by persona: hr, freelancer, link.
    """

    organisation: Organisation
    engagement: Engagement
    waiting: Deliverable
    item: ChecklistItem
    cookies: dict[str, str]


def place_of(size: int) -> int:
    """Return the place, by size from 1, of the organisation nearest to so many engagements."""
    with across_organisations():
        counts = Engagement.objects.order_by().values_list("organisation").annotate(Count("pk"))
        sizes = dict(counts)
    keys = sorted(sizes)
    return 1 + min(range(len(keys)), key=lambda at: abs(sizes[keys[at]] - size))


def visit(place: int) -> Visit:
    """Let three people in.

    Args:
        place: which organisation, by size from 1; the first is the largest.
    """
    organisation = Organisation.objects.order_by("pk")[place - 1]
    with organisation_scope(organisation):
        waiting = (
            Deliverable.objects.awaiting_review()
            .filter(engagement__freelancer__user__isnull=False)
            .select_related("engagement__freelancer__user", "engagement__manager")
            .order_by("engagement__ends_on", "pk")[0]
        )
        engagement = waiting.engagement
        item = ChecklistItem.objects.open().filter(engagement=engagement).order_by("pk")[0]
        member = Membership.objects.hr().select_related("user").order_by("pk")[0]
        cookies = {
            "hr": _signed_in(member.user),
            "freelancer": _signed_in(engagement.freelancer.user),
            "link": _linked(engagement),
        }
    return Visit(organisation, engagement, waiting, item, cookies)


def _signed_in(user: User | None) -> str:
    if user is None:
        raise LookupError("somebody without an account cannot sign in")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _linked(engagement: Engagement) -> str:
    _grant, token = engagements.operations.issue_grant(
        contact_id=engagement.manager_id, engagement_id=engagement.pk
    )
    key = engagements.operations.open_session(token=token, network="192.0.2.0/24", browser="Proef")
    return f"{settings.LINK_COOKIE_NAME}={key}"
