"""What the page of an engagement shows about knowledge."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts import PointStep
from core.wording import date_short, number
from engagements.models import Engagement
from knowledge import rules
from knowledge.models import Deliverable, DeliverableVersion, KnowledgeAgreement
from knowledge.queries.handovers import deliverables_of
from knowledge.queries.points import Points, burnup_of, points_of

State = Deliverable.State


@dataclass(frozen=True, slots=True)
class Promise:
    """Something the client promised, and how it stands: ``kept``, ``late`` or ``open``."""

    label: str
    state: str
    note: str = ""


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
    """

    engagement: Engagement
    points: Points
    steps: list[PointStep]
    deliverables: list[Deliverable]
    agreement: KnowledgeAgreement | None
    proposal: KnowledgeAgreement | None
    promises: list[Promise]
    next_step: str


def card_of(engagement: Engagement) -> KnowledgeCard:
    """Return everything that the knowledge card of an engagement shows."""
    agreements = KnowledgeAgreement.objects.filter(engagement=engagement)
    agreement = agreements.in_force().first()
    proposal = agreements.proposed().first()
    points = points_of(engagement)
    deliverables = [
        deliverable
        for deliverable in deliverables_of(engagement)
        if deliverable.state != State.WITHDRAWN
    ]
    return KnowledgeCard(
        engagement=engagement,
        points=points,
        steps=burnup_of(engagement),
        deliverables=deliverables,
        agreement=agreement,
        proposal=proposal,
        promises=promises_of(engagement, agreement),
        next_step=_next_step(engagement, points, deliverables, proposal),
    )


def promises_of(engagement: Engagement, agreement: KnowledgeAgreement | None) -> list[Promise]:
    """Return what the client promised the professional, and how it stands.

    Source: domain.md section 2, reciprocity; what is not built yet is not listed.
    """
    promises = [_review_promise(engagement)]
    if agreement is not None and agreement.paid_hours:
        hours = number(agreement.paid_hours)
        promises.insert(
            0, Promise(_("%(hours)s paid hours for handing over") % {"hours": hours}, "kept")
        )
    return promises


def _review_promise(engagement: Engagement) -> Promise:
    organisation = engagement.organisation
    label = ngettext(
        "Review within %(days)d working day",
        "Review within %(days)d working days",
        organisation.review_working_days,
    ) % {"days": organisation.review_working_days}
    today = organisation.today()
    reviewed, in_time = 0, 0
    for version in _handed_in(engagement):
        review = getattr(version, "review", None)
        due_on = _due_on(engagement, version)
        if review is None:
            if version.deliverable.state == State.SUBMITTED and today > due_on:
                note = _("should have been done %(day)s") % {"day": date_short(due_on)}
                return Promise(label, "late", note)
            continue
        reviewed += 1
        in_time += organisation.today(review.at) <= due_on
    if not reviewed:
        return Promise(label, "open", _("nothing reviewed yet"))
    note = _("%(in_time)d of %(reviewed)d in time") % {"in_time": in_time, "reviewed": reviewed}
    return Promise(label, "kept" if in_time == reviewed else "late", note)


def _handed_in(engagement: Engagement) -> list[DeliverableVersion]:
    return list(
        DeliverableVersion.objects.filter(
            deliverable__engagement=engagement, submitted_at__isnull=False
        )
        .select_related("deliverable", "review")
        .order_by("-submitted_at")
    )


def _due_on(engagement: Engagement, version: DeliverableVersion) -> date:
    organisation = engagement.organisation
    return rules.review_due_on(
        organisation.today(version.submitted_at),
        organisation.calendar,
        organisation.review_working_days,
    )


def _next_step(
    engagement: Engagement,
    points: Points,
    deliverables: list[Deliverable],
    proposal: KnowledgeAgreement | None,
) -> str:
    if not engagement.is_running:
        return ""
    waiting = sum(deliverable.state == State.SUBMITTED for deliverable in deliverables)
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
