"""Messages are taken and written together, and stay each a message of its own."""

import dataclasses
import datetime
import threading
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Contact
from core.scoping import across_organisations, active_organisation, organisation_scope
from notifications import operations, planning
from notifications.models import Message, MessageAttempt, Reminder
from notifications.operations import Delivery, sending
from notifications.operations.claiming import LOT_LEASE_SECONDS, claim_some
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.notifications.conftest import local
from tests.races import at_once

State = Message.State
TUESDAY = datetime.date(2026, 12, 1)


@pytest.fixture
def digests(organisation, planner, rules_shipped, doors):
    """Promise a digest to each of many contacts, and return the contacts."""

    def promise(count):
        people = ContactFactory.create_batch(count, organisation=organisation)
        for number, person in enumerate(people):
            language = ("en", "nl")[number % 2]
            Contact.objects.filter(pk=person.pk).update(language=language)
            planner.add(person, TUESDAY, text=f"Thing [{person.pk}]")
        operations.plan(organisation=organisation, at=local(2026, 11, 24))
        return people

    return promise


def queries_of(call):
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_what_is_written_together_says_to_each_what_is_theirs(digests, postbox):
    people = digests(7)

    assert operations.deliver_burst() == {Delivery.SENT: 7}

    assert sorted(to for [to] in postbox.recipients) == sorted(p.email for p in people)
    by_reader = {mail["To"]: mail.get_body(("plain",)).get_content() for mail in postbox.mails}
    for person in people:
        assert [p for p in people if f"Thing [{p.pk}]" in by_reader[person.email]] == [person]
    assert set(Reminder.objects.values_list("state", flat=True)) == {"sent"}


def test_many_messages_take_few_queries_more_than_one(digests, postbox):
    digests(16)
    one = queries_of(operations.deliver_one)
    digests(15)

    rest = queries_of(lambda: operations.deliver_burst(due_by=operations.database_now()))

    assert not Message.objects.exclude(state=State.SENT).exists()
    # Each message is checked before its text leaves and settled after it, in a statement each.
    assert rest <= 30 * 2 + 6 * one


def test_message_that_cannot_be_written_does_not_spoil_its_lot(digests, letter_for, postbox):
    people = digests(4)
    broken = letter_for(people[0], params={"is_broken": True})
    fine = letter_for(people[1])
    Message.objects.update(next_attempt_at=local(2020, 1, 1))
    lot = sending._take(6, None)

    with sending.mail.Relay() as relay:
        outcomes = list(sending._deliveries(lot, relay))

    assert sorted(outcomes) == [Delivery.DEFERRED, *[Delivery.SENT] * 5]
    assert Message.objects.get(pk=broken.pk).state == State.RETRY
    assert Message.objects.get(pk=fine.pk).state == State.SENT


def test_door_that_cannot_be_opened_does_not_spoil_its_lot(digests, doors, postbox):
    closed = digests(4)[2]
    opening = doors.open

    def open_for_others(letters):
        if any(message.contact_id == closed.pk for message, _dossiers in letters):
            raise ZeroDivisionError
        return opening(letters)

    doors.open = open_for_others
    lot = sending._take(4, None)

    with sending.mail.Relay() as relay:
        outcomes = list(sending._deliveries(lot, relay))

    assert sorted(outcomes) == [Delivery.DEFERRED, *[Delivery.SENT] * 3]
    waiting = Message.objects.get(state=State.RETRY)
    assert (waiting.contact_id, waiting.last_code) == (closed.pk, "ZeroDivisionError")


def test_rest_of_a_lot_is_put_back_when_told_to_stop(digests, doors, postbox):
    digests(8)

    operations.deliver_burst(should_stop=lambda: len(postbox.mails) == 2)

    waiting = Message.objects.exclude(state=State.SENT)
    assert set(waiting.values_list("state", "attempts")) == {(State.PENDING, 0)}
    assert waiting.count() == 6
    # The links that were made for what did not leave are withdrawn.
    assert set(doors.shut_for) == set(waiting.values_list("pk", flat=True))
    assert operations.deliver_burst() == {Delivery.SENT: 6}


def test_what_was_taken_is_sent_before_it_is_enough(digests, doors, postbox):
    digests(8)

    tally = operations.deliver_burst(is_enough=lambda tally: tally[Delivery.SENT] > 1)

    assert tally == {Delivery.SENT: 8}
    assert not doors.shut_for


@pytest.mark.parametrize(
    ("tried", "untried", "seconds", "next_count"),
    [
        (1, 0, 0.02, 100),
        (1, 0, 0.5, 7),
        (1, 0, 3.9, 1),
        (1, 0, 60.0, 1),
        (100, 0, 8.0, 49),
        (5, 95, 10.1, 1),
        (0, 3, 0.1, 1),
    ],
)
def test_as_many_are_taken_as_leave_in_a_few_seconds(tried, untried, seconds, next_count):
    began = time.monotonic() - seconds
    messages = dict.fromkeys(range(tried + untried))

    lot = sending.Lot(dict.fromkeys(range(untried)), messages, began)

    assert sending._count_after(lot) == next_count


def test_rest_of_a_lot_is_written_anew_when_the_server_takes_long(digests, postbox):
    digests(3)
    lot = sending._take(3, None)
    lot = dataclasses.replace(lot, taken_at=lot.taken_at - sending.FRESH_SECONDS)

    with sending.mail.Relay() as relay:
        assert list(sending._deliveries(lot, relay)) == [Delivery.SENT]
    sending._put_back_rest(lot)

    assert operations.deliver_burst() == {Delivery.SENT: 2}


def test_rest_of_a_lot_is_put_back_when_the_server_is_away(digests, use_mail_server):
    digests(5)
    use_mail_server(1)
    lot = sending._take(5, None)
    with sending.mail.Relay() as relay:
        assert next(sending._deliveries(lot, relay)) is Delivery.AWAY
    sending._put_back_rest(lot)

    assert operations.deliver_burst() == {Delivery.AWAY: 1}
    assert Message.objects.filter(state=State.PENDING, attempts=0).count() == 3


@pytest.mark.django_db(transaction=True)
def test_rest_that_a_planner_holds_up_waits_for_its_lease_and_holds_up_nobody_else(
    digests, organisation, letter_for, postbox
):
    digests(2)
    other = OrganisationFactory()
    with organisation_scope(other):
        theirs = letter_for(ContactFactory(organisation=other))
    lot = sending._take(3, None)
    planner_at_work = connection.copy()
    try:
        with planner_at_work.cursor() as cursor:
            name = f"notifications.plan:{organisation.pk}"
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        sending._put_back_rest(lot)
    finally:
        planner_at_work.close()

    with across_organisations():
        states = dict(Message.objects.values_list("pk", "state"))
    assert states.pop(theirs.pk) == State.PENDING
    assert list(states.values()) == [State.LEASED] * 2


def test_lot_of_a_sender_that_died_is_taken_over_soon(digests):
    digests(3)
    claims = claim_some(count=3)

    soon = claims[0].at + datetime.timedelta(seconds=LOT_LEASE_SECONDS)
    leases = Message.objects.values_list("lease_until", "next_attempt_at")
    assert list(leases) == [(soon, soon)] * 3


@pytest.mark.django_db(transaction=True)
def test_two_senders_never_take_the_same_lot(organisation, contact, letter_for):
    for _ in range(40):
        letter_for(contact)

    def take():
        lots = iter(lambda: claim_some(count=3), [])
        return [claim.message_id for lot in lots for claim in lot]

    first, second = at_once(organisation, take, take)

    assert len(first + second) == len(set(first + second)) == 40


@pytest.mark.django_db(transaction=True)
def test_address_that_changes_after_the_mail_was_written_is_the_one_that_is_used(
    organisation, contact, letter_for, postbox, close_connections
):
    letter_for(contact)

    def mend():
        with organisation_scope(organisation):
            Contact.objects.update(email="mended@veldam.example")
        close_connections()

    def answer(address):
        if address == contact.email:
            thread = threading.Thread(target=mend)
            thread.start()
            thread.join()

    postbox.refuse_rcpt = answer

    assert operations.deliver_burst() == {Delivery.DEFERRED: 1, Delivery.SENT: 1}
    assert postbox.recipients[-1] == ["mended@veldam.example"]
    assert len(postbox.mails) == 1
    assert MessageAttempt.objects.filter(step="deferred").count() == 1


def test_lot_of_two_organisations_is_written_in_the_scope_of_each(digests, letter_for, postbox):
    digests(2)
    other = OrganisationFactory()
    with organisation_scope(other):
        letter_for(ContactFactory(organisation=other))
    lot = sending._take(3, None)

    with sending.mail.Relay() as relay:
        assert list(sending._deliveries(lot, relay)) == [Delivery.SENT] * 3


def test_sender_stays_in_its_own_scope_between_two_messages(contact, letter_for, postbox):
    letter_for(contact)
    other = OrganisationFactory()
    with organisation_scope(other):
        letter_for(ContactFactory(organisation=other))
    lot = sending._take(2, None)

    with sending.mail.Relay() as relay:
        scopes = [active_organisation() for _delivery in sending._deliveries(lot, relay)]

    assert scopes == [contact.organisation] * 2


def test_letter_that_a_composer_leaves_out_is_tried_again(digests, answers, postbox):
    left_out = digests(4)[1]

    def forgetful(messages):
        letters = operations.compose_digests(messages)
        return {m.pk: letters[m.pk] for m in messages if m.contact_id != left_out.pk}

    planning.register_composers("digest", forgetful, "daily message")

    assert operations.deliver_burst() == {Delivery.SENT: 3, Delivery.DEFERRED: 1}

    waiting = Message.objects.get(state=State.RETRY)
    assert (waiting.contact_id, waiting.last_code) == (left_out.pk, "KeyError")


def test_composer_of_many_gets_messages_of_one_language(digests, answers, postbox):
    digests(4)
    seen = []

    def look(messages):
        seen.append({message.contact.language for message in messages})
        return operations.compose_digests(messages)

    planning.register_composers("digest", look, "daily message")
    lot = sending._take(4, None)

    with sending.mail.Relay() as relay:
        assert list(sending._deliveries(lot, relay)) == [Delivery.SENT] * 4
    assert seen == [{"en"}, {"nl"}]
