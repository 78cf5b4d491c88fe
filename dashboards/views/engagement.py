from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import HrRequest, hr_required
from dashboards.queries import engagement as queries
from dashboards.queries.engagements import engagement_list
from knowledge.queries import card_of
from offboarding.queries import board_of


@hr_required
@require_safe
def engagement_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Show one engagement from welcome to farewell."""
    listed = engagement_list(request.organisation).select_related("intermediary")
    engagement = get_object_or_404(listed, public_id=public_id)
    card, today = card_of(engagement), request.organisation.today()
    context = {
        "engagement": engagement,
        "card": card,
        "stations": queries.stations_of(engagement, card, today),
        "board": board_of(engagement, today, shows_all="all" in request.GET),
        "requests": engagement.changes.filter(state="requested"),
        "files": queries.files_of(engagement),
        "links": queries.links_of(engagement),
        "mails": queries.messages_of(engagement),
        "waivers": queries.waivers_of(engagement),
        "history": queries.history_of(engagement, is_whole="history" in request.GET),
    }
    return render(request, "dashboards/engagement_detail.html", context)
