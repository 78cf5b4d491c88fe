"""What there is to know: proposed by one side, agreed by both, weighed by criticality."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError, NotPermittedError, StaleError
from engagements.operations.refusals import refusing
from knowledge.events import tell_left_behind
from knowledge.models import Confirmation, Deliverable, Topic, TopicHandover
from knowledge.operations.authorship import Side, refuse_other_side, refuse_over
from knowledge.operations.locking import (
    lock_deliverable,
    lock_engagement,
    lock_topic,
    lock_with_successors,
)
from knowledge.operations.receivers import ask_receivers
from knowledge.operations.shelving import refresh_names

State = Topic.State

MOST_TOPICS: Final = 100  # live ones in an engagement
LONGEST_WHY: Final = 1000  # characters
TEXTS: Final = ("why", "written_where", "known_by")


class TopicError(DomainError):
    """This topic cannot be kept like this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicFacts:
    """What is said about a topic.

    Attributes:
        title: what there is to know, 1 to 150 characters.
        criticality: 1 to 5; 5: the work stops without it.
        why: why it matters.
        written_where: where it is written, may be empty.
        known_by: who else knows it, may be empty.
        time_to_learn: ``hours``, ``days``, ``weeks``, ``months`` or empty.
        nature: ``explicit`` or ``tacit``.
        is_inbound: the professional brought it in from outside.
    """

    title: str
    criticality: int = 3
    why: str = ""
    written_where: str = ""
    known_by: str = ""
    time_to_learn: str = ""
    nature: str = Topic.Nature.EXPLICIT
    is_inbound: bool = False


@transaction.atomic
def propose_topic(*, engagement_id: int, facts: TopicFacts, side: Side, actor: Actor) -> Topic:
    """Put a topic on the list; it counts once the other side agrees.

    Raises:
        Engagement.DoesNotExist: there is no such engagement.
        EngagementOverError: its file is closed, or it was cancelled.
        NotPermittedError: the actor does not belong to that side.
        TopicError: the title is empty, a value is out of range, or there are too many topics.
        RefusedError: the title is on the list already.
    """
    engagement = lock_engagement(engagement_id)
    refuse_over(engagement)
    refuse_other_side(engagement, side, actor)
    if Topic.objects.live().filter(engagement=engagement).count() >= MOST_TOPICS:
        raise TopicError(
            _("There are %(most)d topics already. Put what belongs together into one.")
            % {"most": MOST_TOPICS}
        )
    topic = Topic(
        organisation=engagement.organisation,
        engagement=engagement,
        proposed_by_side=side,
        proposed_by=actor.label[:150],
        criticality=facts.criticality,
    )
    _write(topic, facts)
    _save(topic)
    _record("proposed", topic, actor, criticality=topic.criticality)
    return topic


@transaction.atomic
def revise_topic(*, topic_id: int, facts: TopicFacts, side: Side, actor: Actor) -> Topic:
    """Change what is said about a topic; another criticality waits for the other side.

    A proposal of one's own changes at once. Of an agreed topic the words change at once, while the
    criticality in force holds until the other side agrees: nobody makes a risk smaller alone. Its
    title is what was agreed and what receivers confirm: only the client, who may also take it off
    the list, gives it another one, and nobody does once a receiver confirmed it.

    Raises:
        Topic.DoesNotExist: there is no such topic.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor does not belong to that side, or a professional would give
            an agreed topic another title.
        InvalidTransitionError: it was dropped, or waits for this side's answer.
        TopicError: as for a new topic, or it was confirmed under the title that it has.
        RefusedError: the title is on the list already.
    """
    topic = _lock(topic_id, side, actor)
    if topic.waits_for(side):
        raise InvalidTransitionError(_("Answer the proposal of the other side first."))
    before = topic.title
    _write(topic, facts)
    if topic.state == State.PROPOSED:
        topic.criticality = facts.criticality
    else:
        _refuse_other_title(topic, before, side)
        _ask_criticality(topic, facts.criticality, side)
    _save(topic)
    _record("revised", topic, actor, old_title=before)
    return topic


@transaction.atomic
def agree_topic(*, topic_id: int, side: Side, actor: Actor, seen: str | None = None) -> Topic:
    """Agree with a topic, or with another criticality that the other side asked for.

    Args:
        topic_id: which topic.
        side: for whom the actor speaks.
        actor: who agrees.
        seen: what the topic asked when the actor read it (`Topic.asks`); None does not compare.

    Raises:
        StaleError: it asks something else by now.
        Topic.DoesNotExist: there is no such topic.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor does not belong to that side.
        InvalidTransitionError: it does not wait for this side's answer.
    """
    lock_with_successors(topics=topic_id)
    topic = _lock_to_answer(topic_id, side, actor, seen)
    if topic.state == State.AGREED:
        old, topic.criticality = topic.criticality, cast("int", topic.asked_criticality)
        topic.asked_criticality, topic.asked_by_side = None, ""
        topic.save(update_fields=["criticality", "asked_criticality", "asked_by_side"])
        _record("reweighed", topic, actor, old=old, new=topic.criticality)
        return topic
    topic.state = State.AGREED
    topic.agreed_at = timezone.now()
    topic.agreed_by = actor.label[:150]
    topic.save(update_fields=["state", "agreed_at", "agreed_by"])
    _record("agreed", topic, actor, criticality=topic.criticality)
    ask_receivers(topic=topic)
    tell_left_behind(topic.engagement, actor)
    return topic


@transaction.atomic
def refuse_topic(
    *, topic_id: int, reason: str, side: Side, actor: Actor, seen: str | None = None
) -> Topic:
    """Decline what the other side asked for: a new topic goes, another criticality does not come.

    Args:
        topic_id: which topic.
        reason: for the other side, at most 500 characters.
        side: for whom the actor speaks.
        actor: who declines.
        seen: as for agreeing.

    Raises:
        StaleError: it asks something else by now.
        Topic.DoesNotExist: there is no such topic.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor does not belong to that side.
        InvalidTransitionError: it does not wait for this side's answer.
        TopicError: no reason was given.
    """
    topic = _lock_to_answer(topic_id, side, actor, seen)
    if topic.state == State.PROPOSED:
        _drop(topic, reason, actor)
        return topic
    _checked_reason(reason)
    asked = topic.asked_criticality
    topic.asked_criticality, topic.asked_by_side = None, ""
    topic.save(update_fields=["asked_criticality", "asked_by_side"])
    _record("kept", topic, actor, asked=asked or 0)
    return topic


@transaction.atomic
def drop_topic(*, topic_id: int, reason: str, side: Side, actor: Actor) -> Topic:
    """Take a topic off the list: one's own proposal, or for the client an agreed one.

    Raises:
        Topic.DoesNotExist: there is no such topic.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor does not belong to that side, or a professional would take
            an agreed topic off.
        InvalidTransitionError: it was dropped before.
        TopicError: no reason was given.
    """
    topic = _lock(topic_id, side, actor)
    if topic.state == State.AGREED and side == "freelancer":
        raise NotPermittedError(_("This topic was agreed. Ask the manager to take it off."))
    _drop(topic, reason, actor)
    return topic


@transaction.atomic
def set_topics(
    *, deliverable_id: int, topic_ids: Collection[int], side: Side, actor: Actor
) -> Deliverable:
    """Say which topics a handover is about; its receivers are asked once it is accepted.

    The professional says so while it is their turn, the client also afterwards. A topic under
    which somebody confirmed something by this handover stays.

    Args:
        deliverable_id: which handover.
        topic_ids: keys of live topics of the same engagement; others are left out.
        side: for whom the actor speaks.
        actor: who says so.

    Raises:
        Deliverable.DoesNotExist: there is no such deliverable.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor does not belong to that side.
        InvalidTransitionError: the professional cannot change it any more.
    """
    deliverable = lock_deliverable(deliverable_id)
    refuse_over(deliverable.engagement)
    refuse_other_side(deliverable.engagement, side, actor)
    if side == "freelancer" and deliverable.state not in ("draft", "changes_asked"):
        raise InvalidTransitionError(_("This handover was handed in and stays as it is."))
    topics = list(Topic.objects.live().filter(engagement=deliverable.engagement, pk__in=topic_ids))
    links = TopicHandover.objects.filter(deliverable=deliverable)
    links.exclude(topic__in=topics).exclude(
        topic__receivers__confirmations__deliverable=deliverable
    ).delete()
    TopicHandover.objects.bulk_create(
        [
            TopicHandover(
                organisation=deliverable.engagement.organisation,
                topic=topic,
                deliverable=deliverable,
            )
            for topic in topics
        ],
        ignore_conflicts=True,
    )
    if deliverable.state == Deliverable.State.ACCEPTED:
        refresh_names(
            organisation=deliverable.engagement.organisation, deliverables=[deliverable.pk]
        )
        for topic in topics:
            ask_receivers(topic=topic)
    return deliverable


def _lock(topic_id: int, side: Side, actor: Actor) -> Topic:
    topic = lock_topic(topic_id)
    refuse_over(topic.engagement)
    refuse_other_side(topic.engagement, side, actor)
    if topic.state == State.DROPPED:
        raise InvalidTransitionError(_("This topic was taken off the list."))
    return topic


def _lock_to_answer(topic_id: int, side: Side, actor: Actor, seen: str | None) -> Topic:
    topic = _lock(topic_id, side, actor)
    if not topic.waits_for(side):
        raise InvalidTransitionError(_("This topic does not wait for your answer any more."))
    if seen not in (None, topic.asks):
        raise StaleError(_("This topic was changed just now. Look at it once more."))
    return topic


def _write(topic: Topic, facts: TopicFacts) -> None:
    topic.title = " ".join(facts.title.split())
    if not topic.title:
        raise TopicError(_("Give the topic a name."))
    if len(facts.why) > LONGEST_WHY:
        raise TopicError(_("This text is too long. Make it shorter."))
    for name in TEXTS:
        setattr(topic, name, getattr(facts, name).strip())
    topic.time_to_learn = facts.time_to_learn
    topic.nature = facts.nature
    topic.is_inbound = facts.is_inbound


def _refuse_other_title(topic: Topic, before: str, side: Side) -> None:
    """Keep the title of an agreed topic: under another one it would be another topic.

    The title does not wait for the other side as the criticality does: until it answers, nobody
    would know what a receiver confirms.
    """
    if topic.title.casefold() == before.casefold():
        return
    if side == "freelancer":
        raise NotPermittedError(_("This topic was agreed. Ask the manager to change its name."))
    proofs = Confirmation.objects.in_force().exclude(answer=Confirmation.Answer.NOT_YET)
    if proofs.filter(receiver__topic=topic).exists():
        raise TopicError(_("Colleagues already confirmed it under this name. Make a new topic."))


def _ask_criticality(topic: Topic, criticality: int, side: Side) -> None:
    is_same = criticality == topic.criticality
    topic.asked_criticality = None if is_same else criticality
    topic.asked_by_side = "" if is_same else side


def _save(topic: Topic) -> None:
    try:
        topic.clean_fields()
    except ValidationError as error:
        raise TopicError(" ".join(error.messages)) from error
    with refusing(Topic):
        topic.save()


def _checked_reason(reason: str) -> str:
    if not reason.strip():
        raise TopicError(_("Say why; the other side reads it."))
    return reason.strip()[:500]


def _drop(topic: Topic, reason: str, actor: Actor) -> None:
    topic.dropped_reason = _checked_reason(reason)
    topic.state = State.DROPPED
    topic.asked_criticality, topic.asked_by_side = None, ""
    topic.save(update_fields=["state", "dropped_reason", "asked_criticality", "asked_by_side"])
    topic.receivers.filter(asked_at__isnull=False).update(asked_at=None)
    _record("dropped", topic, actor)


def _record(past: str, topic: Topic, actor: Actor, **data: int | str) -> None:
    audit.record(
        f"knowledge.topic.{past}",
        subject=topic,
        actor=actor,
        dossier=topic.engagement.public_id,
        data={"topic": str(topic.public_id), "title": topic.title, **data},
    )
