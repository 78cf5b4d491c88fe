"""Two people at one topic, receiver or item of the library: the second sees what the first did."""

from decimal import Decimal

import pytest

from core.actors import Actor
from core.errors import InvalidTransitionError, StaleError
from core.scoping import organisation_scope
from knowledge import operations
from knowledge.models import (
    Confirmation,
    CoverageSnapshot,
    Deliverable,
    LibraryItem,
    Receiver,
    Topic,
    TopicHandover,
)
from knowledge.operations import LibraryFacts, QuickLogError, TopicFacts
from knowledge.operations.reading import read_waiting
from knowledge.operations.shelving import sync_library
from knowledge.operations.snapshots import take_snapshots
from knowledge.queries import item_of
from tests.knowledge.conftest import accepted_about, agreed_topic, attach, hand_in, name, say, start
from tests.races import at_once, just_behind

pytestmark = pytest.mark.django_db(transaction=True)
HANNA = Actor(label="Hanna Smit")
ANSWERS = {
    "right": lambda key: operations.confirm_still_right(deliverable_id=key, actor=HANNA),
    "changed": lambda key: operations.ask_item_change(
        deliverable_id=key, what="De map is verhuisd.", actor=HANNA
    ),
}


@pytest.fixture
def proposed(engagement, author):
    return operations.propose_topic(
        engagement_id=engagement.pk,
        facts=TopicFacts(title="Koppelingen"),
        side="freelancer",
        actor=author,
    )


@pytest.fixture
def receiver(topic, author, reviewer):
    """Somebody who said once that they received the topic."""
    accepted_about(topic, author, reviewer)
    receiver = name(topic, reviewer)
    say(receiver)
    receiver.refresh_from_db()
    return receiver


@pytest.fixture
def item(topic, author, reviewer):
    return item_of(accepted_about(topic, author, reviewer))


def agree(topic, actor, side="client"):
    return operations.agree_topic(topic_id=topic.pk, side=side, actor=actor)


def refuse(topic, actor, side="client"):
    return operations.refuse_topic(topic_id=topic.pk, reason="Hoeft niet", side=side, actor=actor)


def release(receiver, actor):
    return operations.release_receiver(
        receiver_id=receiver.pk, reason="Andere baan", side="client", actor=actor
    )


def retire(item):
    return operations.retire_item(
        deliverable_id=item.deliverable_id, reason="Oud", actor=Actor(label="Omar Bakkali")
    )


def test_a_topic_that_was_agreed_is_not_refused_any_more(organisation, proposed, reviewer):
    late = just_behind(
        organisation, lambda: agree(proposed, reviewer), lambda: refuse(proposed, reviewer)
    )

    assert isinstance(late, InvalidTransitionError)
    with organisation_scope(organisation):
        assert Topic.objects.get().state == "agreed"


def test_nobody_agrees_with_a_weight_that_changed_under_their_eyes(
    organisation, proposed, author, reviewer
):
    seen = proposed.asks

    late = just_behind(
        organisation,
        lambda: operations.revise_topic(
            topic_id=proposed.pk,
            facts=TopicFacts(title="Koppelingen", criticality=1),
            side="freelancer",
            actor=author,
        ),
        lambda: operations.agree_topic(
            topic_id=proposed.pk, side="client", actor=reviewer, seen=seen
        ),
    )

    assert isinstance(late, StaleError)
    with organisation_scope(organisation):
        assert Topic.objects.get().state == "proposed"


def test_a_topic_that_was_refused_is_not_revised_any_more(organisation, proposed, author, reviewer):
    late = just_behind(
        organisation,
        lambda: refuse(proposed, reviewer),
        lambda: operations.revise_topic(
            topic_id=proposed.pk, facts=TopicFacts(title="Anders"), side="freelancer", actor=author
        ),
    )

    assert isinstance(late, InvalidTransitionError)
    with organisation_scope(organisation):
        assert Topic.objects.get().title == "Koppelingen"


def test_a_handover_that_was_handed_in_keeps_its_topics(
    organisation, engagement, topic, author, reviewer
):
    other = agreed_topic(engagement, author, reviewer, title="Archief")
    draft = start(engagement, author)
    operations.set_topics(
        deliverable_id=draft.pk, topic_ids=[topic.pk], side="freelancer", actor=author
    )
    operations.save_draft(
        deliverable_id=draft.pk,
        content=operations.Content(kind="text", text="Zo doet u dat."),
        actor=author,
    )

    late = just_behind(
        organisation,
        lambda: operations.submit_deliverable(deliverable_id=draft.pk, actor=author),
        lambda: operations.set_topics(
            deliverable_id=draft.pk, topic_ids=[other.pk], side="freelancer", actor=author
        ),
    )

    assert isinstance(late, InvalidTransitionError)
    with organisation_scope(organisation):
        assert TopicHandover.objects.get().topic == topic


def test_a_receiver_is_released_once(organisation, receiver, reviewer):
    late = just_behind(
        organisation, lambda: release(receiver, reviewer), lambda: release(receiver, reviewer)
    )

    assert isinstance(late, InvalidTransitionError)


def test_somebody_who_was_released_is_not_asked_again(organisation, receiver, reviewer):
    late = just_behind(
        organisation,
        lambda: release(receiver, reviewer),
        lambda: operations.ask_again(receiver_id=receiver.pk, side="client", actor=reviewer),
    )

    assert isinstance(late, InvalidTransitionError)
    with organisation_scope(organisation):
        assert Receiver.objects.get().asked_at is None


def test_nothing_is_explained_to_somebody_who_was_just_released(
    organisation, receiver, author, reviewer
):
    late = just_behind(
        organisation,
        lambda: release(receiver, reviewer),
        lambda: operations.log_explanation(
            receiver_id=receiver.pk, what="Herstart bij nacht", minutes=20, actor=author
        ),
    )

    assert isinstance(late, QuickLogError)
    with organisation_scope(organisation):
        assert not Deliverable.objects.filter(is_quick_log=True).exists()


def test_a_question_is_answered_once(organisation, receiver, author):
    question = say(receiver, "not_yet", "Waar staat de map met sleutels?")

    def reply(words):
        return operations.reply_to_question(confirmation_id=question.pk, reply=words, actor=author)

    late = just_behind(organisation, lambda: reply("In de kluis."), lambda: reply("Bij HR."))

    assert isinstance(late, InvalidTransitionError)
    with organisation_scope(organisation):
        assert Confirmation.objects.get(pk=question.pk).reply == "In de kluis."


@pytest.mark.parametrize("answer", ANSWERS)
def test_nothing_is_said_about_what_was_just_taken_out(organisation, item, answer):
    late = just_behind(
        organisation, lambda: retire(item), lambda: ANSWERS[answer](item.deliverable_id)
    )

    assert isinstance(late, InvalidTransitionError)
    with organisation_scope(organisation):
        kept = LibraryItem.objects.get()
        assert (kept.checked_by, kept.change_wanted) == ("", "")


def test_what_was_taken_out_is_put_back_once(organisation, item):
    retire(item)

    def put_back():
        return operations.return_item(deliverable_id=item.deliverable_id, actor=HANNA)

    assert isinstance(just_behind(organisation, put_back, put_back), InvalidTransitionError)


def test_of_two_descriptions_the_later_one_stands_whole(organisation, item):
    def describe(credit, licence):
        facts = LibraryFacts(credit=credit, licence=licence)
        return operations.describe_item(
            deliverable_id=item.deliverable_id, facts=facts, actor=HANNA
        )

    just_behind(
        organisation,
        lambda: describe("Eerste maker", "internal"),
        lambda: describe("Tweede maker", "cc_by"),
    )

    with organisation_scope(organisation):
        kept = LibraryItem.objects.get()
    assert (kept.credit, kept.licence) == ("Tweede maker", "cc_by")


def test_two_workers_read_each_file_once(organisation, engagement, author, reviewer):
    draft = start(engagement, author)
    operations.save_draft(
        deliverable_id=draft.pk, content=operations.Content(kind="file"), actor=author
    )
    for number in range(3):
        attach(draft, author, f"{number}.txt", f"Bladzijde {number}".encode())
    operations.submit_deliverable(deliverable_id=draft.pk, actor=author)
    operations.accept_deliverable(deliverable_id=draft.pk, actor=reviewer)

    at_once(organisation, read_waiting, read_waiting)

    with organisation_scope(organisation):
        kept = LibraryItem.objects.get()
    assert kept.text_state == "searchable"
    assert [kept.body.count(f"Bladzijde {number}") for number in range(3)] == [1, 1, 1]


def test_two_who_rebuild_the_library_at_once_take_everything_in_once(
    organisation, engagement, author, reviewer
):
    for number in range(3):
        one = hand_in(engagement, author, title=f"Werkinstructie {number}")
        operations.accept_deliverable(deliverable_id=one.pk, actor=reviewer)
    LibraryItem.objects.all().delete()

    def rebuild():
        return sync_library(organisation=organisation)

    at_once(organisation, rebuild, rebuild)

    with organisation_scope(organisation):
        assert LibraryItem.objects.count() == 3


def test_a_day_is_written_down_once_by_two_at_once(organisation, engagement):
    figures = {engagement.pk: (10, Decimal(4))}

    def keep():
        return take_snapshots(organisation=organisation, figures=figures)

    at_once(organisation, keep, keep)

    with organisation_scope(organisation):
        kept = CoverageSnapshot.objects.get()
    assert (kept.weight, kept.open_weight) == (10, 4)
