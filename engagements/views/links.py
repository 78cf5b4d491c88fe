"""The neutral page of an action link, and HR's grip on links."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from csp.decorators import csp
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import HrRequest, hr_writes
from core import limits
from core.addresses import client_ip, network_of
from core.wording import browser_name
from engagements import operations
from engagements.models import LinkGrant
from engagements.models.links import hash_of

NEUTRAL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "font-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
UNKNOWN_PER_MINUTE = 30
OPENED_PER_MINUTE = 60
RESENDS_PER_HOUR = 3
RESENDS_PER_ADDRESS = 20
HOUR = 3600
TASK_KEY = re.compile(r"(library:)?[a-z0-9-]{1,40}")  # a word or a UUID


def _asked(request: HttpRequest) -> str:
    """Return the key of the question that the mail was about, empty when it names none."""
    key = request.GET.get("to", "")
    return key if TASK_KEY.fullmatch(key) else ""


def _first_page(task: str) -> str:
    if not task:
        return reverse("offboarding:link_tasks")
    return f"{reverse('offboarding:link_start')}?{urlencode({'to': task})}"


def _quiet(response: HttpResponse) -> HttpResponse:
    # `no-referrer` would make browsers send "Origin: null" with the form, and fail its CSRF check.
    # `strict-origin` keeps the address of this page, and with it the secret, to itself as well.
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@never_cache
@csp(NEUTRAL_POLICY)  # type: ignore[arg-type]  # its type knows views without arguments only
@require_http_methods(["GET", "HEAD", "POST"])
def grant_open(request: HttpRequest, token: str) -> HttpResponse:
    """Show one button on GET, open a link session on POST.

    Mail scanners follow links, so a GET writes nothing, looks nothing up and names nobody.
    """
    page = {"token": token, "to": _asked(request)}
    if request.method != "POST":
        return _quiet(render(request, "engagements/grant_open.html", page))
    if not limits.allow("link-open", hash_of(token).hex(), limit=OPENED_PER_MINUTE, seconds=60):
        return _quiet(
            render(request, "engagements/grant_busy.html", {"is_known": True}, status=429)
        )
    ip = client_ip(request)
    browser = browser_name(request.headers.get("User-Agent", ""))
    key = operations.open_session(token=token, network=network_of(ip), browser=browser)
    if key is None:
        return _unknown(request, page, ip)
    response = redirect(_first_page(page["to"]))
    response.set_cookie(
        settings.LINK_COOKIE_NAME,
        key,
        max_age=settings.LINK_SESSION_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return _quiet(response)


def _unknown(request: HttpRequest, page: Mapping[str, str], ip: str) -> HttpResponse:
    """Answer a link that opens nothing; whoever tries many hears that it is busy."""
    if not limits.allow("unknown-link", ip, limit=UNKNOWN_PER_MINUTE, seconds=60):
        return _quiet(render(request, "engagements/grant_busy.html", status=429))
    return _quiet(render(request, "engagements/grant_unknown.html", page, status=404))


@never_cache
@csp(NEUTRAL_POLICY)  # type: ignore[arg-type]  # its type knows views without arguments only
@require_POST
def grant_resend(request: HttpRequest, token: str) -> HttpResponse:
    """Mail a new link to the address on file; the answer is the same for everybody."""
    # By its hash: the secret of a link stands nowhere, not in the cache either.
    link = hash_of(token).hex()
    per_link = limits.allow("resend", link, limit=RESENDS_PER_HOUR, seconds=HOUR)
    per_ip = limits.allow("resend-ip", client_ip(request), limit=RESENDS_PER_ADDRESS, seconds=HOUR)
    if per_link and per_ip:
        operations.resend_link(token=token, task=_asked(request))
    return _quiet(render(request, "engagements/grant_resent.html"))


@hr_writes
@require_POST
def grant_revoke(request: HrRequest, public_id: UUID) -> HttpResponse:
    grant = get_object_or_404(LinkGrant.objects.select_related("engagement"), public_id=public_id)
    # All of this person's links to this engagement: mail after mail brought a fresh one.
    operations.revoke_grants(
        contact_id=grant.contact_id,
        engagement_id=grant.engagement_id,
        reason="by_hr",
        actor=request.actor,
    )
    messages.success(request, _("The link no longer works."))
    engagement: Any = grant.engagement
    return redirect(engagement)
