"""Every outcome is written only by whoever holds the lease."""

import uuid

import pytest

from notifications import operations, planning
from notifications.models import Message, MessageAttempt, RelayPause
from notifications.operations import Delivery, settling
from notifications.rules import Answer, Stage
from tests.factories.core import ContactFactory
from tests.notifications.conftest import claim_next
from tests.races import just_behind

State = Message.State
REFUSAL = Answer(stage=Stage.RECIPIENT, code=550, status="5.1.1")

OUTCOMES = {
    "sent": lambda **facts: settling.settle_sent(told=frozenset(), **facts),
    "dropped": settling.settle_dropped,
    "expired": settling.settle_expired,
    "unreachable": lambda **facts: settling.settle_unreachable(reason="inactive", **facts),
    "deferred": lambda **facts: settling.settle_deferred(reason="away", code="x", **facts),
    "refused": lambda **facts: settling.settle_refused(answer=REFUSAL, is_bounce=False, **facts),
    "held": lambda **facts: settling.settle_held(answer=REFUSAL, **facts),
    "changed": settling.settle_changed,
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcome_of_a_lost_lease_changes_nothing_but_the_history(
    contact, letter_for, doors, outcome
):
    message = letter_for(contact)
    claim = claim_next()
    Message.objects.update(
        state=State.CANCELLED, reason="end_moved", lease_token=None, lease_until=None
    )
    before = Message.objects.values().get()

    assert OUTCOMES[outcome](claim=claim, message=message) is Delivery.LOST

    assert Message.objects.values().get() == before
    assert MessageAttempt.objects.filter(message=message).count() == 1
    assert not doors.shut_for


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_message_that_somebody_just_withdraws_stays_withdrawn_whatever_its_outcome(
    *, organisation, contact, letter_for, doors, outcome
):
    message = letter_for(contact, dossier=uuid.uuid4())
    claim = claim_next()

    late = just_behind(
        organisation,
        lambda: operations.cancel_for_dossier(dossier=message.dossier, reason="end_moved"),
        lambda: OUTCOMES[outcome](claim=claim, message=message),
    )

    message.refresh_from_db()
    assert late is Delivery.LOST
    assert (message.state, message.reason) == (State.CANCELLED, "end_moved")
    assert not doors.shut_for


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcome_ends_the_lease(contact, letter_for, doors, outcome):
    message = letter_for(contact)
    claim = claim_next()

    OUTCOMES[outcome](claim=claim, message=message)

    message.refresh_from_db()
    assert message.state != State.LEASED
    assert (message.lease_token, message.lease_until) == (None, None)


def test_attempt_that_was_no_fault_of_the_message_is_not_counted(contact, letter_for, doors):
    message = letter_for(contact)
    for settle in (OUTCOMES["held"], OUTCOMES["changed"]):
        RelayPause.objects.all().delete()
        settle(claim=claim_next(), message=message)

        message.refresh_from_db()
        assert (message.state, message.attempts) == (State.PENDING, 0)


def test_message_that_was_tried_before_is_put_back_as_such(contact, letter_for, doors):
    message = letter_for(contact, state=State.RETRY, attempts=2)

    OUTCOMES["held"](claim=claim_next(), message=message)

    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.RETRY, 2)


def test_fault_while_settling_one_message_does_not_stop_the_burst(
    organisation, letter_for, postbox, doors, caplog
):
    slow, fine = ContactFactory.create_batch(2, organisation=organisation)
    letter_for(slow)
    letter_for(fine)
    postbox.refuse_rcpt = lambda address: "451 later" if address == slow.email else None
    doors.shut = lambda **facts: 1 / 0

    assert operations.deliver_burst() == {Delivery.DEFERRED: 1, Delivery.SENT: 1}

    assert "delivery failed" in caplog.text
    assert Message.objects.get(contact=slow).state == State.LEASED  # until its lease ends


def test_burst_stops_when_told(contact, letter_for, postbox):
    for _ in range(3):
        letter_for(contact)

    operations.deliver_burst(should_stop=lambda: len(postbox.mails) == 2)

    assert len(postbox.mails) == 2


def test_installation_without_doors_says_so(answers):
    with pytest.raises(LookupError):
        planning.doors()


def test_rows_name_themselves_without_addresses(contact, letter_for, postbox):
    message = letter_for(contact)
    operations.deliver_one()
    pause = RelayPause(code="sign-in 535")

    names = [str(message), str(pause), *map(str, MessageAttempt.objects.all())]

    assert names[0] == f"letter {message.public_id}"
    assert all("@" not in name for name in names)
