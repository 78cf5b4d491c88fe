"""What a manager decides behind a link: which topics count, who gets them, and if nobody does."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

import knowledge.operations
import knowledge.queries
from core.answers import attempt
from core.errors import DomainError, StaleError
from core.models import Contact
from core.wording import number
from engagements.links import LinkRequest, grant_required
from engagements.models import LinkGrant
from knowledge.forms import ReasonForm
from knowledge.models import Deliverable
from offboarding.forms.link_topics import LinkTopicForm, SomebodyForm
from offboarding.queries.link_topics import topics_for, unreceived_of
from offboarding.views.questions import asked_now, onwards, question_page

Scope = LinkGrant.Scope


@grant_required(Scope.DECIDE)
def link_topic(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Ask whether the client agrees with a topic, or with another weight of it."""
    topic = get_object_or_404(topics_for(request.grant), public_id=public_id)
    if not topic.waits_for("client"):
        return redirect("offboarding:link_tasks")
    refuses = request.POST.get("answer") == "refuse"
    form = ReasonForm(request.POST if refuses else None)
    order = asked_now(request)
    agrees = request.POST.get("answer") == "agree"
    if request.method == "POST" and not (agrees or refuses):
        return redirect("offboarding:link_topic", public_id)
    if request.method == "POST" and (form.is_valid() or agrees):
        act = knowledge.operations.agree_topic if agrees else knowledge.operations.refuse_topic
        answer = {"seen": request.POST.get("seen", ""), **({} if agrees else form.cleaned_data)}
        said = knowledge.queries.said_on_agreeing(topic) if agrees else _said_on_refusing(request)
        try:
            act(topic_id=topic.pk, side="client", actor=request.actor, **answer)
        except StaleError as error:
            messages.error(request, str(error))
            return redirect("offboarding:link_topic", public_id)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, said)
        return onwards(request, order)
    context = {"topic": topic, "form": form}
    return question_page(request, "offboarding/link_topic.html", context, order)


@grant_required(Scope.DECIDE)
def link_topic_create(request: LinkRequest) -> HttpResponse:
    """Let the manager put a topic on the list, perhaps one that the department knew before."""
    engagement = request.grant.engagement
    initial = knowledge.queries.topic_like(engagement, request.GET.get("like", ""))
    form = LinkTopicForm(request.POST or None, initial=initial)
    if attempt(
        form,
        lambda: knowledge.operations.propose_topic(
            engagement_id=engagement.pk, facts=form.facts, side="client", actor=request.actor
        ),
    ):
        messages.success(request, _("The topic counts once the professional agrees."))
        return redirect("offboarding:link_tasks")
    is_begun = form.is_bound or initial
    suggestions = [] if is_begun else knowledge.queries.topic_suggestions(engagement)
    context = {"form": form, "suggestions": suggestions}
    return question_page(request, "offboarding/link_topic_create.html", context)


@grant_required(Scope.DECIDE)
def link_receivers(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Ask who gets a topic: one of those who know the field, or somebody else."""
    topics = topics_for(request.grant).select_related("engagement__freelancer")
    topic = get_object_or_404(topics, public_id=public_id)
    candidates = knowledge.queries.receiver_suggestions(topic)
    chosen = _chosen(candidates, request.POST.get("contact", ""))
    form = SomebodyForm(chosen or request.POST or None)
    order = asked_now(request)
    receiver = attempt(
        form,
        lambda: knowledge.operations.name_receiver(
            topic_id=topic.pk, side="client", actor=request.actor, **form.cleaned_data
        ),
    )
    if receiver:
        name = receiver.contact.name
        messages.success(
            request, _("%(name)s is asked once there is something to confirm.") % {"name": name}
        )
        return onwards(request, order) if request.path in order else redirect(request.path)
    context = {
        "topic": topic,
        "shown": knowledge.queries.topic_as_shown(topic),
        "needed": knowledge.queries.needed_for(topic),
        "candidates": candidates,
        "form": form,
    }
    return question_page(request, "offboarding/link_receivers.html", context, order)


@grant_required(Scope.DECIDE)
def link_unreceived(request: LinkRequest, public_id: UUID) -> HttpResponse:
    """Ask whether a handover that nobody received is booked all the same."""
    accepted = Deliverable.objects.filter(engagement=request.grant.engagement, state="accepted")
    handover = get_object_or_404(accepted, public_id=public_id)
    if handover not in unreceived_of(request.grant, request.organisation.today()):
        messages.info(
            request,
            _("Nothing is left to decide about “%(title)s”: somebody received it, or it is booked.")
            % {"title": handover.title},
        )
        return redirect("offboarding:link_tasks")
    form = ReasonForm(request.POST or None)
    order = asked_now(request)
    entry = attempt(
        form,
        lambda: knowledge.operations.book_without_receiver(
            deliverable_id=handover.pk, actor=request.actor, **form.cleaned_data
        ),
    )
    if entry:
        messages.success(
            request,
            _("%(points)s points are booked. The coverage stays as it is.")
            % {"points": number(entry.amount)},
        )
        return onwards(request, order)
    shown = knowledge.queries.topics_of(request.grant.engagement)
    context = {
        "handover": handover,
        "topics": [one for one in shown if handover in one.handovers],
        "form": form,
    }
    return question_page(request, "offboarding/link_unreceived.html", context, order)


def _said_on_refusing(request: LinkRequest) -> str:
    name = request.grant.engagement.freelancer.full_name
    return _("You did not agree. %(name)s reads why.") % {"name": name}


def _chosen(candidates: list[Contact], public_id: str) -> dict[str, str]:
    """Return the suggestion whose button was pressed, as the form would have it."""
    for contact in candidates:
        if str(contact.public_id) == public_id:
            return {"email": contact.email, "name": contact.name}
    return {}
