"""What knowledge answers when something happens to an engagement."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.actors import Actor
from core.wording import number
from engagements.events import Blocker, Effect
from engagements.models import Engagement
from knowledge import operations, queries, rules
from knowledge.models import Deliverable, Topic


class KnowledgeListener:
    """Keeps agreements and reviews in step with their engagement."""

    def planned(self, engagement: Engagement, actor: Actor) -> None:
        """Nothing: the agreement is made by people."""

    def planned_many(self, engagements: Sequence[Engagement], actor: Actor) -> None:
        """Nothing, as for one."""

    def traces_on(self, engagements: Sequence[Engagement]) -> Mapping[int, Sequence[str]]:
        """Return which engagements have agreements or handovers by now."""
        return queries.traces_on([engagement.pk for engagement in engagements])

    def unplanned_many(self, engagements: Sequence[Engagement], actor: Actor) -> None:
        """Nothing: nothing was made."""

    def end_moved(self, engagement: Engagement, old_ends_on: date, actor: Actor) -> None:
        """Promise again what was withdrawn with the old date: a review is due when it was."""
        operations.promise_again(engagement=engagement)

    def effects_of_moving_end(self, engagement: Engagement, new_ends_on: date) -> Sequence[Effect]:
        """Return nothing: reviews stay due, agreed points stay agreed."""
        return ()

    def manager_changed(self, engagement: Engagement, actor: Actor) -> None:
        """Ask the new manager for the reviews that nobody else has."""
        operations.ask_new_manager(engagement=engagement)

    def blockers_to_closing(self, engagement: Engagement) -> Sequence[Blocker]:
        """Return missing points, critical topics that would go, and what waits for an answer."""
        return [
            *_missing_points(engagement),
            *_uncovered_topics(engagement),
            *_waiting_reviews(engagement),
            *_unanswered_agreement(engagement),
        ]

    def closed(self, engagement: Engagement, actor: Actor) -> None:
        """Settle what waits for an answer that will not come."""
        operations.drop_proposals(engagement=engagement, actor=actor)

    def cancelled(self, engagement: Engagement, actor: Actor) -> None:
        """Settle what waits for an answer that will not come."""
        operations.drop_proposals(engagement=engagement, actor=actor)


def _missing_points(engagement: Engagement) -> list[Blocker]:
    points = queries.points_of(engagement)
    if points.is_met:
        return []
    figures = {"balance": number(points.balance), "target": number(points.target)}
    if points.is_agreed:
        label = _("Knowledge points: %(balance)s of %(target)s agreed") % figures
    else:
        label = _("Knowledge points: %(balance)s of %(target)s, nothing was agreed") % figures
    return [Blocker(code="points", label=label, url=_agreement_url(engagement))]


def _uncovered_topics(engagement: Engagement) -> list[Blocker]:
    """Source: domain.md section 1, invariant 6: critical coverage is met, or waived."""
    figures = queries.topic_figures(engagement.organisation, engagements=[engagement.pk])
    percents = {row.topic_id: row.percent for row in figures if rules.is_at_risk(row.as_risk)}
    return [
        Blocker(
            code=f"topic:{topic.public_id}",
            label=_("Critical topic “%(title)s” stays for %(percent)s%%")
            % {"title": topic.title, "percent": number(percents[topic.pk])},
            url=topic.get_absolute_url(),
        )
        for topic in Topic.objects.filter(pk__in=percents)
    ]


def _waiting_reviews(engagement: Engagement) -> list[Blocker]:
    waiting = Deliverable.objects.awaiting_review().filter(engagement=engagement)
    return [
        Blocker(
            code=f"review:{deliverable.public_id}",
            label=_("Handover “%(title)s” waits for review") % {"title": deliverable.title},
            url=deliverable.get_absolute_url(),
        )
        for deliverable in waiting.order_by("submitted_at")
    ]


def _unanswered_agreement(engagement: Engagement) -> list[Blocker]:
    if queries.open_proposal_of(engagement) is None:
        return []
    label = _("The knowledge agreement waits for an answer")
    return [Blocker(code="agreement", label=label, url=_agreement_url(engagement))]


def _agreement_url(engagement: Engagement) -> str:
    return reverse("knowledge:agreement_detail", args=[engagement.public_id])
