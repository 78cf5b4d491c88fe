"""A real mail server, and a package that plans and composes, for every test of this folder."""

import datetime
import zoneinfo

import pytest
from django.db import connections

from config.celery import app as celery_app
from notifications import operations, planning
from notifications.models import Message
from notifications.operations.claiming import claim_some
from tests.factories.core import ContactFactory
from tests.notifications.sample.planner import SampleDoors, SamplePlanner, compose_letter
from tests.notifications.servers import Postbox, RawServer

AMSTERDAM = zoneinfo.ZoneInfo("Europe/Amsterdam")


@pytest.fixture(autouse=True)
def _real_broker():
    """Publish hints to the broker of the test run instead of running the task in the test."""
    celery_app.conf.task_always_eager = False
    yield
    celery_app.conf.task_always_eager = True


@pytest.fixture
def answers():
    """Ports without anybody registered; put back as they were afterwards."""
    found = planning._answers
    planning._answers = planning._Answers()
    yield planning._answers
    planning._answers = found


@pytest.fixture
def doors(answers):
    answers.doors = SampleDoors()
    return answers.doors


@pytest.fixture
def planner(answers, doors):
    """A planner of a package above, asked alone."""
    made = SamplePlanner()
    planning.register_planner(made)
    planning.register_composer("letter", compose_letter, "letter")
    planning.register_composers("digest", operations.compose_digests, "daily message")
    planning.register_composers("notice", operations.compose_digests, "urgent message")
    return made


@pytest.fixture
def rules_shipped(planner, organisation):
    operations.ship_rules(organisation=organisation)


@pytest.fixture
def use_mail_server(settings):
    """Point the product's SMTP at a port."""

    def use(port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 5

    return use


@pytest.fixture
def postbox(use_mail_server):
    """A real SMTP server that keeps what it gets."""
    server = Postbox()
    server.start()
    use_mail_server(server.port)
    yield server
    server.stop()


@pytest.fixture
def raw_server(use_mail_server):
    """Start a server that converses as a function says."""
    servers = []

    def start(converse):
        servers.append(RawServer(converse))
        use_mail_server(servers[-1].port)
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def contact(organisation):
    return ContactFactory(organisation=organisation, language="en")


@pytest.fixture
def letter_for(planner):
    """Promise a letter, as an operation of an upper package would, and return its row."""

    def promise(contact, **facts):
        now = operations.database_now()
        defaults = {
            "organisation": contact.organisation,
            "contact": contact,
            "kind": "letter",
            "dedupe_key": f"letter:{contact.pk}:{Message.objects.count()}",
            "next_attempt_at": now,
            "expires_at": now + datetime.timedelta(days=3),
        }
        return Message.objects.create(**{**defaults, **facts})

    return promise


@pytest.fixture
def close_connections():
    """Return what a thread calls last, so that its connection does not outlive it."""
    return connections.close_all


def claim_next():
    """Take the oldest message that is due, as a sender does; None when there is none."""
    return next(iter(claim_some(count=1)), None)


def local(year, month, day, hour=8, minute=0, zone=AMSTERDAM):
    """Return a moment by the clock on the wall in Amsterdam."""
    return datetime.datetime(year, month, day, hour, minute, tzinfo=zone)
