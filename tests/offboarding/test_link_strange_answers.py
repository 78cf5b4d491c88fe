"""What no page of ours sends, sent to the pages behind a link."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

import knowledge.operations
import offboarding.operations
from core.actors import SYSTEM, Actor
from knowledge.models import KnowledgeAgreement
from knowledge.operations import AgreementFacts
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import policy_of
from tests.offboarding.test_link_pages import an_item, client_of

FACTS = AgreementFacts(target=100, paid_hours=Decimal(16), forms={"workshop": 1, "runbook": 1})


@pytest.fixture
def engagement(organisation):
    policy_of(organisation)
    today = organisation.today()
    engagement = EngagementFactory(
        organisation=organisation,
        manager__language="en",
        starts_on=today - timedelta(days=200),
        ends_on=today + timedelta(days=8),
    )
    offboarding.operations.ship_procedure(organisation=organisation)
    offboarding.operations.start_checklists(engagement=engagement, actor=SYSTEM)
    return engagement


@pytest.fixture
def manager(engagement):
    return client_of(engagement)


def propose(engagement, facts=FACTS):
    author = engagement.freelancer
    return knowledge.operations.propose_agreement(
        engagement_id=engagement.pk,
        facts=facts,
        side="freelancer",
        actor=Actor(label=author.full_name, contact_id=author.business_contact_id),
    )


def test_before_agreeing_the_manager_reads_that_the_target_cannot_be_reached(engagement, manager):
    propose(engagement, replace(FACTS, target=500))

    page = " ".join(manager.get("/link/agreement/").content.decode().split())

    title = page.index("The target cannot be reached with these forms")
    assert title < page.index("You may agree all the same") < page.index("I agree")


def test_the_manager_reads_why_an_agreement_changes(engagement, manager):
    propose(engagement)
    propose(engagement, replace(FACTS, reason="Two months more"))

    page = " ".join(manager.get("/link/agreement/").content.decode().split())

    assert "Why it changed" in page
    assert "Two months more" in page


def test_an_agreement_is_accepted_as_it_was_shown(engagement, manager):
    shown = propose(engagement)
    page = manager.get("/link/agreement/").content.decode()
    assert f'name="agreement" value="{shown.public_id}"' in page

    response = manager.post(
        "/link/agreement/", {"answer": "accept", "agreement": shown.public_id}, follow=True
    )

    shown.refresh_from_db()
    assert shown.state == "accepted"
    said = "Agreed. It is in force from now on; {} sees it at once"
    assert said.format(engagement.freelancer.full_name) in response.content.decode()


def test_who_sends_an_agreement_back_reads_what_follows(engagement, manager):
    shown = propose(engagement)
    answer = {"answer": "decline", "reason": "Too little", "agreement": shown.public_id}

    response = manager.post("/link/agreement/", answer, follow=True)

    name = engagement.freelancer.full_name
    assert f"Sent back. {name} reads why" in response.content.decode()


@pytest.mark.parametrize("answer", [{"answer": "accept"}, {"answer": "decline", "reason": "No."}])
def test_no_answer_reaches_terms_that_the_page_did_not_show(engagement, manager, answer):
    shown = propose(engagement)
    newer = propose(engagement, replace(FACTS, target=999, paid_hours=Decimal(80), reason="More."))

    response = manager.post(
        "/link/agreement/", {**answer, "agreement": shown.public_id}, follow=True
    )

    newer.refresh_from_db()
    assert newer.state == "proposed"
    assert not KnowledgeAgreement.objects.in_force().exists()
    assert "This proposal was replaced by a newer one." in response.content.decode()


@pytest.mark.parametrize("answer", [{}, {"answer": "maybe"}])
def test_only_the_word_for_it_accepts_an_agreement(engagement, manager, answer):
    shown = propose(engagement)

    manager.post("/link/agreement/", {**answer, "agreement": shown.public_id})

    shown.refresh_from_db()
    assert shown.state == "proposed"


def test_an_unknown_answer_does_not_tick_a_task(engagement, manager):
    item = an_item(engagement, needs_evidence=False)

    response = manager.post(f"/link/items/{item.public_id}/", {"answer": "maybe"})

    item.refresh_from_db()
    assert (response.status_code, item.state) == (404, "open")


@pytest.mark.parametrize("days", ["²", "9" * 5000, "-1", "2", ""])
def test_a_task_is_put_off_by_the_days_on_offer_only(engagement, manager, days):
    item = an_item(engagement)

    response = manager.post(f"/link/items/{item.public_id}/later/", {"days": days})

    item.refresh_from_db()
    assert (response.status_code, item.snoozed_until) == (302, None)
