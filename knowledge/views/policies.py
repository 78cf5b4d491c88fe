"""The points policies: what holds, what held, and a new version with its preview."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.answers import attempt, form_page
from core.errors import DomainError
from knowledge import operations, queries
from knowledge.forms import PolicyForm
from knowledge.models import TransferForm, TransferPolicy

PAGE_SIZE: Final = 10
MOST_NAMED: Final = 3


@hr_required
@require_safe
def policy_list(request: HrRequest) -> HttpResponse:
    context = {"policies": queries.policies(), "may_change": request.membership.may_change}
    return render(request, "knowledge/policy_list.html", context)


@hr_required
@require_safe
def policy_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    policy = _policy_or_404(public_id)
    versions = queries.versions_of_policy(policy)
    before = queries.version_before(policy)
    context = {
        "before": before,
        "differences": queries.differences(before, policy) if before else [],
        "policy": policy,
        "newest": versions[0],
        "versions": versions,
        "history": queries.history_of_policy(policy),
        "may_change": request.membership.may_change,
    }
    return render(request, "knowledge/policy_detail.html", context)


@hr_writes
def policy_edit(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Show the newest version as a form, what a change would have meant, or save it."""
    policy = _policy_or_404(public_id)
    if request.method != "POST" and not policy.is_current:
        return redirect("knowledge:policy_edit", _newest_of(policy).public_id)
    form = PolicyForm(
        request.POST or None,
        policy=policy,
        switched_off=queries.forms_switched_off(policy),
        more="more" in request.POST,
    )
    saved = _is_save(request) and attempt(
        form,
        lambda: operations.save_policy(policy_id=policy.pk, facts=form.facts, actor=request.actor),
    )
    if saved:
        words = {"version": saved.version, "name": saved.name}
        messages.success(request, _("Version %(version)d of “%(name)s” is saved.") % words)
        return redirect(saved)
    newest = getattr(getattr(form, "refusal", None), "newest", None)
    context = {"base": newest or policy, "newest": newest, "before": policy}
    if newest is not None:
        context["differences"] = queries.differences(policy, newest)
    return _edit_page(request, form, context)


@hr_writes
def policy_create(request: HrRequest) -> HttpResponse:
    """Show a copy of a policy as a form, and save it as one of its own."""
    policies = queries.policies()
    if not policies:
        return redirect("knowledge:policy_list")
    chosen = request.GET.get("copy", "")
    policy = next((one for one in policies if one.code == chosen), policies[0])
    form = PolicyForm(request.POST or None, policy=policy, more="more" in request.POST, is_new=True)
    saved = _is_save(request) and attempt(
        form,
        lambda: operations.add_policy(
            organisation=request.organisation, facts=form.facts, actor=request.actor
        ),
    )
    if saved:
        messages.success(request, _("The policy “%(name)s” is added.") % {"name": saved.name})
        return redirect(saved)
    return _edit_page(request, form, {"copied": policy, "policies": policies})


@hr_writes
@require_POST
def policy_choose(request: HrRequest, public_id: UUID) -> HttpResponse:
    policy = get_object_or_404(TransferPolicy, public_id=public_id)
    try:
        operations.choose_policy(policy_id=policy.pk, actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("New agreements use “%(name)s”.") % {"name": policy.name})
    return redirect("knowledge:policy_list")


def _policy_or_404(public_id: UUID) -> TransferPolicy:
    forms = Prefetch("forms", TransferForm.objects.order_by("position", "pk"))
    return get_object_or_404(
        TransferPolicy.objects.prefetch_related(forms),
        public_id=public_id,
    )


def _newest_of(policy: TransferPolicy) -> TransferPolicy:
    return TransferPolicy.objects.get(code=policy.code, is_current=True)


def _is_save(request: HrRequest) -> bool:
    return request.method == "POST" and not {"more", "page"} & request.POST.keys()


def _edit_page(request: HrRequest, form: PolicyForm, context: dict[str, Any]) -> HttpResponse:
    """Show the form, and below it what it would have meant, as soon as that was asked."""
    if "page" in request.POST and form.is_valid():
        context |= _preview(request, form)
    return form_page(request, "knowledge/policy_edit.html", form, context)


def _preview(request: HrRequest, form: PolicyForm) -> dict[str, Any]:
    comparison = queries.changes_under(form.policy.code, *form.terms, request.organisation)
    first, last = queries.looked_back(request.organisation)
    page = Paginator(comparison.changed, PAGE_SIZE).get_page(request.POST["page"])
    return {
        "comparison": comparison,
        "page_obj": page,
        "rows": queries.with_engagements(list(page)),
        "named": queries.with_engagements(comparison.changed[:MOST_NAMED]),
        "first": first,
        "last": last,
    }
