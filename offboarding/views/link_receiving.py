"""What a receiver says behind a link: one topic at a time, in a sentence of their own."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

import knowledge.operations
from core.answers import attempt
from core.downloads import file_response
from engagements.links import LinkRequest, grant_required
from engagements.models import LinkGrant
from knowledge.models import Deliverable
from knowledge.queries import ReceivedTopic, ShownVersion, files_for_receiver, versions_of
from offboarding.forms.link_topics import RightForm, WordForm
from offboarding.queries.link_topics import received_of
from offboarding.views.questions import asked_now, onwards, question_page

Scope = LinkGrant.Scope
NOT_YET: Final = "not_yet"
ANSWERS: Final = ("received", NOT_YET)
# The template around the questions, and where files and further words are.
LINK: Final = {
    "base": "base_link.html",
    "file_url_name": "offboarding:link_received_file",
    "receive_url_name": "offboarding:link_receive",
}


@grant_required(Scope.REVIEW)
def link_receive(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Show what was handed over about one topic, and ask what the receiver can do now."""
    received = one_received(received_of(request.grant), public_id)
    form = WordForm(received, request.POST or None)
    order = asked_now(request)
    if request.method == "POST" and form.is_valid():
        said = say(request, received, form, **form.cleaned_data)
        if said:
            return onwards(request, order)
    context = LINK | word_context(received, form)
    return question_page(request, "offboarding/link_receive.html", context, order)


@grant_required(Scope.REVIEW)
def link_explanation(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Ask whether a short explanation took place; one sentence and one tap."""
    received, explanation = one_explanation(received_of(request.grant), public_id)
    form = RightForm(request.POST or None)
    order = asked_now(request)
    if request.method == "POST" and say_if_right(request, received, explanation, form):
        return onwards(request, order)
    context = LINK | explanation_context(received, explanation, form)
    return question_page(request, "offboarding/link_explanation.html", context, order)


@grant_required(Scope.REVIEW)
@require_safe
def link_received_file(request: LinkRequest, public_id: UUID) -> HttpResponseBase:
    """Hand out a file of what was handed over about a topic that the holder receives."""
    files = files_for_receiver(request.grant.contact, request.grant.engagement)
    return file_response(get_object_or_404(files, public_id=public_id))


def one_received(found: Iterable[ReceivedTopic], public_id: UUID) -> ReceivedTopic:
    """Return what a receiver is asked about, among what they receive, or answer 404."""
    for received in found:
        if received.receiver.public_id == public_id:
            return received
    raise Http404


def one_explanation(
    found: Iterable[ReceivedTopic], public_id: UUID
) -> tuple[ReceivedTopic, Deliverable]:
    """Return a short explanation to a receiver, or answer 404."""
    for received in found:
        for handover in received.handovers:
            if handover.is_quick_log and handover.public_id == public_id:
                return received, handover
    raise Http404


def word_context(received: ReceivedTopic, form: WordForm) -> dict[str, Any]:
    """Return what the question about a topic shows."""
    return {
        "received": received,
        "topic": received.topic,
        "handovers": [(one, _shown(one)) for one in received.handovers],
        "form": form,
    }


def explanation_context(
    received: ReceivedTopic, explanation: Deliverable, form: RightForm
) -> dict[str, Any]:
    """Return what the question about a short explanation shows."""
    return {
        "received": received,
        "topic": received.topic,
        "explanation": explanation,
        "shown": _shown(explanation),
        "is_open": explanation in received.explanations,
        "form": form,
    }


def say_if_right(
    request: Any, received: ReceivedTopic, explanation: Deliverable, form: RightForm
) -> bool:
    """Keep what a receiver says about a short explanation; False when the form needs more."""
    if not form.is_valid():
        return False
    answer = request.POST.get("answer", "")
    if answer not in ANSWERS:  # else anything unknown would confirm
        raise Http404
    facts = {"answer": answer, "deliverable_id": explanation.pk, **form.cleaned_data}
    return say(request, received, form, **facts)


def say(request: Any, received: ReceivedTopic, form: Any, **facts: Any) -> bool:
    """Keep a receiver's word; what is refused stands beside the form, which keeps its words."""
    said = attempt(
        form,
        lambda: knowledge.operations.confirm_topic(
            receiver_id=received.receiver.pk, actor=request.actor, **facts
        ),
    )
    if said is None:
        return False
    if facts["answer"] == NOT_YET:
        name = received.topic.engagement.freelancer.full_name
        messages.success(
            request, _("%(name)s reads your question and answers it.") % {"name": name}
        )
    return True


def _shown(deliverable: Deliverable) -> ShownVersion | None:
    """Return what was handed over; what a reviewer wrote was meant for the professional."""
    newest = next(iter(versions_of(deliverable)), None)
    return None if newest is None else replace(newest, review=None)
