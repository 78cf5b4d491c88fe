"""Handovers as HR sees them: the list, one of them with its versions, its files."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import HrRequest, hr_required
from core.downloads import file_response
from core.pages import CountedPaginator
from knowledge import queries
from knowledge.forms import HandoverFilterForm
from knowledge.models import Deliverable, DeliverableFile
from knowledge.views.pages import chips_of, detail_context, tabs_of

PAGE_SIZE = 25


@hr_required
@require_safe
def deliverable_list(request: HrRequest) -> HttpResponse:
    form = HandoverFilterForm(request.GET)
    values = form.values
    found = queries.handover_list(state=values["state"], text=values["q"])
    counts = queries.handover_counts(text=values["q"])
    pages: Paginator[Deliverable] = CountedPaginator(
        found, PAGE_SIZE, count=counts.get(values["state"], 0)
    )
    context = {
        "form": form,
        "page_obj": pages.get_page(request.GET.get("page")),
        "tabs": tabs_of(values, counts),
        "chips": chips_of(values),
        "is_filtered": any(values.values()),
        "sample_count": len(queries.found_samples()),
    }
    return render(request, "knowledge/deliverable_list.html", context)


@hr_required
@require_safe
def deliverable_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    deliverable = deliverable_or_404(public_id)
    context = detail_context(request, deliverable)
    return render(request, "knowledge/deliverable_detail.html", context)


@hr_required
@require_safe
def file_download(request: HrRequest, public_id: UUID) -> HttpResponseBase:
    """Hand out a file that was handed in; drafts are the professional's own."""
    files = DeliverableFile.objects.filter(version__submitted_at__isnull=False)
    return file_response(get_object_or_404(files, public_id=public_id))


def deliverable_or_404(public_id: UUID) -> Deliverable:
    deliverables = Deliverable.objects.select_related(
        "form",
        "reviewer",
        "engagement__manager",
        "engagement__department",
        "engagement__freelancer__business_contact",
        "engagement__freelancer__private_contact",
    )
    return get_object_or_404(deliverables, public_id=public_id)
