"""A reviewer's answer on HR's page; every refusal comes back beside what was filled in."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import HrRequest, hr_writes
from core.answers import attempt, status_of
from core.errors import DomainError, InvalidTransitionError, StaleError
from knowledge import operations, queries
from knowledge.forms import HandOnForm, ReviewForm
from knowledge.models import Deliverable
from knowledge.views.handovers import deliverable_or_404
from knowledge.views.pages import changed_meanwhile, detail_context

OUTDATED = (InvalidTransitionError, StaleError)


@hr_writes
@require_POST
def deliverable_accept(request: HrRequest, public_id: UUID) -> HttpResponse:
    deliverable = deliverable_or_404(public_id)
    form = ReviewForm(request.POST)
    done = _("The handover is accepted.")
    return _answer(request, deliverable, form, operations.accept_deliverable, done)


@hr_writes
@require_POST
def deliverable_ask_changes(request: HrRequest, public_id: UUID) -> HttpResponse:
    deliverable = deliverable_or_404(public_id)
    form = ReviewForm(request.POST, asks_changes=True)
    done = _("The handover is back with the professional.")
    return _answer(request, deliverable, form, operations.ask_changes, done)


@hr_writes
@require_POST
def deliverable_hand_on(request: HrRequest, public_id: UUID) -> HttpResponse:
    deliverable = deliverable_or_404(public_id)
    form = HandOnForm(queries.review_candidates(deliverable), request.POST)
    if not form.is_valid():
        context = detail_context(request, deliverable, hand_on_form=form)
        return render(request, "knowledge/deliverable_detail.html", context, status=status_of(form))
    contact = form.cleaned_data["contact"]
    try:
        operations.hand_on_review(
            deliverable_id=deliverable.pk, contact_id=contact.pk, actor=request.actor
        )
    except DomainError as error:
        messages.error(request, changed_meanwhile(error))
    else:
        messages.success(request, _("%(name)s is asked to review.") % {"name": contact.name})
    return redirect(deliverable)


def _answer(
    request: HrRequest,
    deliverable: Deliverable,
    form: ReviewForm,
    operation: Callable[..., Deliverable],
    done: str,
) -> HttpResponse:
    facts: dict[str, Any] = {"deliverable_id": deliverable.pk, "actor": request.actor}
    try:
        answered = attempt(form, lambda: operation(**facts, **form.cleaned_data), outdated=OUTDATED)
    except OUTDATED as error:
        messages.error(request, changed_meanwhile(error))
        return redirect(deliverable)
    if answered:
        messages.success(request, done)
        return redirect(deliverable)
    context = detail_context(request, deliverable, review_form=form)
    return render(request, "knowledge/deliverable_detail.html", context, status=status_of(form))
