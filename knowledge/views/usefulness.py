"""Was it of use? The same three questions behind a link, in the portal and at the desk."""

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.access import HrRequest, hr_required
from core.answers import attempt, status_of
from engagements.access import PortalRequest, freelancer_required
from engagements.links import LinkRequest, grant_required, note_answered
from engagements.models import Engagement, LinkGrant
from knowledge import operations, queries
from knowledge.forms.usefulness import UsefulnessForm
from knowledge.queries import Asked


@dataclass(frozen=True, slots=True)
class _Door:
    """The template around the page, and where somebody goes with and without an answer."""

    base: str
    thanks: str
    back: str


DESK: Final = _Door("base.html", "dashboards:home", "dashboards:home")
PORTAL: Final = _Door("base_portal.html", "portal:home", "portal:home")
LINK: Final = _Door("base_link.html", "offboarding:link_done", "offboarding:link_tasks")


@hr_required
def usefulness(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Ask a member who received something."""
    return _page(request, DESK, public_id, [request.membership.contact_id])


@freelancer_required
def portal_usefulness(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Ask a professional who received something of another one."""
    return _page(request, PORTAL, public_id, [request.freelancer.business_contact_id])


@grant_required(LinkGrant.Scope.REVIEW)
def link_usefulness(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Ask the holder of a link about the engagement of the link, in person."""
    if request.grant.engagement.public_id != public_id:
        raise Http404
    response = _page(request, LINK, public_id, [request.grant.contact_id])
    return (
        note_answered(request, response) if response.status_code == HTTPStatus.FOUND else response
    )


def _page(request: Any, door: _Door, public_id: UUID, contacts: Collection[int]) -> HttpResponse:
    engagement = get_object_or_404(
        Engagement.objects.select_related("freelancer"), public_id=public_id
    )
    asked = queries.usefulness_asked_of(contacts, engagement, request.organisation.today())
    if asked is None:
        raise Http404
    forms = _forms(request, asked)
    if request.method == "POST" and asked.now and all(form.is_empty for form in forms):
        forms[0].add_error(None, _("Answer the questions about one topic at least."))
    is_valid = all(form.is_valid() for form in forms)
    if is_valid and attempt(forms[0], lambda: _answer(request, engagement, forms)):
        messages.success(request, _("Thank you. HR sees how useful the transfer was."))
        return redirect(door.thanks)
    context = {
        "base": door.base,
        "back": door.back,
        "engagement": engagement,
        "asked": asked,
        "forms": forms,
    }
    return render(request, "knowledge/usefulness.html", context, status=max(map(status_of, forms)))


def _forms(request: Any, asked: Asked) -> list[UsefulnessForm]:
    data = request.POST if request.method == "POST" else None
    return [UsefulnessForm(one, data) for one in asked.topics]


def _answer(request: Any, engagement: Engagement, forms: list[UsefulnessForm]) -> Any:
    return operations.answer_usefulness(
        engagement_id=engagement.pk,
        answers={form.asked.receiver.pk: form.answer for form in forms if not form.is_empty},
        actor=request.actor,
    )
