"""One task of a professional: done, or not yet."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.answers import attempt, status_of
from core.downloads import file_response
from core.wording import date_long
from engagements.access import PortalRequest, freelancer_required
from offboarding import operations, queries
from offboarding.forms import DoneForm, NotYetForm
from offboarding.models import ChecklistItem, OwnerRole
from portal.access import own_evidence, own_item


@freelancer_required
@require_safe
def item_detail(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Show one task with its two answers."""
    item = own_item(request, public_id)
    if request.method == "GET" and item.is_open:
        operations.note_seen(item_ids=[item.pk], actor=request.actor)
    return _page(request, item)


@freelancer_required
@require_POST
def item_complete(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Tick a task, with a note or a file."""
    item = own_item(request, public_id)
    form = DoneForm(request.POST, request.FILES, item=item)
    facts: dict[str, Any] = {"item_id": item.pk, "actor": request.actor}
    if attempt(form, lambda: operations.complete_item(**facts, **form.cleaned_data)):
        messages.success(request, _("Done: %(task)s") % {"task": item.text})
        return redirect("portal:engagement_detail", item.engagement.public_id)
    return _page(request, item, done=form)


@freelancer_required
@require_POST
def item_postpone(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Say when a task will be done; its day stays."""
    item = own_item(request, public_id)
    form = NotYetForm(request.POST, today=request.organisation.today())
    facts: dict[str, Any] = {"item_id": item.pk, "actor": request.actor}
    if attempt(form, lambda: operations.postpone_item(**facts, **form.cleaned_data)):
        messages.success(request, _("Thank you. We leave you in peace until that day."))
        return redirect("portal:engagement_detail", item.engagement.public_id)
    return _page(request, item, not_yet=form)


@freelancer_required
@require_safe
def evidence_download(request: PortalRequest, public_id: UUID) -> HttpResponseBase:
    """Give the professional a file that proves one of their tasks."""
    return file_response(own_evidence(request, public_id))


def _page(request: PortalRequest, item: ChecklistItem, **bound: Any) -> HttpResponse:
    context: dict[str, Any] = {
        "item": item,
        "together": queries.together(item, is_second=item.owner_role != OwnerRole.FREELANCER),
        "baton": queries.baton_of(item, door="portal"),
        "was_due": capfirst(queries.due_words(item) % {"day": date_long(item.due_on)}) + ".",
        "engagement": item.engagement,
        "done_form": bound.get("done") or DoneForm(item=item),
        "not_yet_form": bound.get("not_yet") or NotYetForm(today=request.organisation.today()),
        "form": next(iter(bound.values()), None),
        "files": list(item.evidence.all()),
    }
    status = status_of(context["form"])
    return render(request, "portal/item_detail.html", context, status=status)
