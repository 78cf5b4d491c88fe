"""What a manager decides behind a link about topics."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

import knowledge.operations
from knowledge.models import LedgerEntry, Receiver, Topic
from knowledge.operations import TopicFacts
from knowledge.queries import figures_of
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import KnowledgeAgreementFactory, policy_of
from tests.knowledge.conftest import accepted_about, agreed_topic, name, say
from tests.offboarding.test_link_answers import client_of, in_english
from tests.offboarding.topics.conftest import LIST, asked

pytestmark = pytest.mark.usefixtures("english")

NEW = "/link/topics/new/"


@pytest.fixture
def client(engagement):
    return client_of(engagement, in_english(engagement.manager))


@pytest.fixture
def proposed(engagement, author):
    return knowledge.operations.propose_topic(
        engagement_id=engagement.pk,
        facts=TopicFacts(title="Incidenten", criticality=5, why="Nobody else knows"),
        side="freelancer",
        actor=author,
    )


class TestAProposal:
    @staticmethod
    def answer(client, topic, **facts):
        page = reverse("offboarding:link_topic", args=[topic.public_id])
        seen = client.get(page).context["topic"].asks
        return client.post(page, {"seen": seen, **facts})

    def test_the_client_agrees_with_it(self, client, proposed, engagement):
        page = reverse("offboarding:link_topic", args=[proposed.public_id])
        assert ("topic", page) in asked(client)
        assert "Nobody else knows" in client.get(page).content.decode()

        self.answer(client, proposed, answer="agree")

        proposed.refresh_from_db()
        assert (proposed.state, proposed.agreed_by) == ("agreed", engagement.manager.name)
        assert client.get(page)["Location"] == LIST

    def test_or_says_why_not(self, client, proposed):
        response = self.answer(client, proposed, answer="refuse")
        assert response.status_code == 422

        self.answer(client, proposed, answer="refuse", reason="Not our work")

        proposed.refresh_from_db()
        assert (proposed.state, proposed.dropped_reason) == ("dropped", "Not our work")

    def test_another_weight_is_a_question_too(self, client, topic, author):
        knowledge.operations.revise_topic(
            topic_id=topic.pk,
            facts=TopicFacts(title=topic.title, criticality=2),
            side="freelancer",
            actor=author,
        )
        topic.refresh_from_db()

        self.answer(client, topic, answer="agree")

        topic.refresh_from_db()
        assert topic.criticality == 2

    def test_the_next_page_says_what_agreeing_brought_about(
        self, client, engagement, proposed, reviewer
    ):
        page = reverse("offboarding:link_topic", args=[proposed.public_id])
        proposed.refresh_from_db()
        facts = {"answer": "agree", "seen": proposed.asks}

        said = client.post(page, facts, follow=True).content.decode()

        assert "Both sides agree on “Incidenten”. It counts from now on." in said
        assert "Nobody receives it yet: name a receiver." in said

    def test_the_next_page_says_who_reads_why_one_does_not_agree(self, client, proposed):
        page = reverse("offboarding:link_topic", args=[proposed.public_id])
        facts = {"answer": "refuse", "seen": proposed.asks, "reason": "Not our work"}

        said = client.post(page, facts, follow=True).content.decode()

        assert "You did not agree. Fatima El Idrissi reads why." in said

    def test_nobody_agrees_with_what_the_page_did_not_show(self, client, proposed, author):
        page = reverse("offboarding:link_topic", args=[proposed.public_id])
        seen = client.get(page).context["topic"].asks
        knowledge.operations.revise_topic(
            topic_id=proposed.pk,
            facts=TopicFacts(title="Incidenten", criticality=1),
            side="freelancer",
            actor=author,
        )

        response = client.post(page, {"seen": seen, "answer": "agree"}, follow=True)

        assert "This topic was changed just now." in response.content.decode()
        proposed.refresh_from_db()
        assert proposed.state == "proposed"


class TestReceivers:
    @staticmethod
    def page(topic):
        return reverse("offboarding:link_receivers", args=[topic.public_id])

    def test_a_topic_without_any_is_a_question(self, client, topic):
        assert ("receivers", self.page(topic)) in asked(client)
        page = client.get(self.page(topic)).content.decode()
        assert "Who gets “Koppelingen”?" in page
        assert "Needed: 1 colleague who does it alone." in page

        client.post(self.page(topic), {"name": "Samira Haddou", "email": "samira@veldam.example"})

        receiver = Receiver.objects.get()
        assert (receiver.contact.name, receiver.named_by_side) == ("Samira Haddou", "client")
        assert ("receivers", self.page(topic)) not in asked(client)

    def test_who_knows_the_field_is_one_press_away(
        self, client, topic, engagement, author, reviewer
    ):
        neighbour = agreed_topic(engagement, author, reviewer, title="Datamodel")
        held = name(neighbour, reviewer)
        say(held, "received", "I know the whole model by now.")
        page = client.get(self.page(topic)).content.decode()
        assert "Samira Haddou" in page
        assert held.contact.email not in page

        client.post(self.page(topic), {"contact": str(held.contact.public_id)})

        assert Receiver.objects.get(topic=topic).contact == held.contact

    @pytest.mark.parametrize(
        ("facts", "status", "reason"),
        [
            ({"name": "Omar", "email": "omar@elsewhere.example"}, 409, "Use an address at"),
            ({"name": "Omar", "email": "omar"}, 422, "Enter a valid email address."),
            ({"contact": "b5a3"}, 422, "This field is required."),
        ],
    )
    def test_what_is_refused_stands_beside_the_form(self, facts, status, reason, client, topic):
        response = client.post(self.page(topic), facts)

        assert response.status_code == status
        assert reason in response.content.decode()
        assert not Receiver.objects.exists()

    def test_the_professional_receives_nothing_of_their_own(self, client, topic, engagement):
        facts = {"name": "F", "email": engagement.freelancer.business_contact.email}

        response = client.post(self.page(topic), facts)

        assert "The professional cannot receive their own knowledge." in response.content.decode()

    def test_three_at_a_time_are_asked(self, client, engagement, author, reviewer):
        for title in "ABCDE":
            agreed_topic(engagement, author, reviewer, title=title)

        tasks = client.get(LIST).context
        assert [task.kind for task in tasks["asked"]].count("receivers") == 3
        assert [task.kind for task in tasks["later"]].count("receivers") == 2


class TestANewTopic:
    def test_the_manager_proposes_one(self, client, engagement):
        facts = {"title": "Nightly jobs", "criticality": "4", "why": "", "known_by": ""}

        response = client.post(NEW, facts, follow=True)

        assert "The topic counts once the professional agrees." in response.content.decode()
        topic = Topic.objects.get()
        assert (topic.title, topic.criticality, topic.proposed_by_side) == (
            "Nightly jobs",
            4,
            "client",
        )

    def test_the_same_one_twice_is_refused_beside_the_form(self, client, topic):
        response = client.post(NEW, {"title": topic.title, "criticality": "4"})

        assert response.status_code == 409
        assert "This topic is on the list already." in response.content.decode()

    def test_what_the_department_knew_before_is_a_place_to_begin(self, client, engagement):
        earlier = EngagementFactory(
            organisation=engagement.organisation, department=engagement.department
        )
        Topic.objects.create(
            organisation=engagement.organisation,
            engagement=earlier,
            title="Year end",
            criticality=5,
            state="agreed",
            agreed_at=timezone.now(),
            proposed_by_side="client",
            proposed_by="HR",
        )

        assert "Year end" in client.get(NEW).content.decode()
        assert client.get(f"{NEW}?like=Year end").context["form"].initial["criticality"] == 5


class TestTheFigures:
    def test_the_manager_sees_what_would_walk_out(self, client, topic):
        page = client.get(LIST).content.decode()

        assert "Knowledge that walks out" in page
        assert "100<span" in page
        assert "nobody receives this yet" in page

    def test_nobody_else_does(self, engagement, topic):
        desk = client_of(engagement, ContactFactory(organisation=engagement.organisation))

        page = desk.get(LIST).content.decode()

        assert "walks out" not in page
        assert topic.title not in page


class TestNobodyReceivedIt:
    @pytest.fixture
    def handover(self, topic, author, reviewer):
        with time_machine.travel(timezone.now() - timedelta(days=20)):
            return accepted_about(topic, author, reviewer)

    @staticmethod
    def page(handover):
        return reverse("offboarding:link_unreceived", args=[handover.public_id])

    def test_the_manager_books_it_with_a_reason(self, client, engagement, handover):
        before = figures_of(engagement)
        assert ("points", self.page(handover)) in asked(client)
        page = client.get(self.page(handover)).content.decode()
        assert "Points: yes." in page
        assert "Coverage: no." in page
        assert client.post(self.page(handover), {"reason": " "}).status_code == 422

        response = client.post(self.page(handover), {"reason": "Samira left"}, follow=True)

        entry = LedgerEntry.objects.get(stage="received")
        assert (entry.without_receiver, entry.reason) == (True, "Samira left")
        assert "3.2 points are booked." in response.content.decode()
        assert figures_of(engagement) == before
        later = client.get(self.page(handover), follow=True)
        assert later.redirect_chain == [(LIST, 302)]
        assert "Nothing is left to decide about" in later.content.decode()

    def test_who_comes_after_another_receiver_confirmed_reads_so(
        self, client, topic, handover, reviewer
    ):
        say(name(topic, reviewer, "omar@veldam.nl", called="Omar"), words="I read all of it.")

        page = client.get(self.page(handover), follow=True).content.decode()

        assert "somebody received it, or it is booked." in page

    def test_while_receivers_have_time_nothing_is_asked(self, client, topic, author, reviewer):
        fresh = accepted_about(topic, author, reviewer, title="Fresh")

        assert ("points", self.page(fresh)) not in asked(client)
        assert client.post(self.page(fresh), {"reason": "Why wait"})["Location"] == LIST
        assert not LedgerEntry.objects.filter(stage="received").exists()

    def test_what_somebody_received_is_no_question(self, client, topic, handover, reviewer):
        say(name(topic, reviewer))

        assert ("points", self.page(handover)) not in asked(client)

    def test_nor_is_it_where_receiving_brings_no_points(self, client, engagement, handover):
        policy = policy_of(engagement.organisation, "simple")
        KnowledgeAgreementFactory(
            engagement=engagement, policy=policy, state="accepted", in_force=True
        )

        assert ("points", self.page(handover)) not in asked(client)

    def test_others_are_not_asked(self, engagement, handover):
        desk = client_of(engagement, ContactFactory(organisation=engagement.organisation))

        assert asked(desk) == []
        assert desk.get(self.page(handover)).status_code == 403


def test_a_manager_who_receives_a_topic_finds_it_behind_the_same_link(
    client, engagement, topic, reviewer
):
    assert client.get(LIST).context["received"] == []
    receiver = name(topic, reviewer, engagement.manager.email)

    (shown,) = client.get(LIST).context["received"]

    assert shown.receiver == receiver
