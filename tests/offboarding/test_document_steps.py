"""The steps about the handover document follow what really happens to it."""

import importlib

import pytest
from django.db import connection

import knowledge.operations
from core.actors import Actor
from core.audit import phrase_for
from core.models import AuditEvent
from offboarding import operations
from offboarding.models import ChecklistItem, ProcedureStep
from offboarding.operations import EvidenceError
from offboarding.queries import row_of
from tests.factories.accounts import UserFactory
from tests.factories.knowledge import policy_of
from tests.knowledge.conftest import hand_in
from tests.offboarding.conftest import HR, task

pytestmark = pytest.mark.usefixtures("english")

TITLE = "Overdracht Zorgdata"


@pytest.fixture
def author(engagement):
    policy_of(engagement.organisation)
    person = engagement.freelancer
    person.user = UserFactory(full_name=person.full_name)
    person.save()
    return Actor(
        label=person.full_name, user_id=person.user_id, contact_id=person.business_contact_id
    )


def document(engagement, author, title=TITLE):
    return hand_in(engagement, author, "handover-document", title)


def accept(deliverable):
    return knowledge.operations.accept_deliverable(
        deliverable_id=deliverable.pk, actor=reviewer_of(deliverable.engagement)
    )


def reviewer_of(engagement):
    return Actor(label="Peter Bos", kind="link", contact_id=engagement.manager_id)


def withdraw(deliverable, author):
    return knowledge.operations.withdraw_deliverable(deliverable_id=deliverable.pk, actor=author)


def states(engagement):
    return {code: task(engagement, code).state for code in ("OF06", "OF10")}


def story(engagement, code):
    """Return what the history says about a task, oldest first."""
    step = task(engagement, code)
    events = AuditEvent.objects.filter(
        subject_type=step._meta.label_lower, subject_id=step.pk, dossier=engagement.public_id
    )
    return [(phrase_for(event), event.actor_label) for event in events.order_by("pk")]


def test_handing_in_ticks_the_step_of_the_professional_and_says_why(engagement, author):
    assert states(engagement) == {"OF06": "open", "OF10": "open"}

    document(engagement, author)

    step = task(engagement, "OF06")
    assert states(engagement) == {"OF06": "done", "OF10": "open"}
    assert (step.note, step.settled_by, step.is_noted) == (
        f"“{TITLE}” was handed in.",
        author.label,
        True,
    )
    assert story(engagement, "OF06") == [
        (
            f"finished “Hand in the draft of the handover document”: “{TITLE}” was handed in",
            author.label,
        )
    ]


def test_accepting_ticks_the_step_of_the_manager_and_says_why(engagement, author):
    accept(document(engagement, author))

    step = task(engagement, "OF10")
    assert states(engagement) == {"OF06": "done", "OF10": "done"}
    assert (step.note, step.settled_by) == (f"“{TITLE}” was accepted.", "Peter Bos")
    assert story(engagement, "OF10") == [
        (
            f"finished “Review the handover document and accept it”: “{TITLE}” was accepted",
            "Peter Bos",
        )
    ]


def test_a_document_that_comes_back_was_handed_in_all_the_same(engagement, author):
    deliverable = document(engagement, author)

    knowledge.operations.ask_changes(
        deliverable_id=deliverable.pk, comment="And failures?", actor=reviewer_of(engagement)
    )

    assert states(engagement) == {"OF06": "done", "OF10": "open"}


def test_another_form_ticks_neither(engagement, author):
    accept(hand_in(engagement, author, "runbook"))

    assert states(engagement) == {"OF06": "open", "OF10": "open"}


def test_a_draft_ticks_nothing(engagement, author):
    deliverable = document(engagement, author)
    withdraw(deliverable, author)
    form = deliverable.form_id
    knowledge.operations.start_deliverable(
        engagement_id=engagement.pk, form_id=form, title="Draft", outcome="", actor=author
    )

    assert states(engagement) == {"OF06": "open", "OF10": "open"}


def test_a_withdrawal_opens_the_step_again_and_says_why(engagement, author):
    withdraw(document(engagement, author), author)

    step = task(engagement, "OF06")
    assert (step.state, step.is_noted, step.reason) == (
        "open",
        False,
        f"“{TITLE}” was withdrawn.",
    )
    assert story(engagement, "OF06")[-1] == (
        f"opened “Hand in the draft of the handover document” again: “{TITLE}” was withdrawn",
        author.label,
    )


def test_a_withdrawal_changes_nothing_while_another_document_stands(engagement, author):
    first = document(engagement, author)
    document(engagement, author, "Overdracht, tweede deel")

    withdraw(first, author)

    assert task(engagement, "OF06").state == "done"


def test_what_people_settled_by_hand_stays_as_it_is(engagement, author):
    operations.complete_item(item_id=task(engagement, "OF06").pk, actor=HR, note="It came by post.")
    operations.waive_item(item_id=task(engagement, "OF10").pk, reason="By post", actor=HR)

    deliverable = document(engagement, author)
    withdraw(deliverable, author)
    accept(document(engagement, author, "Overdracht opnieuw"))

    assert states(engagement) == {"OF06": "done", "OF10": "waived"}
    assert task(engagement, "OF06").note == "It came by post."


def test_a_tick_by_hand_says_how_else_it_was_done(engagement):
    with pytest.raises(EvidenceError, match="once the handover document was handed in"):
        operations.complete_item(item_id=task(engagement, "OF06").pk, actor=HR)

    assert states(engagement) == {"OF06": "open", "OF10": "open"}


def test_a_list_asks_for_that_word_before_the_tick(hr_client, engagement):
    page = hr_client.get(task(engagement, "OF10").get_absolute_url()).content.decode()
    row = row_of(task(engagement, "OF10"), engagement.organisation.today())

    assert (row.tick_url, "ticked by itself" in row.meta) == ("", True)
    assert "This is ticked by itself once the handover document was accepted." in page


def test_lists_that_run_when_this_came_follow_as_well(engagement, author):
    migration = importlib.import_module("offboarding.migrations.0007_shipped_steps_follow_facts")
    ChecklistItem.objects.update(done_once="")

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a migration begins with none pending
        cursor.execute(migration.LINK)
    accept(document(engagement, author))

    assert states(engagement) == {"OF06": "done", "OF10": "done"}
    linked = ProcedureStep.objects.exclude(done_once="").order_by("position")
    assert list(linked.values_list("code", "done_once")) == [
        ("ON08", "agreed"),
        ("OF06", "handed_in"),
        ("OF10", "accepted"),
    ]
