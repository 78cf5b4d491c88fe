"""The knowledge agreement of an engagement, on the client's side."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.answers import attempt, form_page, status_of
from core.errors import DomainError
from engagements.models import Engagement
from knowledge import operations, queries
from knowledge.forms import AgreementForm, DeclineForm
from knowledge.models import KnowledgeAgreement, TransferPolicy, basis_of


@hr_required
@require_safe
def agreement_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    engagement = _engagement_or_404(public_id)
    context = _detail_context(request, engagement)
    return render(request, "knowledge/agreement_detail.html", context)


@hr_writes
def agreement_propose(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Show the form, say what a choice can earn (`check`), or propose it."""
    engagement = _engagement_or_404(public_id)
    form = _form_of(request, engagement)
    is_check = bool(request.htmx) or "check" in request.POST
    if not is_check and attempt(form, lambda: _proposed(request, engagement, form)):
        messages.success(
            request, _("The proposal is made. It is in force once the professional accepts it.")
        )
        return redirect("knowledge:agreement_detail", engagement.public_id)
    form.is_valid()  # the sum is told of what was filled in, sent or not
    context = {"engagement": engagement, **_mix_of(form)}
    if request.htmx:
        return render(request, "knowledge/_agreement_mix.html", context)
    return form_page(request, "knowledge/agreement_propose.html", form, context)


@hr_writes
@require_POST
def agreement_accept(request: HrRequest, public_id: UUID) -> HttpResponse:
    agreement = _agreement_or_404(public_id)
    try:
        operations.accept_agreement(agreement_id=agreement.pk, side="client", actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, queries.said_on_accepting(agreement))
    return redirect("knowledge:agreement_detail", agreement.engagement.public_id)


@hr_writes
@require_POST
def agreement_decline(request: HrRequest, public_id: UUID) -> HttpResponse:
    agreement = _agreement_or_404(public_id)
    form = DeclineForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            operations.decline_agreement(
                agreement_id=agreement.pk, side="client", reason=reason, actor=request.actor
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The proposal is declined."))
        return redirect("knowledge:agreement_detail", agreement.engagement.public_id)
    context = _detail_context(request, agreement.engagement, form)
    return render(request, "knowledge/agreement_detail.html", context, status=status_of(form))


def _engagement_or_404(public_id: UUID) -> Engagement:
    engagements = Engagement.objects.select_related(
        "manager",
        "department",
        "freelancer__business_contact",
        "freelancer__private_contact",
        "freelancer__user",
    )
    return get_object_or_404(engagements, public_id=public_id)


def _agreement_or_404(public_id: UUID) -> KnowledgeAgreement:
    agreement = get_object_or_404(KnowledgeAgreement, public_id=public_id)
    agreement.engagement = _engagement_or_404(agreement.engagement.public_id)
    return agreement


def _detail_context(
    request: HrRequest, engagement: Engagement, decline_form: DeclineForm | None = None
) -> dict[str, Any]:
    versions = queries.agreements_of(engagement)
    return {
        "engagement": engagement,
        "in_force": versions.in_force,
        "proposal": versions.proposal,
        "shown": versions.shown,
        "older": versions.older,
        "mix": queries.agreed_mix_of(versions.shown) if versions.shown else None,
        "shortfall": queries.shortfall_of(versions.shown) if versions.shown else None,
        "basis": basis_of(engagement),
        "points": queries.points_of(engagement),
        "may_accept": versions.is_asked("client"),
        "may_change": request.membership.may_change and engagement.is_running,
        "decline_form": decline_form or DeclineForm(),
    }


def _form_of(request: HrRequest, engagement: Engagement) -> AgreementForm:
    """Return the form for the policy in the address, filled with what was agreed before."""
    basis = basis_of(engagement)
    policies = TransferPolicy.objects.filter(is_current=True)
    policy = policies.filter(code=request.GET.get("policy", "")).first() or basis.policy
    return AgreementForm(
        request.POST or None,
        policy=policy,
        before=queries.agreements_of(engagement).before,
        usual=basis.target,
    )


def _mix_of(form: AgreementForm) -> dict[str, Any]:
    lines, mix = queries.mix_of(form.policy, form.target_now, form.times)
    others = TransferPolicy.objects.filter(is_current=True).exclude(pk=form.policy.pk)
    return {
        "lines": lines,
        "mix": mix,
        "target": form.target_now,
        "policy": form.policy,
        "other_policies": others.order_by("pk"),
    }


def _proposed(
    request: HrRequest, engagement: Engagement, form: AgreementForm
) -> KnowledgeAgreement:
    return operations.propose_agreement(
        engagement_id=engagement.pk, facts=form.facts, side="client", actor=request.actor
    )
