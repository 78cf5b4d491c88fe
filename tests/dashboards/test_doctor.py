"""The doctor looks at everything that Kennisborg needs, one line each, and its exit code tells."""

import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

import notifications.operations
from core.models import Heartbeat
from dashboards.queries import health
from notifications.models import Message, RelayPause
from tests.config.conftest import CHECKOUT
from tests.factories.core import ContactFactory
from tests.notifications.servers import Postbox, RawServer, free_port

PARTS = [
    *("database", "migrations", "broker", "mail", "storage", "beat", "dispatcher", "planner"),
    *("outbox", "clock", "base URL", "settings"),
]


def examine():
    """Return what the doctor says of each part, the line with the count, and whether it failed."""
    out, is_ill = StringIO(), False
    try:
        call_command("doctor", stdout=out, no_color=True)
    except CommandError:
        is_ill = True
    *lines, last = out.getvalue().splitlines()
    found = {line[:12].strip(): line[12:].strip() for line in lines}
    return found, last, is_ill


@pytest.fixture
def postbox():
    server = Postbox()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def well(db, settings, postbox, tmp_path):
    """An installation in which all is well."""
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", postbox.port
    settings.MEDIA_ROOT = tmp_path
    settings.DEBUG = False
    for name in ("beat", "dispatcher", "planner"):
        notifications.operations.show_life(name=name)
    return settings


def test_all_is_well(well, postbox):
    found, last, is_ill = examine()

    assert list(found) == PARTS
    assert {part for part, word in found.items() if not word.startswith("ok")} == set()
    assert (last, is_ill) == ("0 faults", False)
    assert "PostgreSQL" in found["database"]
    assert found["mail"] == f"ok  127.0.0.1:{postbox.port}"
    assert "GB free" in found["storage"]
    assert "s ago" in found["beat"]
    assert found["outbox"] == "ok  0 s behind, 0 undeliverable"
    assert postbox.mails == []
    assert not list(well.MEDIA_ROOT.iterdir())


def nothing_lives(settings):
    Heartbeat.objects.all().delete()


def nothing_lives_any_more(settings):
    Heartbeat.objects.update(at=timezone.now() - timedelta(hours=1))


def mail_server_away(settings):
    settings.EMAIL_PORT = free_port()


def storage_away(settings):
    (settings.MEDIA_ROOT / "file").write_text("x")
    settings.MEDIA_ROOT = settings.MEDIA_ROOT / "file"


def broker_away(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"


def migration_pending(settings):
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'core' AND name ="
            " (SELECT max(name) FROM django_migrations WHERE app = 'core')"
        )


def mail_late(settings):
    contact = ContactFactory()
    Message.objects.create(
        organisation=contact.organisation,
        contact=contact,
        kind="letter",
        dedupe_key="late",
        next_attempt_at=timezone.now() - timedelta(hours=1),
        expires_at=timezone.now() + timedelta(days=1),
    )


def mail_server_refusing(settings):
    RelayPause.objects.create(
        until=timezone.now() + timedelta(hours=1), code="sign-in 535", refusals=3
    )


def not_https(settings):
    settings.BASE_URL = "http://kennisborg.example"


def host_not_allowed(settings):
    settings.BASE_URL, settings.IS_HTTPS = "https://kennisborg.example", True
    settings.ALLOWED_HOSTS = ["other.example"]


def debugging(settings):
    settings.DEBUG = True


@pytest.mark.parametrize(
    ("ail", "part", "says"),
    [
        (nothing_lives, "beat", "never seen"),
        (nothing_lives, "dispatcher", "never seen"),
        (nothing_lives_any_more, "beat", "last seen 36"),
        (nothing_lives_any_more, "planner", "last seen 36"),
        (mail_server_away, "mail", "ConnectionRefusedError"),
        (mail_server_refusing, "mail", "refused us (sign-in 535), next try at "),
        (storage_away, "storage", "File exists"),
        (broker_away, "broker", "ConnectionError"),
        (migration_pending, "migrations", "1 pending"),
        (mail_late, "outbox", "s behind, 0 undeliverable"),
        (not_https, "base URL", "http://kennisborg.example is not https"),
        (host_not_allowed, "base URL", "add kennisborg.example to ALLOWED_HOSTS"),
        (debugging, "settings", "DEBUG is on"),
    ],
)
def test_each_fault_stands_in_its_own_line(ail, part, says, well, organisation):
    ail(well)

    found, last, is_ill = examine()

    assert found[part].startswith("fault  ")
    assert says in found[part]
    assert list(found) == PARTS
    assert last != "0 faults"
    assert is_ill


def test_a_clock_that_is_wrong_is_found(well):
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        found, _last, is_ill = examine()

    assert found["clock"] == "fault  120 s from the database"
    assert is_ill


@pytest.mark.parametrize(
    ("allowed", "host"),
    [("*", "a.example"), ("a.example", "a.example"), (".b.example", "a.b.example")],
)
def test_every_way_to_allow_a_host_is_understood(allowed, host, well):
    well.BASE_URL, well.ALLOWED_HOSTS, well.IS_HTTPS = f"http://{host}", [allowed], True

    assert examine()[0]["base URL"] == f"ok  http://{host}"


def test_a_password_that_the_mail_server_does_not_take_is_found(well, postbox):
    well.EMAIL_HOST_USER, well.EMAIL_HOST_PASSWORD = "kennisborg", "wrong"

    found, _last, is_ill = examine()

    assert found["mail"].startswith(f"fault  127.0.0.1:{postbox.port} ")
    assert "wrong" not in found["mail"]
    assert is_ill


def test_encryption_is_asked_for_where_sending_asks_for_it(well):
    said: list[bytes] = []

    def answer(connection):
        connection.sendall(b"220 hello\r\n")
        said.append(connection.recv(1000))
        connection.sendall(b"250-hello\r\n250 STARTTLS\r\n")
        said.append(connection.recv(1000))

    server = RawServer(answer)
    well.EMAIL_PORT, well.EMAIL_USE_TLS = server.port, True

    found, _last, _is_ill = examine()

    server.stop()
    assert found["mail"].startswith("fault")
    assert said[1].strip().upper() == b"STARTTLS"


def test_an_old_server_is_no_server_for_us(db):
    assert "is too old, 99 or newer is needed" in health.database(oldest=99).fault
    assert not health.database().fault


def test_without_a_database_every_part_still_has_its_line():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "doctor", "--no-color"],
        env={
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "x" * 60,
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nowhere",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "EMAIL_URL": "smtp://127.0.0.1:1",
        },
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    *lines, last = done.stdout.splitlines()
    assert done.returncode == 1
    assert [line[:12].strip() for line in lines] == PARTS
    assert "no answer of the database" in lines[0]
    assert last.endswith(" faults")
    assert "Traceback" not in done.stderr
