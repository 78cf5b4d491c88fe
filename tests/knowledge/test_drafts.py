from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError, NotPermittedError
from core.models import AuditEvent
from knowledge import operations
from knowledge.models import Deliverable, DeliverableVersion, TransferSession
from knowledge.operations import Content, DeliverableError, SessionFacts
from knowledge.operations.authorship import EngagementOverError
from knowledge.operations.deliverables import MOST_A_DAY
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import DeliverableFactory, form_of
from tests.knowledge.conftest import hand_in, meet, start, write
from tests.races import at_once


def test_a_handover_begins_as_a_draft_with_an_empty_version(engagement, author):
    deliverable = start(engagement, author)

    assert deliverable.state == "draft"
    version = deliverable.versions.get()
    assert (version.number, version.kind, version.submitted_at) == (1, "file", None)
    assert AuditEvent.objects.get(action="knowledge.deliverable.started").dossier == (
        engagement.public_id
    )


@pytest.mark.parametrize(
    ("code", "kind"), [("workshop", "session"), ("handover-document", "text"), ("runbook", "file")]
)
def test_the_first_kind_follows_from_the_form(code, kind, engagement, author):
    assert start(engagement, author, code).versions.get().kind == kind


def test_nobody_begins_drafts_without_end_in_one_day(engagement, author):
    DeliverableFactory.create_batch(MOST_A_DAY, engagement=engagement)

    with pytest.raises(DeliverableError, match="tomorrow"):
        start(engagement, author)
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert start(engagement, author)


def test_only_the_professional_begins_one(engagement, reviewer):
    for actor in (reviewer, Actor(label="Iemand", user_id=987654)):
        with pytest.raises(NotPermittedError):
            start(engagement, actor)

    assert not Deliverable.objects.exists()


def test_a_professional_without_a_login_comes_in_by_their_address(organisation, policy):
    engagement = EngagementFactory(organisation=organisation)
    contact_id = engagement.freelancer.business_contact_id

    assert start(engagement, Actor(label="Fatima", kind="link", contact_id=contact_id))


def test_a_form_of_another_policy_is_refused(organisation, engagement, author):
    with pytest.raises(DeliverableError):
        operations.start_deliverable(
            engagement_id=engagement.pk,
            form_id=form_of(organisation, policy="simple").pk,
            title="Handleiding",
            outcome="",
            actor=author,
        )


def test_a_title_is_needed_and_tidied(engagement, author):
    with pytest.raises(DeliverableError, match="title"):
        start(engagement, author, title="  \n ")

    assert start(engagement, author, title=" Zo  gaat\nhet ").title == "Zo gaat het"


def test_a_draft_keeps_what_there_is_so_far(engagement, author):
    deliverable = start(engagement, author)

    write(deliverable, author, text="Eerste")
    write(deliverable, author, text="Tweede")

    version = deliverable.versions.get()
    assert (version.kind, version.text) == ("text", "Tweede")


def test_title_and_outcome_change_while_it_is_a_draft(engagement, author):
    deliverable = start(engagement, author)

    operations.update_deliverable(
        deliverable_id=deliverable.pk, title="Beter", outcome="Meer", actor=author
    )

    deliverable.refresh_from_db()
    assert (deliverable.title, deliverable.outcome) == ("Beter", "Meer")


def test_a_draft_keeps_its_title_when_the_new_one_says_nothing(engagement, author):
    deliverable = start(engagement, author)

    with pytest.raises(DeliverableError, match="title"):
        operations.update_deliverable(
            deliverable_id=deliverable.pk, title=" ", outcome="", actor=author
        )

    deliverable.refresh_from_db()
    assert deliverable.title == "Handleiding koppelingen"


def test_sections_keep_known_ones_that_say_something(engagement, author):
    deliverable = start(engagement, author, "handover-document")

    operations.save_draft(
        deliverable_id=deliverable.pk,
        content=Content(kind="text", sections={"risks": "Pas op", "people": " ", "secret": "x"}),
        actor=author,
    )

    assert deliverable.versions.get().sections == {"risks": "Pas op"}


def test_a_session_keeps_time_and_people(engagement, author):
    deliverable = start(engagement, author, "workshop")
    when = timezone.now() + timedelta(days=3)

    meet(deliverable, author, attendees=[" Samira  Haddou ", "", "Samira Haddou"], starts_at=when)

    session = TransferSession.objects.get()
    assert (session.starts_at, session.attendees, session.sequence) == (when, ["Samira Haddou"], 0)

    meet(deliverable, author, starts_at=when + timedelta(days=1))

    session.refresh_from_db()
    assert session.sequence == 1

    with pytest.raises(DomainError, match="Check the year"):
        meet(deliverable, author, starts_at=when.replace(year=26))


@pytest.mark.parametrize(
    ("code", "content", "says"),
    [
        ("workshop", Content(kind="text", text="x"), "another way"),
        ("workshop", Content(kind="session"), "when"),
        ("handover-document", Content(kind="file"), "another way"),
        ("runbook", Content(kind="session"), "another way"),
        ("runbook", Content(kind="nonsense"), "another way"),
        ("runbook", Content(kind="link", link="javascript:alert(1)"), "https"),
        ("runbook", Content(kind="link", link="ftp://veldam.example/x"), "https"),
        ("runbook", Content(kind="text", text="x" * 100_001), "too long"),
        (
            "workshop",
            Content(kind="session", session=SessionFacts(starts_at=timezone.now(), minutes=4)),
            "5 minutes",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused(code, content, says, engagement, author):
    deliverable = start(engagement, author, code)

    with pytest.raises(DeliverableError, match=says):
        operations.save_draft(deliverable_id=deliverable.pk, content=content, actor=author)


def test_what_waits_for_review_cannot_be_changed(submitted, author):
    with pytest.raises(InvalidTransitionError, match="waits for review"):
        write(submitted, author)
    with pytest.raises(InvalidTransitionError):
        operations.update_deliverable(
            deliverable_id=submitted.pk, title="x", outcome="", actor=author
        )


def test_what_was_accepted_stays_as_it_is(submitted, author, reviewer):
    operations.accept_deliverable(deliverable_id=submitted.pk, actor=reviewer)

    with pytest.raises(InvalidTransitionError, match="decided"):
        write(submitted, author)
    with pytest.raises(InvalidTransitionError, match="decided"):
        operations.withdraw_deliverable(deliverable_id=submitted.pk, actor=author)


def test_after_changes_were_asked_a_draft_begins_from_what_was_handed_in(
    engagement, author, reviewer
):
    deliverable = hand_in(engagement, author, "workshop")
    operations.ask_changes(deliverable_id=deliverable.pk, comment="Wie nog?", actor=reviewer)

    meet(deliverable, author, attendees=["Samira Haddou"])

    first, second = deliverable.versions.order_by("number")
    assert first.submitted_at is not None
    assert second.submitted_at is None
    assert first.session.attendees == ["Samira Haddou", "Peter Bos"]
    assert second.session.attendees == ["Samira Haddou"]


def test_a_handed_in_version_never_changes(submitted, author, reviewer):
    operations.ask_changes(deliverable_id=submitted.pk, comment="Meer", actor=reviewer)

    write(submitted, author, text="Uitgebreider")

    texts = list(submitted.versions.order_by("number").values_list("number", "text"))
    assert texts == [(1, "Zo start u de koppeling opnieuw."), (2, "Uitgebreider")]


@pytest.mark.parametrize("step", ["draft", "submitted", "changes_asked"])
def test_a_handover_is_withdrawn_before_it_is_accepted(step, engagement, author, reviewer):
    deliverable = start(engagement, author)
    if step != "draft":
        deliverable = hand_in(engagement, author)
    if step == "changes_asked":
        operations.ask_changes(deliverable_id=deliverable.pk, comment="Meer", actor=reviewer)

    operations.withdraw_deliverable(deliverable_id=deliverable.pk, actor=author)

    deliverable.refresh_from_db()
    assert deliverable.state == "withdrawn"
    assert AuditEvent.objects.filter(action="knowledge.deliverable.withdrawn").count() == 1
    with pytest.raises(InvalidTransitionError):
        operations.withdraw_deliverable(deliverable_id=deliverable.pk, actor=author)


def test_nobody_else_changes_or_withdraws_it(engagement, author, reviewer):
    deliverable = start(engagement, author)

    for act in (
        lambda: write(deliverable, reviewer),
        lambda: operations.withdraw_deliverable(deliverable_id=deliverable.pk, actor=reviewer),
        lambda: operations.submit_deliverable(deliverable_id=deliverable.pk, actor=reviewer),
        lambda: operations.update_deliverable(
            deliverable_id=deliverable.pk, title="x", outcome="", actor=reviewer
        ),
    ):
        with pytest.raises(NotPermittedError):
            act()

    assert DeliverableVersion.objects.get().text == ""


def test_nothing_changes_once_the_file_is_closed(submitted, engagement, author):
    engagement.closed_at = timezone.now()
    engagement.save()

    for act in (
        lambda: start(engagement, author),
        lambda: write(submitted, author),
        lambda: operations.withdraw_deliverable(deliverable_id=submitted.pk, actor=author),
    ):
        with pytest.raises(EngagementOverError):
            act()


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_begin_one_new_version(organisation, submitted, author, reviewer):
    operations.ask_changes(deliverable_id=submitted.pk, comment="Meer", actor=reviewer)

    at_once(organisation, *[lambda: write(submitted, author, text="Uitgebreider")] * 3)

    numbers = submitted.versions.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_withdrawn_twice_at_once_counts_once(organisation, submitted, author):
    answers = at_once(
        organisation,
        *[lambda: operations.withdraw_deliverable(deliverable_id=submitted.pk, actor=author)] * 2,
    )

    assert sum(isinstance(answer, InvalidTransitionError) for answer in answers) == 1
    assert AuditEvent.objects.filter(action="knowledge.deliverable.withdrawn").count() == 1
