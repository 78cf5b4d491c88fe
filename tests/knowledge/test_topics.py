"""Topics: proposed by one side, agreed by both; nobody makes a risk smaller alone."""

import pytest

from core.actors import Actor
from core.errors import InvalidTransitionError, NotPermittedError
from core.models import AuditEvent
from engagements.operations.refusals import RefusedError
from knowledge import operations
from knowledge.models import Topic, TopicHandover
from knowledge.operations import EngagementOverError, TopicError, TopicFacts
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import TopicFactory
from tests.knowledge.conftest import accepted_about, agreed_topic, hand_in, name, say, start
from tests.races import at_once

DESK = Actor(label="Inhuurdesk", user_id=987654)


def propose(engagement, actor, side="freelancer", title="Koppelingen", **facts):
    return operations.propose_topic(
        engagement_id=engagement.pk,
        facts=TopicFacts(title=title, **facts),
        side=side,
        actor=actor,
    )


def test_a_proposed_topic_waits_for_the_other_side(engagement, author):
    topic = propose(
        engagement,
        author,
        title="  Koppelingen   met Suite ",
        criticality=5,
        why="Zonder staat de wachtlijst stil.",
        written_where="Map Koppelingen",
        known_by="Niemand",
        time_to_learn="weeks",
        nature="tacit",
        is_inbound=True,
    )

    topic.refresh_from_db()
    assert (topic.title, topic.criticality, topic.state) == ("Koppelingen met Suite", 5, "proposed")
    assert (topic.time_to_learn, topic.nature, topic.is_inbound) == ("weeks", "tacit", True)
    assert topic.waits_for("client")
    assert not topic.waits_for("freelancer")
    assert list(Topic.objects.waiting_for("client")) == [topic]
    assert AuditEvent.objects.filter(action="knowledge.topic.proposed").count() == 1


@pytest.mark.parametrize("side", ["client", "freelancer"])
def test_the_other_side_agrees(side, engagement, author, reviewer):
    actors = {"client": reviewer, "freelancer": author}
    other = "client" if side == "freelancer" else "freelancer"
    topic = propose(engagement, actors[side], side)

    with pytest.raises(InvalidTransitionError):
        operations.agree_topic(topic_id=topic.pk, side=side, actor=actors[side])
    operations.agree_topic(topic_id=topic.pk, side=other, actor=actors[other])

    topic.refresh_from_db()
    assert (topic.state, topic.agreed_by) == ("agreed", actors[other].label)
    assert topic.agreed_at is not None
    with pytest.raises(InvalidTransitionError):
        operations.agree_topic(topic_id=topic.pk, side=other, actor=actors[other])


def test_each_side_speaks_for_itself_only(engagement, author, reviewer):
    with pytest.raises(NotPermittedError):
        propose(engagement, author, side="client")
    with pytest.raises(NotPermittedError):
        propose(engagement, reviewer, side="freelancer")

    assert not Topic.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"title": "  "},
        {"title": "x" * 151},
        {"title": "Koppelingen", "criticality": 6},
        {"title": "Koppelingen", "criticality": 0},
        {"title": "Koppelingen", "nature": "magic"},
        {"title": "Koppelingen", "time_to_learn": "years"},
        {"title": "Koppelingen", "why": "x" * 1001},
    ],
)
def test_what_makes_no_sense_is_refused(facts, engagement, author):
    with pytest.raises(TopicError):
        propose(engagement, author, **facts)

    assert not Topic.objects.exists()


def test_a_topic_stands_on_the_list_once(engagement, author, topic):
    with pytest.raises(RefusedError, match="on the list already"):
        propose(engagement, author, title="KOPPELINGEN")


def test_a_dropped_topic_may_come_back(engagement, author, reviewer, topic):
    operations.drop_topic(topic_id=topic.pk, reason="Vervalt", side="client", actor=reviewer)

    assert propose(engagement, author, title="Koppelingen").pk != topic.pk


def test_a_list_has_room_for_a_hundred_topics(engagement, author):
    TopicFactory.create_batch(operations.topics.MOST_TOPICS, engagement=engagement)

    with pytest.raises(TopicError, match="100 topics"):
        propose(engagement, author)


def test_of_an_agreed_topic_the_words_change_at_once_and_the_weight_waits(topic, author, reviewer):
    facts = TopicFacts(title="KOPPELINGEN", criticality=1, why="Minder nodig")

    operations.revise_topic(topic_id=topic.pk, facts=facts, side="freelancer", actor=author)

    topic.refresh_from_db()
    assert (topic.title, topic.criticality, topic.asked_criticality) == ("KOPPELINGEN", 4, 1)
    assert topic.why == "Minder nodig"
    assert list(Topic.objects.waiting_for("client")) == [topic]
    assert not Topic.objects.waiting_for("freelancer").exists()
    with pytest.raises(InvalidTransitionError, match="Answer the proposal"):
        operations.revise_topic(topic_id=topic.pk, facts=facts, side="client", actor=reviewer)

    operations.agree_topic(topic_id=topic.pk, side="client", actor=reviewer)

    topic.refresh_from_db()
    assert (topic.criticality, topic.asked_criticality, topic.asked_by_side) == (1, None, "")
    event = AuditEvent.objects.get(action="knowledge.topic.reweighed")
    assert (event.data["old"], event.data["new"]) == (4, 1)


def test_a_professional_gives_an_agreed_topic_no_other_name(topic, author):
    facts = TopicFacts(title="Koffie zetten", why="Anders")

    with pytest.raises(NotPermittedError, match="was agreed"):
        operations.revise_topic(topic_id=topic.pk, facts=facts, side="freelancer", actor=author)

    topic.refresh_from_db()
    assert (topic.title, topic.why) == ("Koppelingen", "")


def test_nobody_gives_another_name_to_what_was_confirmed(topic, author, reviewer):
    accepted_about(topic, author, reviewer)
    receiver = name(topic, reviewer)

    def rename(title):
        operations.revise_topic(
            topic_id=topic.pk, facts=TopicFacts(title=title), side="client", actor=reviewer
        )

    say(receiver, "not_yet", "Waar staat de map met sleutels?")
    rename("Koppelingen Suite")
    word = say(receiver)
    with pytest.raises(TopicError, match="already confirmed"):
        rename("Koffie zetten")
    operations.withdraw_confirmation(confirmation_id=word.pk, reason="Fout", actor=DESK)
    rename("Koppelingen Suite 2")

    topic.refresh_from_db()
    assert topic.title == "Koppelingen Suite 2"


def test_another_weight_can_be_refused(topic, author, reviewer):
    facts = TopicFacts(title=topic.title, criticality=1)
    operations.revise_topic(topic_id=topic.pk, facts=facts, side="freelancer", actor=author)

    with pytest.raises(TopicError, match="Say why"):
        operations.refuse_topic(topic_id=topic.pk, reason=" ", side="client", actor=reviewer)
    operations.refuse_topic(topic_id=topic.pk, reason="Blijft nodig", side="client", actor=reviewer)

    topic.refresh_from_db()
    assert (topic.state, topic.criticality, topic.asked_criticality) == ("agreed", 4, None)


def test_asking_for_the_weight_in_force_asks_for_nothing(topic, author):
    facts = TopicFacts(title=topic.title, criticality=4)

    operations.revise_topic(topic_id=topic.pk, facts=facts, side="freelancer", actor=author)

    assert not Topic.objects.waiting_for("client").exists()


def test_ones_own_proposal_changes_at_once(engagement, author):
    topic = propose(engagement, author, criticality=2)
    facts = TopicFacts(title="Anders", criticality=5)

    operations.revise_topic(topic_id=topic.pk, facts=facts, side="freelancer", actor=author)

    topic.refresh_from_db()
    assert (topic.title, topic.criticality, topic.asked_criticality) == ("Anders", 5, None)


def test_a_refused_proposal_is_dropped_with_its_reason(engagement, author, reviewer):
    topic = propose(engagement, author)

    with pytest.raises(InvalidTransitionError):
        operations.refuse_topic(topic_id=topic.pk, reason="x", side="freelancer", actor=author)
    operations.refuse_topic(topic_id=topic.pk, reason="Weten wij al", side="client", actor=reviewer)

    topic.refresh_from_db()
    assert (topic.state, topic.dropped_reason) == ("dropped", "Weten wij al")
    with pytest.raises(InvalidTransitionError, match="taken off"):
        operations.agree_topic(topic_id=topic.pk, side="client", actor=reviewer)


def test_only_the_client_drops_what_was_agreed(topic, author, reviewer):
    receiver = name(topic, reviewer)
    with pytest.raises(NotPermittedError, match="was agreed"):
        operations.drop_topic(topic_id=topic.pk, reason="Weg", side="freelancer", actor=author)
    with pytest.raises(TopicError, match="Say why"):
        operations.drop_topic(topic_id=topic.pk, reason="", side="client", actor=reviewer)

    operations.drop_topic(topic_id=topic.pk, reason="Vervalt", side="client", actor=reviewer)

    topic.refresh_from_db()
    receiver.refresh_from_db()
    assert topic.state == "dropped"
    assert receiver.asked_at is None


def test_nothing_changes_once_the_file_is_closed(engagement, author, topic, reviewer):
    engagement.cancelled_at = topic.proposed_at
    engagement.save()

    with pytest.raises(EngagementOverError):
        propose(engagement, author, title="Nog een")
    with pytest.raises(EngagementOverError):
        operations.drop_topic(topic_id=topic.pk, reason="Weg", side="client", actor=reviewer)


def test_a_handover_is_about_topics_of_its_own_engagement(engagement, author, reviewer, topic):
    foreign = TopicFactory(engagement=EngagementFactory(organisation=engagement.organisation))
    deliverable = start(engagement, author)

    operations.set_topics(
        deliverable_id=deliverable.pk,
        topic_ids=[topic.pk, foreign.pk],
        side="freelancer",
        actor=author,
    )
    operations.set_topics(
        deliverable_id=deliverable.pk, topic_ids=[topic.pk], side="freelancer", actor=author
    )

    assert list(TopicHandover.objects.values_list("topic", flat=True)) == [topic.pk]
    operations.set_topics(
        deliverable_id=deliverable.pk, topic_ids=[], side="client", actor=reviewer
    )
    assert not TopicHandover.objects.exists()


def test_the_professional_does_not_change_topics_of_what_was_handed_in(
    engagement, author, topic, submitted
):
    with pytest.raises(InvalidTransitionError, match="stays as it is"):
        operations.set_topics(
            deliverable_id=submitted.pk, topic_ids=[topic.pk], side="freelancer", actor=author
        )


@pytest.mark.django_db(transaction=True)
def test_two_who_agree_at_once_agree_once(organisation, engagement, author, reviewer):
    topic = propose(engagement, author)

    results = at_once(
        organisation,
        lambda: operations.agree_topic(topic_id=topic.pk, side="client", actor=reviewer),
        lambda: operations.agree_topic(topic_id=topic.pk, side="client", actor=reviewer),
    )

    assert sum(isinstance(result, InvalidTransitionError) for result in results) == 1
    assert AuditEvent.objects.filter(action="knowledge.topic.agreed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_agreeing_and_dropping_at_once_leave_one_answer(organisation, engagement, author, reviewer):
    topic = propose(engagement, author)

    at_once(
        organisation,
        lambda: operations.agree_topic(topic_id=topic.pk, side="client", actor=reviewer),
        lambda: operations.drop_topic(
            topic_id=topic.pk, reason="Vergissing", side="freelancer", actor=author
        ),
    )

    topic.refresh_from_db()
    assert topic.state in ("agreed", "dropped")
    assert (topic.state == "agreed") == (topic.dropped_reason == "")


@pytest.mark.django_db(transaction=True)
def test_the_same_topic_is_proposed_once_by_two_at_once(organisation, engagement, author, reviewer):
    results = at_once(
        organisation,
        lambda: propose(engagement, author),
        lambda: propose(engagement, reviewer, side="client"),
    )

    assert sum(isinstance(result, RefusedError) for result in results) == 1
    assert Topic.objects.count() == 1


def test_agreed_topics_of_two_handovers_are_told_apart(engagement, author, reviewer):
    first = agreed_topic(engagement, author, reviewer, "Release", 2)
    second = agreed_topic(engagement, author, reviewer, "Incidenten", 5)
    deliverable = hand_in(engagement, author)

    operations.set_topics(
        deliverable_id=deliverable.pk, topic_ids=[first.pk], side="client", actor=reviewer
    )

    assert list(Topic.objects.filter(handovers__deliverable=deliverable)) == [first]
    assert list(Topic.objects.all()) == [second, first]
