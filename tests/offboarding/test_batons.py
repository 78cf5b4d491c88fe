"""The successor's welcome list holds what was left behind, and asks who takes over until said."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

import engagements.operations
import knowledge.operations
import offboarding.operations
from core.actors import Actor
from core.models import AuditEvent
from dashboards.queries.attention import everything_waiting, rows_of
from engagements.models import EngagementChange
from engagements.operations import SuccessionError, drop_successor, issue_grant, name_successor
from knowledge.models import LibraryItem
from offboarding.models import BatonItem, ChecklistItem
from tests.factories.accounts import UserFactory
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.factories.knowledge import policy_of
from tests.factories.offboarding import ChecklistItemFactory
from tests.knowledge.conftest import accepted_about, agreed_topic, hand_in, name, say
from tests.offboarding.test_link_pages import client_of
from tests.races import just_behind

HANNA = Actor(label="Hanna Smit")


@pytest.fixture
def predecessor(organisation):
    policy_of(organisation)
    today = organisation.today()
    made = EngagementFactory(
        organisation=organisation,
        freelancer__full_name="Fatima El Idrissi",
        starts_on=today - timedelta(days=200),
        ends_on=today + timedelta(days=20),
    )
    offboarding.operations.start_checklists(engagement=made, actor=HANNA)
    return made


@pytest.fixture
def author(predecessor):
    contact = predecessor.freelancer.business_contact
    return Actor(label="Fatima El Idrissi", contact_id=contact.pk)


@pytest.fixture
def reviewer(predecessor):
    return Actor(label="Peter Bos", kind="link", contact_id=predecessor.manager_id)


@pytest.fixture
def successor(predecessor):
    """Sanne, whose lists run already; nobody named her yet."""
    today = predecessor.organisation.today()
    made = EngagementFactory(
        organisation=predecessor.organisation,
        department=predecessor.department,
        manager=predecessor.manager,
        freelancer=FreelancerFactory(
            organisation=predecessor.organisation,
            full_name="Sanne de Wit",
            user=UserFactory(full_name="Sanne de Wit", language="en"),
        ),
        starts_on=today + timedelta(days=10),
        ends_on=today + timedelta(days=200),
    )
    offboarding.operations.start_checklists(engagement=made, actor=HANNA)
    return made


@pytest.fixture
def topic(predecessor, author, reviewer):
    return agreed_topic(predecessor, author, reviewer)


def hand_on(predecessor, successor):
    return name_successor(predecessor_id=predecessor.pk, successor_id=successor.pk, actor=HANNA)


def tasks(successor):
    items = ChecklistItem.objects.filter(engagement=successor, code__startswith="BT")
    return list(items.order_by("pk"))


def texts(successor):
    return [item.text_en for item in tasks(successor)]


def test_naming_a_successor_fills_a_list_that_runs_already(
    predecessor, successor, topic, author, reviewer
):
    accepted_about(topic, author, reviewer)
    say(name(topic, reviewer))
    accepted_about(topic, author, reviewer, "warm-contact", "Leverancier Novum")
    hand_on(predecessor, successor)
    hand_on(predecessor, successor)

    assert texts(successor) == [
        "Open the handover pack of Fatima El Idrissi",
        "Read “Handleiding koppelingen” and ask what is unclear",
        "Get to know the contact “Leverancier Novum”",
        "Have “Koppelingen” explained by Samira Haddou",
    ]
    first = tasks(successor)[0]
    assert first.text_nl == "Open het overdrachtspakket van Fatima El Idrissi"
    assert first.owner == successor.freelancer.business_contact
    assert first.due_on == successor.starts_on + timedelta(days=2)
    assert AuditEvent.objects.get(action="offboarding.baton.passed").data["count"] == 4


def test_what_is_left_behind_later_comes_later_and_nothing_twice(
    predecessor, successor, author, reviewer
):
    hand_on(predecessor, successor)
    assert len(tasks(successor)) == 1
    topic = agreed_topic(predecessor, author, reviewer)
    accepted_about(topic, author, reviewer)

    assert texts(successor)[1:] == [
        "Have “Koppelingen” explained by Fatima El Idrissi",
        "Read “Handleiding koppelingen” and ask what is unclear",
    ]


def test_a_list_never_gets_longer_than_somebody_finishes(predecessor, successor, author, reviewer):
    for number in range(12):
        agreed_topic(predecessor, author, reviewer, f"Topic {number}", 2)
    hand_on(predecessor, successor)

    assert len(tasks(successor)) == 1 + offboarding.operations.batons.MOST_OF_A_KIND


def test_whoever_started_before_has_days_from_now_on(predecessor, successor):
    today = predecessor.organisation.today()
    successor.starts_on = today - timedelta(days=30)
    successor.save()
    hand_on(predecessor, successor)

    assert tasks(successor)[0].due_on == today + timedelta(days=2)


def test_taking_it_back_cancels_what_is_open_and_naming_again_asks_again(
    predecessor, successor, topic
):
    hand_on(predecessor, successor)
    done = tasks(successor)[0]
    offboarding.operations.complete_item(item_id=done.pk, actor=HANNA)
    drop_successor(successor_id=successor.pk, actor=HANNA)

    assert [item.state for item in tasks(successor)] == ["done", "cancelled"]
    hand_on(predecessor, successor)
    assert [item.state for item in tasks(successor)] == ["done", "cancelled", "open"]


def test_a_task_says_how_things_are_now_and_keeps_its_words(
    predecessor, successor, topic, author, reviewer, hr_client
):
    handed = accepted_about(topic, author, reviewer)
    hand_on(predecessor, successor)
    client = Client()
    client.force_login(successor.freelancer.user)
    reading, learning = tasks(successor)[1:]
    at = reverse("portal:item_detail", args=[reading.public_id])
    library = reverse("knowledge:portal_library_item", args=[handed.public_id])
    assert library in client.get(at).content.decode()

    LibraryItem.objects.update(change_wanted="Klopt niet", change_wanted_at=topic.agreed_at)
    assert "Klopt niet" in client.get(at).content.decode()
    knowledge.operations.retire_item(deliverable_id=handed.pk, reason="Weg", actor=HANNA)
    page = client.get(at).content.decode()
    assert reading.text_en in page
    assert "taken out of the library since" in page
    assert library not in page
    knowledge.operations.drop_topic(topic_id=topic.pk, reason="Weg", side="client", actor=reviewer)
    url = reverse("offboarding:item_detail", args=[learning.public_id])
    assert "taken off the list since" in hr_client.get(url).content.decode()


def swap(engagement, **facts):
    return engagements.operations.confirm_end(
        engagement_id=engagement.pk, kind="swap", reason="", actor=HANNA, **facts
    )


def asked(engagement):
    return engagement.items.filter(code="OF01-S").first()


def test_a_swap_without_a_name_becomes_a_task_of_the_manager(predecessor, successor):
    swap(predecessor)

    task = asked(predecessor)
    assert (task.owner, task.state) == (predecessor.manager, "open")
    assert predecessor.organisation.today() <= task.due_on <= predecessor.ends_on
    hand_on(predecessor, successor)
    task.refresh_from_db()
    assert (task.state, task.note) == ("done", "Sanne de Wit takes over.")


def test_a_swap_with_a_name_asks_nothing(predecessor, successor):
    change = offboarding.operations.answer_end(
        engagement_id=predecessor.pk,
        kind="swap",
        new_ends_on=None,
        reason="",
        successor_id=successor.freelancer_id,
        actor=HANNA,
    )
    engagements.operations.decide_change(change_id=change.pk, approve=True, reason="", actor=HANNA)

    assert asked(predecessor) is None
    assert change.successor == successor.freelancer


def titles_of_attention(organisation):
    today = organisation.today()
    return [row.title for row in rows_of(everything_waiting(today), today)]


def test_hr_is_asked_to_name_whom_the_manager_has_in_mind(predecessor, successor):
    swap(predecessor)
    engagements.operations.propose_successor(
        engagement_id=predecessor.pk, freelancer_id=successor.freelancer_id, actor=HANNA
    )
    wanted = "Sanne de Wit takes over from Fatima El Idrissi: name the engagement"
    assert wanted in titles_of_attention(predecessor.organisation)

    hand_on(predecessor, successor)
    assert wanted not in titles_of_attention(predecessor.organisation)


def test_nobody_takes_over_from_themselves(predecessor):
    with pytest.raises(SuccessionError):
        offboarding.operations.answer_end(
            engagement_id=predecessor.pk,
            kind="swap",
            new_ends_on=None,
            reason="",
            successor_id=predecessor.freelancer_id,
            actor=HANNA,
        )


def test_the_question_comes_back_when_a_swap_is_decided_once_more(predecessor, successor):
    swap(predecessor)
    offboarding.operations.waive_item(
        item_id=asked(predecessor).pk, reason="It goes on", actor=HANNA
    )
    engagements.operations.confirm_end(
        engagement_id=predecessor.pk, kind="end_as_planned", reason="", actor=HANNA
    )
    swap(predecessor)

    assert asked(predecessor).state == "open"


def test_a_manager_names_a_successor_with_the_decision(predecessor, successor):
    client = client_of(predecessor)
    page = client.get("/link/end/").content.decode()
    assert "Nog niet bekend" in page
    client.post("/link/end/", {"kind": "swap", "successor": str(successor.freelancer.public_id)})

    assert EngagementChange.objects.get().successor == successor.freelancer


def test_a_manager_answers_the_task_behind_the_link(predecessor, successor):
    client = client_of(predecessor)
    assert client.get("/link/successor/").status_code == 302
    swap(predecessor)
    asks = [task.url for task in client.get("/link/").context["asked"]]
    assert "/link/successor/" in asks
    assert client.post("/link/successor/", {"successor": ""}).status_code == 422
    client.post("/link/successor/", {"successor": str(successor.freelancer.public_id)})

    assert asked(predecessor).state == "done"
    assert "Sanne de Wit" in client.get("/link/successor/").content.decode()


def test_hr_goes_from_the_swap_to_the_successor_and_back(predecessor, successor, hr_client):
    confirm = reverse("engagements:end_confirm", args=[predecessor.public_id])
    page = reverse("engagements:successor_name", args=[predecessor.public_id])
    assert hr_client.post(confirm, {"kind": "swap"})["Location"] == page
    likely = hr_client.get(page).context["likely"]
    assert [one for one, _label in likely] == [successor]
    hr_client.post(page, {"other": likely[0][1]})
    successor.refresh_from_db()
    assert successor.succeeds == predecessor

    detail = hr_client.get(predecessor.get_absolute_url()).content.decode()
    assert reverse("knowledge:pack_detail", args=[successor.public_id]) in detail
    drop = reverse("engagements:predecessor_drop", args=[successor.public_id])
    hr_client.post(drop)
    assert hr_client.post(drop, follow=True).status_code == 200
    successor.refresh_from_db()
    assert successor.succeeds is None
    back = reverse("engagements:predecessor_name", args=[successor.public_id])
    found = hr_client.get(back).context["likely"]
    assert hr_client.post(back, {"other": found[0][1]}).status_code == 302


def test_a_refusal_is_told_at_the_engagement(predecessor, hr_client):
    label = engagements.queries.engagement_label(predecessor)
    page = reverse("engagements:successor_name", args=[predecessor.public_id])
    answer = hr_client.post(page, {"other": label})

    assert answer.status_code == 409
    assert "other" in answer.context["form"].errors


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("baton_item_names_its_thing", {"kind": "topic"}),
        ("baton_pack_once", {"kind": "pack"}),
    ],
)
def test_the_database_refuses_a_task_about_nothing_or_twice(predecessor, successor, rule, facts):
    hand_on(predecessor, successor)
    refuse(rule, predecessor, successor, **facts)


def test_the_database_refuses_two_tasks_about_one_thing(
    predecessor, successor, topic, author, reviewer
):
    handed = accepted_about(topic, author, reviewer)
    hand_on(predecessor, successor)
    refuse("baton_handover_once", predecessor, successor, kind="handover", deliverable=handed)
    refuse("baton_topic_once", predecessor, successor, kind="topic", topic=topic)


def refuse(rule, predecessor, successor, **facts):
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        BatonItem.objects.create(
            organisation=successor.organisation,
            item=ChecklistItemFactory(engagement=successor),
            engagement=successor,
            predecessor=predecessor,
            **facts,
        )


@pytest.mark.django_db(transaction=True)
def test_naming_while_a_handover_is_accepted_loses_nothing(
    predecessor, successor, topic, author, reviewer
):
    just_behind(
        predecessor.organisation,
        lambda: accepted_about(topic, author, reviewer),
        lambda: hand_on(predecessor, successor),
    )

    assert "Read “Handleiding koppelingen” and ask what is unclear" in texts(successor)


@pytest.mark.django_db(transaction=True)
def test_accepting_while_a_successor_is_named_loses_nothing(
    predecessor, successor, topic, author, reviewer
):
    just_behind(
        predecessor.organisation,
        lambda: hand_on(predecessor, successor),
        lambda: accepted_about(topic, author, reviewer),
    )

    assert texts(successor).count("Read “Handleiding koppelingen” and ask what is unclear") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["handover", "topic"])
def test_what_is_left_behind_and_a_mail_about_both_engagements_never_wait_for_each_other(
    predecessor, successor, what
):
    # The other way round: who takes over has the lower key.
    earlier, later = successor, predecessor
    author = Actor(label="Sanne", contact_id=earlier.freelancer.business_contact_id)
    reviewer = Actor(label="Peter Bos", kind="link", contact_id=earlier.manager_id)
    hand_on(earlier, later)
    deliverable = hand_in(earlier, author, "runbook", "Handleiding koppelingen")
    asked = knowledge.operations.propose_topic(
        engagement_id=earlier.pk,
        facts=knowledge.operations.TopicFacts(title="Koppelingen", criticality=4),
        side="freelancer",
        actor=author,
    )

    def accept():
        if what == "handover":
            return knowledge.operations.accept_deliverable(
                deliverable_id=deliverable.pk, actor=reviewer
            )
        return knowledge.operations.agree_topic(topic_id=asked.pk, side="client", actor=reviewer)

    accepted = just_behind(
        predecessor.organisation,
        lambda: issue_grant(contact_id=later.manager_id, engagement_id=later.pk),
        accept,
        then=lambda: issue_grant(contact_id=later.manager_id, engagement_id=earlier.pk),
    )

    assert accepted.state in ("accepted", "agreed")
