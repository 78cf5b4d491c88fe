"""The professional's pages about topics: propose, answer, name receivers, log and reply."""

import pytest
from django.utils import timezone

from knowledge import operations
from knowledge.models import Deliverable, Receiver, Topic
from knowledge.operations import TopicFacts
from tests.knowledge.conftest import accepted_about, agreed_topic, name, say
from tests.portal.conftest import url, words_of

FACTS = {"title": "Archief", "criticality": 4, "nature": "tacit"}


@pytest.fixture
def topic(engagement, author, reviewer):
    return agreed_topic(engagement, author, reviewer)


@pytest.fixture
def offered(engagement, reviewer):
    """A topic that the client proposes."""
    return operations.propose_topic(
        engagement_id=engagement.pk,
        facts=TopicFacts(title="Nachtrun", criticality=5),
        side="client",
        actor=reviewer,
    )


@pytest.fixture
def receiver(topic, author, reviewer):
    accepted_about(topic, author, reviewer)
    return name(topic, reviewer)


def test_a_topic_is_proposed_and_shown(client, engagement):
    done = client.post(url("topic_create", engagement), FACTS)

    topic = Topic.objects.get()
    assert done["Location"] == url("topic_detail", topic)
    assert topic.proposed_by_side == "freelancer"
    assert "Archief" in words_of(client.get(url("topic_list", engagement)))


def test_a_topic_without_a_name_is_not_kept(client, engagement):
    answer = client.post(url("topic_create", engagement), {**FACTS, "title": " "})

    assert answer.status_code == 422
    assert not Topic.objects.exists()


def test_an_agreed_weight_waits_for_the_client(client, topic):
    client.post(url("topic_edit", topic), {**FACTS, "title": topic.title, "criticality": 1})

    topic.refresh_from_db()
    assert (topic.criticality, topic.asked_criticality) == (4, 1)


def test_the_name_of_an_agreed_topic_stays(client, topic):
    page = client.get(url("topic_edit", topic))
    assert "Both sides agreed on this name." in words_of(page)
    assert page.context["form"]["title"].field.disabled

    client.post(url("topic_edit", topic), {**FACTS, "why": "Zonder staat alles stil."})

    topic.refresh_from_db()
    assert (topic.title, topic.why) == ("Koppelingen", "Zonder staat alles stil.")


def test_agreeing_takes_what_the_page_showed(client, offered):
    page = client.get(url("topic_detail", offered)).content.decode()
    assert f'value="{offered.asks}"' in page

    client.post(url("topic_agree", offered), {"seen": "4 Nachtrun"})
    offered.refresh_from_db()
    assert offered.state == "proposed"

    client.post(url("topic_agree", offered), {"seen": offered.asks})
    offered.refresh_from_db()
    assert offered.state == "agreed"


def test_saying_no_needs_a_reason(client, offered):
    refuse = url("topic_refuse", offered)
    assert client.post(refuse, {"seen": offered.asks}).status_code == 422

    client.post(refuse, {"seen": offered.asks, "reason": "Dat doet het team zelf"})

    offered.refresh_from_db()
    assert (offered.state, offered.dropped_reason) == ("dropped", "Dat doet het team zelf")


def test_an_own_proposal_is_taken_back(client, engagement, author):
    topic = operations.propose_topic(
        engagement_id=engagement.pk,
        facts=TopicFacts(title="Vergist"),
        side="freelancer",
        actor=author,
    )

    done = client.post(url("topic_refuse", topic), {"reason": "Vergist"})

    assert done["Location"] == url("topic_list", engagement)
    assert not Topic.objects.live().exists()


def test_a_colleague_is_named(client, topic):
    form = {"email": "nina@veldam.example", "name": "Nina de Boer"}
    client.post(url("receiver_name", topic), form)

    assert Receiver.objects.get().contact.name == "Nina de Boer"
    assert "Nina de Boer" in words_of(client.get(url("topic_detail", topic)))


def test_nobody_receives_their_own_knowledge(client, topic, fatima):
    own = {"email": fatima.business_contact.email, "name": fatima.full_name}

    answer = client.post(url("receiver_name", topic), own)

    assert answer.status_code in (403, 409)
    assert not Receiver.objects.exists()


def test_a_short_explanation_is_logged_in_half_a_minute(client, receiver):
    form = {"receiver": receiver.public_id, "what": "Herstarten van de koppeling", "minutes": 15}

    answer = client.post(url("explanation_log", receiver.topic), form, follow=True)

    assert "It counts once Samira Haddou says that it is right." in words_of(answer)
    assert Deliverable.objects.get(is_quick_log=True).explained_to == receiver


@pytest.mark.parametrize(
    "fault", [{"minutes": 0}, {"minutes": 900}, {"what": ""}, {"receiver": "x"}]
)
def test_an_explanation_with_a_fault_is_shown_again(client, receiver, fault):
    form = {"receiver": receiver.public_id, "what": "Herstarten", "minutes": 15, **fault}

    answer = client.post(url("explanation_log", receiver.topic), form)

    assert answer.status_code == 422
    assert words_of(answer).count("There is a problem") == 1


def test_a_question_of_a_receiver_is_answered(client, receiver, engagement):
    question = say(receiver, "not_yet", "Waar staat de map met sleutels?")
    assert "Waar staat de map met sleutels?" in words_of(client.get(url("topic_list", engagement)))
    page = url("question_answer", question)
    assert client.post(page, {"reply": ""}).status_code == 422

    done = client.post(page, {"reply": "In de kluis"})

    assert done["Location"] == url("topic_detail", receiver.topic)
    question.refresh_from_db()
    assert question.reply == "In de kluis"
    assert client.post(page, {"reply": "Nog eens"}).status_code == 409


def test_another_professional_finds_none_of_it(stranger, receiver):
    assert stranger.get(url("topic_detail", receiver.topic)).status_code == 404
    assert stranger.post(url("topic_edit", receiver.topic), FACTS).status_code == 404


def test_who_agrees_reads_what_follows(client, offered, topic, receiver):
    said = client.post(url("topic_agree", offered), {"seen": offered.asks}, follow=True)

    assert "Both sides agree on “Nachtrun”. It counts from now on." in words_of(said)


def test_who_agrees_with_another_weight_reads_which(client, topic, reviewer):
    operations.revise_topic(
        topic_id=topic.pk,
        facts=TopicFacts(title=topic.title, criticality=2),
        side="client",
        actor=reviewer,
    )
    topic.refresh_from_db()

    said = client.post(url("topic_agree", topic), {"seen": topic.asks}, follow=True)

    assert "Both sides agree: the criticality of “Koppelingen” is “2 ·" in words_of(said)


def test_nobody_is_asked_again_where_nothing_can_be_confirmed(client, topic, receiver, engagement):
    again = url("receiver_ask", receiver)
    assert again not in client.get(url("topic_detail", topic)).content.decode()
    say(receiver)
    assert again in client.get(url("topic_detail", topic)).content.decode()

    engagement.closed_at = timezone.now()
    engagement.save()

    assert again not in client.get(url("topic_detail", topic)).content.decode()
