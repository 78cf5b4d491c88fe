"""Putting a task off, giving it to somebody, asking for it now."""

import datetime

import pytest
from django.utils import timezone

from core.errors import DomainError
from core.models import AuditEvent, Contact
from notifications.models import Message, Reminder
from offboarding import operations
from offboarding.rules import SnoozeRefusedError
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.offboarding.conftest import HR, MONDAY, day, task
from tests.offboarding.test_task_answers import last_event, unsent

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def item(engagement):
    """A task that is due in five weeks."""
    return task(engagement, "OF28")


def test_putting_off_counts_working_days_and_keeps_quiet_until_then(item):
    reminder = unsent(item)

    operations.snooze_item(item_id=item.pk, working_days=5, actor=HR)

    item.refresh_from_db()
    assert (item.snoozed_until, item.snooze_count) == (day(7), 1)  # Monday a week later
    reminder.refresh_from_db()
    assert reminder.state == Reminder.State.CANCELLED
    assert last_event(item).data["until"] == "2026-11-30"


def test_a_task_is_put_off_twice_at_most(item):
    operations.snooze_item(item_id=item.pk, working_days=1, actor=HR)
    operations.snooze_item(item_id=item.pk, working_days=3, actor=HR)

    with pytest.raises(SnoozeRefusedError, match="twice"):
        operations.snooze_item(item_id=item.pk, working_days=1, actor=HR)

    item.refresh_from_db()
    assert (item.snoozed_until, item.snooze_count) == (day(3), 2)


@pytest.mark.parametrize(
    ("code", "days", "words"),
    [
        ("OF21", 1, "cannot be put off"),  # access
        ("OF20", 1, "cannot be put off"),  # assets
        ("OF19", 1, "cannot be put off"),  # release
        ("OF13", 5, "due date at most"),
        ("OF06", 1, "due date at most"),
        ("OF28", 2, "due date at most"),  # not one of the choices
    ],
)
def test_what_cannot_be_put_off_is_refused(engagement, code, days, words):
    engagement.items.filter(code="OF13").update(due_on=day(3))  # Thursday
    engagement.items.filter(code="OF06").update(due_on=day(-3))  # late

    with pytest.raises(SnoozeRefusedError, match=words):
        operations.snooze_item(item_id=task(engagement, code).pk, working_days=days, actor=HR)

    assert not AuditEvent.objects.filter(action="offboarding.item.snoozed").exists()


def test_giving_a_task_to_somebody_forgets_what_the_last_owner_said(item, office):
    colleague = ContactFactory(organisation=office, name="Kim Smit")
    reminder, old_owner = unsent(item), item.owner
    operations.snooze_item(item_id=item.pk, working_days=1, actor=HR)
    operations.postpone_item(item_id=item.pk, expected_on=day(9), actor=HR)

    operations.assign_item(item_id=item.pk, contact_id=colleague.pk, actor=HR)

    item.refresh_from_db()
    assert (item.owner, item.is_assigned) == (colleague, True)
    assert (item.expected_on, item.snoozed_until) == (None, None)
    reminder.refresh_from_db()
    assert reminder.state == Reminder.State.CANCELLED
    assert last_event(item).data["old"] == old_owner.pk
    assert last_event(item).data["new"] == colleague.pk


def test_a_task_cannot_go_to_somebody_who_left(item, office):
    gone = ContactFactory(organisation=office, is_active=False)

    with pytest.raises(DomainError, match="not active"):
        operations.assign_item(item_id=item.pk, contact_id=gone.pk, actor=HR)


def test_a_task_cannot_go_to_somebody_of_another_organisation(item):
    stranger = ContactFactory(organisation=OrganisationFactory())

    with pytest.raises(Contact.DoesNotExist):
        operations.assign_item(item_id=item.pk, contact_id=stranger.pk, actor=HR)


def test_asking_now_promises_one_mail_a_day(item, monday):
    operations.remind_item(item_id=item.pk, actor=HR)

    message = Message.objects.get(kind="item_reminder")
    assert (message.contact, message.dossier) == (item.owner, item.engagement.public_id)
    assert message.params == {"item": item.pk}
    assert abs((message.next_attempt_at - timezone.now()).total_seconds()) < 60
    assert last_event(item).action == "offboarding.item.reminded"
    with pytest.raises(DomainError, match="today already"):
        operations.remind_item(item_id=item.pk, actor=HR)
    monday.move_to(MONDAY + datetime.timedelta(days=1))
    operations.remind_item(item_id=item.pk, actor=HR)
    assert Message.objects.filter(kind="item_reminder").count() == 2


def test_a_mail_asked_for_in_the_evening_leaves_in_the_morning(item, monday):
    monday.move_to(MONDAY.replace(hour=20))

    operations.remind_item(item_id=item.pk, actor=HR)

    assert Message.objects.get().next_attempt_at == datetime.datetime(
        2026, 11, 24, 7, 0, tzinfo=datetime.UTC
    )


def test_nobody_can_be_asked_when_nobody_owns_the_task(item):
    item.owner = None
    item.save()

    with pytest.raises(DomainError, match="Nobody owns"):
        operations.remind_item(item_id=item.pk, actor=HR)


def test_nobody_is_asked_at_an_address_that_bounces(item):
    Contact.objects.filter(pk=item.owner_id).update(
        bounced_at=timezone.now(), bounce_code="550 5.1.1"
    )

    with pytest.raises(DomainError, match="does not reach"):
        operations.remind_item(item_id=item.pk, actor=HR)

    assert not Message.objects.exists()


def test_after_the_end_the_professional_is_asked_at_the_private_address(engagement, monday):
    item = task(engagement, "OF18")
    monday.move_to(MONDAY + datetime.timedelta(days=10))

    operations.remind_item(item_id=item.pk, actor=HR)

    assert Message.objects.get().contact == engagement.freelancer.private_contact
