"""The professional says that the client kept a promise, or that it did not after all."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from engagements.access import PortalRequest, freelancer_required
from knowledge import operations
from portal.access import own_engagement


@freelancer_required
@require_POST
def promise_say(request: PortalRequest, public_id: UUID, kind: str) -> HttpResponse:
    """Say that a promise was kept; with `again` in the form that it was not."""
    engagement = own_engagement(request, public_id)
    say = operations.reopen_promise if "again" in request.POST else operations.keep_promise
    try:
        say(engagement_id=engagement.pk, kind=kind, side="freelancer", actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Noted; the client sees it too."))
    return redirect("portal:engagement_detail", public_id)
