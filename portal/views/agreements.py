"""The knowledge agreement: read it, answer it, propose another."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.answers import attempt, form_page
from core.errors import DomainError
from engagements.access import PortalRequest, freelancer_required
from engagements.models import Engagement
from knowledge import operations
from knowledge.forms import AgreementForm, DeclineForm
from knowledge.models import KnowledgeAgreement, basis_of, usual_target
from knowledge.queries import agreements_of, shortfall_of
from portal import queries
from portal.access import own_agreement, own_engagement


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
        messages.success(
            request,
            _("Agreed. It is in force from now on: what you hand over earns points by it."),
        )
    return redirect("portal:agreement_detail", agreement.engagement.public_id)


@freelancer_required
@require_POST
def agreement_decline(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Decline a proposal with a reason, or take back one's own."""
    agreement = own_agreement(request, public_id)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, own_engagement(request, agreement.engagement.public_id), form)
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
    is_preview = request.POST.get("step") == "preview"
    if not is_preview and attempt(form, lambda: _proposed(request, engagement, form)):
        messages.success(request, _("Your proposal is on its way. The client answers it."))
        return redirect("portal:agreement_detail", engagement.public_id)
    return _proposal_page(request, engagement, form)


def _proposed(
    request: PortalRequest, engagement: Engagement, form: AgreementForm
) -> KnowledgeAgreement:
    return operations.propose_agreement(
        engagement_id=engagement.pk, facts=form.facts, side="freelancer", actor=request.actor
    )


def _page(request: PortalRequest, engagement: Engagement, form: DeclineForm) -> HttpResponse:
    versions = agreements_of(engagement)
    context = {
        "engagement": engagement,
        "versions": versions,
        "mix": queries.agreed_mix(versions.shown) if versions.shown else None,
        "shortfall": shortfall_of(versions.shown) if versions.shown else None,
        "may_accept": versions.is_asked("freelancer"),
        "usual_target": usual_target(engagement),
    }
    return form_page(request, "portal/agreement_detail.html", form, context)


def _proposal_form(request: PortalRequest, engagement: Engagement) -> AgreementForm:
    basis = basis_of(engagement)
    return AgreementForm(
        request.POST or None,
        policy=basis.policy,
        before=agreements_of(engagement).before,
        usual=basis.target,
    )


def _proposal_page(
    request: PortalRequest, engagement: Engagement, form: AgreementForm
) -> HttpResponse:
    form.is_valid()  # the sum is told of what was filled in, sent or not
    context = {
        "engagement": engagement,
        "mix": queries.shown_mix(form.policy, form.target_now, form.times),
    }
    return form_page(request, "portal/agreement_propose.html", form, context)
