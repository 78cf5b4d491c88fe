"""A colleague to whom a hiring manager handed the questions on."""

from datetime import timedelta

import pytest
from django.test import Client

import engagements.operations
import knowledge.operations
import offboarding.operations
from core.actors import SYSTEM, Actor
from core.models import Contact
from knowledge.models import TransferForm
from tests.factories.engagements import EngagementFactory


@pytest.fixture
def engagement(organisation):
    today = organisation.today()
    engagement = EngagementFactory(
        organisation=organisation,
        starts_on=today - timedelta(days=200),
        ends_on=today + timedelta(days=8),
    )
    knowledge.operations.ship_policies(organisation=organisation)
    offboarding.operations.ship_procedure(organisation=organisation)
    offboarding.operations.start_checklists(engagement=engagement, actor=SYSTEM)
    return engagement


def client_of(engagement, contact, handed_on_by=None) -> Client:
    _grant, token = engagements.operations.issue_grant(
        contact_id=contact.pk,
        engagement_id=engagement.pk,
        scopes=engagements.operations.scopes_for(contact, engagement),
        handed_on_by_id=handed_on_by,
    )
    client = Client()
    client.post(f"/l/{token}/")
    return client


@pytest.fixture
def colleague(engagement) -> Client:
    manager = client_of(engagement, engagement.manager)
    manager.post("/link/hand-on/", {"name": "Samira Haddou", "email": "s.haddou@veldam.example"})
    samira = Contact.objects.get(email="s.haddou@veldam.example")
    return client_of(engagement, samira, engagement.grants.get(contact=engagement.manager).pk)


def propose_agreement(engagement) -> None:
    professional = Actor(label="Fatima", contact_id=engagement.freelancer.business_contact_id)
    forms = TransferForm.objects.filter(policy__is_default=True)[:3]
    knowledge.operations.propose_agreement(
        engagement_id=engagement.pk,
        facts=knowledge.operations.AgreementFacts(forms={form.code: 1 for form in forms}),
        side="freelancer",
        actor=professional,
    )


def test_a_colleague_is_asked_only_what_the_link_lets_them_answer(engagement, colleague):
    propose_agreement(engagement)

    page = colleague.get("/link/")

    asked = [task.url for task in page.context["asked"]]
    assert asked
    assert {url: colleague.get(url).status_code for url in asked} == dict.fromkeys(asked, 200)


def test_the_manager_is_still_asked_what_nobody_else_may_decide(engagement, colleague):
    propose_agreement(engagement)

    page = client_of(engagement, engagement.manager).get("/link/")

    kinds = {task.kind for task in page.context["asked"]}
    assert kinds >= {"decide", "agreement"}
