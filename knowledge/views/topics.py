"""Topics of an engagement, who gets them, and what they said: HR's side."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.answers import attempt, form_page, status_of
from core.errors import DomainError
from engagements.models import Engagement
from knowledge import operations, queries
from knowledge.forms import ReasonForm, ReceiverForm, TopicForm
from knowledge.models import Confirmation, Receiver, Topic


@hr_required
@require_safe
def topic_list(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Show the topics of an engagement, the most critical on top."""
    engagement = _engagement_or_404(public_id)
    shown = queries.topics_of(engagement)
    context = {
        "engagement": engagement,
        "topics": shown,
        "next_topics": queries.next_topics_of(shown),
        "figures": queries.figures_together(shown),
        "suggestions": queries.topic_suggestions(engagement),
        "may_change": request.membership.may_change and engagement.is_running,
    }
    return render(request, "knowledge/topic_list.html", context)


@hr_writes
def topic_create(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Propose a topic, perhaps one that the department knew before (`?like=`)."""
    engagement = _engagement_or_404(public_id)
    initial = queries.topic_like(engagement, request.GET.get("like", ""))
    form = TopicForm(request.POST or None, initial=initial)
    topic = attempt(
        form,
        lambda: operations.propose_topic(
            engagement_id=engagement.pk, facts=form.facts, side="client", actor=request.actor
        ),
    )
    if topic:
        messages.success(request, _("The topic counts once the professional agrees."))
        return redirect(topic)
    return form_page(request, "knowledge/topic_form.html", form, {"engagement": engagement})


@hr_writes
def topic_edit(request: HrRequest, public_id: UUID) -> HttpResponse:
    topic = _topic_or_404(public_id)
    form = TopicForm(request.POST or None, instance=topic)
    if attempt(
        form,
        lambda: operations.revise_topic(
            topic_id=topic.pk, facts=form.facts, side="client", actor=request.actor
        ),
    ):
        messages.success(request, _("The topic is saved."))
        return redirect("knowledge:topic_detail", public_id)
    context = {"engagement": topic.engagement, "topic": topic}
    return form_page(request, "knowledge/topic_form.html", form, context)


@hr_required
@require_safe
def topic_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    return _page(request, _topic_or_404(public_id))


@hr_writes
@require_POST
def topic_agree(request: HrRequest, public_id: UUID) -> HttpResponse:
    topic = _topic_or_404(public_id)
    return _act(
        request,
        topic,
        lambda: operations.agree_topic(
            topic_id=topic.pk,
            side="client",
            actor=request.actor,
            seen=request.POST.get("seen", ""),
        ),
        queries.said_on_agreeing(topic),
    )


@hr_writes
@require_POST
def topic_refuse(request: HrRequest, public_id: UUID) -> HttpResponse:
    topic = _topic_or_404(public_id)
    refuse = partial(operations.refuse_topic, seen=request.POST.get("seen", ""))
    return _with_reason(request, topic, refuse, _("The professional reads why."))


@hr_writes
@require_POST
def topic_drop(request: HrRequest, public_id: UUID) -> HttpResponse:
    topic = _topic_or_404(public_id)
    return _with_reason(request, topic, operations.drop_topic, _("The topic is off the list."))


@hr_writes
@require_POST
def receiver_name(request: HrRequest, public_id: UUID) -> HttpResponse:
    topic = _topic_or_404(public_id)
    form = ReceiverForm(request.POST)
    if attempt(
        form,
        lambda: operations.name_receiver(
            topic_id=topic.pk, side="client", actor=request.actor, **form.cleaned_data
        ),
    ):
        messages.success(
            request, _("The receiver is asked as soon as there is something to confirm.")
        )
        return redirect(topic)
    return _page(request, topic, receiver_form=form)


@hr_writes
@require_POST
def receiver_release(request: HrRequest, public_id: UUID) -> HttpResponse:
    receiver = _receiver_or_404(public_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, receiver.topic, reason_form=form, opened=str(public_id))
    return _act(
        request,
        receiver.topic,
        lambda: operations.release_receiver(
            receiver_id=receiver.pk, side="client", actor=request.actor, **form.cleaned_data
        ),
        _("%(name)s no longer receives this topic.") % {"name": receiver.contact.name},
    )


@hr_writes
@require_POST
def receiver_ask(request: HrRequest, public_id: UUID) -> HttpResponse:
    receiver = _receiver_or_404(public_id)
    return _act(
        request,
        receiver.topic,
        lambda: operations.ask_again(receiver_id=receiver.pk, side="client", actor=request.actor),
        _("%(name)s is asked in the next daily mail.") % {"name": receiver.contact.name},
    )


@hr_writes
@require_POST
def confirmation_withdraw(request: HrRequest, public_id: UUID) -> HttpResponse:
    confirmation = get_object_or_404(
        Confirmation.objects.select_related("receiver"), public_id=public_id
    )
    topic = _topic_or_404(confirmation.receiver.topic.public_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, topic, reason_form=form, opened=str(public_id))
    return _act(
        request,
        topic,
        lambda: operations.withdraw_confirmation(
            confirmation_id=confirmation.pk, actor=request.actor, **form.cleaned_data
        ),
        _("This counts no more, and what it earned was taken back."),
    )


def _act(
    request: HrRequest, topic: Topic, operation: Callable[[], object], done: str
) -> HttpResponse:
    try:
        operation()
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    if Topic.objects.live().filter(pk=topic.pk).exists():
        return redirect(topic)
    return redirect("knowledge:topic_list", topic.engagement.public_id)


def _with_reason(
    request: HrRequest, topic: Topic, operation: Callable[..., Topic], done: str
) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, topic, reason_form=form, opened=str(topic.public_id))
    return _act(
        request,
        topic,
        lambda: operation(
            topic_id=topic.pk, side="client", actor=request.actor, **form.cleaned_data
        ),
        done,
    )


def _page(request: HrRequest, topic: Topic, **bound: Any) -> HttpResponse:
    """Show one topic; forms when they came back with faults."""
    shown = queries.topic_as_shown(topic)
    context = {
        "engagement": topic.engagement,
        "shown": shown,
        "topic": shown.topic,
        "needed": queries.needed_for(shown.topic),
        "candidates": queries.receiver_suggestions(topic),
        "receiver_form": ReceiverForm(),
        "reason_form": ReasonForm(),
        "may_change": request.membership.may_change and topic.engagement.is_running,
        "waits_for_us": shown.topic.waits_for("client"),
        **bound,
    }
    status = max(status_of(context["receiver_form"]), status_of(context["reason_form"]))
    return render(request, "knowledge/topic_detail.html", context, status=status)


def _engagement_or_404(public_id: UUID) -> Engagement:
    engagements = Engagement.objects.select_related("freelancer", "department")
    return get_object_or_404(engagements, public_id=public_id)


def _topic_or_404(public_id: UUID) -> Topic:
    topics = Topic.objects.live().select_related("engagement__freelancer", "engagement__department")
    return get_object_or_404(topics, public_id=public_id)


def _receiver_or_404(public_id: UUID) -> Receiver:
    receivers = Receiver.objects.live().select_related(
        "contact", "topic__engagement__freelancer", "topic__engagement__department"
    )
    return get_object_or_404(receivers, public_id=public_id)
