"""The knowledge map, and the same as a file."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import HrRequest, hr_required
from dashboards.downloads import sheet_response
from dashboards.forms import MapForm
from dashboards.queries.knowledge_map import EVERYTHING, KnowledgeMap, described, knowledge_map
from dashboards.tables.workbooks import Cell
from dashboards.views.knowledge_tabs import knowledge_tabs
from knowledge.queries import leak_trend

AHEAD: Final = timedelta(days=90)
CENT: Final = Decimal("0.01")


@hr_required
@require_safe
def knowledge_map_page(request: HrRequest) -> HttpResponse:
    """Show what the organisation can do itself on a day; everything stands in the address."""
    form, shown = _map_of(request, page=request.GET.get("page"))
    today = request.organisation.today()
    is_today = shown.on == today
    listed, outside, worst = described(shown.spots, shown.outside, shown.worst)
    context = {
        "form": form,
        "map": shown,
        "listed": listed,
        "outside": outside,
        "worst": next(iter(worst), None),
        "is_today": is_today,
        "ahead_url": _url(request, on=(today + AHEAD).isoformat()),
        "today_url": _url(request, on=""),
        "is_ahead": shown.on == today + AHEAD,
        "page_obj": shown.page,
        "trend": leak_trend(request.organisation, shown.figures.sums if is_today else None),
        "query": request.GET.urlencode(),
        "tabs": knowledge_tabs("dashboards:knowledge_map"),
    }
    return render(request, "dashboards/knowledge_map.html", context)


@hr_required
@require_safe
def knowledge_map_export(request: HrRequest) -> HttpResponseBase:
    """Answer with every topic of the map under the same address."""
    _form, shown = _map_of(request, size=EVERYTHING)
    headings = [
        *(_("Department"), _("Topic"), _("Professional"), _("Last day"), _("Weight")),
        *(_("Stays (%)"), _("Risk"), _("Insiders"), _("Outsiders"), _("Written")),
    ]
    name, rows = _("knowledge-map"), list(_cells(shown))
    return sheet_response("csv", f"{name}-{shown.on}", _("Knowledge map"), headings, rows)


def _map_of(request: HrRequest, **part: Any) -> tuple[MapForm, KnowledgeMap]:
    today = request.organisation.today()
    form = MapForm(request.GET, today)
    values = form.values
    on: date = values["on"] or today
    # Nothing where what was typed is too long: the field says so, and everything is shown.
    text = values["q"] or ""
    department = values["department"]
    shown = knowledge_map(request.organisation, on=on, department=department, text=text, **part)
    return form, shown


def _url(request: HrRequest, **values: str) -> str:
    query: dict[str, Any] = {**request.GET.dict(), **values}
    query.pop("page", None)
    return "?" + urlencode({name: value for name, value in query.items() if value})


def _cells(shown: KnowledgeMap) -> Iterator[tuple[Cell, ...]]:
    (spots,) = described(shown.spots)
    for topic, spot in spots:
        engagement, figures = topic.engagement, spot.figures
        yield (
            engagement.department.name,
            topic.title,
            engagement.freelancer.full_name,
            engagement.ends_on,
            topic.criticality,
            figures.percent,
            figures.risk.quantize(CENT, rounding=ROUND_HALF_UP),
            figures.insiders,
            figures.outsiders,
            _("yes") if figures.is_written else _("no"),
        )
