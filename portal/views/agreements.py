"""The knowledge agreement: read it, answer it, propose another."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from engagements.access import PortalRequest, freelancer_required
from engagements.models import Engagement
from knowledge import operations
from knowledge.models import basis_of, usual_target
from portal import queries
from portal.access import own_agreement, own_engagement
from portal.forms.agreements import DeclineForm, ProposalForm


@freelancer_required
@require_safe
def agreement_detail(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Show what is agreed for one engagement, and every version before it."""
    return _page(request, own_engagement(request, public_id), DeclineForm())


@freelancer_required
@require_POST
def agreement_accept(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Accept the version that the page showed; a newer one in between is not accepted with it."""
    agreement = own_agreement(request, public_id)
    try:
        operations.accept_agreement(
            agreement_id=agreement.pk, side="freelancer", actor=request.actor
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Agreed. The agreement is in force from now on."))
    return redirect("portal:agreement_detail", agreement.engagement.public_id)


@freelancer_required
@require_POST
def agreement_decline(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Decline a proposal with a reason, or take back one's own."""
    agreement = own_agreement(request, public_id)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        engagement = own_engagement(request, agreement.engagement.public_id)
        return _page(request, engagement, form, status=422)
    try:
        operations.decline_agreement(
            agreement_id=agreement.pk, side="freelancer", actor=request.actor, **form.cleaned_data
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You declined the proposal. The client reads why."))
    return redirect("portal:agreement_detail", agreement.engagement.public_id)


@freelancer_required
def agreement_propose(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Propose a version; the button “Work it out” shows first what a choice can earn."""
    engagement = own_engagement(request, public_id)
    form = _proposal_form(request, engagement)
    is_valid = request.method == "POST" and form.is_valid()
    if is_valid and request.POST.get("step") != "preview":
        try:
            _propose(request, engagement, form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your proposal is on its way. The client answers it."))
            return redirect("portal:agreement_detail", engagement.public_id)
    return _proposal_page(request, engagement, form)


def _propose(request: PortalRequest, engagement: Engagement, form: ProposalForm) -> None:
    operations.propose_agreement(
        engagement_id=engagement.pk, facts=form.facts, side="freelancer", actor=request.actor
    )


def _page(
    request: PortalRequest, engagement: Engagement, form: DeclineForm, status: int = 200
) -> HttpResponse:
    context = {
        "engagement": engagement,
        "shown": queries.shown_agreements(engagement),
        "form": form,
        "usual_target": usual_target(engagement),
    }
    return render(request, "portal/agreement_detail.html", context, status=status)


def _proposal_form(request: PortalRequest, engagement: Engagement) -> ProposalForm:
    versions = queries.shown_agreements(engagement)
    return ProposalForm(
        request.POST or None,
        transfer_forms=list(basis_of(engagement).policy.forms.all()),
        before=versions.shown or next(iter(versions.older), None),
        usual=usual_target(engagement),
    )


def _proposal_page(
    request: PortalRequest, engagement: Engagement, form: ProposalForm
) -> HttpResponse:
    policy = basis_of(engagement).policy
    is_filled = not form.is_bound or form.is_valid()
    target = (form.cleaned_data if form.is_bound else form.initial).get("target") or 0
    context = {
        "engagement": engagement,
        "form": form,
        "mix": queries.shown_mix(policy, target, form.times) if is_filled else None,
        "notes": queries.policy_notes(policy, target),
    }
    status = 422 if form.errors else 200
    return render(request, "portal/agreement_propose.html", context, status=status)
