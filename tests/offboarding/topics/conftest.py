"""One engagement with a topic that both sides agreed on; links in English."""

from datetime import timedelta

import pytest

from core.actors import Actor
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import policy_of
from tests.knowledge.conftest import agreed_topic

LIST = "/link/"


@pytest.fixture
def engagement(organisation):
    policy_of(organisation)
    return EngagementFactory(
        organisation=organisation,
        freelancer__full_name="Fatima El Idrissi",
        knowledge_target=100,
        ends_on=organisation.today() + timedelta(days=40),
    )


@pytest.fixture
def author(engagement):
    contact = engagement.freelancer.business_contact
    return Actor(label="Fatima El Idrissi", contact_id=contact.pk)


@pytest.fixture
def reviewer(engagement):
    return Actor(label="Peter Bos", kind="link", contact_id=engagement.manager_id)


@pytest.fixture
def topic(engagement, author, reviewer):
    return agreed_topic(engagement, author, reviewer)


def asked(client):
    return [(task.kind, task.url) for task in client.get(LIST).context["asked"]]
