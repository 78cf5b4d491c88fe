"""Who holds which role, and the procedure that asks them."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.answers import attempt, form_page
from offboarding import operations, queries
from offboarding.forms import RoleHolderForm
from offboarding.models import Phase, RoleHolder
from offboarding.queries import Role


@hr_required
@require_safe
def role_holder_list(request: HrRequest) -> HttpResponse:
    """Show who holds which role."""
    return render(request, "offboarding/role_holder_list.html", {"roles": queries.roles()})


@hr_writes
def role_holder_edit(request: HrRequest, role: str) -> HttpResponse:
    """Give a role to somebody, for all departments or for one."""
    shown = _role(role)
    form = RoleHolderForm(request.POST or None)
    if attempt(form, lambda: _given(request, role, form)):
        messages.success(request, _("Saved. Open tasks have moved along."))
        return redirect("offboarding:role_holder_edit", role)
    return form_page(request, "offboarding/role_holder_edit.html", form, {"role": shown})


@hr_writes
@require_POST
def role_holder_remove(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Take a role away from somebody."""
    holder = get_object_or_404(RoleHolder, public_id=public_id)
    operations.remove_role_holder(role_holder_id=holder.pk, actor=request.actor)
    messages.success(request, _("Removed. Open tasks have moved along."))
    return redirect("offboarding:role_holder_edit", holder.role)


@hr_required
@require_safe
def procedure_detail(request: HrRequest) -> HttpResponse:
    """Show the procedure, from welcome to farewell."""
    version = operations.current_version(request.organisation)
    context = {
        "version": version,
        "phases": [
            (f"phase-{phase}", phase.label, list(queries.procedure_steps(version, phase)))
            for phase in Phase
        ]
        if version
        else [],
    }
    return render(request, "offboarding/procedure_detail.html", context)


def _given(request: HrRequest, role: str, form: RoleHolderForm) -> RoleHolder:
    department = form.cleaned_data["department"]
    return operations.set_role_holder(
        organisation=request.organisation,
        role=role,
        contact_id=form.cleaned_data["contact"].pk,
        department_id=department.pk if department else None,
        actor=request.actor,
    )


def _role(value: str) -> Role:
    for role in queries.roles():
        if role.value == value:
            return role
    raise Http404
