import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from notifications import operations
from notifications.models import Message, MessageAttempt, Reminder, ReminderRule
from tests.notifications.conftest import claim_next, local


def refused(name):
    return pytest.raises(IntegrityError, match=name)


@pytest.fixture
def reminder(organisation, contact):
    return Reminder.objects.create(
        organisation=organisation,
        key="k",
        rule="r",
        band="-7",
        about_on="2026-12-01",
        contact=contact,
        dossier="00000000-0000-0000-0000-000000000001",
        due_at=local(2026, 11, 24),
        expires_at=local(2026, 12, 1),
    )


def test_same_key_is_promised_once(contact, letter_for):
    letter_for(contact, dedupe_key="same")

    with refused("message_promised_once"):
        letter_for(contact, dedupe_key="same")


def test_sent_message_has_its_moment(contact, letter_for):
    message = letter_for(contact)

    with refused("message_sent_iff_timestamped"):
        Message.objects.filter(pk=message.pk).update(state="sent")


def test_unsent_message_has_no_moment_of_sending(contact, letter_for):
    with refused("message_sent_iff_timestamped"):
        letter_for(contact, sent_at=local(2026, 12, 1))


def test_message_is_being_sent_only_under_a_lease(contact, letter_for):
    message = letter_for(contact)

    with refused("message_leased_iff_token"):
        Message.objects.filter(pk=message.pk).update(state="leased")


def test_message_that_nobody_sends_has_no_lease(contact, letter_for):
    letter_for(contact)
    claim_next()

    with refused("message_leased_iff_token"):
        Message.objects.update(state="pending")


def test_same_notice_is_decided_once(reminder):
    reminder.pk = None

    with refused("reminder_decided_once"):
        reminder.save(force_insert=True)


@pytest.mark.parametrize("state", ["bundled", "sent"])
def test_told_reminder_names_its_message(reminder, state):
    with refused("reminder_told_has_message"):
        Reminder.objects.update(state=state)


@pytest.mark.parametrize(
    "values",
    [
        {"about_on": datetime.date(26, 12, 1)},
        {"due_at": datetime.datetime(1, 1, 2, tzinfo=datetime.UTC)},
        {"expires_at": datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC)},
    ],
    ids=str,
)
def test_reminder_is_about_a_day_that_can_be_reckoned_with(reminder, values):
    with refused("reminder_days_in_our_time"):
        Reminder.objects.update(**values)


def test_organisation_has_each_rule_once(organisation, rules_shipped):
    with refused("reminder_rule_once"):
        ReminderRule.objects.create(organisation=organisation, code="thing_due", offsets=[1])


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE notifications_messageattempt SET step = 'sent'",
        "DELETE FROM notifications_messageattempt",
        "TRUNCATE notifications_messageattempt",
    ],
)
def test_history_of_a_message_only_grows(contact, letter_for, postbox, sql):
    letter_for(contact)
    operations.deliver_one()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with (
        refused("append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)

    assert MessageAttempt.objects.count() == 3


def test_what_presses_most_is_kept_by_the_database(contact, letter_for):
    letter_for(contact, state="dead")
    letter_for(contact, state="retry")
    letter_for(contact)

    assert list(Message.objects.order_by("pk").values_list("pressing", flat=True)) == [0, 1, 2]
