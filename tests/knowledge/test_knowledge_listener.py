from datetime import timedelta

import pytest
from django.utils import translation

from core.actors import SYSTEM
from engagements import events
from knowledge import operations
from knowledge.listeners import KnowledgeListener
from knowledge.models import KnowledgeAgreement
from knowledge.operations import AgreementFacts
from notifications.models import Message
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import (
    DeliverableFactory,
    KnowledgeAgreementFactory,
    LedgerEntryFactory,
    TopicFactory,
)
from tests.knowledge.conftest import hand_in

LISTENER = KnowledgeListener()


def blockers(engagement):
    with translation.override("en"):
        return {b.code: (b.label, b.url) for b in LISTENER.blockers_to_closing(engagement)}


@pytest.fixture
def proposed(engagement, reviewer):
    return operations.propose_agreement(
        engagement_id=engagement.pk,
        facts=AgreementFacts(target=80, forms={"workshop": 1, "runbook": 1}),
        side="client",
        actor=reviewer,
    )


def test_the_listener_is_registered_once():
    assert sum(isinstance(one, KnowledgeListener) for one in events.listeners()) == 1


def test_missing_points_block_with_figures(engagement, submitted, reviewer):
    KnowledgeAgreementFactory(engagement=engagement, in_force=True, target=80)
    operations.accept_deliverable(deliverable_id=submitted.pk, actor=reviewer)

    label, url = blockers(engagement)["points"]

    assert label == "Knowledge points: 2.4 of 80 agreed"
    assert url == f"/knowledge/agreements/{engagement.public_id}/"


def test_without_an_agreement_the_usual_target_blocks(engagement):
    label, _url = blockers(engagement)["points"]

    assert label == "Knowledge points: 0 of 100, nothing was agreed"


def test_an_engagement_without_a_target_needs_no_points(engagement):
    engagement.knowledge_target = 0
    engagement.save()

    assert blockers(engagement) == {}


def test_a_reached_target_does_not_block(engagement, policy):
    KnowledgeAgreementFactory(engagement=engagement, in_force=True, target=6)
    LedgerEntryFactory(
        deliverable__engagement=engagement, amount=6, base_points=20, uncapped=6, is_written=False
    )

    assert blockers(engagement) == {}


def test_each_handover_that_waits_blocks_by_itself(engagement, author):
    engagement.knowledge_target = 0
    engagement.save()
    waiting = [hand_in(engagement, author, title=title) for title in ("Eerste", "Tweede")]
    DeliverableFactory(engagement=engagement)

    found = blockers(engagement)

    assert list(found) == [f"review:{deliverable.public_id}" for deliverable in waiting]
    label, url = found[f"review:{waiting[0].public_id}"]
    assert label == "Handover “Eerste” waits for review"
    assert url == waiting[0].get_absolute_url()


def test_an_agreement_that_nobody_answered_blocks(engagement, proposed, author):
    assert blockers(engagement)["agreement"][0] == "The knowledge agreement waits for an answer"

    operations.accept_agreement(agreement_id=proposed.pk, side="freelancer", actor=author)
    assert "agreement" not in blockers(engagement)


@pytest.mark.parametrize("end", ["closed", "cancelled"])
def test_the_end_of_a_file_settles_what_waits_for_an_answer(end, engagement, proposed):
    getattr(LISTENER, end)(engagement, SYSTEM)

    proposed.refresh_from_db()
    assert proposed.state == "superseded"
    assert KnowledgeAgreement.objects.proposed().count() == 0


def test_what_is_in_force_stays_when_the_file_closes(engagement, proposed, author):
    operations.accept_agreement(agreement_id=proposed.pk, side="freelancer", actor=author)

    LISTENER.closed(engagement, SYSTEM)

    proposed.refresh_from_db()
    assert proposed.state == "accepted"


def test_a_new_manager_is_asked_for_reviews_that_nobody_else_has(
    organisation, engagement, author, reviewer
):
    mine = hand_in(engagement, author, title="Voor de leidinggevende")
    handed_on = hand_in(engagement, author, title="Doorgegeven")
    colleague = ContactFactory(organisation=organisation)
    operations.hand_on_review(deliverable_id=handed_on.pk, contact_id=colleague.pk, actor=reviewer)
    engagement.manager = ContactFactory(organisation=organisation, name="Nieuwe Leiding")
    engagement.save()

    LISTENER.manager_changed(engagement, SYSTEM)

    (asked,) = Message.objects.filter(contact=engagement.manager)
    assert asked.kind == "review_asked"
    assert asked.params["deliverable"] == str(mine.public_id)


def test_moving_the_end_moves_no_review_and_no_agreement(engagement, submitted, proposed):
    due_on = submitted.review_due_on

    assert list(LISTENER.effects_of_moving_end(engagement, engagement.ends_on)) == []
    LISTENER.end_moved(engagement, engagement.ends_on - timedelta(days=9), SYSTEM)

    submitted.refresh_from_db()
    proposed.refresh_from_db()
    assert (submitted.review_due_on, proposed.target) == (due_on, 80)


def test_planning_makes_nothing_by_itself(engagement):
    LISTENER.planned(engagement, SYSTEM)
    LISTENER.planned_many([engagement], SYSTEM)
    LISTENER.unplanned_many([engagement], SYSTEM)

    assert not KnowledgeAgreement.objects.exists()


def test_traces_say_what_people_did(
    organisation, engagement, author, proposed, django_assert_num_queries
):
    untouched = EngagementFactory(organisation=organisation)
    for _number in range(2):
        hand_in(engagement, author)
    TopicFactory(engagement=engagement)

    with django_assert_num_queries(3), translation.override("en"):
        traces = LISTENER.traces_on([engagement, untouched])

    assert traces == {engagement.pk: ["a knowledge agreement", "2 handovers", "1 topic"]}


def test_points_that_were_taken_back_block_again(engagement, submitted, reviewer):
    KnowledgeAgreementFactory(engagement=engagement, in_force=True, target=1)
    LedgerEntryFactory(deliverable__engagement=engagement, amount=1, is_written=False)
    assert "points" not in blockers(engagement)

    operations.reverse_entry(entry_id=engagement.ledger.get().pk, reason="Fout", actor=reviewer)

    assert blockers(engagement)["points"][0] == "Knowledge points: 0 of 1 agreed"
