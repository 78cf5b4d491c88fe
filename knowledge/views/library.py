"""The library as members see it: looking for things, and what is said about each."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.answers import attempt, form_page
from core.errors import DomainError
from knowledge import operations, queries
from knowledge.forms import OwnershipForm
from knowledge.models import LibraryItem
from knowledge.views.library_pages import DESK, checked, item_or_404, search_context


@hr_required
@require_safe
def library(request: HrRequest) -> HttpResponse:
    """Show what is found, and what has to change."""
    reader = queries.reader_for_member(request.organisation)
    own = [request.membership.contact_id] if request.membership.contact_id else []
    context = search_context(request, DESK, reader, own) | {"changes": queries.changes_wanted()}
    return render(request, "knowledge/library.html", context)


@hr_writes
def library_check(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Ask whether one thing is still right."""
    return checked(request, DESK, item_or_404(LibraryItem.objects.all(), public_id))


@hr_writes
def library_edit(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Change whose work it is, what may be done with it, and who answers for it."""
    item = item_or_404(LibraryItem.objects.all(), public_id)
    initial = {
        "credit": item.credit,
        "licence": item.licence,
        "owner": item.owner,
    }
    form = OwnershipForm(request.POST or None, initial=initial)
    if attempt(
        form,
        lambda: operations.describe_item(
            deliverable_id=item.deliverable_id, facts=form.facts, actor=request.actor
        ),
    ):
        messages.success(request, _("Saved."))
        return redirect(item.deliverable)
    context = {"item": item, "base": DESK.base, "back": item.deliverable}
    return form_page(request, "knowledge/library_edit.html", form, context)


@hr_writes
@require_POST
def library_return(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Put something back into the library."""
    item = item_or_404(LibraryItem.objects.all(), public_id)
    try:
        operations.return_item(deliverable_id=item.deliverable_id, actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is in the library again."))
    return redirect(item.deliverable)
