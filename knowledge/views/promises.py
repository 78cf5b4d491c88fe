"""HR says that the client kept a promise of which only people know, or takes that back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import HrRequest, hr_writes
from core.errors import DomainError
from engagements.models import Engagement
from knowledge import operations


@hr_writes
@require_POST
def promise_say(request: HrRequest, public_id: UUID, kind: str) -> HttpResponse:
    """Say that a promise was kept; with `again` in the form that it was not."""
    engagement = get_object_or_404(Engagement, public_id=public_id)
    say = operations.reopen_promise if "again" in request.POST else operations.keep_promise
    try:
        say(engagement_id=engagement.pk, kind=kind, side="client", actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Noted; the professional sees it too."))
    return redirect(engagement)
