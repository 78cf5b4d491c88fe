"""The pages behind an action link: one question per page, two minutes, no account."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import engagements.operations
import knowledge.operations
import knowledge.queries
from core.answers import attempt
from core.downloads import calendar_response, file_response
from core.errors import DomainError, StaleError
from engagements.links import LinkRequest, grant_required
from engagements.models import EngagementChange, LinkGrant
from engagements.queries import last_day_as_calendar, professionals_at, proposed_successor
from knowledge.forms import DeclineForm, ReviewForm
from knowledge.models import DeliverableFile, KnowledgeAgreement
from knowledge.queries import versions_of
from offboarding import operations, queries
from offboarding.forms import DoneForm, NotYetForm
from offboarding.forms.link import (
    DecideForm,
    HandOnForm,
    NotApplicableForm,
    SuccessorForm,
)
from offboarding.models import ChecklistItem
from offboarding.queries.link_tasks import (
    agreement_of,
    contacts_of,
    evidence_of,
    items_of,
    reviews_of,
    task_behind,
    tasks_of,
)
from offboarding.queries.link_topics import knowledge_of, received_of, shown_topics
from offboarding.rules import SNOOZE_WORKING_DAYS
from offboarding.views.questions import asked_now, asked_of, onwards, question_page, tasks_now

Scope = LinkGrant.Scope
ANSWERS = ("done", "not_yet", "not_applicable", "reopen")
DAYS_TO_SNOOZE = frozenset(map(str, SNOOZE_WORKING_DAYS))


@grant_required(Scope.VIEW)
@require_safe
def link_tasks(request: LinkRequest) -> HttpResponse:
    """Show everything behind the link; the first question is one press away."""
    shown = shown_topics(request.grant)
    received = received_of(request.grant, shown)
    tasks = tasks_of(request.grant, request.organisation.today(), received, shown)
    asked = asked_of(tasks)
    order = [task.url for task in asked]
    context = {
        "asked": asked,
        "later": [task for task in tasks if task.is_later],
        "backlog": [task for task in tasks if task.is_backlog and not task.is_settled],
        "settled": [task for task in tasks if task.is_settled],
        "received": [one for one in received if one.receiver.asked_at is None],
        "knowledge": None if shown is None else knowledge_of(shown),
        "packs": queries.packs_of(request.grant),
        "may_hand_on": request.grant.may(Scope.DELEGATE),
    }
    return question_page(request, "offboarding/link_tasks.html", context, order)


@grant_required(Scope.VIEW)
@require_safe
def link_start(request: LinkRequest) -> HttpResponse:
    """Go to the one thing that the mail was about; to everything when it is not asked any more."""
    task = task_behind(request.grant, request.GET.get("to", ""), request.organisation.today())
    if task is None:
        messages.info(request, _("What the mail was about is done, or asked of somebody else."))
        return redirect("offboarding:link_tasks")
    return redirect(task.url)


@grant_required(Scope.TICK)
def link_item(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Ask whether one task is done: yes, not yet (when?) or not applicable (why?)."""
    item = get_object_or_404(items_of(request.grant), public_id=public_id)
    answer = request.POST.get("answer") or request.GET.get("answer", "done")
    if answer not in ANSWERS:  # else anything unknown would tick the task
        raise Http404
    form = _item_form(request, item, answer)
    order = asked_now(request)
    if request.method == "GET" and item.is_open:
        operations.note_seen(item_ids=[item.pk], actor=request.actor)
    if attempt(form, lambda: _answer_item(request, item, answer, form)):
        return onwards(request, order)
    context = {
        "item": item,
        "form": form,
        "answer": answer,
        "files": list(item.evidence.all()),
        "together": queries.together(
            item, is_second=item.owner_id not in contacts_of(request.grant)
        ),
    }
    return question_page(request, "offboarding/link_item.html", context, order)


def _item_form(request: LinkRequest, item: ChecklistItem, answer: str) -> Any:
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    if answer == "not_yet":
        return NotYetForm(data, today=request.organisation.today())
    if answer == "not_applicable":
        return NotApplicableForm(data)
    return DoneForm(data, files, item=item)


def _answer_item(
    request: LinkRequest, item: ChecklistItem, answer: str, form: Any
) -> ChecklistItem:
    facts = {"item_id": item.pk, "actor": request.actor, **form.cleaned_data}
    if answer == "not_yet":
        return operations.postpone_item(**facts)
    if answer == "reopen":
        reason = _("Not done after all.")
        return operations.reopen_item(item_id=item.pk, reason=reason, actor=request.actor)
    if answer == "not_applicable":
        return operations.waive_item(**facts)
    return operations.complete_item(**facts)


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
    professionals = professionals_at(request.grant.engagement)
    form = DecideForm(request.POST or None, professionals=professionals)
    order = asked_now(request)
    if attempt(
        form,
        lambda: operations.answer_end(
            engagement_id=request.grant.engagement_id, actor=request.actor, **form.cleaned_data
        ),
    ):
        return onwards(request, order)
    asked = EngagementChange.objects.requested().filter(engagement=request.grant.engagement).first()
    return question_page(
        request, "offboarding/link_decide.html", {"form": form, "asked": asked}, order
    )


@grant_required(Scope.DECIDE)
def link_successor(request: LinkRequest) -> HttpResponse:
    """Ask who takes over, once it is decided that somebody else does."""
    engagement = request.grant.engagement
    if not queries.may_say_successor(engagement):
        return redirect("offboarding:link_tasks")
    form = SuccessorForm(request.POST or None, professionals=professionals_at(engagement))
    order = asked_now(request)
    if attempt(
        form,
        lambda: engagements.operations.propose_successor(
            engagement_id=engagement.pk,
            freelancer_id=form.cleaned_data["successor"].pk,
            actor=request.actor,
        ),
    ):
        return onwards(request, order)
    context = {"form": form, "proposed": proposed_successor(engagement)}
    return question_page(request, "offboarding/link_successor.html", context, order)


@grant_required(Scope.REVIEW)
def link_review(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Show one handover and ask for a word on it."""
    deliverable = get_object_or_404(reviews_of(request.grant), public_id=public_id)
    asks_changes = request.POST.get("verdict") == "changes_asked"
    versions = versions_of(deliverable)
    newest, older = next(iter(versions), None), versions[1:]
    seen = {"version": newest.version.number if newest else None}
    form = ReviewForm(request.POST or None, asks_changes=asks_changes, initial=seen)
    order = asked_now(request)
    review = knowledge.operations
    act = review.ask_changes if asks_changes else review.accept_deliverable
    facts: dict[str, Any] = {"deliverable_id": deliverable.pk, "actor": request.actor}
    try:
        if attempt(form, lambda: act(**facts, **form.cleaned_data)):
            said = _("You asked for changes.") if asks_changes else _("You accepted it.")
            messages.success(request, f"“{deliverable.title}”: {said}")
            return onwards(request, order)
    except StaleError as error:
        messages.error(request, str(error))
        return redirect("offboarding:link_review", public_id)
    context = {"deliverable": deliverable, "newest": newest, "older": older, "form": form}
    return question_page(request, "offboarding/link_review.html", context, order)


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
    answer = request.POST.get("answer")
    form = DeclineForm(request.POST if answer == "decline" else None)
    order = asked_now(request)
    if answer == "accept" or form.is_valid():
        _answer_agreement(request, agreement, form)
        return onwards(request, order)
    total = knowledge.queries.shortfall_of(agreement)
    context = {"agreement": agreement, "form": form, "total": total}
    return question_page(request, "offboarding/link_agreement.html", context, order)


def _answer_agreement(
    request: LinkRequest, agreement: KnowledgeAgreement, form: DeclineForm
) -> None:
    """Decline with the reason in the form, or accept; a refusal is told on the next page."""
    facts: dict[str, Any] = {
        "agreement_id": agreement.pk,
        "side": "client",
        "actor": request.actor,
    }
    try:
        if form.is_bound:
            knowledge.operations.decline_agreement(**facts, **form.cleaned_data)
            said = _("Sent back. %(name)s reads why, and can propose something else.") % {
                "name": agreement.engagement.freelancer.full_name
            }
        else:
            knowledge.operations.accept_agreement(**facts)
            said = knowledge.queries.said_on_accepting(agreement)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)


@grant_required(Scope.DELEGATE)
def link_hand_on(request: LinkRequest) -> HttpResponse:
    """Ask a colleague to act instead."""
    form = HandOnForm(request.POST or None)
    colleague = attempt(
        form,
        lambda: engagements.operations.hand_on(
            grant_id=request.grant.pk, actor=request.actor, **form.cleaned_data
        ),
    )
    if colleague:
        return question_page(request, "offboarding/link_handed_on.html", {"colleague": colleague})
    return question_page(request, "offboarding/link_hand_on.html", {"form": form})


@grant_required(Scope.VIEW)
@require_safe
def link_done(request: LinkRequest) -> HttpResponse:
    """Thank the holder and say what is still open."""
    tasks = tasks_now(request)
    order = [task.url for task in asked_of(tasks)]
    context = {
        "open_tasks": [task for task in tasks if not task.is_settled],
        "asked_count": len(order),
        "steps": [
            _("HR sees your answers at once."),
            _("You can change an answer as long as your link works."),
        ],
    }
    return question_page(request, "offboarding/link_done.html", context, order)


@grant_required(Scope.VIEW)
@require_safe
def link_calendar(request: LinkRequest) -> HttpResponse:
    """Give the last day as a calendar file; it keeps its identity when the day moves."""
    return calendar_response(last_day_as_calendar(request.grant.engagement))
