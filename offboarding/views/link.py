"""The pages behind an action link: one question per page, two minutes, no account."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import engagements.operations
import knowledge.operations
from core.downloads import file_response
from core.errors import DomainError, StaleError
from core.forms import one_of_two
from engagements.links import LinkRequest, grant_required
from engagements.models import EngagementChange, LinkGrant
from engagements.queries import last_day_as_calendar
from knowledge.models import DeliverableFile
from knowledge.queries import versions_of
from offboarding import operations, queries
from offboarding.forms.link import (
    DecideForm,
    DeclineForm,
    DoneForm,
    HandOnForm,
    NotApplicableForm,
    NotYetForm,
    ReviewForm,
)
from offboarding.models import ChecklistItem
from offboarding.queries.link_tasks import (
    LinkTask,
    agreement_of,
    contacts_of,
    evidence_of,
    items_of,
    reviews_of,
    tasks_of,
)
from offboarding.rules import SNOOZE_WORKING_DAYS

Scope = LinkGrant.Scope
STAYING = ("planned", "active")
ANSWERS = ("done", "not_yet", "not_applicable", "reopen")
DAYS_TO_SNOOZE = frozenset(map(str, SNOOZE_WORKING_DAYS))


def _tasks(request: LinkRequest) -> list[LinkTask]:
    return tasks_of(request.grant, request.organisation.today())


def _asked(request: LinkRequest) -> list[str]:
    """Return the addresses of the questions that are asked now, in order."""
    return [task.url for task in _tasks(request) if task.is_asked and not task.is_settled]


def _after(order: list[str], path: str) -> list[str]:
    return order[order.index(path) + 1 :] if path in order else order


def _page(
    request: LinkRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a question with where it stands in the row of questions."""
    asked = _asked(request)
    place = asked.index(request.path) if request.path in asked else None
    states = ["done" if place and i < place else "ahead" for i in range(len(asked))]
    if place is not None:
        states[place] = "now"
    surroundings = {
        "engagement": request.grant.engagement,
        "is_leaving": engagements.operations.state_now(request.grant.engagement) not in STAYING,
        "grant": request.grant,
        "states": states,
        "asked_count": len(asked),
        "place": None if place is None else place + 1,
        "skip_url": next(iter(_after(asked, request.path)), None) if place is not None else None,
    }
    return render(request, template, surroundings | context, status=status)


def _onwards(request: LinkRequest, order: list[str]) -> HttpResponse:
    """Go to the question that came after this one and is still open; else to the end page.

    Args:
        request: the answer.
        order: the questions as they were before the answer.
    """
    still_open = set(_asked(request))
    following = [url for url in _after(order, request.path) if url in still_open]
    return redirect(following[0] if following else "offboarding:link_done")


@grant_required(Scope.VIEW)
@require_safe
def link_tasks(request: LinkRequest) -> HttpResponse:
    """Show everything behind the link; the first question is one press away."""
    tasks = _tasks(request)
    asked = [task for task in tasks if task.is_asked and not task.is_settled]
    context = {
        "asked": asked,
        "later": [task for task in tasks if task.is_later],
        "backlog": [task for task in tasks if task.is_backlog and not task.is_settled],
        "settled": [task for task in tasks if task.is_settled],
        "minutes": max(1, round(len(asked) * 0.4)),
        "may_hand_on": request.grant.may(Scope.DELEGATE),
    }
    return _page(request, "offboarding/link_tasks.html", context)


@grant_required(Scope.TICK)
def link_item(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Ask whether one task is done: yes, not yet (when?) or not applicable (why?)."""
    item = get_object_or_404(items_of(request.grant), public_id=public_id)
    answer = request.POST.get("answer") or request.GET.get("answer", "done")
    if answer not in ANSWERS:  # else anything unknown would tick the task
        raise Http404
    form = _item_form(request, item, answer)
    order = _asked(request)
    if request.method == "GET" and item.is_open:
        operations.note_seen(item_ids=[item.pk], actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            _answer_item(request, item, answer, form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _onwards(request, order)
    files = list(item.evidence.all())
    together = queries.together(item, is_second=item.owner_id not in contacts_of(request.grant))
    context = {
        "item": item,
        "form": form,
        "answer": answer,
        "files": files,
        "together": together,
    }
    return _page(request, "offboarding/link_item.html", context, _status(form))


def _item_form(request: LinkRequest, item: ChecklistItem, answer: str) -> Any:
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    if answer == "not_yet":
        return NotYetForm(data, today=request.organisation.today())
    if answer == "not_applicable":
        return NotApplicableForm(data)
    form = DoneForm(data, files)
    if item.needs_evidence:
        one_of_two(*form.fields.values())
    return form


def _answer_item(request: LinkRequest, item: ChecklistItem, answer: str, form: Any) -> None:
    facts = {"item_id": item.pk, "actor": request.actor, **form.cleaned_data}
    if answer == "not_yet":
        operations.postpone_item(**facts)
    elif answer == "reopen":
        operations.reopen_item(
            item_id=item.pk, reason=_("Not done after all."), actor=request.actor
        )
    elif answer == "not_applicable":
        operations.waive_item(**facts)
    else:
        operations.complete_item(**facts)


@grant_required(Scope.TICK)
@require_POST
def link_item_snooze(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Leave one task alone for 1, 3 or 5 working days."""
    item = get_object_or_404(items_of(request.grant), public_id=public_id)
    days = request.POST.get("days", "")
    choice = int(days) if days in DAYS_TO_SNOOZE else 0
    try:
        operations.snooze_item(item_id=item.pk, working_days=choice, actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("offboarding:link_item", public_id)
    messages.success(request, _("We will remind you later."))
    return redirect("offboarding:link_tasks")


@grant_required(Scope.TICK)
@require_safe
def link_evidence(request: LinkRequest, public_id: UUID) -> HttpResponseBase:
    """Hand out a file that proves a task of the holder."""
    return file_response(get_object_or_404(evidence_of(request.grant), public_id=public_id))


@grant_required(Scope.DECIDE)
def link_decide(request: LinkRequest) -> HttpResponse:
    """Ask what happens at the end date; HR confirms what changes it."""
    form = DecideForm(request.POST or None)
    order = _asked(request)
    if request.method == "POST" and form.is_valid():
        try:
            operations.answer_end(
                engagement_id=request.grant.engagement_id, actor=request.actor, **form.cleaned_data
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _onwards(request, order)
    asked = EngagementChange.objects.requested().filter(engagement=request.grant.engagement).first()
    context = {"form": form, "asked": asked}
    return _page(request, "offboarding/link_decide.html", context, _status(form))


@grant_required(Scope.REVIEW)
def link_review(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Show one handover and ask for a word on it."""
    deliverable = get_object_or_404(reviews_of(request.grant), public_id=public_id)
    asks_changes = request.POST.get("verdict") == "changes_asked"
    versions = versions_of(deliverable)
    seen = {"version": versions[0].version.number if versions else None}
    form = ReviewForm(request.POST or None, asks_changes=asks_changes, initial=seen)
    order = _asked(request)
    if request.method == "POST" and form.is_valid():
        act = (
            knowledge.operations.ask_changes
            if asks_changes
            else knowledge.operations.accept_deliverable
        )
        try:
            act(deliverable_id=deliverable.pk, actor=request.actor, **form.cleaned_data)
        except StaleError as error:
            messages.error(request, str(error))
            return redirect("offboarding:link_review", public_id)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _onwards(request, order)
    context = {"deliverable": deliverable, "versions": versions, "form": form}
    return _page(request, "offboarding/link_review.html", context, _status(form))


@grant_required(Scope.REVIEW)
@require_safe
def link_file(request: LinkRequest, public_id: UUID) -> HttpResponseBase:
    """Hand out a file of a handover that the holder may look at."""
    file = get_object_or_404(
        DeliverableFile.objects.filter(
            version__deliverable__in=reviews_of(request.grant), version__submitted_at__isnull=False
        ),
        public_id=public_id,
    )
    return file_response(file)


@grant_required(Scope.DECIDE)
def link_agreement(request: LinkRequest) -> HttpResponse:
    """Show the knowledge agreement that waits for the client's word."""
    agreement = agreement_of(request.grant)
    if agreement is None:
        return redirect("offboarding:link_tasks")
    if request.method == "POST" and request.POST.get("agreement") != str(agreement.public_id):
        # Nobody agrees to what the page did not show.
        messages.error(
            request, _("This proposal was replaced by a newer one. Look at that one instead.")
        )
        return redirect("offboarding:link_agreement")
    declines = request.POST.get("answer") == "decline"
    form = DeclineForm(request.POST if declines else None)
    order = _asked(request)
    accepts = request.POST.get("answer") == "accept"
    if request.method == "POST" and (form.is_valid() or accepts):
        try:
            if declines:
                knowledge.operations.decline_agreement(
                    agreement_id=agreement.pk,
                    side="client",
                    reason=form.cleaned_data["reason"],
                    actor=request.actor,
                )
            else:
                knowledge.operations.accept_agreement(
                    agreement_id=agreement.pk, side="client", actor=request.actor
                )
        except DomainError as error:
            messages.error(request, str(error))
        return _onwards(request, order)
    context = {"agreement": agreement, "form": form}
    return _page(request, "offboarding/link_agreement.html", context, _status(form))


@grant_required(Scope.DELEGATE)
def link_hand_on(request: LinkRequest) -> HttpResponse:
    """Ask a colleague to act instead."""
    form = HandOnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            colleague = engagements.operations.hand_on(
                grant_id=request.grant.pk, actor=request.actor, **form.cleaned_data
            )
        except DomainError as error:
            form.add_error("email", str(error))
        else:
            return _page(request, "offboarding/link_handed_on.html", {"colleague": colleague})
    return _page(request, "offboarding/link_hand_on.html", {"form": form}, _status(form))


@grant_required(Scope.VIEW)
@require_safe
def link_done(request: LinkRequest) -> HttpResponse:
    """Thank the holder and say what is still open."""
    tasks = _tasks(request)
    context = {
        "open_tasks": [task for task in tasks if not task.is_settled],
        "steps": [_("HR sees your answers at once."), _("You can change an answer until the end.")],
    }
    return _page(request, "offboarding/link_done.html", context)


@grant_required(Scope.VIEW)
@require_safe
def link_calendar(request: LinkRequest) -> HttpResponse:
    """Give the last day as a calendar file; it keeps its identity when the day moves."""
    content = last_day_as_calendar(request.grant.engagement)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="kennisborg.ics"'
    return response


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200
