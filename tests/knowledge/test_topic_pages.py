"""HR's pages about topics: read, propose, answer, name receivers and take back."""

import pytest
from django.urls import reverse

from knowledge import operations
from knowledge.models import Confirmation, Receiver, Topic
from knowledge.operations import TopicFacts
from tests.knowledge.conftest import accepted_about, name, say

FACTS = {"title": "Archief", "criticality": 4, "nature": "tacit"}


def page(view, thing):
    return reverse(f"knowledge:{view}", args=[thing.public_id])


def read(response):
    return response.content.decode()


@pytest.fixture
def proposed(engagement, author):
    return operations.propose_topic(
        engagement_id=engagement.pk,
        facts=TopicFacts(title="Nachtrun", criticality=5),
        side="freelancer",
        actor=author,
    )


@pytest.fixture
def receiver(topic, author, reviewer):
    accepted_about(topic, author, reviewer)
    return name(topic, reviewer)


def test_an_empty_list_says_what_topics_are_for(hr_client, engagement):
    assert page("topic_create", engagement) in read(hr_client.get(page("topic_list", engagement)))


def test_hr_proposes_a_topic_and_the_list_shows_it(hr_client, engagement):
    done = hr_client.post(page("topic_create", engagement), FACTS)

    topic = Topic.objects.get(title="Archief")
    assert done["Location"] == topic.get_absolute_url()
    assert (topic.proposed_by_side, topic.criticality, topic.nature) == ("client", 4, "tacit")
    assert "Archief" in read(hr_client.get(page("topic_list", engagement)))


def test_a_second_topic_of_the_same_name_is_refused_at_the_form(hr_client, engagement, topic):
    answer = hr_client.post(page("topic_create", engagement), {**FACTS, "title": topic.title})

    assert answer.status_code == 409
    assert "This topic is on the list already." in read(answer)


def test_hr_changes_the_words_and_asks_for_another_weight(hr_client, topic):
    hr_client.post(page("topic_edit", topic), {**FACTS, "title": "Links", "criticality": 5})

    topic.refresh_from_db()
    assert (topic.title, topic.criticality, topic.asked_criticality) == ("Links", 4, 5)


def test_hr_agrees_with_what_the_page_showed(hr_client, proposed):
    assert f'value="{proposed.asks}"' in read(hr_client.get(proposed.get_absolute_url()))

    hr_client.post(page("topic_agree", proposed), {"seen": proposed.asks})

    proposed.refresh_from_db()
    assert proposed.state == "agreed"


@pytest.mark.parametrize(("view", "more"), [("topic_agree", {}), ("topic_refuse", {"reason": "X"})])
def test_what_changed_meanwhile_is_looked_at_once_more(hr_client, proposed, author, view, more):
    seen = proposed.asks
    operations.revise_topic(
        topic_id=proposed.pk,
        facts=TopicFacts(title="Nachtrun", criticality=1),
        side="freelancer",
        actor=author,
    )

    answer = hr_client.post(page(view, proposed), {"seen": seen, **more}, follow=True)

    assert "This topic was changed just now." in read(answer)
    proposed.refresh_from_db()
    assert proposed.state == "proposed"


def test_a_refusal_needs_a_reason(hr_client, proposed):
    refuse = page("topic_refuse", proposed)
    assert hr_client.post(refuse, {"seen": proposed.asks}).status_code == 422

    done = hr_client.post(refuse, {"seen": proposed.asks, "reason": "Vervalt"})

    assert done["Location"] == page("topic_list", proposed.engagement)
    proposed.refresh_from_db()
    assert (proposed.state, proposed.dropped_reason) == ("dropped", "Vervalt")


def test_hr_takes_a_topic_off_with_a_reason(hr_client, topic):
    hr_client.post(page("topic_drop", topic), {"reason": "Het systeem gaat weg"})

    assert not Topic.objects.live().exists()


def test_hr_names_a_receiver(hr_client, topic):
    form = {"email": "nina@veldam.example", "name": "Nina de Boer"}
    hr_client.post(page("receiver_name", topic), form)

    assert Receiver.objects.get().contact.name == "Nina de Boer"
    assert "Nina de Boer" in read(hr_client.get(topic.get_absolute_url()))


@pytest.mark.parametrize("email", ["", "geen adres"])
def test_a_receiver_without_an_address_is_asked_for_again(hr_client, topic, email):
    answer = hr_client.post(page("receiver_name", topic), {"email": email, "name": "Nina"})

    assert answer.status_code == 422
    assert 'value="Nina"' in read(answer)


def test_the_professional_does_not_receive_what_they_know(hr_client, topic):
    own = topic.engagement.freelancer.business_contact.email

    answer = hr_client.post(page("receiver_name", topic), {"email": own})

    assert answer.status_code in (403, 409)
    assert not Receiver.objects.exists()


def test_hr_releases_a_receiver(hr_client, receiver):
    assert hr_client.post(page("receiver_release", receiver), {}).status_code == 422

    hr_client.post(page("receiver_release", receiver), {"reason": "Andere baan"})

    assert not Receiver.objects.live().exists()


def test_hr_takes_a_confirmation_back(hr_client, receiver):
    word = say(receiver)
    withdraw = page("confirmation_withdraw", word)
    assert hr_client.post(withdraw, {}).status_code == 422

    hr_client.post(withdraw, {"reason": "Verkeerde persoon"})

    assert not Confirmation.objects.filter(pk=word.pk, withdrawn_at=None).exists()
