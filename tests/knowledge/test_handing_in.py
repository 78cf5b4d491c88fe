from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from core.errors import InvalidTransitionError
from core.models import AuditEvent
from knowledge import operations
from knowledge.models import Deliverable
from knowledge.operations import Content, IncompleteError
from notifications.models import Message
from tests.knowledge.conftest import attach, hand_in, meet, start, write
from tests.races import at_once

FRIDAY = datetime(2026, 9, 11, 9, 30, tzinfo=UTC)


def submit(deliverable, author):
    return operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)


@time_machine.travel(FRIDAY, tick=False)
def test_handing_in_asks_the_hiring_manager_to_review(engagement, author):
    deliverable = start(engagement, author)
    write(deliverable, author)

    submit(deliverable, author)

    deliverable.refresh_from_db()
    assert (deliverable.state, deliverable.submitted_at) == ("submitted", FRIDAY)
    # Friday, then three working days: Wednesday.
    assert deliverable.review_due_on.isoformat() == "2026-09-16"
    assert deliverable.versions.get().submitted_at == FRIDAY
    event = AuditEvent.objects.get(action="knowledge.deliverable.submitted")
    assert event.data["version"] == 1
    message = Message.objects.get(kind="review_asked")
    assert message.contact == engagement.manager
    assert message.dossier == engagement.public_id
    assert message.params == {"deliverable": str(deliverable.public_id), "version": 1}


def test_the_organisation_sets_how_long_a_review_takes(organisation, engagement, author):
    organisation.review_working_days = 10
    organisation.save()
    with time_machine.travel(FRIDAY, tick=False):
        deliverable = hand_in(engagement, author)

    assert deliverable.review_due_on.isoformat() == "2026-09-25"


@pytest.mark.parametrize(
    ("kind", "says"),
    [("file", "at least one file"), ("link", "web address"), ("text", "Write the text")],
)
def test_an_empty_version_cannot_be_handed_in(kind, says, engagement, author):
    deliverable = start(engagement, author)
    operations.save_draft(deliverable_id=deliverable.pk, content=Content(kind=kind), actor=author)

    with pytest.raises(IncompleteError, match=says):
        submit(deliverable, author)

    deliverable.refresh_from_db()
    assert deliverable.state == "draft"
    assert not Message.objects.exists()


def test_a_file_or_a_link_is_enough(engagement, author):
    with_file = start(engagement, author)
    attach(with_file, author)
    assert submit(with_file, author).state == "submitted"

    with_link = start(engagement, author)
    link = Content(kind="link", link="https://wiki.veldam.example/koppelingen")
    operations.save_draft(deliverable_id=with_link.pk, content=link, actor=author)
    assert submit(with_link, author).state == "submitted"


def test_every_section_of_the_handover_document_is_needed(engagement, author):
    deliverable = start(engagement, author, "handover-document")
    content = Content(kind="text", sections={"role_snapshot": "Ik beheer de koppelingen."})
    operations.save_draft(deliverable_id=deliverable.pk, content=content, actor=author)

    with pytest.raises(IncompleteError) as caught:
        submit(deliverable, author)

    assert len(caught.value.missing) == 7
    assert "“People”" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "attendees", "is_enough"),
    [
        ("presentation", ["Samira"], False),
        ("presentation", ["Samira", "Peter"], True),
        ("workshop", [], False),
        ("workshop", ["Samira"], True),
    ],
)
def test_a_session_names_enough_people(code, attendees, is_enough, engagement, author):
    deliverable = start(engagement, author, code)
    meet(deliverable, author, attendees)

    if is_enough:
        assert submit(deliverable, author).state == "submitted"
    else:
        with pytest.raises(IncompleteError, match="Name at least"):
            submit(deliverable, author)


def test_a_session_is_handed_in_after_it_took_place(engagement, author):
    deliverable = start(engagement, author, "workshop")
    meet(deliverable, author, starts_at=timezone.now() + timedelta(hours=1))

    with pytest.raises(IncompleteError, match="after the session"):
        submit(deliverable, author)


def test_a_session_without_a_date_cannot_be_handed_in(engagement, author):
    deliverable = start(engagement, author, "workshop")

    with pytest.raises(IncompleteError, match="when"):
        submit(deliverable, author)


def test_it_is_handed_in_once(submitted, author):
    with pytest.raises(InvalidTransitionError):
        submit(submitted, author)

    assert Message.objects.count() == 1


def test_after_changes_were_asked_something_has_to_change(submitted, author, reviewer):
    operations.ask_changes(deliverable_id=submitted.pk, comment="Meer", actor=reviewer)

    with pytest.raises(InvalidTransitionError, match="Change something"):
        submit(submitted, author)

    write(submitted, author, text="Uitgebreider")
    again = submit(submitted, author)

    assert (again.state, again.decided_at) == ("submitted", None)
    keys = Message.objects.filter(kind="review_asked").values_list("params__version", flat=True)
    assert sorted(keys) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_handed_in_twice_at_once_counts_once(organisation, engagement, author):
    deliverable = start(engagement, author)
    write(deliverable, author)

    answers = at_once(organisation, *[lambda: submit(deliverable, author)] * 2)

    assert sum(isinstance(answer, Deliverable) for answer in answers) == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_handed_in_and_withdrawn_at_once_ends_in_one_of_both(organisation, engagement, author):
    deliverable = start(engagement, author)
    write(deliverable, author)

    at_once(
        organisation,
        lambda: submit(deliverable, author),
        lambda: operations.withdraw_deliverable(deliverable_id=deliverable.pk, actor=author),
    )

    # Withdrawing may follow handing in; never the other way round.
    deliverable.refresh_from_db()
    assert deliverable.state == "withdrawn"
