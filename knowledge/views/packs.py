"""The handover pack: for HR, for the successor, and for a hiring manager behind a link."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.errors import DomainError
from engagements.access import PortalRequest, freelancer_required
from engagements.links import LinkRequest, grant_required
from engagements.models import Engagement, LinkGrant
from knowledge import operations, queries
from knowledge.models import LibraryReader
from knowledge.views.library_pages import DESK, LINK, PORTAL, LibraryDoor

Scope = LinkGrant.Scope


@hr_required
@require_safe
def pack_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Show HR what the successor gets."""
    successor = _successor_or_404(public_id)
    reader = queries.reader_for_member(request.organisation)
    return _page(request, DESK, successor, reader, may_change=request.membership.may_change)


@hr_writes
@require_POST
def pack_receive(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Make the successor a receiver of every topic."""
    successor = _successor_or_404(public_id)
    _receive(request, successor)
    return redirect("knowledge:pack_detail", public_id)


@freelancer_required
@require_safe
def portal_pack(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Show the successor what was left for them, as long as they work here."""
    successor = _successor_or_404(public_id)
    today = request.organisation.today()
    if successor.freelancer_id != request.freelancer.pk or not successor.is_here(today):
        raise Http404
    reader = LibraryReader(today=today, freelancer_id=request.freelancer.pk)
    return _page(request, PORTAL, successor, reader)


@grant_required(Scope.DECIDE)
@require_safe
def link_pack(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Show a hiring manager what goes over, from the engagement of either of the two."""
    successor = _of_link_or_404(request, public_id)
    reader = LibraryReader(
        today=request.organisation.today(),
        department_id=request.grant.engagement.department_id,
        predecessor_id=successor.succeeds_id,
    )
    # Who answers for the predecessor's knowledge names its receivers.
    may_change = successor.succeeds_id == request.grant.engagement_id
    return _page(request, LINK, successor, reader, may_change=may_change)


@grant_required(Scope.DECIDE)
@require_POST
def link_pack_receive(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Let the predecessor's manager make the successor a receiver of every topic."""
    successor = _of_link_or_404(request, public_id)
    if successor.succeeds_id != request.grant.engagement_id:
        raise Http404
    _receive(request, successor)
    return redirect("knowledge:link_pack", public_id)


def _page(
    request: Any,
    door: LibraryDoor,
    successor: Engagement,
    reader: LibraryReader,
    *,
    may_change: bool = False,
) -> HttpResponse:
    pack = queries.pack_of(successor, reader)
    context = {
        "base": door.base,
        "door_names": door,
        "pack": pack,
        "is_mine": door is PORTAL,
        "is_desk": door is DESK,
        "receive_url": "knowledge:link_pack_receive" if door is LINK else "knowledge:pack_receive",
        "may_name": may_change and pack.predecessor.is_running and pack.to_receive > 0,
    }
    return render(request, "knowledge/pack_detail.html", context)


def _receive(request: Any, successor: Engagement) -> None:
    try:
        count = operations.make_successor_receiver(
            successor_id=successor.pk, side="client", actor=request.actor
        )
    except DomainError as error:
        messages.error(request, str(error))
        return
    said = ngettext(
        "%(name)s receives %(count)d topic now, and is asked once there is something to confirm.",
        "%(name)s receives %(count)d topics now, and is asked once there is something to confirm.",
        count,
    )
    words = {"name": successor.freelancer.full_name, "count": count}
    messages.success(request, said % words)


def _of_link_or_404(request: LinkRequest, public_id: UUID) -> Engagement:
    if request.grant.contact.is_external:
        raise PermissionDenied  # as in the library: it is for colleagues inside
    successor = _successor_or_404(public_id)
    if request.grant.engagement_id not in (successor.pk, successor.succeeds_id):
        raise Http404
    return successor


def _successor_or_404(public_id: UUID) -> Engagement:
    successors = Engagement.objects.filter(succeeds__isnull=False, cancelled_at=None)
    return get_object_or_404(
        successors.select_related(
            "department",
            "freelancer",
            "succeeds__freelancer",
            "succeeds__department",
            "succeeds__manager",
        ),
        public_id=public_id,
    )
