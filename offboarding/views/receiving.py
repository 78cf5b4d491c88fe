"""What a member who receives a topic says about it: the questions of the link, signed in."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.access import HrRequest, hr_required
from core.answers import form_page
from knowledge.queries import ReceivedTopic, as_received, received_by
from offboarding.forms.link_topics import RightForm, WordForm
from offboarding.views.link_receiving import (
    NOT_YET,
    explanation_context,
    one_explanation,
    one_received,
    say,
    say_if_right,
    word_context,
)

DESK: Final = {
    "base": "base.html",
    "file_url_name": "knowledge:file_download",
    "receive_url_name": "offboarding:receive",
}


@hr_required
def receive(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Ask a member what they can do now with a topic that they receive."""
    received = one_received(_own(request), public_id)
    form = WordForm(received, request.POST or None)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and say(request, received, form, **form.cleaned_data):
        return _thanked(request, received, form.cleaned_data["answer"])
    context = DESK | word_context(received, form) | _around(received)
    return form_page(request, "offboarding/link_receive.html", form, context)


@hr_required
def explanation(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Ask a member whether a short explanation to them took place."""
    received, told = one_explanation(_own(request), public_id)
    form = RightForm(request.POST or None)
    if request.method == "POST" and say_if_right(request, received, told, form):
        return _thanked(request, received, request.POST["answer"])
    context = DESK | explanation_context(received, told, form) | _around(received)
    return form_page(request, "offboarding/link_explanation.html", form, context)


def _own(request: HrRequest) -> list[ReceivedTopic]:
    """Return what the member receives in person; HR confirms for nobody else."""
    contact = request.membership.contact
    return as_received(list(received_by(contact)))


def _around(received: ReceivedTopic) -> dict[str, Any]:
    return {"engagement": received.topic.engagement, "is_desk": True}


def _thanked(request: HrRequest, received: ReceivedTopic, answer: str) -> HttpResponse:
    if answer != NOT_YET:  # else it was said already what happens with the question
        messages.success(request, _("Thank you, your word is saved. It counts from now on."))
    return redirect("knowledge:topic_detail", received.topic.public_id)
