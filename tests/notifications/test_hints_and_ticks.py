import threading

import pytest
import redis
from celery import current_app
from django.conf import settings as django_settings
from django.db import transaction

from core.models import Heartbeat
from notifications import outbox, tasks
from notifications.models import Message
from tests.notifications.servers import RawServer, free_port

FOR_EVER = 60  # seconds; a client that gives up needs a few, one that does not would need all


@pytest.fixture
def broker(settings, monkeypatch):
    """Point the tasks at another broker for a while."""

    def use(url):
        settings.REDIS_URL = url
        monkeypatch.setattr(current_app.conf, "broker_url", url)
        monkeypatch.setattr(current_app.conf, "broker_write_url", url)

    return use


def queue_length():
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    try:
        return client.llen("celery")
    finally:
        client.close()


@pytest.mark.django_db(transaction=True)
def test_commit_of_a_promise_puts_one_hint_on_the_broker(contact):
    before = queue_length()
    with transaction.atomic():
        outbox.enqueue("letter", contact=contact, dedupe_key="x")
        assert queue_length() == before

    assert queue_length() == before + 1


def test_broker_that_is_down_costs_no_page_more_than_a_moment(broker, caplog):
    broker(f"redis://127.0.0.1:{free_port()}/0")

    tasks.nudge()

    assert "no hint to the worker" in caplog.text


def test_broker_that_hangs_costs_no_page_more_than_a_moment(broker, caplog):
    went_on = threading.Event()
    server = RawServer(lambda connection: connection.recv(1) and went_on.wait())
    broker(f"redis://127.0.0.1:{server.port}/0")
    page = threading.Thread(target=tasks.nudge, daemon=True)

    page.start()
    page.join(FOR_EVER)
    came_back = not page.is_alive()  # although the broker never answered

    went_on.set()
    server.stop()
    page.join(FOR_EVER)
    assert came_back
    assert "no hint to the worker" in caplog.text


def test_tick_delivers_what_is_due(contact, letter_for, postbox):
    letter_for(contact)

    tasks.deliver_messages()

    assert len(postbox.mails) == 1


def test_tick_plans_for_every_organisation(organisation, planner, rules_shipped, contact):
    today = organisation.today()
    planner.add(contact, today, cadence="now")

    tasks.plan_reminders()

    assert Message.objects.get().kind == "notice"


@pytest.mark.django_db
def test_tick_shows_that_scheduler_broker_and_worker_live():
    tasks.beat()
    first = Heartbeat.objects.get(name="beat").at

    tasks.beat()

    assert Heartbeat.objects.get(name="beat").at > first


def test_names_of_the_ticks_are_those_of_the_schedule():
    scheduled = {
        entry["task"]
        for entry in current_app.conf.beat_schedule.values()
        if entry["task"].startswith("notifications.")
    }

    assert scheduled == {
        tasks.deliver_messages.name,
        tasks.plan_reminders.name,
        tasks.beat.name,
    }
