"""What a professional may see in the portal: their own, and nothing else exists for them."""

from collections.abc import Sequence
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from engagements.access import PortalRequest
from engagements.models import Engagement
from knowledge.models import (
    Confirmation,
    Deliverable,
    DeliverableFile,
    KnowledgeAgreement,
    Receiver,
    Topic,
)
from offboarding.models import ChecklistItem, EvidenceFile
from offboarding.models.checklists import ChecklistItemQuerySet
from offboarding.queries import items_for_freelancer


def own_engagement(request: PortalRequest, public_id: UUID) -> Engagement:
    """Return one engagement of the professional; anything else is 404."""
    engagements = Engagement.objects.filter(freelancer=request.freelancer)
    engagement = get_object_or_404(engagements.select_related("manager"), public_id=public_id)
    engagement.freelancer = request.freelancer
    return engagement


def own_deliverable(request: PortalRequest, public_id: UUID) -> Deliverable:
    """Return one handover of the professional; anything else is 404."""
    deliverables = Deliverable.objects.filter(engagement__freelancer=request.freelancer)
    deliverable = get_object_or_404(
        deliverables.select_related("form__policy", "reviewer", "engagement__manager"),
        public_id=public_id,
    )
    deliverable.engagement.freelancer = request.freelancer
    return deliverable


def own_agreement(request: PortalRequest, public_id: UUID) -> KnowledgeAgreement:
    """Return one version of an agreement of the professional; anything else is 404."""
    return get_object_or_404(
        KnowledgeAgreement.objects.filter(engagement__freelancer=request.freelancer).select_related(
            "engagement"
        ),
        public_id=public_id,
    )


def own_file(request: PortalRequest, public_id: UUID) -> DeliverableFile:
    """Return a file that the professional handed in; anything else is 404."""
    files = DeliverableFile.objects.filter(engagement__freelancer=request.freelancer)
    return get_object_or_404(files, public_id=public_id)


def own_items(request: PortalRequest) -> ChecklistItemQuerySet:
    """Return the tasks that the professional is asked for, alone or together with somebody."""
    return items_for_freelancer(request.freelancer).select_related("engagement", "owner")


def own_item(request: PortalRequest, public_id: UUID) -> ChecklistItem:
    """Return one task of the professional; anything else is 404."""
    return get_object_or_404(own_items(request), public_id=public_id)


def own_evidence(request: PortalRequest, public_id: UUID) -> EvidenceFile:
    """Return a file that proves a task of the professional; anything else is 404."""
    return get_object_or_404(
        EvidenceFile.objects.filter(item__in=own_items(request)), public_id=public_id
    )


def own_topic(request: PortalRequest, public_id: UUID) -> Topic:
    """Return one live topic of the professional; anything else is 404."""
    topics = Topic.objects.live().filter(engagement__freelancer=request.freelancer)
    return get_object_or_404(
        topics.select_related("engagement__freelancer"),
        public_id=public_id,
    )


def own_receiver(request: PortalRequest, public_id: UUID) -> Receiver:
    """Return somebody who receives a topic of the professional; anything else is 404."""
    receivers = Receiver.objects.live().filter(topic__engagement__freelancer=request.freelancer)
    return get_object_or_404(
        receivers.select_related("contact", "topic__engagement__freelancer"),
        public_id=public_id,
    )


def own_question(request: PortalRequest, public_id: UUID) -> Confirmation:
    """Return a question of a receiver to the professional; anything else is 404."""
    questions = Confirmation.objects.in_force().filter(
        answer=Confirmation.Answer.NOT_YET,
        receiver__topic__engagement__freelancer=request.freelancer,
    )
    return get_object_or_404(
        questions.select_related("receiver__contact", "receiver__topic__engagement__freelancer"),
        public_id=public_id,
    )


def chosen_engagement(engagements: Sequence[Engagement], public_id: str) -> Engagement | None:
    """Return the engagement that an address names, else the one on top.

    Raises:
        Http404: the address names one that is not theirs.
    """
    if not public_id:
        return next(iter(engagements), None)
    for engagement in engagements:
        if str(engagement.public_id) == public_id:
            return engagement
    raise Http404
