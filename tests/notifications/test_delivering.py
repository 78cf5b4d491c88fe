import datetime

import psycopg
import pytest
from django.db import connection, transaction
from django.db.models import F

from core.models import Contact
from core.scoping import organisation_scope
from notifications import operations
from notifications.models import Message, MessageAttempt, Reminder
from notifications.operations import Delivery
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.notifications.conftest import claim_next, local
from tests.races import at_once

State = Message.State


def steps_of(message):
    return list(
        MessageAttempt.objects.filter(message=message).order_by("pk").values_list("step", flat=True)
    )


def test_due_message_reaches_its_contact_once(contact, letter_for, postbox):
    message = letter_for(contact, params={"subject": "Collect the laptop"})

    assert operations.deliver_one()
    assert not operations.deliver_one()

    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_code) == (State.SENT, 1, "250")
    assert message.sent_at is not None
    assert postbox.subjects() == ["Collect the laptop"]
    assert postbox.recipients == [[contact.email]]
    assert steps_of(message) == ["started", "handing_over", "sent"]


def test_message_that_is_not_due_yet_stays(contact, letter_for, postbox):
    letter_for(contact, next_attempt_at=operations.database_now() + datetime.timedelta(minutes=1))

    assert not operations.deliver_one()


def test_oldest_message_goes_first(contact, letter_for, postbox):
    now = operations.database_now()
    for minutes in (1, 3, 2):
        letter_for(
            contact,
            params={"subject": f"{minutes} minutes ago"},
            next_attempt_at=now - datetime.timedelta(minutes=minutes),
        )

    operations.deliver_burst()

    assert postbox.subjects() == ["3 minutes ago", "2 minutes ago", "1 minutes ago"]


def test_burst_uses_one_connection(contact, letter_for, postbox):
    for _ in range(5):
        letter_for(contact)

    assert operations.deliver_burst() == {Delivery.SENT: 5}
    assert postbox.connections == 1


def test_burst_leaves_what_became_due_after_its_limit(contact, letter_for, postbox):
    limit = operations.database_now()
    letter_for(contact, next_attempt_at=limit + datetime.timedelta(microseconds=1))

    assert operations.deliver_burst(due_by=limit) == {}
    assert operations.deliver_burst() == {Delivery.SENT: 1}


def test_every_organisation_is_served_in_its_own_scope(contact, letter_for, postbox, doors):
    letter_for(contact)
    other = OrganisationFactory()
    with organisation_scope(other):
        stranger = ContactFactory(organisation=other)
        letter_for(stranger)

    assert operations.deliver_burst() == {Delivery.SENT: 2}
    assert postbox.recipients == [[contact.email], [stranger.email]]


def test_expired_message_is_not_sent_and_stays_visible(contact, letter_for, postbox):
    message = letter_for(contact, expires_at=operations.database_now())

    assert operations.deliver_one() is Delivery.EXPIRED

    message.refresh_from_db()
    assert (message.state, message.reason) == (State.EXPIRED, "expired")
    assert not postbox.mails


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"is_active": False}, "inactive"),
        ({"bounced_at": local(2026, 11, 1), "bounce_code": "550"}, "suppressed"),
        ({"email": "nobody@nowhere\nBcc: all@veldam.example"}, "no_address"),
        ({"email": ""}, "no_address"),
    ],
)
def test_contact_who_cannot_be_written_to_is_put_before_hr(
    contact, letter_for, postbox, facts, reason
):
    message = letter_for(contact)
    Contact.objects.update(**facts)

    assert operations.deliver_one() is Delivery.DEAD

    message.refresh_from_db()
    assert (message.state, message.reason) == (State.DEAD, reason)
    assert not postbox.mails


def test_message_that_is_not_needed_any_more_is_left_out(contact, letter_for, postbox):
    message = letter_for(contact, params={"is_obsolete": True})

    assert operations.deliver_one() is Delivery.DROPPED

    message.refresh_from_db()
    assert (message.state, message.reason) == (State.CANCELLED, "not_needed")
    assert steps_of(message) == ["started", "obsolete"]


@pytest.mark.parametrize(
    ("facts", "reason", "code"),
    [
        ({"kind": "from_the_future"}, "unknown_kind", "UnknownKindError"),
        ({"params": {"is_broken": True}}, "error", "ZeroDivisionError"),
    ],
)
def test_message_that_cannot_be_written_does_not_block_the_next(
    contact, letter_for, postbox, facts, reason, code
):
    broken, fine = letter_for(contact, **facts), letter_for(contact)

    operations.deliver_burst()

    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.state, broken.reason, broken.last_code) == (State.RETRY, reason, code)
    assert fine.state == State.SENT


def test_message_of_a_dead_sender_is_taken_over_when_its_lease_ends(contact, letter_for, postbox):
    message = letter_for(contact)
    claim_next()
    assert not operations.deliver_one()

    Message.objects.update(
        lease_until=F("lease_until") - datetime.timedelta(hours=1),
        next_attempt_at=F("next_attempt_at") - datetime.timedelta(hours=1),
    )

    assert operations.deliver_one() is Delivery.SENT
    message.refresh_from_db()
    assert message.attempts == 2


def test_reminders_are_sent_with_their_digest(
    organisation, planner, rules_shipped, contact, postbox, doors
):
    done = planner.add(contact, datetime.date(2026, 12, 1), text="Plan the exit talk")
    thing = planner.add(contact, datetime.date(2026, 12, 1))
    operations.plan(organisation=organisation, at=local(2026, 11, 24))
    done.is_done = True

    operations.deliver_one()

    told = Reminder.objects.get(item=thing.item)
    assert told.state == Reminder.State.SENT
    assert Reminder.objects.get(item=done.item).state == Reminder.State.CANCELLED
    text = postbox.mails[0].get_body(("plain",)).get_content()
    assert "Collect the laptop" in text
    assert "Plan the exit talk" not in text
    assert doors.opened == [(contact.pk, thing.dossier, Message.objects.get().pk)]


def test_digest_in_which_nothing_is_needed_any_more_is_not_sent(
    organisation, planner, rules_shipped, contact, postbox
):
    thing = planner.add(contact, datetime.date(2026, 12, 1))
    operations.plan(organisation=organisation, at=local(2026, 11, 24))
    thing.is_done = True

    assert operations.deliver_one() is Delivery.DROPPED
    assert Reminder.objects.get().state == Reminder.State.CANCELLED
    assert not postbox.mails


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_mail_server_answers(contact, letter_for, postbox):
    letter_for(contact)
    seen = []

    def look(mail):
        facts = connection.get_connection_params()
        with psycopg.connect(
            **{key: facts[key] for key in ("dbname", "user", "password", "host", "port")}
        ) as other:
            seen.extend(
                other.execute(
                    "SELECT state FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND backend_type = 'client backend'"
                ).fetchall()
            )

    postbox.after_data = look
    operations.deliver_one()

    assert seen
    assert all("transaction" not in state for (state,) in seen)


@pytest.mark.django_db(transaction=True)
def test_sending_inside_a_transaction_is_refused(contact, letter_for, postbox):
    letter_for(contact)

    with pytest.raises(RuntimeError), transaction.atomic():
        operations.deliver_one()


@pytest.mark.django_db(transaction=True)
def test_two_senders_never_take_the_same_message(organisation, contact, letter_for):
    for _ in range(20):
        letter_for(contact)

    def take():
        claims = iter(claim_next, None)
        return [claim.message_id for claim in claims]

    first, second = at_once(organisation, take, take)
    taken = first + second

    assert len(taken) == len(set(taken)) == 20
