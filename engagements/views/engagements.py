"""Planning an engagement and changing what is agreed about it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import HrRequest, hr_writes
from core.answers import attempt, form_page
from core.errors import StaleError
from engagements import operations, queries, rules
from engagements.forms import EngagementForm
from engagements.models import Department, Engagement, Freelancer

FORM = "engagements/engagement_form.html"


@hr_writes
@require_http_methods(["GET", "POST"])
def engagement_create(request: HrRequest) -> HttpResponse:
    organisation, actor = request.organisation, request.actor
    data = request.POST if request.method == "POST" else None
    form = EngagementForm(data, organisation=organisation, initial=_beginning(request))
    if request.method == "POST":
        planned: Any = attempt(
            form,
            lambda: operations.engage(
                organisation=organisation,
                parties=form.parties,
                terms=form.terms,
                actor=actor,
                takes_over=form.takes_over,
            ),
        )
        if planned:
            messages.success(request, _("The engagement is planned and its tasks are ready."))
            return redirect(planned)
    return form_page(request, FORM, form, {})


@hr_writes
@require_http_methods(["GET", "POST"])
def engagement_edit(request: HrRequest, public_id: UUID) -> HttpResponse:
    engagement = get_object_or_404(_with_people(), public_id=public_id)
    form = _edit_form(request, engagement)
    try:
        changed: Any = attempt(form, lambda: _revised(request, engagement, form))
    except StaleError as error:
        messages.error(request, str(error))
        return redirect("engagements:engagement_edit", public_id)
    if changed:
        messages.success(request, _("The engagement is saved."))
        return redirect(changed)
    state = operations.state_now(engagement)
    context = {"engagement": engagement, "may_cancel": rules.may_decide(state, "cancel")}
    return form_page(request, FORM, form, context)


@hr_writes
@require_safe
def suggestion_list(request: HrRequest, kind: str) -> HttpResponse:
    """Answer with the suggestions for what is typed in a field so far."""
    text = str(next(iter(request.GET.values()), ""))[:150]
    try:
        suggestions = queries.suggestions_for(kind, text)
    except LookupError as error:
        raise Http404 from error
    return render(request, "engagements/_suggestions.html", {"suggestions": suggestions})


def _with_people() -> Any:
    return Engagement.objects.select_related("freelancer", "department", "manager", "intermediary")


def _revised(request: HrRequest, engagement: Engagement, form: EngagementForm) -> Engagement:
    return operations.revise(
        engagement=engagement,
        parties=form.parties,
        terms=form.terms,
        version=form.cleaned_data["version"],
        actor=request.actor,
    )


def _edit_form(request: HrRequest, engagement: Engagement) -> EngagementForm:
    intermediary = engagement.intermediary
    initial = {
        "department": engagement.department,
        "manager": engagement.manager,
        "intermediary_name": intermediary.name if intermediary else "",
        "version": engagement.version,
    }
    return EngagementForm(
        request.POST if request.method == "POST" else None,
        organisation=request.organisation,
        instance=engagement,
        initial=initial,
    )


def _beginning(request: HrRequest) -> dict[str, Any]:
    """Return what the address says about a new engagement: its professional, or whom it follows."""
    initial: dict[str, Any] = {}
    if professional := _named(
        Freelancer.objects.select_related("business_contact"), request, "for"
    ):
        initial["professional"] = professional
    if department := _named(Department.objects.all(), request, "department"):
        initial["department"] = department
    if before := _named(_with_people(), request, "after"):
        initial |= {
            "department": before.department,
            "manager": before.manager,
            "title": before.title,
            "succeeds": before,
        }
    return initial


def _named(rows: Any, request: HrRequest, name: str) -> Any:
    try:
        return rows.filter(public_id=request.GET[name]).first() if name in request.GET else None
    except ValidationError:
        return None
