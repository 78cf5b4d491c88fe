import datetime

import pytest

from notifications import operations
from notifications.models import Message, Reminder
from tests.factories.core import ContactFactory
from tests.notifications.conftest import claim_next, local

TUESDAY = datetime.date(2026, 12, 1)
pytestmark = pytest.mark.usefixtures("rules_shipped")


def plan(organisation, at):
    return operations.plan(organisation=organisation, at=at)


def test_contact_gets_one_message_for_all_that_is_due(organisation, planner, contact):
    for _ in range(3):
        planner.add(contact, TUESDAY)
    planner.add(ContactFactory(organisation=organisation), TUESDAY)

    plan(organisation, local(2026, 11, 24, 8))

    assert Message.objects.count() == 2
    assert Message.objects.get(contact=contact).reminders.count() == 3


def test_what_becomes_due_later_joins_a_digest_that_has_not_left(organisation, planner, contact):
    planner.add(contact, TUESDAY)
    plan(organisation, local(2026, 11, 24, 8))
    planner.add(contact, TUESDAY)

    plan(organisation, local(2026, 11, 24, 11))

    assert Message.objects.get().reminders.count() == 2


def test_what_becomes_due_after_the_digest_left_waits_for_the_next_working_day(
    organisation, planner, contact, postbox
):
    planner.add(contact, datetime.date(2026, 12, 4))
    plan(organisation, local(2026, 11, 27, 8))
    operations.deliver_one()
    planner.add(contact, datetime.date(2026, 12, 4))

    assert plan(organisation, local(2026, 11, 27, 11)).bundled == 0
    assert plan(organisation, local(2026, 11, 28, 11)).bundled == 0  # Saturday
    assert plan(organisation, local(2026, 11, 30, 8)).bundled == 1
    assert Message.objects.count() == 2


def test_no_digest_leaves_in_quiet_hours(organisation, planner, contact):
    planner.add(contact, TUESDAY)

    result = plan(organisation, local(2026, 11, 24, 18))

    assert (result.decided, result.bundled) == (1, 0)
    assert plan(organisation, local(2026, 11, 25, 8)).bundled == 1


def test_digest_that_could_not_leave_yesterday_is_taken_up_in_todays(
    organisation, planner, contact
):
    planner.add(contact, TUESDAY)
    plan(organisation, local(2026, 11, 24, 8))
    yesterdays = Message.objects.get()
    planner.add(contact, datetime.date(2026, 12, 2))

    plan(organisation, local(2026, 11, 25, 8))

    yesterdays.refresh_from_db()
    todays = Message.objects.exclude(pk=yesterdays.pk).get()
    assert (yesterdays.state, yesterdays.reason) == (Message.State.SUPERSEDED, "merged")
    assert todays.reminders.count() == 2
    assert Message.objects.waiting().get() == todays


def test_digest_in_retry_stays_when_nothing_new_is_due(organisation, planner, contact):
    planner.add(contact, TUESDAY)
    plan(organisation, local(2026, 11, 24, 8))
    Message.objects.update(state=Message.State.RETRY)

    plan(organisation, local(2026, 11, 25, 8))

    assert Message.objects.get().state == Message.State.RETRY


def test_digest_that_is_being_sent_is_not_touched(organisation, planner, contact):
    planner.add(contact, TUESDAY)
    plan(organisation, local(2026, 11, 24, 8))
    claim_next()
    planner.add(contact, TUESDAY)

    plan(organisation, local(2026, 11, 24, 9))

    assert Message.objects.get().reminders.count() == 1
    assert Reminder.objects.filter(state=Reminder.State.PLANNED).count() == 1


def test_weekly_reminder_waits_for_the_weekday_of_the_organisation(organisation, planner, contact):
    planner.add(contact, TUESDAY, cadence="weekly")
    organisation.weekly_digest_weekday = 4
    organisation.save()

    assert plan(organisation, local(2026, 11, 24, 8)).bundled == 0
    assert plan(organisation, local(2026, 11, 26, 7, 59)).bundled == 0
    assert plan(organisation, local(2026, 11, 26, 8)).bundled == 1


def test_weekly_run_that_was_missed_is_made_up_the_next_working_day(organisation, planner, contact):
    planner.add(contact, TUESDAY, cadence="weekly")
    plan(organisation, local(2026, 11, 24, 9))

    assert plan(organisation, local(2026, 12, 1, 9)).bundled == 1  # Monday was missed


def test_weekly_and_daily_go_in_one_message(organisation, planner, contact):
    planner.add(contact, datetime.date(2026, 11, 30), cadence="weekly")
    planner.add(contact, datetime.date(2026, 12, 7))

    plan(organisation, local(2026, 11, 30, 8))

    assert Message.objects.get().reminders.count() == 2


def test_urgent_notice_leaves_at_once_also_at_night(organisation, planner, contact):
    thing = planner.add(contact, TUESDAY, cadence="now")
    planner.add(contact, TUESDAY, cadence="now", dossier=thing.dossier)

    plan(organisation, local(2026, 11, 24, 23))

    message = Message.objects.get()
    assert (message.kind, message.dossier) == ("notice", thing.dossier)
    assert message.reminders.count() == 2


def test_urgent_notices_of_two_engagements_are_two_messages(organisation, planner, contact):
    planner.add(contact, TUESDAY, cadence="now")
    planner.add(contact, TUESDAY, cadence="now")

    assert plan(organisation, local(2026, 11, 24, 23)).messages == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"is_active": False},
        {"bounced_at": local(2026, 11, 1), "bounce_code": "550"},
    ],
)
def test_contact_who_cannot_be_reached_gets_no_message_until_that_is_mended(
    organisation, planner, contact, fault
):
    planner.add(contact, TUESDAY)
    type(contact).objects.filter(pk=contact.pk).update(**fault)

    assert plan(organisation, local(2026, 11, 24, 8)).bundled == 0

    type(contact).objects.filter(pk=contact.pk).update(
        is_active=True, bounced_at=None, bounce_code=""
    )
    assert plan(organisation, local(2026, 11, 24, 9)).bundled == 1


def test_message_planned_ahead_of_the_clock_may_leave_at_once(organisation, planner, contact):
    """`plan_reminders --at` takes its moment at its word, so that trying it out shows mail."""
    planner.add(contact, datetime.date(2099, 12, 1))

    plan(organisation, local(2099, 11, 24, 8))

    assert Message.objects.get().next_attempt_at <= operations.database_now()


def test_all_withdrawn_today_and_something_new_due_uses_todays_message_again(
    organisation, planner, contact
):
    thing = planner.add(contact, TUESDAY)
    plan(organisation, local(2026, 11, 24, 8))
    thing.is_done = True
    operations.cancel_for_item(item=thing.item)
    operations.deliver_one()
    assert Message.objects.get().state == Message.State.CANCELLED
    planner.add(contact, TUESDAY)

    plan(organisation, local(2026, 11, 24, 11))

    message = Message.objects.get()
    assert (message.state, message.reason, message.attempts) == ("pending", "", 0)
    assert message.reminders.filter(state="bundled").count() == 1


def test_weekly_notice_keeps_the_place_of_the_one_it_replaces(organisation, planner, contact):
    planner.add(contact, datetime.date(2026, 12, 3), cadence="weekly")
    plan(organisation, local(2026, 11, 26, 8))  # Thursday: decided, waits for Monday

    plan(organisation, local(2026, 12, 1, 8))  # Monday was missed, and a later step is due

    reminder = Reminder.objects.get(state=Reminder.State.BUNDLED)
    assert (reminder.band, reminder.due_at) == ("-2", local(2026, 11, 26))
