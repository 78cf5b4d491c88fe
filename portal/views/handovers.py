"""Handovers that exist: the list, one of them, its files, its day in a calendar."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.calendar_files import CalendarEvent, calendar_file
from core.downloads import calendar_response, file_response
from core.errors import DomainError
from engagements.access import PortalRequest, freelancer_required
from knowledge import operations
from knowledge.models import Deliverable, TransferSession
from knowledge.queries import preview_of
from portal import queries
from portal.access import chosen_engagement, own_deliverable, own_file
from portal.rules import sequence_of

PAGE_SIZE = 50


@freelancer_required
@require_safe
def deliverable_list(request: PortalRequest) -> HttpResponse:
    """Show all handovers of one engagement; ``?engagement=`` chooses another."""
    engagements = queries.engagements_of(request.freelancer)
    engagement = chosen_engagement(engagements, request.GET.get("engagement", ""))
    handovers = queries.listed_handovers(engagement) if engagement else []
    page = Paginator(handovers, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "engagement": engagement,
        "engagements": engagements,
        "page_obj": page,
        "groups": queries.list_groups(list(page)),
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
    return calendar_response(calendar_file(event, timezone.now()))


def _event(deliverable: Deliverable, session: TransferSession) -> CalendarEvent:
    page = reverse("portal:deliverable_detail", args=[deliverable.public_id])
    return CalendarEvent(
        uid=str(deliverable.public_id),
        sequence=sequence_of(session.version.number, session.sequence),
        starts=session.starts_at,
        length=timedelta(minutes=session.minutes),
        title=deliverable.title,
        place=session.place,
        text=deliverable.outcome,
        url=f"{settings.BASE_URL}{page}",
    )
