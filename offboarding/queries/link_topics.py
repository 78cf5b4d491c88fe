"""What a link asks about topics: of who receives them, and of who decides about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

import knowledge.queries
from core.wording import as_day
from engagements.models import LinkGrant
from knowledge.models import Deliverable, Receiver, Topic, TopicQuerySet
from knowledge.queries import EngagementFigures, ReceivedTopic, ShownTopic
from offboarding.queries.link_rows import LinkTask

# A manager has two minutes: of topics that nobody receives, so many are asked about at a time.
MOST_ASKED: Final = 3


@dataclass(frozen=True, slots=True)
class LinkKnowledge:
    """What a manager sees of the knowledge of one engagement.

    Attributes:
        figures: what would walk out of the door.
        next_topics: what to transfer next, the most urgent first.
        topics: how many there are, agreed or not.
    """

    figures: EngagementFigures
    next_topics: list[ShownTopic]
    topics: int


def shown_topics(grant: LinkGrant) -> list[ShownTopic] | None:
    """Return the topics for whoever decides, while the engagement runs; None for others."""
    return knowledge.queries.topics_of(grant.engagement) if _decides(grant) else None


def knowledge_of(shown: Sequence[ShownTopic]) -> LinkKnowledge:
    """Return the figures of what `shown_topics` returned."""
    return LinkKnowledge(
        figures=knowledge.queries.figures_together(shown),
        next_topics=knowledge.queries.next_topics_of(shown),
        topics=len(shown),
    )


def received_of(grant: LinkGrant, shown: Sequence[ShownTopic] | None = None) -> list[ReceivedTopic]:
    """Return the topics that the holder receives in person; nobody confirms for somebody else.

    Args:
        grant: of the holder.
        shown: what `shown_topics` returned, where the caller asked already.
    """
    if shown is not None and not any(
        one.receiver.contact_id == grant.contact_id for topic in shown for one in topic.receivers
    ):
        return []
    return knowledge.queries.received_topics(grant.contact, grant.engagement)


def topics_for(grant: LinkGrant) -> TopicQuerySet:
    """Return the topics about which the manager decides."""
    return Topic.objects.live().filter(engagement=grant.engagement)


def silent_of(grant: LinkGrant, today: date) -> set[int]:
    """Return the keys of short explanations about which a reviewer decides by now."""
    found = knowledge.queries.silent_explanations(grant.engagement, today)
    return {explanation.pk for explanation in found}


def unreceived_of(grant: LinkGrant, today: date) -> list[Deliverable]:
    """Return accepted handovers that can be booked without a receiver by now."""
    if not _decides(grant):
        return []
    return knowledge.queries.unreceived_handovers(grant.engagement, today)


def topic_tasks(
    grant: LinkGrant,
    today: date,
    received: Sequence[ReceivedTopic] | None = None,
    shown: Sequence[ShownTopic] | None = None,
) -> list[LinkTask]:
    """Return the questions about topics: for a receiver, and for the manager.

    Args:
        grant: of the holder.
        today: where the organisation is.
        received: what `received_of` returned, where the caller asked already.
        shown: what `shown_topics` returned, likewise.
    """
    known = received_of(grant) if received is None else received
    tasks = [task for one in known for task in _to_confirm(one)]
    if _decides(grant):
        topics = _with_receivers(grant, shown)
        tasks += [_to_answer(topic) for topic in topics if topic.waits_for("client")]
        tasks += _without_receiver(
            [topic for topic, is_received in topics.items() if not is_received]
        )
        tasks += [_unreceived(handover) for handover in unreceived_of(grant, today)]
    return tasks


def _with_receivers(grant: LinkGrant, shown: Sequence[ShownTopic] | None) -> dict[Topic, bool]:
    """Return the topics about which the manager decides, and whether anybody receives each."""
    if shown is not None:
        return {one.topic: bool(one.receivers) for one in shown}
    receivers = Receiver.objects.live().filter(topic=OuterRef("pk"))
    topics: QuerySet[Any] = topics_for(grant).annotate(is_received=Exists(receivers))
    return {topic: topic.is_received for topic in topics}


def _decides(grant: LinkGrant) -> bool:
    return grant.may(LinkGrant.Scope.DECIDE) and grant.engagement.is_running


def _to_confirm(received: ReceivedTopic) -> list[LinkTask]:
    asked_at = received.receiver.asked_at
    if asked_at is None:
        return []
    tasks = [
        LinkTask(
            kind="explanation",
            key=str(explanation.public_id),
            title=_("Is this right: “%(title)s”?") % {"title": explanation.title},
            due_on=as_day(asked_at),
            url=reverse("offboarding:link_explanation", args=[explanation.public_id]),
            is_waiting=True,
        )
        for explanation in received.explanations
    ]
    if received.is_asked:
        tasks.append(
            LinkTask(
                kind="word",
                key=str(received.receiver.public_id),
                title=_("Say what you can do now with “%(topic)s”")
                % {"topic": received.topic.title},
                due_on=as_day(asked_at),
                url=reverse("offboarding:link_receive", args=[received.receiver.public_id]),
                is_waiting=True,
            )
        )
    return tasks


def _to_answer(topic: Topic) -> LinkTask:
    return LinkTask(
        kind="topic",
        key=f"topic-{topic.public_id}",
        title=_("Do you agree with the topic “%(topic)s”?") % {"topic": topic.title},
        due_on=as_day(topic.proposed_at),
        url=reverse("offboarding:link_topic", args=[topic.public_id]),
        is_waiting=True,
    )


def _without_receiver(topics: Sequence[Topic]) -> list[LinkTask]:
    """Ask who gets the agreed ones of these, the most critical first."""
    alone = [topic for topic in topics if topic.state == Topic.State.AGREED]
    return [
        LinkTask(
            kind="receivers",
            key=f"receivers-{topic.public_id}",
            title=_("Who gets “%(topic)s”?") % {"topic": topic.title},
            due_on=as_day(topic.agreed_at or topic.proposed_at),
            url=reverse("offboarding:link_receivers", args=[topic.public_id]),
            is_asked=place < MOST_ASKED,
            is_waiting=True,
        )
        for place, topic in enumerate(alone)
    ]


def _unreceived(handover: Deliverable) -> LinkTask:
    return LinkTask(
        kind="points",
        key=f"points-{handover.public_id}",
        title=_("Nobody received “%(title)s”: book it without a receiver?")
        % {"title": handover.title},
        due_on=as_day(handover.decided_at or handover.created_at),
        url=reverse("offboarding:link_unreceived", args=[handover.public_id]),
        is_waiting=True,
    )
