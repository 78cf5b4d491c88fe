"""The ledger of an engagement, taking a booking back, and the policies behind it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.errors import DomainError
from engagements.models import Engagement
from knowledge import operations, queries
from knowledge.forms import ReversalForm
from knowledge.models import LedgerEntry


@hr_required
@require_safe
def ledger_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    engagement = get_object_or_404(
        Engagement.objects.select_related("freelancer", "organisation"), public_id=public_id
    )
    context = {
        "engagement": engagement,
        "points": queries.points_of(engagement),
        "entries": queries.ledger_of(engagement),
        "steps": queries.burnup_of(engagement),
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
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            operations.reverse_entry(entry_id=entry.pk, reason=reason, actor=request.actor)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The booking is taken back."))
            return redirect("knowledge:ledger_detail", entry.engagement.public_id)
    status = 422 if form.errors else 200
    context = {"entry": entry, "form": form}
    return render(request, "knowledge/entry_reverse.html", context, status=status)


@hr_required
@require_safe
def policy_list(request: HrRequest) -> HttpResponse:
    return render(request, "knowledge/policy_list.html", {"policies": queries.policies()})
