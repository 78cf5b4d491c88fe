"""The library for who is no member: professionals, and colleagues behind an action link."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.answers import attempt, form_page
from core.downloads import file_response
from engagements.access import PortalRequest, freelancer_required
from engagements.links import LinkRequest, grant_required, note_answered
from engagements.models import LinkGrant
from knowledge import operations, queries
from knowledge.forms import CreditForm
from knowledge.models import LibraryItem, LibraryReader
from knowledge.views.library_pages import (
    LINK,
    PORTAL,
    checked,
    item_context,
    item_or_404,
    search_context,
)

Scope = LinkGrant.Scope


@freelancer_required
@require_safe
def portal_library(request: PortalRequest) -> HttpResponse:
    """Show what a professional may find: their own, and that of where they work."""
    own = request.freelancer.contact_ids
    context = search_context(request, PORTAL, _professional(request), own)
    return render(request, "knowledge/library.html", context)


@freelancer_required
@require_safe
def portal_library_item(request: PortalRequest, public_id: UUID) -> HttpResponse:
    reader = _professional(request)
    item = _visible_or_404(reader, public_id)
    context = item_context(PORTAL, item, reader) | {"is_own": _is_own(request, item)}
    return render(request, "knowledge/library_item.html", context)


@freelancer_required
@require_safe
def portal_library_file(request: PortalRequest, public_id: UUID) -> HttpResponseBase:
    files = queries.library_files(_professional(request))
    return file_response(get_object_or_404(files, public_id=public_id))


@freelancer_required
def portal_library_check(request: PortalRequest, public_id: UUID) -> HttpResponse:
    item = _answered_for_or_404(request.freelancer.contact_ids, public_id)
    return checked(request, PORTAL, item)


@freelancer_required
def portal_library_credit(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Let a professional say under which name and licence their own work stands there."""
    item = _visible_or_404(_professional(request), public_id)
    if not _is_own(request, item):
        raise Http404
    form = CreditForm(
        request.POST or None, initial={"credit": item.credit, "licence": item.licence}
    )
    if attempt(
        form,
        lambda: operations.describe_item(
            deliverable_id=item.deliverable_id,
            facts=operations.LibraryFacts(owner_id=item.owner_id, **form.cleaned_data),
            actor=request.actor,
        ),
    ):
        messages.success(request, _("Saved."))
        return redirect("knowledge:portal_library_item", public_id)
    context = {"item": item, "base": PORTAL.base}
    return form_page(request, "knowledge/library_edit.html", form, context)


@grant_required(Scope.VIEW)
@require_safe
def link_library(request: LinkRequest) -> HttpResponse:
    """Show what was handed over in the department of the engagement."""
    context = search_context(request, LINK, _colleague(request), [request.grant.contact_id])
    return render(request, "knowledge/library.html", context)


@grant_required(Scope.VIEW)
@require_safe
def link_library_item(request: LinkRequest, public_id: UUID) -> HttpResponse:
    reader = _colleague(request)
    item = _visible_or_404(reader, public_id)
    context = item_context(LINK, item, reader)
    return render(request, "knowledge/library_item.html", context)


@grant_required(Scope.VIEW)
@require_safe
def link_library_file(request: LinkRequest, public_id: UUID) -> HttpResponseBase:
    files = queries.library_files(_colleague(request))
    return file_response(get_object_or_404(files, public_id=public_id))


@grant_required(Scope.VIEW)
def link_library_check(request: LinkRequest, public_id: UUID) -> HttpResponse:
    item = _answered_for_or_404([request.grant.contact_id], public_id)
    if item.deliverable.engagement_id != request.grant.engagement_id:
        raise Http404  # a link is good for one engagement
    response = checked(request, LINK, item)
    return (
        note_answered(request, response) if response.status_code == HTTPStatus.FOUND else response
    )


def _professional(request: PortalRequest) -> LibraryReader:
    return LibraryReader(today=request.organisation.today(), freelancer_id=request.freelancer.pk)


def _colleague(request: LinkRequest) -> LibraryReader:
    """Return the holder of a link as a reader; the library is for colleagues inside."""
    if request.grant.contact.is_external:
        raise PermissionDenied
    engagement = request.grant.engagement
    return LibraryReader(
        today=request.organisation.today(),
        department_id=engagement.department_id,
        predecessor_id=engagement.succeeds_id,
    )


def _is_own(request: PortalRequest, item: LibraryItem) -> bool:
    return item.deliverable.engagement.freelancer_id == request.freelancer.pk


def _visible_or_404(reader: LibraryReader, public_id: UUID) -> LibraryItem:
    return item_or_404(LibraryItem.objects.visible_to(reader), public_id)


def _answered_for_or_404(contacts: list[int], public_id: UUID) -> LibraryItem:
    item = item_or_404(LibraryItem.objects.shelved(), public_id)
    if not queries.may_check(item, contacts):
        raise Http404
    return item
