"""A short explanation waits for the one who heard it, and for nobody else."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from knowledge import operations
from knowledge.models import Deliverable
from knowledge.operations import ConfirmationError
from knowledge.operations.deliverables import MOST_A_DAY
from knowledge.operations.quick_logs import QuickLogError
from knowledge.queries import handover_counts, silent_explanations
from tests.factories.knowledge import DeliverableFactory
from tests.knowledge.conftest import name, promised, say

WORDS = "Klopt, ik kan nu herstarten."


@pytest.fixture
def receiver(topic, reviewer):
    return name(topic, reviewer)


@pytest.fixture
def omar(topic, reviewer):
    return name(topic, reviewer, "omar@veldam.example", called="Omar Bakkali")


@pytest.fixture
def explained(receiver, author):
    return operations.log_explanation(
        receiver_id=receiver.pk, what="Herstart bij nacht", minutes=20, actor=author
    )


def test_only_the_one_who_heard_it_is_asked(explained, receiver, omar):
    for one in (receiver, omar):
        one.refresh_from_db()

    assert receiver.asked_at is not None
    assert omar.asked_at is None
    with pytest.raises(ConfirmationError, match="not about this topic"):
        say(omar, words=WORDS, deliverable_id=explained.pk)


def test_nobody_explains_without_end_in_one_day(receiver, author, engagement):
    DeliverableFactory.create_batch(
        MOST_A_DAY, engagement=engagement, is_quick_log=True, explained_to=receiver, submitted=True
    )

    def log():
        return operations.log_explanation(
            receiver_id=receiver.pk, what="Herstart", minutes=20, actor=author
        )

    with pytest.raises(QuickLogError, match="tomorrow"):
        log()
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert log()


def test_once_confirmed_it_asks_nobody_else_either(explained, receiver, omar):
    say(receiver, words=WORDS)

    omar.refresh_from_db()
    assert omar.asked_at is None


def test_it_is_no_review_that_anybody_waits_for(explained, engagement):
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        assert not Deliverable.objects.awaiting_review().exists()
        assert handover_counts()["submitted"] == 0
        assert promised(engagement)[0].state == "open"


def test_a_receiver_is_silent_once_their_days_are_over(explained, engagement):
    today = engagement.organisation.today()

    assert silent_explanations(engagement, today) == []
    assert silent_explanations(engagement, today + timedelta(days=20)) == [explained]
    say(explained.explained_to, "not_yet", "Welke nacht?")
    assert silent_explanations(engagement, today + timedelta(days=20)) == []


def test_hr_sees_for_whom_it_waits_and_may_accept_it(explained, hr_client):
    for address in ("/knowledge/handovers/", explained.get_absolute_url()):
        page = hr_client.get(address).content.decode()
        assert "Samira Haddou" in page
    assert "waits for the receiver" in hr_client.get("/knowledge/handovers/").content.decode()
    hr_client.post(f"{explained.get_absolute_url()}accept/", {"version": "1"})

    explained.refresh_from_db()
    assert explained.state == "accepted"
