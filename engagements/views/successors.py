"""Who takes over from whom: HR names it, from the page of either of the two."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import HrRequest, hr_writes
from core.answers import attempt, form_page
from core.errors import DomainError
from engagements import operations, queries
from engagements.forms import SuccessionForm
from engagements.models import Engagement

PAGE = "engagements/successor_name.html"


@hr_writes
@require_http_methods(["GET", "POST"])
def successor_name(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Ask who takes over from an engagement: one that is planned, or one still to plan."""
    engagement: Any = _engagement(public_id)
    form = SuccessionForm(request.POST or None)
    if attempt(form, lambda: _named(request, form, predecessor=engagement)):
        messages.success(request, _("The successor finds the handover pack in the welcome list."))
        return redirect(engagement)
    context = {
        "engagement": engagement,
        "side": "successor",
        "likely": [(one, queries.engagement_label(one)) for one in _likely_after(engagement)],
        "named": list(queries.successors_of(engagement)),
        "proposed": queries.proposed_successor(engagement),
    }
    return form_page(request, PAGE, form, context)


@hr_writes
@require_http_methods(["GET", "POST"])
def predecessor_name(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Ask from whom an engagement takes over."""
    engagement: Any = _engagement(public_id)
    form = SuccessionForm(request.POST or None)
    if attempt(form, lambda: _named(request, form, successor=engagement)):
        messages.success(request, _("The handover pack is in the welcome list now."))
        return redirect(engagement)
    before = queries.likely_predecessors(engagement)
    context = {
        "engagement": engagement,
        "side": "predecessor",
        "likely": [(one, queries.engagement_label(one)) for one in before],
        "named": [engagement.succeeds] if engagement.succeeds else [],
    }
    return form_page(request, PAGE, form, context)


@hr_writes
@require_POST
def predecessor_drop(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Take back from whom an engagement takes over."""
    engagement: Any = _engagement(public_id)
    try:
        operations.drop_successor(successor_id=engagement.pk, actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Taken back. Open tasks of the handover pack are cancelled."))
    return redirect(engagement)


def _named(
    request: HrRequest,
    form: SuccessionForm,
    *,
    predecessor: Engagement | None = None,
    successor: Engagement | None = None,
) -> Engagement:
    other: Engagement = form.cleaned_data["other"]
    return operations.name_successor(
        predecessor_id=(predecessor or other).pk,
        successor_id=(successor or other).pk,
        across_departments=form.cleaned_data["across_departments"],
        actor=request.actor,
    )


def _likely_after(engagement: Engagement) -> list[Engagement]:
    """Return likely successors, whom the manager has in mind on top."""
    proposed = queries.proposed_successor(engagement)
    likely = queries.likely_successors(engagement)
    return sorted(likely, key=lambda one: proposed is None or one.freelancer_id != proposed.pk)


def _engagement(public_id: UUID) -> Engagement:
    engagements = Engagement.objects.select_related(
        "freelancer", "department", "manager", "succeeds__freelancer"
    )
    return get_object_or_404(engagements, public_id=public_id)
