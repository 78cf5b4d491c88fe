"""kill -9 at every moment: nothing is lost, and twice only when the text had begun to leave."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.models import F

from core.models import Heartbeat
from notifications.models import Message, MessageAttempt
from tests.factories.core import ContactFactory

pytestmark = pytest.mark.django_db(transaction=True)
State = Message.State
CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0  # seconds
KILLS = int(os.environ.get("DISPATCHER_KILLS", "25"))


class Farm:
    """Starts and kills dispatcher processes."""

    def __init__(self, process):
        self.process = process
        self.mail_port = 0

    def start(self):
        self.process.stdin.write(f"{self.mail_port}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


def database_url():
    facts = connection.settings_dict
    user = f"{facts['USER']}:{facts['PASSWORD']}"
    return f"postgres://{user}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


def side_connection():
    facts = connection.get_connection_params()
    keys = ("dbname", "user", "password", "host", "port")
    return psycopg.connect(**{key: facts[key] for key in keys}, autocommit=False)


@pytest.fixture(scope="module")
def empty_farm(django_db_setup, django_db_blocker):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.notifications.sample.farm"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=CHECKOUT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.notifications.sample.settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": django_settings.REDIS_URL,
        },
    )
    assert process.stdout.readline() == "ready\n"
    yield Farm(process)
    process.stdin.close()
    process.stdout.close()
    process.wait(timeout=PATIENCE)


@pytest.fixture
def farm(empty_farm, postbox):
    """Dispatchers that hand over to this test's mail server."""
    empty_farm.mail_port = postbox.port
    return empty_farm


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), "the dispatcher to be gone")


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_waiting_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


@contextlib.contextmanager
def nobody_may_write(table):
    """Keep every other process from writing to a table, as a slow database would."""
    with side_connection() as other:
        other.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield
        other.rollback()


def let_another_finish(farm, message):
    """End the lease of the dead sender, let a new one work, and stop it politely."""
    Message.objects.filter(state=State.LEASED).update(
        next_attempt_at=F("created_at"), lease_until=F("created_at")
    )
    pid = farm.start()
    wait_until(lambda: Message.objects.get(pk=message.pk).state == State.SENT, "delivery")
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not is_alive(pid), "the dispatcher to stop")


def test_killed_before_the_claim_commits(contact, letter_for, postbox, farm):
    message = letter_for(contact)
    with nobody_may_write("notifications_message"):
        pid = farm.start()
        wait_until(is_waiting_for_a_lock, "the claim")
        kill(pid)

    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.PENDING, 0)
    let_another_finish(farm, message)
    assert postbox.count_by_message_id().most_common() == [(postbox.mails[0]["Message-ID"], 1)]


def test_killed_right_after_the_claim(contact, letter_for, postbox, farm):
    message = letter_for(contact)
    with nobody_may_write("notifications_messageattempt"):
        pid = farm.start()
        wait_until(is_waiting_for_a_lock, "the first step")
        kill(pid)

    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.LEASED, 1)
    let_another_finish(farm, message)
    assert len(postbox.mails) == 1


def test_killed_before_the_text_leaves(contact, letter_for, postbox, farm):
    message, pids = letter_for(contact), []
    postbox.refuse_rcpt = lambda address: kill_once(pids)

    pids.append(farm.start())
    wait_until(lambda: not pids, "the dispatcher to be killed")

    assert not MessageAttempt.objects.filter(step="handing_over").exists()
    let_another_finish(farm, message)
    assert len(postbox.mails) == 1


def kill_once(pids):
    """Kill the dispatcher that is talking to us, before we answer it."""
    while pids:
        os.kill(pids[0], signal.SIGKILL)
        pids.pop()


def test_killed_after_the_text_and_before_the_answer_repeats_once(
    contact, letter_for, postbox, farm
):
    message, pids = letter_for(contact), []
    postbox.after_data = lambda mail: kill_once(pids)

    pids.append(farm.start())
    wait_until(lambda: not pids, "the dispatcher to be killed")

    let_another_finish(farm, message)
    assert list(postbox.count_by_message_id().values()) == [2]
    message.refresh_from_db()
    assert message.attempts == 2
    steps = MessageAttempt.objects.filter(message=message).values_list("step", flat=True)
    assert Counter(steps) == {"started": 2, "handing_over": 2, "sent": 1}


def test_killed_while_the_note_of_the_answer_is_on_its_way_repeats_nothing(
    contact, letter_for, postbox, farm
):
    """The note is one statement: the database carries it out, whoever asked for it."""
    letter_for(contact)
    lock = contextlib.ExitStack()
    postbox.after_data = lambda mail: (
        lock.enter_context(nobody_may_write("notifications_messageattempt"))
        if len(postbox.mails) == 1
        else None
    )
    pid = farm.start()
    wait_until(lambda: postbox.mails and is_waiting_for_a_lock(), "the note of what was sent")
    kill(pid)
    lock.close()

    wait_until(lambda: Message.objects.get().state == State.SENT, "the note to be written")
    assert list(postbox.count_by_message_id().values()) == [1]


def test_killed_at_random_loses_nothing_and_repeats_only_in_the_window(
    organisation, letter_for, postbox, farm
):
    contacts = ContactFactory.create_batch(10, organisation=organisation)
    count = KILLS * 4
    for number in range(count):
        letter_for(contacts[number % 10], dedupe_key=f"letter:{number}")
    dice = random.Random(20261123)
    kills = 0
    while kills < KILLS and Message.objects.waiting().exists():
        pid = farm.start()
        time.sleep(dice.uniform(0.05, 0.5))
        kill(pid)
        kills += 1
        # Only the dead held leases.
        Message.objects.filter(state=State.LEASED).update(next_attempt_at=F("created_at"))

    pid = farm.start()
    wait_until(lambda: Message.objects.filter(state=State.SENT).count() == count, "all to be sent")
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not is_alive(pid), "the dispatcher to stop")

    delivered = postbox.count_by_message_id()
    lost = count - len(delivered)
    repeated = sum(delivered.values()) - len(delivered)
    in_window = (
        MessageAttempt.objects.filter(step="handing_over").count()
        - MessageAttempt.objects.filter(step="sent").count()
    )
    assert kills >= min(KILLS, 5)
    assert lost == 0
    assert repeated <= in_window <= kills


def test_sigterm_ends_the_loop_after_the_message_in_hand(contact, letter_for, postbox, farm):
    for _ in range(5):
        letter_for(contact)
    pids, arrived = [], threading.Event()

    def stop(mail):
        arrived.set()
        wait_until(lambda: pids, "the pid")
        os.kill(pids[0], signal.SIGTERM)

    postbox.after_data = stop
    pids.append(farm.start())
    wait_until(arrived.is_set, "the first mail")
    wait_until(lambda: not is_alive(pids[0]), "the dispatcher to stop")

    assert Message.objects.filter(state=State.SENT).count() == len(postbox.mails) == 1
    assert not Message.objects.filter(state=State.LEASED).exists()


def test_dispatcher_shows_that_it_lives_and_survives_losing_the_database(
    contact, letter_for, postbox, farm
):
    pid = farm.start()
    wait_until(lambda: Heartbeat.objects.filter(name="dispatcher").exists(), "a heartbeat")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    message = letter_for(contact)
    wait_until(lambda: Message.objects.get(pk=message.pk).state == State.SENT, "delivery")

    assert is_alive(pid)
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not is_alive(pid), "the dispatcher to stop")


def test_database_that_goes_away_after_the_text_left_makes_no_duplicate(
    contact, letter_for, postbox, farm
):
    message = letter_for(contact)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own_pid = cursor.fetchone()[0]

    def cut(mail):
        with side_connection() as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND pid <> ALL(%s)",
                [[own_pid]],
            )

    postbox.after_data = cut
    pid = farm.start()
    wait_until(lambda: Message.objects.get(pk=message.pk).state == State.SENT, "delivery")
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not is_alive(pid), "the dispatcher to stop")

    assert len(postbox.mails) == 1
