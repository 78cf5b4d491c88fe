"""Professionals and departments."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_tables2 import RequestConfig

from accounts.access import HrRequest, hr_required, hr_writes
from core.answers import attempt, form_page
from core.errors import DomainError
from engagements import operations, queries
from engagements.forms import DepartmentForm, FreelancerForm
from engagements.models import Department, Freelancer
from engagements.tables import DepartmentTable, FreelancerTable

PAGE_SIZE = 50
VIEWS = ("now", "past", "all")


@hr_required
@require_safe
def freelancer_list(request: HrRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:100]
    view = request.GET.get("show", "all")
    view = view if view in VIEWS else "all"
    rows = queries.freelancer_list(request.organisation, text=text, view=view)
    table = FreelancerTable(rows)
    RequestConfig(request, paginate={"per_page": PAGE_SIZE}).configure(table)
    context = {"table": table, "text": text, "view": view}
    return render(request, "engagements/freelancer_list.html", context)


@hr_required
@require_safe
def freelancer_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    freelancer = _freelancer(public_id)
    context = {
        "freelancer": freelancer,
        "engagements": queries.engagements_of(freelancer, request.organisation),
        "tenure": queries.tenure_of(freelancer, request.organisation),
    }
    return render(request, "engagements/freelancer_detail.html", context)


@hr_writes
@require_http_methods(["GET", "POST"])
def freelancer_create(request: HrRequest) -> HttpResponse:
    organisation, data = request.organisation, request.POST if request.method == "POST" else None
    form = FreelancerForm(data, initial={"language": organisation.language})
    made: Any = attempt(
        form,
        lambda: operations.create_freelancer(
            organisation=organisation, facts=form.facts, actor=request.actor
        ),
    )
    if made:
        messages.success(request, _("The professional is added."))
        return redirect(made)
    return form_page(request, "engagements/freelancer_form.html", form, {})


@hr_writes
@require_http_methods(["GET", "POST"])
def freelancer_edit(request: HrRequest, public_id: UUID) -> HttpResponse:
    freelancer = _freelancer(public_id)
    initial = vars(operations.facts_of_freelancer(freelancer))
    data = request.POST if request.method == "POST" else None
    form = FreelancerForm(data, instance=_freelancer(public_id), initial=initial)
    changed: Any = attempt(
        form,
        lambda: operations.update_freelancer(
            freelancer_id=freelancer.pk, facts=form.facts, actor=request.actor
        ),
    )
    if changed:
        messages.success(request, _("The professional is saved."))
        return redirect(changed)
    context = {"freelancer": freelancer}
    return form_page(request, "engagements/freelancer_form.html", form, context)


@hr_writes
@require_POST
def freelancer_admit(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Give a professional access to the portal, and mail them how to sign in."""
    freelancer: Any = _freelancer(public_id)
    try:
        operations.give_login(freelancer_id=freelancer.pk, actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Access is given. A mail says how to sign in."))
    return redirect(freelancer)


@hr_required
@require_safe
def department_list(request: HrRequest) -> HttpResponse:
    table = DepartmentTable(
        queries.department_list(request.organisation), may_change=request.membership.may_change
    )
    RequestConfig(request, paginate={"per_page": PAGE_SIZE}).configure(table)
    return render(request, "engagements/department_list.html", {"table": table})


@hr_writes
@require_http_methods(["GET", "POST"])
def department_create(request: HrRequest) -> HttpResponse:
    return _department_form(request, None)


@hr_writes
@require_http_methods(["GET", "POST"])
def department_edit(request: HrRequest, public_id: UUID) -> HttpResponse:
    departments = Department.objects.select_related("head")
    return _department_form(request, get_object_or_404(departments, public_id=public_id))


def _department_form(request: HrRequest, department: Department | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    initial = {"head": department.head} if department else {}
    form = DepartmentForm(data, instance=department, initial=initial)
    if attempt(form, lambda: _saved(request, form, department)):
        messages.success(request, _("The department is saved."))
        return redirect("engagements:department_list")
    return form_page(request, "engagements/department_form.html", form, {"department": department})


def _saved(request: HrRequest, form: DepartmentForm, department: Department | None) -> Department:
    values = form.cleaned_data
    return operations.save_department(
        organisation=request.organisation,
        name=values["name"],
        head_id=values["head"].pk if values["head"] else None,
        is_active=values["is_active"],
        department_id=department.pk if department else None,
        actor=request.actor,
    )


def _freelancer(public_id: UUID) -> Freelancer:
    freelancers = Freelancer.objects.select_related("business_contact", "private_contact", "user")
    return get_object_or_404(freelancers, public_id=public_id)
