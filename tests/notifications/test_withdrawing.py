import datetime
import threading

import pytest
from django.db import transaction

from core.actors import Actor
from core.scoping import organisation_scope
from notifications import operations
from notifications.models import Message, MessageAttempt, Reminder, ReminderRule
from notifications.operations import Delivery
from tests.notifications.conftest import claim_next, local

State = Message.State
HR = Actor(label="Marieke", user_id=1)
TUESDAY = datetime.date(2026, 12, 1)


@pytest.fixture
def thing(organisation, planner, rules_shipped, contact):
    made = planner.add(contact, TUESDAY)
    operations.plan(organisation=organisation, at=local(2026, 11, 24))
    return made


def test_moved_end_withdraws_what_is_unsent_about_the_engagement(
    organisation, planner, contact, letter_for, thing
):
    other = planner.add(contact, TUESDAY)
    operations.plan(organisation=organisation, at=local(2026, 11, 24, 9))
    letter = letter_for(contact, dossier=thing.dossier)
    unrelated = letter_for(contact, dossier=other.dossier)

    count = operations.cancel_for_dossier(dossier=thing.dossier, reason="end_moved")

    letter.refresh_from_db()
    unrelated.refresh_from_db()
    assert count == 2
    assert (letter.state, letter.reason) == (State.CANCELLED, "end_moved")
    assert unrelated.state == State.PENDING
    assert Reminder.objects.get(item=thing.item).state == Reminder.State.CANCELLED
    assert Reminder.objects.get(item=other.item).state == Reminder.State.BUNDLED


def test_what_was_sent_stays(contact, letter_for, thing, postbox):
    letter_for(contact, dossier=thing.dossier)
    operations.deliver_burst()

    assert operations.cancel_for_dossier(dossier=thing.dossier, reason="end_moved") == 0
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}


def test_settled_item_withdraws_its_reminders_only(organisation, planner, contact, thing):
    other = planner.add(contact, TUESDAY, dossier=thing.dossier)
    operations.plan(organisation=organisation, at=local(2026, 11, 24, 9))

    assert operations.cancel_for_item(item=thing.item) == 1

    assert Reminder.objects.get(item=other.item).state == Reminder.State.BUNDLED


def test_withdrawing_is_part_of_the_change_that_it_belongs_to(thing):
    @transaction.atomic
    def move():
        operations.cancel_for_dossier(dossier=thing.dossier, reason="end_moved")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        move()

    assert Reminder.objects.get().state == Reminder.State.BUNDLED


def withdraw_while_the_server_waits_for_the_text(postbox, withdraw):
    """Let another process withdraw after the mail was written and before its text leaves."""

    def answer(address):
        thread = threading.Thread(target=withdraw)
        thread.start()
        thread.join()

    postbox.refuse_rcpt = answer


@pytest.mark.django_db(transaction=True)
def test_letter_withdrawn_while_it_is_being_sent_does_not_leave(
    *, organisation, contact, letter_for, planner, postbox, doors, close_connections
):
    dossier = planner.add(contact, TUESDAY).dossier
    message = letter_for(contact, dossier=dossier)

    def withdraw():
        with organisation_scope(organisation):
            operations.cancel_for_dossier(dossier=dossier, reason="end_moved")
        close_connections()

    withdraw_while_the_server_waits_for_the_text(postbox, withdraw)

    assert operations.deliver_one() is Delivery.LOST

    message.refresh_from_db()
    assert (message.state, message.reason) == (State.CANCELLED, "end_moved")
    assert not postbox.mails
    assert doors.shut_for == [message.pk]


@pytest.mark.django_db(transaction=True)
def test_digest_of_which_a_line_is_withdrawn_meanwhile_is_written_anew(
    organisation, contact, planner, rules_shipped, postbox, close_connections
):
    stays = planner.add(contact, TUESDAY, text="Plan the exit talk")
    goes = planner.add(contact, TUESDAY, text="Collect the laptop")
    operations.plan(organisation=organisation, at=local(2026, 11, 24))

    def withdraw():
        with organisation_scope(organisation):
            operations.cancel_for_item(item=goes.item)
        close_connections()

    withdraw_while_the_server_waits_for_the_text(postbox, withdraw)

    assert operations.deliver_one() is Delivery.DEFERRED
    assert not postbox.mails
    postbox.refuse_rcpt = lambda address: None
    assert operations.deliver_one() is Delivery.SENT

    text = postbox.mails[0].get_body(("plain",)).get_content()
    assert "Plan the exit talk" in text
    assert "Collect the laptop" not in text
    assert Message.objects.get().attempts == 1
    assert Reminder.objects.get(item=stays.item).state == Reminder.State.SENT


def test_sender_whose_lease_ran_out_and_was_taken_over_does_not_send(
    contact, letter_for, postbox, doors
):
    message = letter_for(contact)
    slow = claim_next()
    Message.objects.update(next_attempt_at=operations.database_now())
    operations.deliver_one()

    with pytest.raises(operations.sending.LeaseLostError):
        operations.sending.hold(claim=slow, message=message, reminder_ids=frozenset())

    assert (
        operations.settling.settle_sent(claim=slow, message=message, told=frozenset())
        is Delivery.LOST
    )
    assert len(postbox.mails) == 1
    assert not doors.shut_for
    # The step is kept all the same: it tells what happened.
    assert MessageAttempt.objects.filter(lease_token=slow.token, step="sent").exists()


def test_rule_that_is_switched_off_withdraws_its_unsent_reminders(thing):
    rule = ReminderRule.objects.get(code="thing_due")

    operations.change_rule(
        rule_id=rule.pk, is_active=False, offsets=[-7], escalate_after=[], actor=HR
    )

    assert Reminder.objects.get().state == Reminder.State.CANCELLED
