"""A professional who is signed in, somebody who is not them, and the way to a page's words."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.actors import Actor
from tests.factories.accounts import UserFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory
from tests.factories.knowledge import policy_of
from tests.factories.offboarding import ChecklistItemFactory

SCRIPT = re.compile(r"<(script|style|svg).*?</\1>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")


def words_of(response):
    """Return what a reader gets to see or hear of a page, spaces made single."""
    page = SCRIPT.sub(" ", response.content.decode())
    return " ".join(unescape(TAG.sub(" ", page)).split())


def url(name, *things):
    return reverse(f"portal:{name}", args=[getattr(thing, "public_id", thing) for thing in things])


def signed_in(freelancer):
    client = Client()
    client.force_login(freelancer.user)
    return client


def professional(organisation, full_name, language="en", **facts):
    user = UserFactory(full_name=full_name, language=language)
    return FreelancerFactory(organisation=organisation, full_name=full_name, user=user, **facts)


def planned(freelancer, **facts):
    """Return an engagement of a professional, at a department of its own."""
    return EngagementFactory(
        organisation=freelancer.organisation,
        freelancer=freelancer,
        department=DepartmentFactory(organisation=freelancer.organisation),
        **facts,
    )


def actor_of(freelancer):
    return Actor(
        label=freelancer.full_name,
        user_id=freelancer.user_id,
        contact_id=freelancer.business_contact_id,
    )


def manager_of(engagement):
    """Return the hiring manager of an engagement, as somebody who came by a link."""
    return Actor(label="Peter Bos", kind="link", contact_id=engagement.manager_id)


def task_of(engagement, text="Return the badge", **facts):
    """Return an open task that the professional of an engagement is asked for, due in a week."""
    owner = {"owner": engagement.freelancer.business_contact, "owner_role": "freelancer"}
    texts = {"text_en": text, "text_nl": text}
    return ChecklistItemFactory(engagement=engagement, **{**owner, **texts, **facts})


@pytest.fixture
def policy(organisation):
    return policy_of(organisation)


@pytest.fixture
def fatima(organisation):
    return professional(organisation, "Fatima El Idrissi")


@pytest.fixture
def engagement(policy, fatima):
    return planned(
        fatima,
        knowledge_target=100,
        starts_on=timezone.localdate() - timedelta(days=200),
        ends_on=timezone.localdate() + timedelta(days=40),
    )


@pytest.fixture
def author(engagement):
    return actor_of(engagement.freelancer)


@pytest.fixture
def reviewer(engagement):
    return manager_of(engagement)


@pytest.fixture
def client(engagement):
    """The browser of Fatima."""
    return signed_in(engagement.freelancer)


@pytest.fixture
def stranger(organisation, policy):
    """The browser of another professional of the same organisation."""
    joost = professional(organisation, "Joost de Vries")
    planned(joost)
    return signed_in(joost)
