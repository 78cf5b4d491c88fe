"""Handovers that exist: the list, one of them, its files, its day in a calendar."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.downloads import file_response
from core.errors import DomainError
from engagements.access import PortalRequest, freelancer_required
from knowledge import operations
from knowledge.models import Deliverable, TransferSession
from knowledge.queries import preview_of
from portal import queries
from portal.access import chosen_engagement, own_deliverable, own_file
from portal.rules import SessionEvent, calendar_file


@freelancer_required
@require_safe
def deliverable_list(request: PortalRequest) -> HttpResponse:
    """Show all handovers of one engagement; ``?engagement=`` chooses another."""
    engagements = queries.engagements_of(request.freelancer)
    engagement = chosen_engagement(engagements, request.GET.get("engagement", ""))
    context = {
        "engagement": engagement,
        "engagements": engagements,
        "groups": queries.list_groups(engagement) if engagement else [],
    }
    return render(request, "portal/deliverable_list.html", context)


@freelancer_required
@require_safe
def deliverable_detail(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Show one handover: what was said about it, every version, and what it earned."""
    deliverable = own_deliverable(request, public_id)
    history = queries.history_of(deliverable)
    context = {
        "deliverable": deliverable,
        "engagement": deliverable.engagement,
        "newest": history.newest,
        "older": history.older,
        "verdict": history.verdict,
        "entries": queries.bookings_of(deliverable.engagement, deliverable.pk),
        "preview": preview_of(deliverable),
        "is_planned": queries.is_planned(history.newest),
    }
    return render(request, "portal/deliverable_detail.html", context)


@freelancer_required
def deliverable_withdraw(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Ask once, then take a handover back."""
    deliverable = own_deliverable(request, public_id)
    if request.method != "POST":
        context = {"deliverable": deliverable, "engagement": deliverable.engagement}
        return render(request, "portal/deliverable_withdraw.html", context)
    try:
        operations.withdraw_deliverable(deliverable_id=deliverable.pk, actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("portal:deliverable_detail", deliverable.public_id)
    messages.success(request, _("You withdrew “%(title)s”.") % {"title": deliverable.title})
    return redirect("portal:deliverable_list")


@freelancer_required
@require_safe
def file_download(request: PortalRequest, public_id: UUID) -> HttpResponseBase:
    """Give the professional their own file."""
    return file_response(own_file(request, public_id))


@freelancer_required
@require_safe
def session_calendar(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Give the session of a handover as a file for a calendar."""
    deliverable = own_deliverable(request, public_id)
    shown = queries.content_version(deliverable)
    if shown.session is None:
        raise Http404
    event = _event(deliverable, shown.session)
    response = HttpResponse(calendar_file(event, timezone.now()), content_type="text/calendar")
    response["Content-Disposition"] = 'attachment; filename="kennisborg.ics"'
    return response


def _event(deliverable: Deliverable, session: TransferSession) -> SessionEvent:
    page = reverse("portal:deliverable_detail", args=[deliverable.public_id])
    return SessionEvent(
        uid=f"{deliverable.public_id}@kennisborg",
        starts_at=session.starts_at,
        minutes=session.minutes,
        version=session.version.number,
        changes=session.sequence,
        title=deliverable.title,
        place=session.place,
        text=deliverable.outcome,
        url=f"{settings.BASE_URL}{page}",
    )
