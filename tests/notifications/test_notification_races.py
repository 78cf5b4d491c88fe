"""Planners, senders and people do something to the same reminder or message at one moment."""

import datetime
import uuid

import pytest

from core.actors import Actor
from core.errors import InvalidTransitionError
from core.models import Contact
from notifications import operations
from notifications.models import Message, MessageAttempt, Reminder, ReminderRule
from notifications.operations.claiming import (
    ChangedMeanwhileError,
    LeaseLostError,
    bundled_ids,
    hold,
    note_start,
)
from tests.factories.core import ContactFactory
from tests.notifications.conftest import claim_next, local
from tests.races import just_behind

pytestmark = pytest.mark.django_db(transaction=True)
HR = Actor(label="Marieke")
TUESDAY = datetime.date(2026, 12, 1)
AT = local(2026, 11, 24)


@pytest.fixture
def message(contact, letter_for):
    return letter_for(contact, dossier=uuid.uuid4())


@pytest.fixture
def thing(planner, rules_shipped, contact):
    return planner.add(contact, TUESDAY)


def plan(organisation, at=AT):
    return operations.plan(organisation=organisation, at=at)


def withdraw(about):
    return operations.cancel_for_dossier(dossier=about.dossier, reason="end_moved")


def settle(thing):
    return operations.cancel_for_item(item=thing.item)


def change(**facts):
    rule = ReminderRule.objects.get(code="thing_due")
    values = {"is_active": True, "offsets": [-7], "escalate_after": []} | facts
    return operations.change_rule(rule_id=rule.pk, actor=HR, **values)


def retry(message, _contact):
    return operations.retry_message(message_id=message.pk, actor=HR)


def redirect(message, contact):
    return operations.redirect_message(message_id=message.pk, contact_id=contact.pk, actor=HR)


def test_what_another_planner_just_decided_is_decided_once(organisation, thing):
    late = just_behind(organisation, lambda: plan(organisation), lambda: plan(organisation))

    assert (late.decided, late.told, late.bundled) == (0, 1, 0)
    assert Message.objects.count() == Reminder.objects.count() == 1


def test_a_rule_that_was_just_switched_off_decides_nothing_more(organisation, thing):
    late = just_behind(organisation, lambda: change(is_active=False), lambda: plan(organisation))

    assert late.decided == 0
    assert not Reminder.objects.exists()


def test_a_rule_that_is_switched_off_withdraws_what_was_decided_a_moment_ago(organisation, thing):
    just_behind(organisation, lambda: plan(organisation), lambda: change(is_active=False))

    assert Reminder.objects.get().state == "cancelled"


def test_rules_are_shipped_once(organisation, planner):
    def ship():
        return operations.ship_rules(organisation=organisation)

    late = just_behind(organisation, ship, ship)

    assert late == 0
    assert ReminderRule.objects.count() == 2


@pytest.mark.parametrize("act", [withdraw, settle])
def test_what_was_just_withdrawn_is_not_withdrawn_again(organisation, thing, act):
    plan(organisation)

    late = just_behind(organisation, lambda: act(thing), lambda: act(thing))

    assert late == 0


@pytest.mark.parametrize("act", [withdraw, settle])
def test_what_was_just_withdrawn_is_not_put_into_a_message(organisation, contact, thing, act):
    bounced = Contact.objects.filter(pk=contact.pk)
    bounced.update(bounced_at=AT, bounce_code="550")
    plan(organisation)
    bounced.update(bounced_at=None, bounce_code="")
    assert Reminder.objects.get().state == "planned"

    just_behind(organisation, lambda: act(thing), lambda: plan(organisation))

    assert Reminder.objects.get().state == "cancelled"


def test_a_message_that_was_just_withdrawn_does_not_leave(organisation, message):
    claim = claim_next()

    with pytest.raises(LeaseLostError):
        just_behind(
            organisation,
            lambda: withdraw(message),
            lambda: hold(claim=claim, message=message, reminder_ids=frozenset()),
        )

    assert not MessageAttempt.objects.exists()


def test_a_message_of_which_a_line_is_no_longer_needed_is_written_anew(organisation, thing):
    plan(organisation)
    Message.objects.update(next_attempt_at=local(2020, 1, 1))
    message, claim = Message.objects.get(), claim_next()
    written = bundled_ids([message])[message.pk]
    settle(thing)

    with pytest.raises(ChangedMeanwhileError):
        hold(claim=claim, message=message, reminder_ids=written)


def test_what_is_withdrawn_while_the_check_before_the_text_waits_is_seen(organisation, thing):
    """The check is one statement: what it finds must not be what was there when it began."""
    plan(organisation)
    Message.objects.update(next_attempt_at=local(2020, 1, 1))
    message, claim = Message.objects.get(), claim_next()
    written = bundled_ids([message])[message.pk]

    def withdraw_behind_a_lock():
        Message.objects.select_for_update().get()
        settle(thing)

    with pytest.raises(ChangedMeanwhileError):
        just_behind(
            organisation,
            withdraw_behind_a_lock,
            lambda: hold(claim=claim, message=message, reminder_ids=written),
        )

    assert not MessageAttempt.objects.exists()


def test_an_attempt_that_begins_while_the_message_is_withdrawn_leaves_its_trace(
    organisation, message
):
    claim = claim_next()

    just_behind(
        organisation,
        lambda: withdraw(message),
        lambda: note_start(begun=[(claim, message)]),
    )

    message.refresh_from_db()
    assert message.state == "cancelled"
    assert MessageAttempt.objects.get().step == "started"


@pytest.mark.parametrize("first", [retry, redirect])
@pytest.mark.parametrize("second", [retry, redirect])
def test_what_hr_just_mended_is_not_mended_again(organisation, message, first, second):
    Message.objects.update(state="dead")
    colleagues = iter(ContactFactory.create_batch(2, organisation=organisation))

    late = just_behind(
        organisation,
        lambda: first(message, next(colleagues)),
        lambda: second(message, next(colleagues)),
    )

    assert isinstance(late, InvalidTransitionError)
    assert Message.objects.filter(state="pending").count() == 1
