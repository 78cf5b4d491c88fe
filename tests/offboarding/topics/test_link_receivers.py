"""What a receiver finds behind a link, and what their word does."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

import knowledge.operations
from core.models import AuditEvent
from knowledge.models import Confirmation, Deliverable, LedgerEntry
from knowledge.queries import figures_of
from tests.factories.core import ContactFactory
from tests.factories.uploads import make_pdf
from tests.knowledge.conftest import accepted_about, agreed_topic, attach, name, say, start
from tests.offboarding.test_link_answers import client_of, in_english
from tests.offboarding.topics.conftest import LIST, asked

pytestmark = pytest.mark.usefixtures("english")

WORDS = "I can restart the link now."


@pytest.fixture
def samira(organisation):
    return in_english(
        ContactFactory(organisation=organisation, name="Samira Haddou", email="samira@veldam.nl")
    )


@pytest.fixture
def receiver(topic, samira, reviewer):
    return name(topic, reviewer, samira.email)


@pytest.fixture
def handover(topic, author, reviewer):
    return accepted_about(topic, author, reviewer)


@pytest.fixture
def client(engagement, samira, handover, receiver):
    return client_of(engagement, samira)


def page_of(receiver):
    return reverse("offboarding:link_receive", args=[receiver.public_id])


def answer(client, receiver, **facts):
    return client.post(page_of(receiver), {"answer": "received", "words": WORDS, **facts})


def stages(deliverable):
    entries = LedgerEntry.objects.filter(deliverable=deliverable).order_by("pk")
    return list(entries.values_list("stage", flat=True))


def test_a_receiver_is_asked_about_each_topic_apart(client, engagement, author, reviewer, samira):
    second = agreed_topic(engagement, author, reviewer, title="Datamodel")
    other = name(second, reviewer, samira.email)
    accepted_about(second, author, reviewer, title="Tekening")
    first = samira.receiving.exclude(pk=other.pk).get()
    assert asked(client) == [("word", page_of(first)), ("word", page_of(other))]

    page = client.get(page_of(first))

    assert "What can you do now with “Koppelingen”?" in page.content.decode()
    assert "Zo start u de koppeling opnieuw." in page.content.decode()
    assert "Tekening" not in page.content.decode()
    assert answer(client, first)["Location"] == page_of(other)
    assert asked(client) == [("word", page_of(other))]
    assert Confirmation.objects.get().receiver == first


def test_doing_it_alone_books_all_stages_and_covers_the_topic(
    client, engagement, receiver, handover
):
    before = figures_of(engagement).leak

    response = answer(client, receiver, answer="performed", words="I restarted it all alone.")

    assert response["Location"] == reverse("offboarding:link_done")
    assert stages(handover) == ["accepted", "received", "applied"]
    assert (before, figures_of(engagement).leak) == (75, 0)


def test_a_question_goes_to_the_professional_and_their_answer_comes_back(client, receiver, author):
    asked_it = answer(client, receiver, answer="not_yet", words="Where is the vault?")
    assert (
        "Fatima El Idrissi reads your question" in client.get(asked_it["Location"]).content.decode()
    )
    assert asked(client) == []
    assert "Your question waits for an answer" in client.get(LIST).content.decode()

    question = Confirmation.objects.get()
    knowledge.operations.reply_to_question(
        confirmation_id=question.pk, reply="In the cellar.", actor=author
    )

    assert asked(client) == [("word", page_of(receiver))]
    page = client.get(page_of(receiver)).content.decode()
    assert "Where is the vault?" in page
    assert "In the cellar." in page


def test_more_can_be_said_afterwards_and_only_more(client, receiver, handover):
    answer(client, receiver)
    page = client.get(LIST).content.decode()
    assert page_of(receiver) in page
    assert "say more" in page
    offered = client.get(page_of(receiver)).context["form"].fields["answer"].choices
    assert [value for value, _label in offered] == ["explained", "performed", "not_yet"]

    answer(client, receiver, answer="performed", words="I restarted it all alone.")

    assert stages(handover) == ["accepted", "received", "applied"]
    page = client.get(page_of(receiver)).content.decode()
    assert "You said all there is to say." in page
    assert "Save my answer" not in page


@pytest.mark.parametrize(
    ("facts", "status", "reason"),
    [
        ({"words": "Yes"}, 409, "Say it in a sentence of your own: what can you do now?"),
        ({"words": ""}, 422, "Say it in a sentence of your own, or ask your question."),
        ({"answer": ""}, 422, "Choose one of the answers."),
        ({"answer": "all"}, 422, "Select a valid choice."),
    ],
)
def test_what_is_refused_stands_beside_what_was_filled_in(facts, status, reason, client, receiver):
    response = answer(client, receiver, **facts)

    assert response.status_code == status
    page = response.content.decode()
    assert reason in page
    assert facts.get("words", WORDS) in page
    assert not Confirmation.objects.exists()


def test_whoever_reviewed_it_cannot_receive_it(engagement, topic, handover, reviewer):
    manager = in_english(engagement.manager)
    own = name(topic, reviewer, manager.email)

    response = answer(client_of(engagement, manager), own)

    assert response.status_code == 403
    assert "You reviewed this handover." in response.content.decode()


def test_the_same_words_do_not_do_for_two_topics(client, engagement, receiver, author, reviewer):
    second = agreed_topic(engagement, author, reviewer, title="Datamodel")
    other = name(second, reviewer, receiver.contact.email)
    accepted_about(second, author, reviewer, title="Tekening")
    answer(client, receiver)

    response = answer(client, other)

    assert response.status_code == 409
    assert "You said this of another topic." in response.content.decode()


def test_of_several_handovers_the_receiver_says_by_which(client, topic, receiver, author, reviewer):
    second = accepted_about(topic, author, reviewer, title="Tekening")

    response = answer(client, receiver)
    assert response.status_code == 422
    assert "Choose by which handover you learned it." in response.content.decode()
    answer(client, receiver, deliverable_id=second.pk)

    assert stages(second) == ["accepted", "received"]
    assert asked(client) == [("word", page_of(receiver))]  # of the other one, nothing was said yet


def test_files_come_with_the_topics_that_one_receives(client, engagement, topic, author, reviewer):
    mine = _with_file(engagement, author, reviewer, [topic], "mine.pdf")
    other = agreed_topic(engagement, author, reviewer, title="Datamodel")
    foreign = _with_file(engagement, author, reviewer, [other], "foreign.pdf")
    draft = _file_of(engagement, author, "draft.pdf")

    def ask_for(file):
        return client.get(reverse("offboarding:link_received_file", args=[file.public_id]))

    handed_out = ask_for(mine)
    assert handed_out["Content-Disposition"] == 'attachment; filename="mine.pdf"'
    assert len(handed_out.getvalue()) == mine.size
    assert [ask_for(file).status_code for file in (foreign, draft)] == [404, 404]


def _file_of(engagement, author, called):
    deliverable = start(engagement, author, title=called)
    knowledge.operations.save_draft(
        deliverable_id=deliverable.pk,
        content=knowledge.operations.Content(kind="file"),
        actor=author,
    )
    return attach(deliverable, author, called, make_pdf(called))


def _with_file(engagement, author, reviewer, topics, called):
    file = _file_of(engagement, author, called)
    deliverable_id = file.version.deliverable_id
    knowledge.operations.submit_deliverable(deliverable_id=deliverable_id, actor=author)
    knowledge.operations.set_topics(
        deliverable_id=deliverable_id,
        topic_ids=[topic.pk for topic in topics],
        side="client",
        actor=reviewer,
    )
    knowledge.operations.accept_deliverable(deliverable_id=deliverable_id, actor=reviewer)
    return file


def test_what_the_reviewer_wrote_is_for_the_professional(client, receiver, handover):
    review = handover.versions.get().review
    review.comment = "Rather thin, Fatima."
    review.save()

    assert "Rather thin" not in client.get(page_of(receiver)).content.decode()


def test_nobody_answers_for_a_receiver(client, engagement, receiver, samira):
    colleague = ContactFactory(organisation=engagement.organisation)
    others = (
        client_of(engagement, engagement.manager),
        client_of(engagement, colleague, handed_on_by=client.grant),
    )

    for other in others:
        assert other.get(page_of(receiver)).status_code == 404
        assert answer(other, receiver).status_code == 404
        assert ("word", page_of(receiver)) not in asked(other)


def test_whoever_was_released_is_asked_no_more(client, receiver, reviewer):
    knowledge.operations.release_receiver(
        receiver_id=receiver.pk, reason="Other work", side="client", actor=reviewer
    )

    assert asked(client) == []
    assert client.get(page_of(receiver)).status_code == 404


def test_looking_changes_nothing(client, receiver):
    client.get(LIST)
    before = AuditEvent.objects.count()

    client.get(page_of(receiver))

    asked_at = receiver.asked_at
    receiver.refresh_from_db()
    assert receiver.asked_at == asked_at
    assert AuditEvent.objects.count() == before


class TestAShortExplanation:
    @pytest.fixture
    def explained(self, receiver, author):
        return knowledge.operations.log_explanation(
            receiver_id=receiver.pk, what="Restart by night", minutes=15, actor=author
        )

    @pytest.fixture
    def heard(self, engagement, samira, explained):
        return client_of(engagement, samira)

    @staticmethod
    def page(explained):
        return reverse("offboarding:link_explanation", args=[explained.public_id])

    def test_one_tap_and_a_sentence_confirm_it(self, heard, explained):
        assert asked(heard) == [("explanation", self.page(explained))]
        page = heard.get(self.page(explained)).content.decode()
        assert "Is this right?" in page
        assert "in 15 minutes" in page

        heard.post(self.page(explained), {"answer": "received", "words": WORDS})

        explained.refresh_from_db()
        assert explained.state == "accepted"
        assert stages(explained) == ["accepted", "received"]
        assert asked(heard) == []
        assert "You answered this already." in heard.get(self.page(explained)).content.decode()

    def test_a_question_instead_leaves_it_open(self, heard, explained, author):
        heard.post(self.page(explained), {"answer": "not_yet", "words": "Which night?"})
        assert asked(heard) == []

        knowledge.operations.reply_to_question(
            confirmation_id=Confirmation.objects.get().pk, reply="Sunday.", actor=author
        )

        assert asked(heard) == [("explanation", self.page(explained))]

    def test_an_answer_that_the_page_does_not_offer_is_none(self, heard, explained):
        facts = {"answer": "performed", "words": WORDS}

        assert heard.post(self.page(explained), facts).status_code == 404
        assert heard.post(self.page(explained), {"answer": "received"}).status_code == 422
        assert not Confirmation.objects.exists()

    def test_a_receiver_who_was_not_there_is_not_asked(
        self, engagement, topic, explained, reviewer
    ):
        omar = ContactFactory(organisation=engagement.organisation, email="omar@veldam.nl")
        name(topic, reviewer, omar.email)
        client = client_of(engagement, omar)

        assert asked(client) == []
        assert client.get(self.page(explained)).status_code == 404

    def test_a_handover_about_the_topic_is_a_question_of_its_own(
        self, heard, explained, handover, receiver
    ):
        assert asked(heard) == [
            ("explanation", self.page(explained)),
            ("word", page_of(receiver)),
        ]

        heard.post(self.page(explained), {"answer": "received", "words": WORDS})

        assert asked(heard) == [("word", page_of(receiver))]

    def test_while_it_waits_the_handover_needs_no_choosing(
        self, heard, explained, handover, receiver
    ):
        answer(heard, receiver)

        assert stages(handover) == ["accepted", "received"]
        assert asked(heard) == [("explanation", self.page(explained))]

    def test_the_manager_decides_only_once_the_receiver_was_silent(self, engagement, explained):
        review = reverse("offboarding:link_review", args=[explained.public_id])
        manager = in_english(engagement.manager)
        assert ("review", review) not in asked(client_of(engagement, manager))

        with time_machine.travel(timezone.now() + timedelta(days=15)):
            client = client_of(engagement, manager)
            assert ("review", review) in asked(client)
            page = client.get(review).content.decode()
            assert "Samira Haddou, who said nothing about it" in page
            client.post(review, {"verdict": "accepted", "version": "1"})

        assert Deliverable.objects.get(pk=explained.pk).state == "accepted"

    def test_a_receiver_who_asks_is_not_silent(self, engagement, explained, receiver):
        say(receiver, "not_yet", "Which night?", deliverable_id=explained.pk)
        review = reverse("offboarding:link_review", args=[explained.public_id])

        with time_machine.travel(timezone.now() + timedelta(days=15)):
            assert ("review", review) not in asked(client_of(engagement, engagement.manager))
