"""Handing something over, page by page; the draft is kept at every step."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import knowledge.operations
from core.answers import attempt, form_page
from core.errors import DomainError
from engagements.access import PortalRequest, freelancer_required
from engagements.models import Engagement
from knowledge.models import Deliverable, DeliverableFile, Topic, TransferForm, basis_of
from knowledge.operations import reviewer_of
from knowledge.operations.readiness import missing_of
from knowledge.queries import ShownVersion, preview_of
from portal import operations, queries
from portal.access import own_deliverable, own_engagement
from portal.forms.handovers import AboutForm, ContentForm

STEPS = 4


@freelancer_required
@require_safe
def deliverable_create(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Step 1: choose a form of handing over."""
    engagement = own_engagement(request, public_id)
    groups = queries.form_groups(queries.choices_of(engagement))
    context = {"engagement": engagement, "groups": groups, **_progress(1)}
    return render(request, "portal/deliverable_create.html", context)


@freelancer_required
def deliverable_start(request: PortalRequest, public_id: UUID, code: str) -> HttpResponse:
    """Step 2: say what it is about; from here on there is a draft."""
    engagement = own_engagement(request, public_id)
    transfer_form = get_object_or_404(basis_of(engagement).policy.forms, code=code)
    topics = Topic.objects.live().filter(engagement=engagement)
    form = AboutForm(request.POST or None, transfer_form=transfer_form, topics=topics)
    deliverable = attempt(
        form,
        lambda: operations.begin_handover(
            engagement_id=engagement.pk,
            form_id=transfer_form.pk,
            about=form.about,
            actor=request.actor,
        ),
    )
    if deliverable:
        return redirect("portal:deliverable_edit", deliverable.public_id)
    return _about_page(request, engagement, transfer_form, form)


@freelancer_required
def deliverable_describe(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Step 2 again: change what a draft is about."""
    deliverable = own_deliverable(request, public_id)
    if not _is_editable(deliverable):
        return redirect("portal:deliverable_detail", deliverable.public_id)
    form = AboutForm(
        request.POST or None,
        transfer_form=deliverable.form,
        topics=Topic.objects.live().filter(engagement=deliverable.engagement),
        initial=_about(deliverable),
    )
    if attempt(
        form,
        lambda: operations.describe_handover(
            deliverable_id=deliverable.pk, about=form.about, actor=request.actor
        ),
    ):
        return redirect("portal:deliverable_edit", deliverable.public_id)
    return _about_page(request, deliverable.engagement, deliverable.form, form, deliverable)


@freelancer_required
def deliverable_edit(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Step 3: the content. Every button keeps what was typed first."""
    deliverable = own_deliverable(request, public_id)
    if not _is_editable(deliverable):
        return redirect("portal:deliverable_detail", deliverable.public_id)
    form = ContentForm(
        request.POST or None,
        request.FILES or None,
        shown=queries.content_version(deliverable),
    )
    attempt(form, lambda: _keep(request, deliverable, form))
    if form.is_valid() and request.POST.get("step") != "preview":
        return _onwards(request, deliverable)
    return _content_page(request, deliverable, form)


@freelancer_required
@require_safe
def deliverable_check(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Step 4: look at everything once more before it goes."""
    deliverable = own_deliverable(request, public_id)
    shown = queries.content_version(deliverable)
    if not _is_editable(deliverable):
        return redirect("portal:deliverable_detail", deliverable.public_id)
    if shown.version.submitted_at is not None:
        return redirect("portal:deliverable_edit", deliverable.public_id)
    return _check_page(request, deliverable, shown)


@freelancer_required
@require_POST
def deliverable_submit(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Hand in the draft."""
    deliverable = own_deliverable(request, public_id)
    try:
        knowledge.operations.submit_deliverable(deliverable_id=deliverable.pk, actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("portal:deliverable_check", deliverable.public_id)
    return redirect("portal:deliverable_done", deliverable.public_id)


@freelancer_required
@require_safe
def deliverable_done(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Say what happens now: with what was handed in, or with a session that was planned."""
    deliverable = own_deliverable(request, public_id)
    shown = queries.content_version(deliverable)
    is_planned = queries.is_planned(shown)
    if deliverable.state != Deliverable.State.SUBMITTED and not is_planned:
        return redirect("portal:deliverable_detail", deliverable.public_id)
    context = {
        "deliverable": deliverable,
        "engagement": deliverable.engagement,
        "shown": shown,
        "is_planned": is_planned,
        "steps": queries.what_happens_now(deliverable, shown),
    }
    return render(request, "portal/deliverable_done.html", context)


def _is_editable(deliverable: Deliverable) -> bool:
    is_open = deliverable.state in (Deliverable.State.DRAFT, Deliverable.State.CHANGES_ASKED)
    return is_open and deliverable.engagement.is_running


def _about(deliverable: Deliverable) -> dict[str, Any]:
    topics = deliverable.topic_links.values_list("topic__public_id", flat=True)
    return {
        "title": deliverable.title,
        "outcome": deliverable.outcome,
        "kind": queries.content_version(deliverable).version.kind,
        "topics": [str(public_id) for public_id in topics],
    }


def _keep(request: PortalRequest, deliverable: Deliverable, form: ContentForm) -> None:
    """Keep what was typed, add or remove files; which files cannot be taken the form says."""
    removed = request.POST.get("remove", "")
    facts: dict[str, Any] = {
        "deliverable_id": deliverable.pk,
        "content": form.content,
        "actor": request.actor,
    }
    if removed:
        operations.keep_without_file(file_id=_file_in(form.shown, removed).pk, **facts)
    else:
        form.refuse_files(operations.keep_draft(uploads=form.cleaned_data["uploads"], **facts))


def _file_in(shown: ShownVersion, public_id: str) -> DeliverableFile:
    for file in shown.files:
        if str(file.public_id) == public_id:
            return file
    raise Http404


def _onwards(request: PortalRequest, deliverable: Deliverable) -> HttpResponse:
    step = request.POST.get("step", "")
    if step == "check":
        return redirect("portal:deliverable_check", deliverable.public_id)
    if step == "later":
        messages.success(request, _("“%(title)s” is kept.") % {"title": deliverable.title})
        return redirect("portal:deliverable_list")
    return redirect("portal:deliverable_edit", deliverable.public_id)


def _about_page(
    request: PortalRequest,
    engagement: Engagement,
    transfer_form: TransferForm,
    form: AboutForm,
    deliverable: Deliverable | None = None,
) -> HttpResponse:
    context = {
        "engagement": engagement,
        "transfer_form": transfer_form,
        "deliverable": deliverable,
        **_progress(2),
    }
    return form_page(request, "portal/deliverable_about.html", form, context)


def _check_page(
    request: PortalRequest, deliverable: Deliverable, shown: ShownVersion
) -> HttpResponse:
    listed = Topic.objects.live().filter(engagement=deliverable.engagement)
    topics = list(listed.filter(handovers__deliverable=deliverable))
    context = {
        "deliverable": deliverable,
        "engagement": deliverable.engagement,
        "shown": shown,
        "topics": topics,
        "may_have_topics": bool(topics) or listed.exists(),
        "is_planned": queries.is_planned(shown),
        "missing": missing_of(deliverable, shown.version),
        "preview": preview_of(deliverable),
        "reviewer": reviewer_of(deliverable),
        **_progress(4),
    }
    return render(request, "portal/deliverable_check.html", context)


def _content_page(
    request: PortalRequest, deliverable: Deliverable, form: ContentForm
) -> HttpResponse:
    shown = queries.content_version(deliverable)
    context = {
        "deliverable": deliverable,
        "engagement": deliverable.engagement,
        "shown": shown,
        "verdict": queries.verdict_on(deliverable),
        "is_preview": request.POST.get("step") == "preview" and not form.errors,
        "needs": deliverable.form.minimum_attendees,
        **_progress(3),
    }
    return form_page(request, "portal/deliverable_edit.html", form, context)


def _progress(number: int) -> dict[str, object]:
    """Return how far in the pages this one is, as bars and in words."""
    states = ["done"] * (number - 1) + ["now"] + ["ahead"] * (STEPS - number)
    return {
        "states": states,
        "progress": _("Step %(number)d of %(total)d") % {"number": number, "total": STEPS},
    }
