"""Whose portal it is: pages exist for the professional they are about, and for nobody else."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from core.scoping import organisation_scope
from knowledge import operations
from knowledge.operations import AgreementFacts
from offboarding.operations import complete_item
from portal.urls import urlpatterns
from tests.factories.core import OrganisationFactory
from tests.factories.knowledge import ConfirmationFactory, TopicFactory, policy_of
from tests.factories.uploads import make_pdf, upload
from tests.knowledge.conftest import attach, meet, start
from tests.portal.conftest import planned, professional, signed_in, task_of, url

# Every page that names something, with what it names; posts are those that only take a form.
PAGES = {
    "engagement_detail": "engagement",
    "agreement_detail": "engagement",
    "agreement_propose": "engagement",
    "agreement_accept": "agreement",
    "agreement_decline": "agreement",
    "deliverable_create": "engagement",
    "deliverable_start": "engagement",
    "deliverable_detail": "deliverable",
    "deliverable_describe": "deliverable",
    "deliverable_edit": "deliverable",
    "deliverable_check": "deliverable",
    "deliverable_submit": "deliverable",
    "deliverable_done": "deliverable",
    "deliverable_withdraw": "deliverable",
    "session_calendar": "deliverable",
    "file_download": "file",
    "evidence_download": "evidence",
    "item_detail": "item",
    "item_complete": "item",
    "item_postpone": "item",
    "topic_list": "engagement",
    "topic_create": "engagement",
    "topic_detail": "topic",
    "topic_edit": "topic",
    "topic_agree": "topic",
    "topic_refuse": "topic",
    "receiver_name": "topic",
    "receiver_ask": "receiver",
    "explanation_log": "topic",
    "question_answer": "question",
    "promise_say": "engagement",
}
# What stands in an address behind the thing it names.
MORE = {"deliverable_start": ("runbook",), "promise_say": ("paid-hours",)}
UNNAMED = ("home", "deliverable_list", "ledger", "profile")
POSTS = {
    "agreement_accept",
    "agreement_decline",
    "deliverable_submit",
    "item_complete",
    "item_postpone",
    "topic_agree",
    "topic_refuse",
    "receiver_name",
    "receiver_ask",
    "explanation_log",
    "promise_say",
}


@pytest.fixture
def things(engagement, author, reviewer):
    """One of everything that Fatima owns."""
    topic = TopicFactory(engagement=engagement)
    question = ConfirmationFactory(receiver__topic=topic, answer="not_yet")
    deliverable = start(engagement, author, "workshop")
    proven = complete_item(
        item_id=task_of(engagement).pk, actor=author, upload=upload("Signed.pdf", make_pdf())
    )
    meet(deliverable, author, starts_at=timezone.now() + timedelta(days=3))
    return {
        "engagement": engagement,
        "topic": topic,
        "receiver": question.receiver,
        "question": question,
        "deliverable": deliverable,
        "file": attach(deliverable, author),
        "item": task_of(engagement),
        "evidence": proven.evidence.get(),
        "agreement": operations.propose_agreement(
            engagement_id=engagement.pk,
            facts=AgreementFacts(target=100, forms={"workshop": 1, "runbook": 2}),
            side="client",
            actor=reviewer,
        ),
    }


def address(name, things, key=None):
    return url(name, key or things[PAGES[name]].public_id, *MORE.get(name, ()))


def ask(client, name, path):
    response = client.post(path) if name in POSTS else client.get(path)
    b"".join(response)  # a download holds its file open until it was read
    return response


def test_every_page_of_the_portal_is_tried_here():
    assert {pattern.name for pattern in urlpatterns} == {*PAGES, *UNNAMED}
    assert get_resolver().namespace_dict["portal"]


@pytest.mark.parametrize("name", PAGES)
def test_the_professional_gets_in(name, things, client):
    assert ask(client, name, address(name, things)).status_code in (200, 302, 422)


@pytest.mark.parametrize("name", PAGES)
def test_for_another_professional_it_does_not_exist(name, things, stranger):
    assert ask(stranger, name, address(name, things)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_what_does_not_exist_answers_the_same(name, things, client):
    assert ask(client, name, address(name, things, uuid.uuid4())).status_code == 404


def test_for_a_professional_of_another_organisation_it_does_not_exist(things):
    elsewhere = OrganisationFactory()
    with organisation_scope(elsewhere):
        policy_of(elsewhere)
        joost = professional(elsewhere, "Joost de Vries")
        planned(joost)
    foreigner = signed_in(joost)

    found = {name: ask(foreigner, name, address(name, things)).status_code for name in PAGES}

    assert set(found.values()) == {404}, found


@pytest.mark.parametrize("name", [*PAGES, *UNNAMED])
def test_hr_does_not_enter_the_portal(name, things, hr_client):
    path = url(name) if name in UNNAMED else address(name, things)

    assert ask(hr_client, name, path).status_code == 403


@pytest.mark.parametrize("name", [*PAGES, *UNNAMED])
def test_visitors_sign_in_first(name, things):
    path = url(name) if name in UNNAMED else address(name, things)

    response = ask(Client(), name, path)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", sorted(POSTS))
def test_following_a_link_changes_nothing(name, things, client):
    assert client.get(address(name, things)).status_code == 405


@pytest.mark.parametrize("name", ["ledger", "deliverable_list"])
def test_the_engagement_in_the_address_has_to_be_ones_own(name, things, client, stranger):
    path = f"{url(name)}?engagement={things['engagement'].public_id}"

    assert client.get(path).status_code == 200
    assert stranger.get(path).status_code == 404
    assert client.get(f"{url(name)}?engagement=nonsense").status_code == 404


def test_a_refused_change_by_a_stranger_changes_nothing(things, stranger):
    stranger.post(address("deliverable_withdraw", things))
    stranger.post(address("agreement_accept", things))
    stranger.post(address("item_complete", things))

    for thing in ("deliverable", "agreement", "item"):
        things[thing].refresh_from_db()
    states = [things[thing].state for thing in ("deliverable", "agreement", "item")]
    assert states == ["draft", "proposed", "open"]
