"""One engagement, its professional and the people who review; a handover at each step."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from core.actors import Actor
from core.models import Contact
from knowledge import operations
from knowledge.models import LedgerEntry
from knowledge.operations import Content, SessionFacts
from knowledge.queries import dossier_of, forms_for, promises_of
from knowledge.rules import HANDOVER_SECTIONS
from tests.factories.accounts import UserFactory
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.factories.knowledge import policy_of
from tests.factories.uploads import make_pdf, upload


@pytest.fixture(autouse=True)
def _english():
    """Let messages be read where they are written; the product's own language is Dutch."""
    with translation.override("en"):
        yield


@pytest.fixture
def policy(organisation):
    return policy_of(organisation)


@pytest.fixture
def engagement(organisation, policy):
    user = UserFactory(full_name="Fatima El Idrissi")
    freelancer = FreelancerFactory(
        organisation=organisation, full_name="Fatima El Idrissi", user=user
    )
    return EngagementFactory(organisation=organisation, freelancer=freelancer, knowledge_target=100)


@pytest.fixture
def author(engagement):
    freelancer = engagement.freelancer
    return Actor(
        label=freelancer.full_name,
        user_id=freelancer.user_id,
        contact_id=freelancer.business_contact_id,
    )


@pytest.fixture
def reviewer(engagement):
    return Actor(label="Peter Bos", kind="link", contact_id=engagement.manager_id)


def start(engagement, author, code="runbook", title="Handleiding koppelingen"):
    return operations.start_deliverable(
        engagement_id=engagement.pk,
        form_id=next(form.pk for form in forms_for(engagement) if form.code == code),
        title=title,
        outcome="De koppeling herstarten",
        actor=author,
    )


def write(deliverable, author, text="Zo start u de koppeling opnieuw."):
    return operations.save_draft(
        deliverable_id=deliverable.pk, content=Content(kind="text", text=text), actor=author
    )


def meet(deliverable, author, attendees=("Samira Haddou", "Peter Bos"), starts_at=None):
    session = SessionFacts(
        starts_at=starts_at or timezone.now() - timedelta(days=1), attendees=tuple(attendees)
    )
    return operations.save_draft(
        deliverable_id=deliverable.pk,
        content=Content(kind="session", session=session),
        actor=author,
    )


def hand_in(engagement, author, code="runbook", title="Handleiding koppelingen"):
    """Take a handover from nothing to submitted, whatever its form asks."""
    deliverable = start(engagement, author, code, title)
    form = deliverable.form
    if form.is_session:
        meet(deliverable, author)
    elif form.has_sections:
        sections = {section.code: "Staat in de map." for section in HANDOVER_SECTIONS}
        operations.save_draft(
            deliverable_id=deliverable.pk,
            content=Content(kind="text", sections=sections),
            actor=author,
        )
    else:
        write(deliverable, author)
    return operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)


def attach(deliverable, author, name="Overdracht.pdf", content=None):
    return operations.add_file(
        deliverable_id=deliverable.pk,
        upload=upload(name, make_pdf() if content is None else content),
        actor=author,
    )


@pytest.fixture
def submitted(engagement, author):
    return hand_in(engagement, author)


@pytest.fixture
def topic(engagement, author, reviewer):
    """A critical topic that both sides agreed on."""
    return agreed_topic(engagement, author, reviewer)


def agreed_topic(engagement, author, reviewer, title="Koppelingen", criticality=4):
    facts = operations.TopicFacts(title=title, criticality=criticality)
    topic = operations.propose_topic(
        engagement_id=engagement.pk, facts=facts, side="freelancer", actor=author
    )
    return operations.agree_topic(topic_id=topic.pk, side="client", actor=reviewer)


def name(topic, actor, email="samira@veldam.example", side="client", called="Samira Haddou"):
    """Name a receiver who is a colleague known already."""
    if not Contact.objects.with_email(email).exists():
        ContactFactory(organisation=topic.organisation, email=email, name=called)
    return operations.name_receiver(
        topic_id=topic.pk, email=email, name=called, side=side, actor=actor
    )


def as_receiver(receiver):
    contact = receiver.contact
    return Actor(label=contact.name, kind="link", contact_id=contact.pk)


def say(receiver, answer="received", words="Ik kan de koppeling nu herstarten.", **more):
    return operations.confirm_topic(
        receiver_id=receiver.pk, answer=answer, words=words, actor=as_receiver(receiver), **more
    )


def accepted_about(topic, author, reviewer, code="runbook", title="Handleiding koppelingen"):
    """Take a handover about a topic from nothing to accepted."""
    deliverable = hand_in(topic.engagement, author, code, title)
    operations.set_topics(
        deliverable_id=deliverable.pk, topic_ids=[topic.pk], side="client", actor=reviewer
    )
    return operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)


def balance():
    """Return the points of all bookings together."""
    return sum(LedgerEntry.objects.values_list("amount", flat=True), Decimal(0))


def promised(engagement, agreement=None):
    """Return how the promises of the client stand."""
    return promises_of(dossier_of(engagement), agreement)
