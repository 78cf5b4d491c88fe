"""Planning an engagement: the row, the history, and who hears of it."""

import datetime

import pytest
from django.db import connection

from core.actors import Actor
from core.errors import DomainError
from core.models import AuditEvent
from core.scoping import organisation_scope
from engagements.models import Engagement, Freelancer
from engagements.operations import EngagementFacts, create_engagement
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import DepartmentFactory, FreelancerFactory

HR = Actor(label="Marieke Visser", user_id=1)


@pytest.fixture
def facts(organisation):
    return EngagementFacts(
        freelancer_id=FreelancerFactory(organisation=organisation).pk,
        department_id=DepartmentFactory(organisation=organisation).pk,
        manager_id=ContactFactory(organisation=organisation).pk,
        title="  Data-engineer ",
        starts_on=datetime.date(2026, 1, 5),
        ends_on=datetime.date(2026, 12, 1),
    )


def test_planning_writes_the_engagement_and_its_history(organisation, facts):
    engagement = create_engagement(organisation=organisation, facts=facts, actor=HR)

    assert Engagement.objects.get() == engagement
    assert engagement.title == "Data-engineer"
    event = AuditEvent.objects.get(action="engagements.engagement.created")
    assert event.dossier == engagement.public_id
    assert event.actor_label == "Marieke Visser"
    assert event.data == {"starts_on": "2026-01-05", "ends_on": "2026-12-01"}


def test_somebody_of_another_organisation_is_not_found(organisation, facts):
    stranger = OrganisationFactory()
    with organisation_scope(stranger):
        other = FreelancerFactory(organisation=stranger)

    with pytest.raises(Freelancer.DoesNotExist):
        create_engagement(
            organisation=organisation,
            facts=EngagementFacts(**{**facts.__dict__, "freelancer_id": other.pk}),
            actor=HR,
        )


def test_an_overlap_is_refused_in_words_and_the_transaction_goes_on(organisation, facts):
    create_engagement(organisation=organisation, facts=facts, actor=HR)

    with pytest.raises(DomainError, match="already has an engagement at this department"):
        create_engagement(organisation=organisation, facts=facts, actor=HR)

    assert not connection.needs_rollback
    assert Engagement.objects.count() == 1
    assert AuditEvent.objects.filter(action="engagements.engagement.created").count() == 1
