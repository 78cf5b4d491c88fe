"""The database restarts at awkward moments; the connection of the sender is cut for real."""

import gc
import os
import signal
import threading
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from core.models import Heartbeat
from notifications import operations
from notifications.models import Message
from notifications.operations import Delivery
from tests.notifications.servers import free_port

pytestmark = pytest.mark.django_db(transaction=True)
State = Message.State


class Database:
    """The database as this process sees it; its connection can be cut, its address be wrong."""

    def __init__(self, cut, right_port):
        self.cut = cut
        self.right_port = right_port

    def go_away(self):
        connection.settings_dict["PORT"] = free_port()
        self.cut()

    def come_back(self):
        connection.settings_dict["PORT"] = self.right_port


@pytest.fixture
def database():
    """Cut the connection of this process as a restart of the server would."""
    facts = connection.get_connection_params()
    keys = ("dbname", "user", "password", "host", "port")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own_pid = cursor.fetchone()[0]

    def cut():
        with psycopg.connect(**{key: facts[key] for key in keys}, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [own_pid])

    made = Database(cut, connection.settings_dict["PORT"])
    yield made
    made.come_back()
    connection.close()


@pytest.fixture
def signals():
    """Give the process its own handlers and its garbage back after a command took them."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_mail_that_left_is_noted_after_the_database_is_back(contact, letter_for, postbox, database):
    message = letter_for(contact)

    def restart(mail):
        database.go_away()
        threading.Timer(0.5, database.come_back).start()

    postbox.after_data = restart

    assert operations.deliver_one() is Delivery.SENT

    message.refresh_from_db()
    assert message.state == State.SENT
    assert len(postbox.mails) == 1


def test_cut_connection_costs_one_message_its_turn_and_no_other(
    contact, letter_for, postbox, database
):
    first, second = letter_for(contact), letter_for(contact)
    cuts = []

    def cut_once(address):
        if not cuts:
            cuts.append(address)
            database.cut()

    postbox.refuse_rcpt = cut_once

    assert operations.deliver_burst() == {Delivery.DEFERRED: 1, Delivery.SENT: 1}

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.LEASED, State.SENT)
    assert len(postbox.mails) == 1


def test_burst_ends_when_the_database_stays_away(contact, letter_for, postbox, database):
    letter_for(contact)
    postbox.refuse_rcpt = lambda address: database.go_away()

    with pytest.raises(OperationalError):
        operations.deliver_burst()

    assert not postbox.mails


def test_message_that_cannot_be_written_without_the_database_is_not_put_off(
    contact, letter_for, postbox, database, answers
):
    letter_for(contact)
    answers.composers["letter"] = lambda message: database.go_away() or Message.objects.get()

    with pytest.raises(OperationalError):
        operations.deliver_burst()

    database.come_back()
    connection.close()
    assert Message.objects.get().state == State.LEASED


def test_planning_ends_when_the_database_stays_away(organisation, planner, rules_shipped, database):
    planner.due = lambda *args: database.go_away() or iter([])

    with pytest.raises(OperationalError):
        operations.plan_all()


def test_page_of_a_message_does_not_hide_that_the_database_is_away(
    contact, letter_for, database, answers
):
    message = letter_for(contact)
    answers.composers["letter"] = lambda message: database.go_away() or Message.objects.get()

    with pytest.raises(OperationalError):
        operations.preview(message)


def test_dispatcher_goes_on_when_the_database_is_back_and_ends_on_sigterm(
    contact, letter_for, postbox, database, signals, settings
):
    # Long enough for a mail to be written and handed over on a busy machine.
    settings.OUTBOX_LEASE_SECONDS, settings.DISPATCHER_POLL_SECONDS = 5, 0.5
    message = letter_for(contact)
    restarts = []

    def restart_at_first(address):
        if not restarts:
            restarts.append(address)
            database.go_away()
            threading.Timer(1, database.come_back).start()

    postbox.refuse_rcpt = restart_at_first
    postbox.after_data = lambda mail: os.kill(os.getpid(), signal.SIGTERM)
    out = StringIO()

    call_command("run_dispatcher", stdout=out)

    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.SENT, 2)
    assert out.getvalue().splitlines() == ["dispatcher started", "dispatcher stopped: 1 sent"]
    assert Heartbeat.objects.filter(name="dispatcher").exists()


def test_dispatcher_with_nothing_to_do_waits_and_ends_on_sigterm(
    planner, rules_shipped, signals, settings
):
    settings.DISPATCHER_POLL_SECONDS = 0.1
    asked = []

    def stop(*args):
        asked.append(args)
        os.kill(os.getpid(), signal.SIGTERM)
        return iter([])

    planner.due = stop
    out = StringIO()

    call_command("run_dispatcher", stdout=out)

    assert len(asked) == 1
    assert out.getvalue().endswith("dispatcher stopped: nothing sent\n")
