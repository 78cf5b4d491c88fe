"""The ledger of an engagement, and taking a booking back."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.answers import attempt, form_page
from engagements.models import Engagement
from knowledge import operations, queries
from knowledge.forms import ReversalForm
from knowledge.models import KnowledgeAgreement, LedgerEntry

PAGE_SIZE = 50


@hr_required
@require_safe
def ledger_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    engagement = get_object_or_404(
        Engagement.objects.select_related("freelancer"), public_id=public_id
    )
    agreement = KnowledgeAgreement.objects.in_force().filter(engagement=engagement).first()
    points, steps = queries.progress_of(queries.dossier_of(engagement), agreement)
    context = {
        "engagement": engagement,
        "points": points,
        "entries": Paginator(queries.ledger_of(engagement), PAGE_SIZE).get_page(
            request.GET.get("page")
        ),
        "steps": steps,
        "may_change": request.membership.may_change,
    }
    return render(request, "knowledge/ledger_detail.html", context)


@hr_writes
def entry_reverse(request: HrRequest, public_id: UUID) -> HttpResponse:
    entry = get_object_or_404(
        LedgerEntry.objects.select_related("engagement__freelancer", "deliverable__form"),
        public_id=public_id,
    )
    form = ReversalForm(request.POST or None)
    if attempt(
        form,
        lambda: operations.reverse_entry(
            entry_id=entry.pk, actor=request.actor, **form.cleaned_data
        ),
    ):
        messages.success(request, _("The booking is taken back."))
        return redirect("knowledge:ledger_detail", entry.engagement.public_id)
    return form_page(request, "knowledge/entry_reverse.html", form, {"entry": entry})
