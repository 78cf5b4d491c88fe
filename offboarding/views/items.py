"""Tasks as HR works on them: the list, one task, and each answer to it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.addresses import own_address
from core.answers import attempt, status_of
from core.downloads import file_response
from core.forms import helper
from core.pages import CountedPaginator
from offboarding import operations, queries, rules
from offboarding.forms import (
    DoneForm,
    ItemFilter,
    NotYetForm,
    OwnerForm,
    ReasonForm,
    SnoozeForm,
)
from offboarding.models import ChecklistItem, EvidenceFile

PAGE_SIZE = 50
SEE_OTHER = 303
# Answers after which a row looks as it did before.
TOLD_IN_THE_ROW = frozenset({"remind"})


@hr_required
@require_safe
def item_list(request: HrRequest) -> HttpResponse:
    """Show open tasks of all engagements, longest late first."""
    listing = ItemFilter(request.GET, request.organisation)
    found: Paginator[ChecklistItem] = CountedPaginator(
        listing.shown(), PAGE_SIZE, count=listing.counts[listing.view]
    )
    page = found.get_page(request.GET.get("page"))
    context = {
        "listing": listing,
        "form": listing,
        "page_obj": page,
        "rows": queries.rows_of(page.object_list, listing.today),
        "tabs": listing.tabs(),
        "chips": listing.chips(),
    }
    return render(request, "offboarding/item_list.html", context)


@hr_required
@require_safe
def item_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Show one task with everything that can be done about it."""
    return _page(request, _item(public_id))


@hr_writes
@require_POST
def item_complete(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Tick a task, for anybody, under one's own name."""
    item = _item(public_id)
    form = DoneForm(request.POST, request.FILES, item=item)
    words = gettext_lazy("Done: %(task)s")
    return _answered(request, item, "done", form, operations.complete_item, words)


@hr_writes
@require_POST
def item_postpone(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Note when a task will be done."""
    form = NotYetForm(request.POST, today=request.organisation.today())
    words = gettext_lazy("Noted. The due date stays as it is.")
    return _answered(request, _item(public_id), "not_yet", form, operations.postpone_item, words)


@hr_writes
@require_POST
def item_waive(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Say that a task does not apply."""
    form = ReasonForm(request.POST)
    words = gettext_lazy("Does not apply: %(task)s")
    return _answered(request, _item(public_id), "waive", form, operations.waive_item, words)


@hr_writes
@require_POST
def item_reopen(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Open a task again."""
    form = ReasonForm(request.POST)
    words = gettext_lazy("Open again: %(task)s")
    return _answered(request, _item(public_id), "reopen", form, operations.reopen_item, words)


@hr_writes
@require_POST
def item_snooze(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Leave the owner of a task in peace for some days."""
    form = SnoozeForm(request.POST)
    words = gettext_lazy("Put off: %(task)s")
    return _answered(request, _item(public_id), "snooze", form, operations.snooze_item, words)


@hr_writes
@require_POST
def item_assign(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Give a task to somebody."""
    item = _item(public_id)
    form = OwnerForm(request.POST, item=item)

    def assign(*, contact: Any, **facts: Any) -> ChecklistItem:
        return operations.assign_item(contact_id=contact.pk, **facts)

    words = gettext_lazy("The task has another owner: %(task)s")
    return _answered(request, item, "owner", form, assign, words)


@hr_writes
@require_POST
def item_remind(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Mail the owner of a task now."""
    words = gettext_lazy("A reminder is on its way: %(task)s")
    form = Form(request.POST)
    return _answered(request, _item(public_id), "remind", form, operations.remind_item, words)


@hr_required
@require_safe
def evidence_download(request: HrRequest, public_id: UUID) -> FileResponse:
    return file_response(get_object_or_404(EvidenceFile, public_id=public_id))


def _item(public_id: UUID) -> ChecklistItem:
    items = ChecklistItem.objects.select_related(
        "owner",
        "engagement__department",
        "engagement__manager",
        "engagement__freelancer__business_contact",
        "engagement__freelancer__private_contact",
    )
    return get_object_or_404(items, public_id=public_id)


def _answered(
    request: HrRequest,
    item: ChecklistItem,
    name: str,
    form: Form,
    operation: Callable[..., ChecklistItem],
    words: str | Promise,
) -> HttpResponse:
    """Carry an answer out, then show the row or go back to the page that it came from."""
    attempt(form, lambda: operation(item_id=item.pk, actor=request.actor, **form.cleaned_data))
    if request.htmx:
        notice = str(words) % {"task": item.text} if name in TOLD_IN_THE_ROW else ""
        return _row(request, _item(item.public_id), form, notice)
    if form.errors:
        return _page(request, item, {name: form})
    messages.success(request, str(words) % {"task": item.text})
    return redirect_back(request, item.get_absolute_url())


def redirect_back(request: HrRequest, otherwise: str) -> HttpResponse:
    """Send the browser to the page that it came from, if that is one of ours."""
    response = redirect(own_address(request, request.POST.get("next", ""), otherwise))
    response.status_code = SEE_OTHER
    return response


def _row(request: HrRequest, item: ChecklistItem, form: Form, notice: str) -> HttpResponse:
    """Answer htmx with the refreshed row, and what went wrong beside it."""
    today = request.organisation.today()
    counts = queries.open_items_by_engagement([item.engagement_id], today)
    context = {
        "row": queries.row_of(item, today),
        "problem": " ".join(str(text) for texts in form.errors.values() for text in texts),
        "notice": "" if form.errors else notice,
        "shows_engagement": "shows_engagement" in request.POST,
        "counts": counts.get(item.engagement_id),
        "lane_open": queries.open_in_lane(item),
    }
    return render(request, "offboarding/_item_answer.html", context)


def _page(
    request: HrRequest, item: ChecklistItem, bound: dict[str, Form] | None = None
) -> HttpResponse:
    organisation = item.engagement.organisation
    today = organisation.today()
    facts = rules.SnoozeFacts(item.due_on, item.may_snooze, item.snooze_count)
    forms: dict[str, Form] = {
        "done": DoneForm(item=item),
        "not_yet": NotYetForm(today=today, initial={"expected_on": item.expected_on}),
        "waive": ReasonForm(),
        "reopen": ReasonForm(),
        "owner": OwnerForm(item=item),
        **(bound or {}),
    }
    for form in forms.values():
        form.helper = helper()  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "item": item,
        "engagement": item.engagement,
        "row": queries.row_of(item, today),
        "baton": queries.baton_of(item, door="desk"),
        "forms": forms,
        "opened": next(iter(bound or {}), ""),
        "form": next(iter((bound or {}).values()), None),
        "snoozes": rules.snooze_choices(facts, today, organisation.calendar),
        "files": list(item.evidence.all()),
        "told": queries.times_told([item])[item.public_id],
        "history": queries.history_of(item),
        "may_change": request.membership.may_change and item.engagement.is_running,
    }
    status = status_of(context["form"])
    return render(request, "offboarding/item_detail.html", context, status=status)
