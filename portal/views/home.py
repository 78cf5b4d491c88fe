"""The first page of a professional, and their points book."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from engagements.access import PortalRequest, freelancer_required
from engagements.models import Engagement
from portal import queries
from portal.access import chosen_engagement, own_items

PAGE_SIZE = 50


@freelancer_required
@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Show what can be done now for the engagement that asks most."""
    engagements = queries.engagements_of(request.freelancer)
    return _board(request, engagements, chosen_engagement(engagements, ""))


@freelancer_required
@require_safe
def engagement_detail(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Show the same for another engagement, also one that is over."""
    engagements = queries.engagements_of(request.freelancer)
    return _board(request, engagements, chosen_engagement(engagements, str(public_id)))


@freelancer_required
@require_safe
def ledger(request: PortalRequest) -> HttpResponse:
    """Show every booking of points, explained; ``?engagement=`` chooses another engagement."""
    engagements = queries.engagements_of(request.freelancer)
    engagement = chosen_engagement(engagements, request.GET.get("engagement", ""))
    book = queries.points_book(engagement) if engagement else None
    context = {
        "engagement": engagement,
        "engagements": engagements,
        "book": book,
        "entries": Paginator(book.entries if book else [], PAGE_SIZE).get_page(
            request.GET.get("page")
        ),
    }
    return render(request, "portal/ledger.html", context)


def _board(
    request: PortalRequest, engagements: list[Engagement], engagement: Engagement | None
) -> HttpResponse:
    context = {
        "engagement": engagement,
        "engagements": engagements,
        "board": queries.board_of(engagement, own_items(request)) if engagement else None,
        "freelancer": request.freelancer,
    }
    return render(request, "portal/home.html", context)
