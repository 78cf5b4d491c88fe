"""Somebody new is named as a receiver: what may be written down, and what nobody is told."""

import pytest
from django.core.cache import cache

from core.errors import NotPermittedError
from core.models import Contact
from engagements.operations import contact_at
from engagements.operations.contacts import UnfitContactError
from knowledge import operations
from knowledge.models import Receiver
from knowledge.operations import ReceiverError
from knowledge.operations.receivers import MOST_RECEIVERS, NEW_PER_HOUR
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.knowledge.conftest import agreed_topic, name


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def name_new(topic, actor, email, called="Nina de Boer", side="client"):
    return operations.name_receiver(
        topic_id=topic.pk, email=email, name=called, side=side, actor=actor
    )


@pytest.mark.parametrize(
    ("called", "email"),
    [
        ("Go to https://evil.example", "a@veldam.example"),
        ("x" * 151, "a@veldam.example"),
        ("\u200b\n", "a@veldam.example"),
        ("Nina", "a b@veldam.example"),
        ("Nina", "a\r\nBcc: b@veldam.example"),
        ("Nina", '"a,b"@veldam.example'),
        ("Nina", "x" * 250 + "@veldam.example"),
    ],
)
def test_a_new_contact_has_a_name_and_an_address(topic, reviewer, organisation, called, email):
    before = Contact.objects.count()

    with pytest.raises(UnfitContactError):
        name_new(topic, reviewer, email, called)
    with pytest.raises(UnfitContactError):
        contact_at(organisation=organisation, email=email, name=called)

    assert Contact.objects.count() == before


def test_the_name_of_a_new_contact_is_one_line(topic, reviewer):
    assert name_new(topic, reviewer, "n@veldam.example", "Nina\nde  Boer").contact.name == (
        "Nina de Boer"
    )


@pytest.mark.parametrize(
    "called", ["FATIMA  el idrissi", "Fátima El Idrıssi", "Ｆatima El Idrissi"]
)
def test_a_professional_is_known_by_other_letters_too(topic, author, called):
    with pytest.raises(NotPermittedError):
        name_new(topic, author, "f@veldam.example", called, side="freelancer")

    assert not Contact.objects.with_email("f@veldam.example").exists()


def test_nobody_adds_contacts_without_end(engagement, topic, author, reviewer, hr):
    for number in range(NEW_PER_HOUR):
        name_new(topic, author, f"n{number}@veldam.example", f"Nina {number}", "freelancer")
    other = agreed_topic(engagement, author, reviewer, title="Archief")

    with pytest.raises(ReceiverError, match="in an hour"):
        name_new(other, author, "n@veldam.example", side="freelancer")
    name_new(other, author, "n0@veldam.example", side="freelancer")
    name_new(other, reviewer, "m@veldam.example", "Marie", side="client")

    assert NEW_PER_HOUR < MOST_RECEIVERS
    assert Receiver.objects.count() == NEW_PER_HOUR + 2


def test_a_professional_hears_nothing_of_other_professionals(topic, author, reviewer, organisation):
    other = FreelancerFactory(organisation=organisation).business_contact

    with pytest.raises(ReceiverError) as unknown:
        name_new(topic, author, "x@elsewhere.example", side="freelancer")
    with pytest.raises(ReceiverError) as known:
        name_new(topic, author, other.email, side="freelancer")

    assert str(known.value) == str(unknown.value)
    name_new(topic, reviewer, other.email)


def test_whoever_takes_over_may_be_named(engagement, topic, author, organisation):
    successor = EngagementFactory(organisation=organisation, succeeds=engagement)
    email = successor.freelancer.business_contact.email

    assert name_new(topic, author, email, side="freelancer").contact.email == email


def test_whoever_receives_another_topic_may_be_named(engagement, topic, author, reviewer):
    other = FreelancerFactory(organisation=engagement.organisation).business_contact
    name(topic, reviewer, other.email)
    archive = agreed_topic(engagement, author, reviewer, title="Archief")

    assert name_new(archive, author, other.email, side="freelancer").contact == other
