"""What becomes of a message when the mail server says no; asked of a real server on a socket."""

import datetime

import pytest
from aiosmtpd.smtp import AuthResult
from django.db.models import F

from core.models import AuditEvent
from notifications import mail, operations, queries
from notifications.models import Message, RelayPause
from notifications.operations import Delivery
from tests.factories.core import ContactFactory
from tests.notifications.conftest import claim_next
from tests.notifications.servers import Postbox

State = Message.State


def minutes_until_next(message):
    message.refresh_from_db()
    return (message.next_attempt_at - operations.database_now()).total_seconds() / 60


@pytest.mark.parametrize("stage", ["refuse_mail", "refuse_rcpt", "refuse_data"])
@pytest.mark.parametrize(
    "answer",
    ["421 4.3.2 going down", "432 4.3.2 busy", "450 4.2.1 later", "452 4.2.2 mailbox full"],
)
def test_temporary_refusal_is_tried_again_on_schedule(
    contact, letter_for, postbox, doors, stage, answer
):
    message = letter_for(contact)
    setattr(postbox, stage, lambda address: answer)

    assert operations.deliver_one() is Delivery.DEFERRED

    assert 0.7 < minutes_until_next(message) <= 1.2
    assert (message.state, message.attempts, message.reason) == (State.RETRY, 1, "deferred")
    assert answer[:3] in message.last_code
    assert doors.shut_for == [message.pk]


def test_delays_grow_from_one_minute_to_three_hours(contact, letter_for, postbox):
    message = letter_for(contact)
    postbox.refuse_rcpt = lambda address: "450 later"
    delays = []
    for _ in range(6):
        operations.deliver_one()
        delays.append(minutes_until_next(message))
        Message.objects.update(next_attempt_at=operations.database_now())

    for delay, expected in zip(delays, [1, 5, 15, 60, 180, 180], strict=True):
        assert 0.75 * expected < delay < 1.25 * expected


def test_refusal_of_one_does_not_hold_up_another(organisation, letter_for, postbox):
    slow, fine = ContactFactory.create_batch(2, organisation=organisation)
    letter_for(slow)
    letter_for(fine)
    postbox.refuse_rcpt = lambda address: "451 later" if address == slow.email else None

    operations.deliver_burst()

    assert postbox.recipients == [[fine.email]]


@pytest.mark.parametrize(
    ("stage", "answer", "code"),
    [
        ("refuse_rcpt", "550 5.1.1 no such user", "550 5.1.1"),
        ("refuse_rcpt", "554 no mailbox here", "554"),
        ("refuse_data", "550 5.1.1 no such user", "550 5.1.1"),
    ],
)
def test_bounce_puts_the_message_before_hr_and_stops_all_mail_to_the_address(
    *, contact, letter_for, postbox, doors, stage, answer, code
):
    first, second = letter_for(contact), letter_for(contact)
    setattr(postbox, stage, lambda address: answer)

    assert operations.deliver_one() is Delivery.DEAD
    assert operations.deliver_one() is Delivery.DEAD

    contact.refresh_from_db()
    first.refresh_from_db()
    second.refresh_from_db()
    assert contact.bounced_at is not None
    assert contact.bounce_code == code
    assert (first.state, first.reason) == (State.DEAD, "bounced")
    assert (second.state, second.reason) == (State.DEAD, "suppressed")
    event = AuditEvent.objects.get(action="notifications.contact.bounced")
    assert (event.subject_id, event.actor_kind) == (contact.pk, "system")
    assert event.data == {"code": code, "message": str(first.public_id)}
    assert doors.shut_for == [first.pk]


@pytest.mark.parametrize(
    ("stage", "answer"),
    [
        ("refuse_rcpt", "554 5.7.1 relay access denied"),
        ("refuse_data", "554 5.7.1 looks like spam"),
        ("refuse_data", "554 transaction failed"),
        ("refuse_mail", "552 5.3.4 too large"),
    ],
)
def test_refused_message_is_put_before_hr_but_the_address_stays_good(
    contact, letter_for, postbox, stage, answer
):
    message = letter_for(contact)
    setattr(postbox, stage, lambda address: answer)

    assert operations.deliver_one() is Delivery.DEAD

    contact.refresh_from_db()
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.DEAD, "refused")
    assert contact.bounced_at is None


def test_address_that_hr_mended_meanwhile_is_not_marked(contact, letter_for, postbox):
    letter_for(contact)

    postbox.refuse_rcpt = lambda address: "550 5.1.1 no such user"
    lot = operations.sending._take(1, None)
    type(contact).objects.filter(pk=contact.pk).update(email="mended@veldam.example")

    with mail.Relay() as relay:
        assert list(operations.sending._deliveries(lot, relay)) == [Delivery.DEAD]

    contact.refresh_from_db()
    assert contact.bounced_at is None


def test_sender_that_is_refused_stops_all_attempts_and_burns_none(
    organisation, letter_for, postbox
):
    messages = [letter_for(c) for c in ContactFactory.create_batch(3, organisation=organisation)]
    postbox.refuse_mail = lambda address: "550 5.7.1 sender not allowed"

    assert operations.deliver_burst() == {Delivery.HELD: 1}
    assert operations.deliver_burst() == {}

    for message in messages:
        message.refresh_from_db()
        assert (message.state, message.attempts) == (State.PENDING, 0)
    assert queries.relay_pause().code == "sender 550 5.7.1"


def test_pause_grows_while_the_server_refuses_and_ends_when_it_takes_mail(
    contact, letter_for, postbox
):
    message = letter_for(contact)
    postbox.refuse_mail = lambda address: "530 5.7.0 authentication required"
    lengths = []
    for _ in range(3):
        operations.deliver_one()
        pause = RelayPause.objects.get()
        lengths.append(round((pause.until - operations.database_now()).total_seconds() / 60))
        RelayPause.objects.update(until=operations.database_now())
    postbox.refuse_mail = lambda address: None

    assert operations.deliver_one() is Delivery.SENT

    assert lengths == [1, 2, 5]
    assert not RelayPause.objects.exists()
    message.refresh_from_db()
    assert (message.attempts, message.reason) == (1, "")


def test_two_senders_that_meet_the_same_refusal_count_it_once(contact, letter_for, postbox):
    letter_for(contact)
    letter_for(contact)
    postbox.refuse_mail = lambda address: "550 5.7.1 sender not allowed"
    taken = [operations.sending._take(1, None) for _ in range(2)]

    for lot in taken:
        with mail.Relay() as relay:
            assert list(operations.sending._deliveries(lot, relay)) == [Delivery.HELD]

    assert RelayPause.objects.get().refusals == 1
    assert set(Message.objects.values_list("state", "attempts")) == {(State.PENDING, 0)}


def test_wrong_password_pauses_the_relay(contact, letter_for, settings, use_mail_server):
    server = Postbox(
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=False, handled=False),
    )
    server.start()
    use_mail_server(server.port)
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "kennisborg", "wrong"
    message = letter_for(contact)
    try:
        assert operations.deliver_one() is Delivery.HELD
    finally:
        server.stop()

    message.refresh_from_db()
    assert (message.state, message.attempts, message.reason) == (State.PENDING, 0, "relay")
    assert queries.relay_pause().code == "sign-in 535 5.7.8"


def test_server_without_the_tls_that_we_ask_for_pauses_the_relay(
    contact, letter_for, settings, postbox
):
    letter_for(contact)
    settings.EMAIL_USE_TLS = True

    assert operations.deliver_one() is Delivery.HELD


def test_uncertain_mail_keeps_its_links_when_a_later_try_fails_for_certain(
    contact, letter_for, postbox, doors
):
    message = letter_for(contact)
    claim = claim_next()
    operations.sending.hold(claim=claim, message=message, reminder_ids=frozenset())
    Message.objects.update(next_attempt_at=F("created_at"))  # its sender died after the text left
    postbox.refuse_rcpt = lambda address: "450 later"

    assert operations.deliver_one() is Delivery.DEFERRED
    assert doors.shut_for == []
    assert datetime.timedelta(0) < message.expires_at - operations.database_now()
