"""The end of an engagement: moving it, deciding on it, closing and cancelling."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import HrRequest, hr_required, hr_writes
from core.answers import attempt, form_page
from core.errors import StaleError
from engagements import events, operations, rules
from engagements.events import Effect
from engagements.forms import (
    CancelForm,
    CloseForm,
    DecisionForm,
    EndChangeForm,
    NewEndForm,
    StayForm,
)
from engagements.models import Engagement, EngagementChange

ENDING = "engagements/end_change.html"
PREVIEW = "engagements/end_change_preview.html"


@hr_writes
@require_http_methods(["GET", "POST"])
def end_change(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Ask for the new day, show what shifts, and move the end on the second question."""
    engagement = _engagement(public_id)
    given = request.POST if request.method == "POST" else request.GET
    asked = NewEndForm(given if "new_ends_on" in given else None, engagement=engagement)
    if not asked.is_bound or not asked.is_valid():
        return form_page(request, ENDING, asked, _choices_of(engagement))
    new_ends_on = asked.cleaned_data["new_ends_on"]
    if request.method == "POST":
        return _move(request, engagement, new_ends_on)
    kind = rules.kind_of_change(engagement.ends_on, new_ends_on, request.organisation.today())
    initial = {"new_ends_on": new_ends_on, "kind": kind, "version": engagement.version}
    form = EndChangeForm(engagement=engagement, initial=initial)
    return _preview(request, form, new_ends_on)


@hr_writes
@require_POST
def end_confirm(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Write down that the date stays, so that nobody is asked again."""
    engagement: Any = _engagement(public_id)
    form = StayForm(request.POST)
    change = attempt(
        form,
        lambda: operations.confirm_end(
            engagement_id=engagement.pk, reason="", actor=request.actor, **form.cleaned_data
        ),
    )
    if change is None:
        messages.error(request, " ".join(map(str, form.non_field_errors())) or _("Choose again."))
    else:
        messages.success(request, _("It is settled. Nobody is asked about this date again."))
        if change.kind == EngagementChange.Kind.SWAP:
            return redirect("engagements:successor_name", public_id)
    return redirect(engagement)


@hr_required
@require_http_methods(["GET", "POST"])
def change_decide(request: HrRequest, public_id: UUID) -> HttpResponse:
    change = get_object_or_404(_changes(), public_id=public_id)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: _decided(request, change, form)):
        messages.success(request, _("Your decision is written down and passed on."))
        return redirect("engagements:change_decide", public_id)
    effects = (
        operations.effects_of_move(change.engagement, change.new_ends_on)
        if change.new_ends_on and change.is_waiting
        else []
    )
    context = {"change": change, "engagement": change.engagement, "effects": _grouped(effects)}
    return form_page(request, "engagements/change_decide.html", form, context)


@hr_writes
@require_http_methods(["GET", "POST"])
def engagement_close(request: HrRequest, public_id: UUID) -> HttpResponse:
    engagement: Any = _engagement(public_id)
    data = request.POST if request.method == "POST" else None
    form = CloseForm(data, blockers=operations.blockers_of(engagement))
    if attempt(form, lambda: _closed(request, engagement, form)):
        messages.success(request, _("The file is closed."))
        return redirect(engagement)
    may_close = rules.may_decide(operations.state_now(engagement), "close")
    cancelled = events.cancelled_by_closing(engagement)
    context = {"engagement": engagement, "may_close": may_close, "cancelled": cancelled}
    return form_page(request, "engagements/engagement_close.html", form, context)


@hr_writes
@require_http_methods(["GET", "POST"])
def engagement_cancel(request: HrRequest, public_id: UUID) -> HttpResponse:
    engagement: Any = _engagement(public_id)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: _cancelled(request, engagement, form)):
        messages.success(request, _("The engagement is cancelled."))
        return redirect(engagement)
    may_cancel = rules.may_decide(operations.state_now(engagement), "cancel")
    context = {"engagement": engagement, "may_cancel": may_cancel}
    return form_page(request, "engagements/engagement_cancel.html", form, context)


def _engagement(public_id: UUID) -> Engagement:
    engagements = Engagement.objects.select_related("freelancer", "department", "manager")
    return get_object_or_404(engagements, public_id=public_id)


def _changes() -> Any:
    return EngagementChange.objects.select_related(
        "engagement__freelancer", "engagement__department", "engagement__manager", "successor"
    )


def _choices_of(engagement: Engagement) -> dict[str, Any]:
    state = operations.state_now(engagement)
    return {
        "engagement": engagement,
        "may_move": rules.may_move_end(state),
        "may_stay": rules.may_keep_end(state),
        "waiting": EngagementChange.objects.requested().filter(engagement=engagement).first(),
    }


def _grouped(effects: Sequence[Effect]) -> list[Effect]:
    """Return effects by owner, and of one owner by day."""
    return sorted(effects, key=lambda effect: (effect.owner, effect.new_on or date.max))


def _preview(request: HrRequest, form: EndChangeForm, new_ends_on: date) -> HttpResponse:
    engagement = form.engagement
    effects = operations.effects_of_move(engagement, new_ends_on)
    shifting = [effect for effect in effects if effect.old_on != effect.new_on]
    form.offer(new_ends_on)
    context = {
        "engagement": engagement,
        "new_ends_on": new_ends_on,
        "effects": _grouped(shifting),
        "staying": len(effects) - len(shifting),
    }
    return form_page(request, PREVIEW, form, context)


def _move(request: HrRequest, engagement: Any, new_ends_on: date) -> HttpResponse:
    form = EndChangeForm(request.POST, engagement=engagement)
    form.offer(new_ends_on)
    values = {"engagement_id": engagement.pk, "actor": request.actor}
    try:
        # First of all, for the kinds that fit depend on the end as it is now.
        operations.check_version(engagement, form.version_shown)
        change = attempt(form, lambda: operations.move_end(**values, **form.cleaned_data))
    except StaleError as error:
        # The page shows what is no longer so: show it anew instead of the same form again.
        messages.error(request, str(error))
        return redirect(f"{request.path}?new_ends_on={new_ends_on:%Y-%m-%d}")
    if change is None:
        return _preview(request, form, new_ends_on)
    messages.success(request, _("The last day is moved, and both sides get a mail about it."))
    return redirect(engagement)


def _decided(request: HrRequest, change: EngagementChange, form: DecisionForm) -> EngagementChange:
    return operations.decide_change(
        change_id=change.pk,
        approve=form.cleaned_data["answer"] == "approve",
        reason=form.cleaned_data["reason"],
        actor=request.actor,
    )


def _closed(request: HrRequest, engagement: Engagement, form: CloseForm) -> Engagement:
    return operations.close_engagement(
        engagement_id=engagement.pk, waivers=form.waivers, actor=request.actor
    )


def _cancelled(request: HrRequest, engagement: Engagement, form: CancelForm) -> Engagement:
    return operations.cancel_engagement(
        engagement_id=engagement.pk, actor=request.actor, **form.cleaned_data
    )
