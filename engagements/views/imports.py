"""Lists from other systems: upload, columns, check, confirm, undo."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.access import HrRequest, hr_required, hr_writes
from core.answers import attempt, form_page
from core.errors import DomainError
from core.scoping import organisation_scope
from engagements import tasks
from engagements.forms import ColumnsForm, ConfirmForm, ListForm
from engagements.models import ImportRow, ImportRun
from engagements.operations import imports

PAGE_SIZE = 50
State = ImportRun.State
Outcome = ImportRow.Outcome
PAGES: dict[str, str] = {
    State.CHECKED: "engagements/import_preview.html",
    State.APPLIED: "engagements/import_result.html",
    State.UNDONE: "engagements/import_result.html",
    State.FAILED: "engagements/import_failed.html",
}


@hr_required
@require_http_methods(["GET", "POST"])
def import_create(request: HrRequest) -> HttpResponse:
    is_sent = request.method == "POST"
    form = ListForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    run: Any = attempt(
        form,
        lambda: imports.start_import(
            organisation=request.organisation,
            content=form.content,
            name=form.name,
            actor=request.actor,
        ),
    )
    if run:
        return redirect("engagements:import_columns", run.public_id)
    context = {"runs": imports.recent_imports(), "columns": imports.COLUMNS}
    return form_page(request, "engagements/import_create.html", form, context)


@hr_required
@require_safe
def import_sample(request: HrRequest) -> StreamingHttpResponse:
    return _download(imports.csv_lines(imports.sample_rows()), _("sample-list.csv"))


@hr_writes
@require_http_methods(["GET", "POST"])
def import_columns(request: HrRequest, public_id: UUID) -> HttpResponse:
    run = _run(public_id)
    if run.state not in (State.UPLOADED, State.CHECKED, State.FAILED):
        return redirect(run)
    form = ColumnsForm(request.POST if request.method == "POST" else None, run=run)
    chosen: Any = attempt(
        form,
        lambda: imports.choose_columns(run_id=run.pk, mapping=form.mapping, actor=request.actor),
    )
    if chosen:
        return _handed_over(request, chosen)
    context = {"run": run, "before": imports.imported_before(run)}
    return form_page(request, "engagements/import_columns.html", form, context)


@hr_required
@require_safe
def import_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    run = _run(public_id)
    if run.state == State.UPLOADED and request.membership.may_change:
        return redirect("engagements:import_columns", run.public_id)
    context = {
        "run": run,
        "added": imports.added_by(run),
        "ignored": imports.ignored_headers(run),
        "undo_until": imports.undo_until(run),
        **_shown_rows(request, run),
    }
    return render(request, PAGES.get(run.state, "engagements/import_busy.html"), context)


@hr_required
@require_safe
def import_progress(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Answer with the count while a worker is busy; after that, with the page as a whole."""
    run = _run(public_id)
    if not run.is_busy:
        return HttpResponseClientRefresh()
    return render(request, "engagements/_import_progress.html", {"run": run})


@hr_required
@require_POST
def import_confirm(request: HrRequest, public_id: UUID) -> HttpResponse:
    run, form = _run(public_id), ConfirmForm(request.POST)
    form.is_valid()
    confirm = partial(imports.confirm_import, without_errors=form.cleaned_data["without_errors"])
    return _step(request, run, confirm)


@hr_required
@require_POST
def import_undo(request: HrRequest, public_id: UUID) -> HttpResponse:
    return _step(request, _run(public_id), imports.confirm_undo)


@hr_required
@require_POST
def import_discard(request: HrRequest, public_id: UUID) -> HttpResponse:
    run = _run(public_id)
    try:
        imports.discard_import(run_id=run.pk, actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(run)
    messages.success(request, _("The list %(name)s is thrown away.") % {"name": run})
    return redirect("engagements:import_create")


@hr_required
@require_safe
def import_errors(request: HrRequest, public_id: UUID) -> StreamingHttpResponse:
    run = _run(public_id)
    language = translation.get_language() or "nl"

    def lines() -> Iterator[str]:
        # The middleware has closed the scope by the time that the file is sent.
        with organisation_scope(run.organisation), translation.override(language):
            yield from imports.bad_rows_csv(run)

    return _download(lines(), _("rows-to-mend.csv"))


def _run(public_id: UUID) -> ImportRun:
    return get_object_or_404(ImportRun.objects, public_id=public_id)


def _shown_rows(request: HrRequest, run: ImportRun) -> dict[str, Any]:
    """Return a page of the rows with each outcome, and what is said of them."""

    def page_of(outcome: Outcome, field: str) -> Page[ImportRow]:
        rows = run.rows.filter(outcome=outcome).order_by("number")
        return Paginator(rows, PAGE_SIZE).get_page(request.GET.get(field))

    bad_page = page_of(Outcome.ERROR, "page")
    changed_page = page_of(Outcome.CHANGED, "changed")
    new_page = page_of(Outcome.NEW, "new")
    return {
        "bad_page": bad_page,
        "bad_rows": imports.bad_rows(run, bad_page),
        "changed_page": changed_page,
        "differences": imports.differences(changed_page),
        "new_page": new_page,
        "new_rows": imports.new_rows(new_page),
    }


def _step(request: HrRequest, run: ImportRun, agree: Any) -> HttpResponse:
    try:
        agreed = agree(run_id=run.pk, actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(run)
    return _handed_over(request, agreed)


def _handed_over(request: HrRequest, run: ImportRun) -> HttpResponse:
    if not tasks.hand_over(run):
        messages.warning(
            request,
            _("The work queue is down at the moment. This goes on as soon as it is back."),
        )
    return redirect(run)


def _download(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
