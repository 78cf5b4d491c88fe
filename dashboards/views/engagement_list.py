from collections.abc import Iterator
from functools import partial

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from accounts.access import HrRequest, hr_required
from core.pages import CountedPaginator
from core.scoping import organisation_scope
from dashboards.downloads import sheet_response
from dashboards.forms import PAGE_SIZES, EngagementFilter
from dashboards.queries import engagements as queries
from dashboards.tables import EXPORT_HEADINGS, EngagementTable, export_row
from dashboards.tables.workbooks import Cell


@hr_required
@require_safe
def engagement_list(request: HrRequest) -> HttpResponse:
    listing, table = _list_of(request)
    pages = partial(CountedPaginator, count=listing.counts[listing.view])
    paginate = {"per_page": PAGE_SIZES[0], "paginator_class": pages}
    RequestConfig(request, paginate=paginate).configure(table)
    table.add_figures(request.organisation)
    context = {
        "listing": listing,
        "form": listing.form,
        "table": table,
        "chips": listing.chips(),
        "tabs": listing.tabs(),
        "page_sizes": listing.page_sizes(table.page.paginator.per_page),
        "query": request.GET.urlencode(),
    }
    return render(request, "dashboards/engagement_list.html", context)


@hr_required
@require_safe
def engagement_export(request: HrRequest, kind: str) -> HttpResponseBase:
    """Answer with exactly the rows that the list shows under the same address, all pages."""
    name = _("engagements")  # apart: texts inside f-strings are not collected
    rows, today = _exported_rows(request), request.organisation.today()
    return sheet_response(kind, f"{name}-{today}", _("Engagements"), EXPORT_HEADINGS, rows)


def _list_of(request: HrRequest) -> tuple[EngagementFilter, EngagementTable]:
    organisation = request.organisation
    listing = EngagementFilter(request.GET, queries.row_list(organisation), organisation)
    rows = listing.qs
    order = request.GET.get("sort") or listing.default_order
    return listing, EngagementTable(rows, order_by=order)


def _exported_rows(request: HrRequest) -> Iterator[tuple[Cell, ...]]:
    language = translation.get_language() or ""
    # A stream is read after the middleware left: scope and language are opened anew.
    with organisation_scope(request.organisation), translation.override(language):
        _listing, table = _list_of(request)
        engagements = table.data.data.iterator(chunk_size=queries.CHUNK)
        for row in queries.with_figures(request.organisation, engagements):
            yield export_row(row)
