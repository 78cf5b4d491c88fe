"""Who may not change a topic or its receivers, and when nobody may any more."""

import pytest
from django.utils import timezone

from core.errors import InvalidTransitionError, NotPermittedError, StaleError
from engagements.models import Engagement
from engagements.operations.refusals import RefusedError
from knowledge import operations
from knowledge.models import Topic
from knowledge.operations import EngagementOverError, TopicFacts
from tests.knowledge.conftest import accepted_about, agreed_topic, name, say

CHANGES = {
    "revise": lambda it, side, actor: operations.revise_topic(
        topic_id=it.topic_id, facts=TopicFacts(title="Anders"), side=side, actor=actor
    ),
    "refuse": lambda it, side, actor: operations.refuse_topic(
        topic_id=it.topic_id, reason="Hoeft niet", side=side, actor=actor
    ),
    "release": lambda it, side, actor: operations.release_receiver(
        receiver_id=it.pk, reason="Andere baan", side=side, actor=actor
    ),
    "ask again": lambda it, side, actor: operations.ask_again(
        receiver_id=it.pk, side=side, actor=actor
    ),
}


@pytest.fixture
def handover(topic, author, reviewer):
    return accepted_about(topic, author, reviewer)


@pytest.fixture
def receiver(topic, handover, reviewer):
    return name(topic, reviewer)


def close(engagement):
    Engagement.objects.filter(pk=engagement.pk).update(closed_at=timezone.now())


@pytest.mark.parametrize("change", CHANGES)
def test_a_side_is_spoken_for_by_its_own_people(change, receiver, author, reviewer):
    with pytest.raises(NotPermittedError):
        CHANGES[change](receiver, "client", author)
    with pytest.raises(NotPermittedError):
        CHANGES[change](receiver, "freelancer", reviewer)


@pytest.mark.parametrize("change", CHANGES)
def test_once_the_file_is_closed_nothing_changes(change, receiver, engagement, reviewer):
    close(engagement)

    with pytest.raises(EngagementOverError):
        CHANGES[change](receiver, "client", reviewer)


def test_once_the_file_is_closed_nothing_is_said_either(
    receiver, handover, engagement, author, reviewer
):
    word = say(receiver)
    question = say(receiver, "not_yet", "Waar staat de map met sleutels?")
    close(engagement)

    with pytest.raises(EngagementOverError):
        operations.withdraw_confirmation(confirmation_id=word.pk, reason="Fout", actor=reviewer)
    with pytest.raises(EngagementOverError):
        operations.reply_to_question(confirmation_id=question.pk, reply="Kluis", actor=author)
    with pytest.raises(EngagementOverError):
        operations.log_explanation(
            receiver_id=receiver.pk, what="Herstart", minutes=20, actor=author
        )
    with pytest.raises(EngagementOverError):
        operations.book_without_receiver(
            deliverable_id=handover.pk, reason="Niemand", actor=reviewer
        )


def test_a_topic_gets_no_title_that_another_has(engagement, topic, author, reviewer):
    other = agreed_topic(engagement, author, reviewer, title="Archief")

    with pytest.raises(RefusedError):
        operations.revise_topic(
            topic_id=other.pk,
            facts=TopicFacts(title=topic.title.upper()),
            side="client",
            actor=reviewer,
        )
    assert Topic.objects.get(pk=other.pk).title == "Archief"


def test_a_topic_is_dropped_once(topic, reviewer):
    operations.drop_topic(topic_id=topic.pk, reason="Vervalt", side="client", actor=reviewer)

    with pytest.raises(InvalidTransitionError):
        operations.drop_topic(topic_id=topic.pk, reason="Vervalt", side="client", actor=reviewer)


def test_nobody_refuses_what_the_page_did_not_show(engagement, author, reviewer):
    topic = operations.propose_topic(
        engagement_id=engagement.pk,
        facts=TopicFacts(title="Nachtrun", criticality=4),
        side="freelancer",
        actor=author,
    )

    with pytest.raises(StaleError):
        operations.refuse_topic(
            topic_id=topic.pk,
            reason="Hoeft niet",
            side="client",
            actor=reviewer,
            seen="1 Nachtrun",
        )
    assert Topic.objects.get(pk=topic.pk).state == Topic.State.PROPOSED
