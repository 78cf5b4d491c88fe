"""A member of HR who receives a topic: they confirm it signed in, for themselves alone."""

import pytest
from django.test import Client
from django.urls import reverse

import knowledge.operations
from knowledge.models import Confirmation
from notifications.planning import doors
from tests.factories.accounts import MembershipFactory
from tests.knowledge.conftest import accepted_about, name

pytestmark = pytest.mark.usefixtures("english")

WORDS = "I can restart the link now."


@pytest.fixture
def hr(organisation):
    membership = MembershipFactory(organisation=organisation, role="hr")
    membership.user.language = membership.contact.language = "en"
    membership.user.save()
    membership.contact.save()
    return membership


@pytest.fixture
def receiver(topic, hr, author, reviewer):
    accepted_about(topic, author, reviewer)
    return name(topic, reviewer, hr.contact.email)


@pytest.fixture
def explanation(receiver, author):
    return knowledge.operations.log_explanation(
        receiver_id=receiver.pk, what="Restart at night", minutes=20, actor=author
    )


def page_of(name, thing):
    return reverse(f"offboarding:{name}", args=[thing.public_id])


def test_their_mail_leads_to_the_desk(hr, receiver):
    dossier = receiver.topic.engagement.public_id

    reader = hr.contact.pk, dossier
    assert doors().kinds([reader]) == {reader: "desk"}


def test_the_topic_leads_to_their_question(hr_client, receiver):
    page = hr_client.get(receiver.topic.get_absolute_url()).content.decode()

    assert page_of("receive", receiver) in page


def test_they_say_what_they_can_do_now(hr_client, hr, receiver):
    page = hr_client.get(page_of("receive", receiver)).content.decode()
    assert "What can you do now with “Koppelingen”?" in page
    assert "All questions" not in page
    empty = hr_client.post(page_of("receive", receiver), {"words": ""})
    assert empty.status_code == 422

    done = hr_client.post(
        page_of("receive", receiver), {"answer": "received", "words": WORDS}, follow=True
    )

    word = Confirmation.objects.get()
    assert (word.receiver, word.answer, word.words) == (receiver, "received", WORDS)
    assert word.said_by == str(hr.user)
    assert done.redirect_chain == [(receiver.topic.get_absolute_url(), 302)]
    assert "Thank you, your word is saved." in done.content.decode()


def test_a_question_goes_to_the_professional(hr_client, receiver):
    facts = {"answer": "not_yet", "words": "Where is the vault?"}

    done = hr_client.post(page_of("receive", receiver), facts, follow=True).content.decode()

    assert "Fatima El Idrissi reads your question and answers it." in done
    assert "Thank you, your word" not in done


def test_they_say_whether_an_explanation_is_right(hr_client, receiver, explanation):
    page = page_of("explanation", explanation)
    assert "Restart at night" in hr_client.get(page).content.decode()
    assert hr_client.post(page, {"answer": "received"}).status_code == 422
    assert hr_client.post(page, {"answer": "maybe", "words": WORDS}).status_code == 404

    hr_client.post(page, {"answer": "received", "words": WORDS})

    assert Confirmation.objects.get().deliverable == explanation
    assert page_of("receive", receiver) in hr_client.get(page).content.decode()


def test_nobody_confirms_for_somebody_else(receiver, explanation, organisation):
    other = Client()
    other.force_login(MembershipFactory(organisation=organisation, role="hr").user)

    assert other.get(page_of("receive", receiver)).status_code == 404
    assert other.post(page_of("explanation", explanation), {}).status_code == 404
    page = other.get(receiver.topic.get_absolute_url()).content.decode()
    assert page_of("receive", receiver) not in page
