"""Reports over a period, and the same as a file."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import HrRequest, hr_required
from core.periods import Period
from dashboards.downloads import sheet_response
from dashboards.forms import PeriodForm
from dashboards.tables.reports import (
    RECEIVED_HEADINGS,
    USEFULNESS_HEADINGS,
    received_rows,
    usefulness_rows,
)
from dashboards.views.knowledge_tabs import knowledge_tabs
from knowledge.queries import shares_in, usefulness_by_form


@hr_required
@require_safe
def received_report(request: HrRequest) -> HttpResponse:
    """Show which part of the knowledge insiders received; the period stands in the address."""
    form = _form(request)
    context = {
        "form": form,
        "shares": shares_in(request.organisation, form.chosen),
        "query": request.GET.urlencode(),
        "tabs": knowledge_tabs("dashboards:received_report"),
    }
    return render(request, "dashboards/received_report.html", context)


@hr_required
@require_safe
def received_export(request: HrRequest, kind: str) -> HttpResponseBase:
    """Answer with exactly the rows of the report under the same address."""
    period = _form(request).chosen
    rows = received_rows(shares_in(request.organisation, period))
    name = _named(_("received-knowledge"), period)
    return sheet_response(kind, name, _("Received knowledge"), RECEIVED_HEADINGS, rows)


@hr_required
@require_safe
def usefulness_report(request: HrRequest) -> HttpResponse:
    """Show of what use each form of transfer was, by the word of its receivers."""
    form = _form(request)
    rows = usefulness_by_form(request.organisation, form.chosen)
    context = {
        "form": form,
        "period": form.chosen,
        "rows": rows,
        "hidden": [row for row in rows if not row.is_shown],
        "least": request.organisation.usefulness_least_answers,
        "query": request.GET.urlencode(),
        "tabs": knowledge_tabs("dashboards:usefulness_report"),
    }
    return render(request, "dashboards/usefulness_report.html", context)


@hr_required
@require_safe
def usefulness_export(request: HrRequest, kind: str) -> HttpResponseBase:
    """Answer with exactly the rows of the report under the same address."""
    period = _form(request).chosen
    rows = usefulness_rows(usefulness_by_form(request.organisation, period))
    name = _named(_("usefulness"), period)
    return sheet_response(kind, name, _("Usefulness of transfer"), USEFULNESS_HEADINGS, rows)


def _named(name: str, period: Period) -> str:
    return f"{name}-{period.first}-{period.last}"


def _form(request: HrRequest) -> PeriodForm:
    return PeriodForm(request.GET, request.organisation.today())
