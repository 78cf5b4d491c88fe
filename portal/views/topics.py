"""Topics in the portal: what there is to know, who gets it, and what receivers ask."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.answers import attempt, form_page, status_of
from core.errors import DomainError
from engagements.access import PortalRequest, freelancer_required
from knowledge import operations, queries
from knowledge.forms import ReasonForm
from knowledge.models import Topic
from portal.access import own_engagement, own_question, own_receiver, own_topic
from portal.forms.topics import QuickLogForm, ReceiverForm, ReplyForm, TopicForm

SIDE: Final = "freelancer"


@freelancer_required
@require_safe
def topic_list(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Show what there is to know, the most critical on top, and what receivers ask."""
    engagement = own_engagement(request, public_id)
    shown = queries.topics_of(engagement)
    context = {
        "engagement": engagement,
        "topics": shown,
        "next_topics": queries.next_topics_of(shown),
        "figures": queries.figures_together(shown),
        "questions": queries.questions_of(engagement),
        "suggestions": queries.topic_suggestions(engagement),
    }
    return render(request, "portal/topic_list.html", context)


@freelancer_required
def topic_create(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Propose a topic, perhaps one that the department knew before (`?like=`)."""
    engagement = own_engagement(request, public_id)
    initial = queries.topic_like(engagement, request.GET.get("like", ""))
    form = TopicForm(request.POST or None, initial=initial)
    topic = attempt(
        form,
        lambda: operations.propose_topic(
            engagement_id=engagement.pk, facts=form.facts, side=SIDE, actor=request.actor
        ),
    )
    if topic:
        messages.success(request, _("The topic counts once the client agrees."))
        return redirect("portal:topic_detail", topic.public_id)
    return form_page(request, "portal/topic_form.html", form, {"engagement": engagement})


@freelancer_required
def topic_edit(request: PortalRequest, public_id: UUID) -> HttpResponse:
    topic = own_topic(request, public_id)
    form = TopicForm(request.POST or None, instance=topic)
    if attempt(
        form,
        lambda: operations.revise_topic(
            topic_id=topic.pk, facts=form.facts, side=SIDE, actor=request.actor
        ),
    ):
        messages.success(request, _("The topic is saved."))
        return redirect("portal:topic_detail", public_id)
    context = {"engagement": topic.engagement, "topic": topic}
    return form_page(request, "portal/topic_form.html", form, context)


@freelancer_required
@require_safe
def topic_detail(request: PortalRequest, public_id: UUID) -> HttpResponse:
    return _page(request, own_topic(request, public_id))


@freelancer_required
@require_POST
def topic_agree(request: PortalRequest, public_id: UUID) -> HttpResponse:
    topic = own_topic(request, public_id)
    return _act(
        request,
        topic,
        lambda: operations.agree_topic(
            topic_id=topic.pk, side=SIDE, actor=request.actor, seen=request.POST.get("seen", "")
        ),
        queries.said_on_agreeing(topic),
    )


@freelancer_required
@require_POST
def topic_refuse(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Say no to what the client asks, or take back what was proposed."""
    topic = own_topic(request, public_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, topic, reason_form=form)
    refuse = partial(operations.refuse_topic, seen=request.POST.get("seen", ""))
    answer = refuse if topic.waits_for(SIDE) else operations.drop_topic
    return _act(
        request,
        topic,
        lambda: answer(topic_id=topic.pk, side=SIDE, actor=request.actor, **form.cleaned_data),
        _("The client reads why."),
    )


@freelancer_required
@require_POST
def receiver_name(request: PortalRequest, public_id: UUID) -> HttpResponse:
    topic = own_topic(request, public_id)
    form = ReceiverForm(request.POST)
    if attempt(
        form,
        lambda: operations.name_receiver(
            topic_id=topic.pk, side=SIDE, actor=request.actor, **form.cleaned_data
        ),
    ):
        messages.success(
            request, _("Your colleague is asked as soon as there is something to confirm.")
        )
        return redirect("portal:topic_detail", public_id)
    return _page(request, topic, receiver_form=form)


@freelancer_required
@require_POST
def receiver_ask(request: PortalRequest, public_id: UUID) -> HttpResponse:
    receiver = own_receiver(request, public_id)
    return _act(
        request,
        receiver.topic,
        lambda: operations.ask_again(receiver_id=receiver.pk, side=SIDE, actor=request.actor),
        _("%(name)s is asked in the next daily mail.") % {"name": receiver.contact.name},
    )


@freelancer_required
@require_POST
def explanation_log(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Log a short explanation; it counts once the one who heard it says so."""
    topic = own_topic(request, public_id)
    form = QuickLogForm(_receivers(topic), request.POST)
    if not form.is_valid():
        return _page(request, topic, log_form=form)
    receiver = own_receiver(request, UUID(form.cleaned_data["receiver"]))
    if attempt(
        form,
        lambda: operations.log_explanation(
            receiver_id=receiver.pk,
            what=form.cleaned_data["what"],
            minutes=form.cleaned_data["minutes"],
            actor=request.actor,
        ),
    ):
        said = _("Logged. It counts once %(name)s says that it is right.")
        messages.success(request, said % {"name": receiver.contact.name})
        return redirect("portal:topic_detail", public_id)
    return _page(request, topic, log_form=form)


@freelancer_required
def question_answer(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Answer a receiver who is not there yet."""
    question = own_question(request, public_id)
    form = ReplyForm(request.POST or None)
    topic = question.receiver.topic
    if attempt(
        form,
        lambda: operations.reply_to_question(
            confirmation_id=question.pk, actor=request.actor, **form.cleaned_data
        ),
    ):
        messages.success(request, _("Your answer is sent with the next daily mail."))
        return redirect("portal:topic_detail", topic.public_id)
    context = {"engagement": topic.engagement, "topic": topic, "question": question}
    return form_page(request, "portal/question_answer.html", form, context)


def _act(
    request: PortalRequest, topic: Topic, operation: Callable[[], object], done: str
) -> HttpResponse:
    try:
        operation()
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    if Topic.objects.live().filter(pk=topic.pk).exists():
        return redirect("portal:topic_detail", topic.public_id)
    return redirect("portal:topic_list", topic.engagement.public_id)


def _receivers(topic: Topic) -> list[queries.ShownReceiver]:
    return list(queries.topic_as_shown(topic).receivers)


def _page(request: PortalRequest, topic: Topic, **bound: Any) -> HttpResponse:
    """Show one topic; forms when they came back with faults."""
    shown = queries.topic_as_shown(topic)
    is_open = topic.engagement.is_running
    context = {
        "engagement": topic.engagement,
        "shown": shown,
        "topic": shown.topic,
        "needed": queries.needed_for(shown.topic),
        "waits_for_us": is_open and shown.topic.waits_for(SIDE),
        "is_open": is_open,
        "receiver_form": ReceiverForm(),
        "reason_form": ReasonForm(),
        "log_form": QuickLogForm(list(shown.receivers)),
        **bound,
    }
    status = max(status_of(form) for name, form in context.items() if name.endswith("_form"))
    return render(request, "portal/topic_detail.html", context, status=status)
