"""Servers that break off, stall, drip or talk nonsense."""

import threading
import time
from contextlib import closing

import pytest

from notifications import operations
from notifications.mail.conversation import Watch
from notifications.models import Message
from notifications.operations import Delivery
from tests.notifications.servers import free_port, polite_until

State = Message.State


def hang_up(connection):
    connection.close()


def stall(connection):
    connection.recv(1)  # until the other side gives up


def talk_nonsense(connection):
    connection.sendall(b"\x00\xff hello, is it mail you are looking for?\r\n" * 3)
    stall(connection)


def talk_without_end(connection):
    while True:
        connection.sendall(b"x" * 4096)


def drip(connection):
    while True:
        connection.sendall(b"2")
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("stage", "misbehave", "is_certain"),
    [
        ("banner", hang_up, True),
        ("banner", talk_nonsense, True),
        ("banner", talk_without_end, True),
        ("banner", stall, True),
        ("ehlo", hang_up, True),
        ("mail", hang_up, True),
        ("mail", talk_nonsense, True),
        ("rcpt", stall, True),
        ("rcpt", hang_up, True),
        ("data", hang_up, False),
        ("data", stall, False),
        ("dot", hang_up, False),
        ("dot", stall, False),
        ("dot", talk_nonsense, False),
    ],
)
def test_message_is_tried_again_and_uncertain_ones_keep_their_links(
    *, contact, letter_for, raw_server, settings, doors, stage, misbehave, is_certain
):
    message = letter_for(contact)
    raw_server(polite_until(stage, misbehave))
    settings.EMAIL_TIMEOUT = settings.OUTBOX_LAST_ANSWER_SECONDS = 0.3

    delivery = operations.deliver_one()

    message.refresh_from_db()
    assert delivery in (Delivery.DEFERRED, Delivery.AWAY)
    assert (message.state, message.attempts, message.reason) == (State.RETRY, 1, "away")
    assert doors.shut_for == ([message.pk] if is_certain else [])


@pytest.mark.parametrize("stage", ["banner", "mail", "dot"])
def test_server_that_drips_is_cut_off_before_the_lease_ends(
    contact, letter_for, raw_server, settings, stage
):
    message = letter_for(contact)
    raw_server(polite_until(stage, drip))
    settings.OUTBOX_LEASE_SECONDS = 1
    started = time.monotonic()

    operations.deliver_one()

    assert time.monotonic() - started < 10
    message.refresh_from_db()
    assert message.state == State.RETRY


def test_server_that_drips_is_cut_off_from_a_later_mail_too(
    contact, letter_for, raw_server, settings
):
    messages = [letter_for(contact) for _ in range(3)]
    raw_server(polite_until("rcpt", drip, after=2))
    settings.OUTBOX_LEASE_SECONDS = 1
    started = time.monotonic()

    assert operations.deliver_burst() == {Delivery.SENT: 2, Delivery.DEFERRED: 1}

    assert time.monotonic() - started < 10
    messages[2].refresh_from_db()
    assert messages[2].state == State.RETRY


def test_mails_that_take_long_together_are_not_cut_off():
    is_cut = threading.Event()
    with closing(Watch(0.2, is_cut.set)) as watch:
        until = time.monotonic() + 0.6
        while time.monotonic() < until:
            with watch.within():
                assert not is_cut.wait(0.01)
        with watch.within():
            assert is_cut.wait(10)


def test_patience_after_the_text_is_longer_than_before_it(
    contact, letter_for, raw_server, settings
):
    def answer_late(connection):
        time.sleep(0.6)
        connection.sendall(b"250 kept\r\n")
        stall(connection)

    message = letter_for(contact)
    raw_server(polite_until("dot", answer_late))
    settings.EMAIL_TIMEOUT, settings.OUTBOX_LAST_ANSWER_SECONDS = 0.3, 5

    operations.deliver_one()

    message.refresh_from_db()
    assert message.state == State.SENT


def test_without_a_mail_server_one_attempt_is_made_per_round(contact, letter_for, use_mail_server):
    for _ in range(3):
        letter_for(contact)
    use_mail_server(free_port())

    assert operations.deliver_burst() == {Delivery.AWAY: 1}

    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_server_that_has_had_enough_of_a_connection_gets_a_new_one(contact, letter_for, postbox):
    for _ in range(3):
        letter_for(contact)
    refused = []

    def refuse(address):
        if len(postbox.mails) == 1 and not refused:
            refused.append(address)
            return "421 4.7.0 too many messages on this connection"
        return None

    postbox.refuse_mail = refuse

    assert operations.deliver_burst() == {Delivery.SENT: 3}
    assert postbox.connections == 2
    assert set(Message.objects.values_list("attempts", flat=True)) == {1}
