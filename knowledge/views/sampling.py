"""The sample: words of receivers that stand out, for HR to look at."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.errors import DomainError
from core.models import Contact
from knowledge import operations, queries
from knowledge.forms import SeenForm

PAGE_SIZE: Final = 10


@hr_required
@require_safe
def sample_list(request: HrRequest) -> HttpResponse:
    page = Paginator(queries.found_samples(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "samples": queries.sampled_words(list(page)),
        "seen": queries.words_looked_at(),
        "may_change": request.membership.may_change,
    }
    return render(request, "knowledge/sample_list.html", context)


@hr_writes
@require_POST
def sample_seen(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Note that somebody looked at the words that were on the page; later ones stay to look at."""
    contact = get_object_or_404(Contact, public_id=public_id)
    form = SeenForm(contact, request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["words"])))
        return redirect("knowledge:sample_list")
    try:
        operations.look_at_words(
            confirmation_ids=[word.pk for word in form.cleaned_data["words"]],
            actor=request.actor,
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You looked at what %(name)s said.") % {"name": contact.name})
    return redirect("knowledge:sample_list")
