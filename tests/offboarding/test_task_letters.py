"""The mails about tasks that do not wait for the daily one."""

import pytest

from engagements.operations import move_end
from notifications import mail, planning
from notifications.models import Message
from offboarding import operations
from offboarding.models import ChecklistItem
from tests.factories.core import ContactFactory
from tests.offboarding.conftest import HR, TODAY, task


def compose(message):
    return planning.composers_for(message.kind)([message])[message.pk]


def read(message, language="en"):
    letter = compose(message)
    return mail.render(
        letter.template,
        {"url": "https://x.example/", "action_url": "https://x.example/", **letter.context},
        language=language,
        organisation=message.organisation,
    )


@pytest.fixture
def asked(engagement):
    item = task(engagement, "OF06")
    ChecklistItem.objects.filter(pk=item.pk).update(due_on="2026-11-10")
    operations.remind_item(item_id=item.pk, actor=HR)
    return item, Message.objects.get(kind="item_reminder")


def test_a_reminder_puts_the_task_first_and_says_about_whom(asked):
    _item, message = asked

    rendered = read(message)

    assert rendered.subject == (
        "Late: Hand in the draft of the handover document (Fatima El Idrissi)"
    )
    for text in (rendered.text, rendered.html):
        assert "was due on Tuesday 10 November" in text
        assert "Tuesday 1 December" in text
        assert "https://x.example/" in text


def test_a_reminder_of_a_task_that_is_not_late_names_the_day(engagement):
    operations.remind_item(item_id=task(engagement, "OF13").pk, actor=HR)

    rendered = read(Message.objects.get())

    assert rendered.subject.startswith("By Mon 30 Nov: Assign open tasks")
    assert "is due on Monday 30 November" in rendered.text


def test_the_task_reads_in_the_language_of_its_reader(asked):
    _item, message = asked

    assert "Lever het overdrachtsdocument in concept in" in read(message, "nl").text


def test_a_reminder_is_not_sent_when_the_task_is_done_by_then(asked):
    item, message = asked
    operations.complete_item(item_id=item.pk, actor=HR, note="Per mail ingeleverd")

    assert compose(message) is None


def test_a_reminder_is_not_sent_to_who_no_longer_owns_the_task(asked, office):
    item, message = asked
    operations.assign_item(
        item_id=item.pk, contact_id=ContactFactory(organisation=office).pk, actor=HR
    )

    assert compose(message) is None


def test_a_reminder_is_not_sent_about_a_closed_file(asked, engagement):
    _item, message = asked
    engagement.closed_at = message.created_at
    engagement.save()

    assert compose(message) is None


@pytest.fixture
def ended_now(engagement, office):
    move_end(engagement_id=engagement.pk, new_ends_on=TODAY, kind="early_end", reason="", actor=HR)
    return Message.objects.get(kind="end_now", contact=office.holders["it"])


def test_an_immediate_end_lists_what_the_reader_takes_back(ended_now):
    rendered = read(ended_now)

    assert rendered.subject == "Now: Fatima El Idrissi stops on Monday 23 November"
    for text in (rendered.text, rendered.html):
        assert "Revoke the access and record the evidence" in text
        assert "Collect and check assets" not in text


def test_an_immediate_end_that_was_taken_back_is_not_told(ended_now, engagement):
    for item in engagement.items.filter(owner=ended_now.contact, state="open"):
        operations.complete_item(item_id=item.pk, actor=HR, note="Weg")

    assert compose(ended_now) is None


def test_an_immediate_end_of_a_closed_file_is_not_told(ended_now, engagement):
    engagement.refresh_from_db()
    engagement.closed_at = ended_now.created_at
    engagement.save()

    assert compose(ended_now) is None
