"""What the page of an engagement shows about knowledge."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts import PointStep
from core.wording import number
from engagements.models import Engagement
from knowledge.models import Deliverable, KnowledgeAgreement
from knowledge.queries.agreements import current_agreements_of
from knowledge.queries.coverage import (
    EngagementFigures,
    TopicFigures,
    added_up,
    next_of,
    topic_figures,
)
from knowledge.queries.dossiers import dossier_of
from knowledge.queries.handovers import deliverables_of
from knowledge.queries.points import Points, progress_of
from knowledge.queries.promises import Promise, promises_of

State = Deliverable.State


@dataclass(frozen=True, slots=True)
class KnowledgeCard:
    """All that the card about knowledge shows.

    Attributes:
        engagement: whose card it is.
        points: how far it is.
        steps: the balance over time.
        deliverables: handovers, who has to act first on top.
        agreement: the version in force, if any.
        proposal: the version that waits for an answer, if any.
        promises: the client's side.
        next_step: what has to happen now, in words; empty when nothing has.
        figures: how much would be lost today.
        next_topics: the three topics to hand over next.
        has_files: whether any were handed in.
    """

    engagement: Engagement
    points: Points
    steps: list[PointStep]
    deliverables: list[Deliverable]
    agreement: KnowledgeAgreement | None
    proposal: KnowledgeAgreement | None
    promises: list[Promise]
    next_step: str
    figures: EngagementFigures
    next_topics: list[TopicFigures]
    has_files: bool


def card_of(engagement: Engagement) -> KnowledgeCard:
    """Return everything that the knowledge card of an engagement shows."""
    agreement, proposal = current_agreements_of(engagement)
    dossier = dossier_of(engagement)
    points, steps = progress_of(dossier, agreement)
    topics = topic_figures(engagement.organisation, engagements=[engagement.pk])
    deliverables = [
        deliverable
        for deliverable in deliverables_of(engagement)
        if deliverable.state != State.WITHDRAWN
    ]
    return KnowledgeCard(
        engagement=engagement,
        points=points,
        steps=steps,
        deliverables=deliverables,
        agreement=agreement,
        proposal=proposal,
        promises=promises_of(dossier, agreement),
        next_step=_next_step(engagement, points, deliverables, proposal),
        figures=added_up(topics),
        next_topics=next_of(topics),
        has_files=dossier.has_files,
    )


def _next_step(
    engagement: Engagement,
    points: Points,
    deliverables: list[Deliverable],
    proposal: KnowledgeAgreement | None,
) -> str:
    if not engagement.is_running:
        return ""
    waiting = sum(
        deliverable.state == State.SUBMITTED and not deliverable.is_quick_log
        for deliverable in deliverables
    )
    if waiting:
        return ngettext(
            "%(count)d handover waits for review.",
            "%(count)d handovers wait for review.",
            waiting,
        ) % {"count": waiting}
    if proposal is not None:
        return _("The agreement waits for an answer.")
    if not points.is_agreed:
        return _("Agree with the professional on what will be handed over.")
    if points.is_met:
        return ""
    return _("%(points)s points to go.") % {"points": number(points.to_go)}
