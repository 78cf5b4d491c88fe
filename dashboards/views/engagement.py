from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import HrRequest, hr_required
from dashboards.queries import engagement as queries
from dashboards.queries.engagements import engagement_list
from engagements.models import Engagement, EngagementChange
from knowledge.queries import card_of
from offboarding.queries import board_of, tasks_of

# Of each list on the page; the rest is on the list's next pages.
ROWS_SHOWN: Final = 10
HISTORY_SHOWN: Final = 25  # when all of it was asked for


@hr_required
@require_safe
def engagement_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Show one engagement from welcome to farewell."""
    listed = engagement_list(request.organisation).select_related(
        "intermediary", "succeeds__freelancer"
    )
    engagement = get_object_or_404(listed, public_id=public_id)
    card, today = card_of(engagement), request.organisation.today()
    tasks = tasks_of(engagement)
    every_change = queries.changes_of(engagement)
    changes = [change for change in every_change if not change.is_declined]
    mails = queries.messages_of(engagement)
    context = {
        "engagement": engagement,
        "card": card,
        "handovers": _page(request, card.deliverables, "handovers"),
        "baton": queries.baton_of(engagement, changes),
        "moved": queries.moved_end_of(engagement, changes),
        "stations": queries.stations_of(engagement, card, changes, tasks),
        "board": board_of(engagement, tasks, today, shows_all="all" in request.GET),
        "requests": [change for change in changes if change.is_waiting],
        "files": _page(
            request, list(queries.files_of(engagement)) if card.has_files else [], "files"
        ),
        "links": _page(request, list(queries.links_of(engagement)), "links"),
        "mails": mails,
        "has_lost_mail": any(row.colour == "bad" for row in mails),
        # They are made at closing only.
        "waivers": queries.waivers_of(engagement) if engagement.closed_at else (),
        **_history(request, engagement, every_change),
    }
    return render(request, "dashboards/engagement_detail.html", context)


def _page(request: HrRequest, rows: Sequence[Any], field: str) -> Page[Any]:
    return Paginator(rows, ROWS_SHOWN).get_page(request.GET.get(field))


def _history(
    request: HrRequest, engagement: Engagement, changes: Sequence[EngagementChange]
) -> dict[str, object]:
    """Return the newest entries, or a page of all of them when the address asks for one."""
    if "history" not in request.GET:
        return {"history": queries.newest_history_of(engagement, changes)}
    events = Paginator(queries.events_of(engagement), HISTORY_SHOWN)
    page = events.get_page(request.GET["history"])
    return {"history": queries.entries_of(page.object_list, changes), "history_page": page}
