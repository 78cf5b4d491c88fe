"""What the database refuses about topics, receivers and their words, whoever writes the row."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from knowledge.models import Confirmation, CoverageSnapshot, Receiver, Topic, TopicHandover
from tests.factories.knowledge import (
    ConfirmationFactory,
    ReceiverFactory,
    TopicFactory,
    TopicHandoverFactory,
)

NOW = timezone.now()


def refused(name):
    return pytest.raises(IntegrityError, match=name)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("topic_criticality_in_range", {"criticality": 0}),
        ("topic_criticality_in_range", {"criticality": 6}),
        ("topic_asked_by_a_side", {"asked_criticality": 4}),
        ("topic_asked_by_a_side", {"asked_by_side": "client"}),
        ("topic_agreed_has_time", {"agreed_at": None}),
        ("topic_dropped_has_reason", {"state": "dropped"}),
    ],
)
def test_topics(organisation, name, wrong):
    topic = TopicFactory(engagement__organisation=organisation)

    with refused(name), transaction.atomic():
        Topic.objects.filter(pk=topic.pk).update(**wrong)


def test_a_title_stands_once_on_the_list_of_an_engagement(organisation):
    topic = TopicFactory(engagement__organisation=organisation, title="Koppeling")

    with refused("topic_title_once"), transaction.atomic():
        TopicFactory(engagement=topic.engagement, title="KOPPELING")
    Topic.objects.filter(pk=topic.pk).update(state="dropped", dropped_reason="Dubbel")
    TopicFactory(engagement=topic.engagement, title="KOPPELING")


def test_a_handover_is_about_a_topic_once(organisation):
    link = TopicHandoverFactory(topic__engagement__organisation=organisation)

    with refused("topic_handover_once"), transaction.atomic():
        TopicHandover.objects.create(
            organisation=organisation, topic=link.topic, deliverable=link.deliverable
        )


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("receiver_released_has_reason", {"released_at": NOW}),
        ("receiver_released_has_reason", {"released_reason": "Andere baan"}),
        (
            "receiver_released_is_not_asked",
            {"asked_at": NOW, "released_at": NOW, "released_reason": "Andere baan"},
        ),
    ],
)
def test_receivers(organisation, name, wrong):
    receiver = ReceiverFactory(topic__engagement__organisation=organisation)

    with refused(name), transaction.atomic():
        Receiver.objects.filter(pk=receiver.pk).update(**wrong)


def test_somebody_receives_a_topic_once_at_a_time(organisation):
    receiver = ReceiverFactory(topic__engagement__organisation=organisation)

    with refused("receiver_once_per_topic"), transaction.atomic():
        ReceiverFactory(topic=receiver.topic, contact=receiver.contact)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("confirmation_has_words", {"words": ""}),
        ("confirmation_reply_to_a_question", {"reply": "Zo", "replied_at": NOW}),
        ("confirmation_reply_to_a_question", {"answer": "not_yet", "reply": "Zo"}),
        ("confirmation_withdrawn_has_reason", {"withdrawn_at": NOW}),
        ("confirmation_withdrawn_has_reason", {"withdrawn_reason": "Vergissing"}),
    ],
)
def test_confirmations(organisation, name, wrong):
    said = ConfirmationFactory(receiver__topic__engagement__organisation=organisation)

    with refused(name), transaction.atomic():
        Confirmation.objects.filter(pk=said.pk).update(**wrong)


def test_a_receiver_says_the_same_once_about_the_same(organisation):
    said = ConfirmationFactory(receiver__topic__engagement__organisation=organisation)

    with refused("confirmation_said_once"), transaction.atomic():
        ConfirmationFactory(receiver=said.receiver)
    ConfirmationFactory(receiver=said.receiver, answer="explained")


def test_the_figures_of_a_day(engagement):
    def keep(weight, open_weight):
        with transaction.atomic():
            CoverageSnapshot.objects.create(
                organisation=engagement.organisation,
                engagement=engagement,
                department=engagement.department,
                on=NOW.date(),
                weight=weight,
                open_weight=open_weight,
            )

    with refused("coverage_snapshot_part_of_weight"):
        keep(weight=10, open_weight=11)
    keep(weight=10, open_weight=10)
    with refused("coverage_snapshot_once"):
        keep(weight=10, open_weight=4)
