import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from dashboards.queries import health
from dashboards.queries.health import Finding
from notifications import mail, queries

CLOCK_TOLERANCE: Final = 5  # seconds between this machine and the database
MAIL_SECONDS: Final = 5  # for each answer of the mail server
LEAST_ROOM: Final = 1_000_000_000  # bytes for uploads
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class Command(BaseCommand):
    """Look at everything that Kennisborg needs, one line each."""

    help = (
        "Check database, migrations, broker, mail, storage, beat, outbox, clock, base URL and"
        " settings; exit 1 on any fault."
    )
    # They are the last line, not what stops all the others.
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        faults = 0
        for name, finding in self._findings():
            faults += bool(finding.fault)
            mark = self.style.ERROR("fault") if finding.fault else self.style.SUCCESS("ok")
            words = finding.fault or finding.note
            self.stdout.write(f"{name:<12} {mark}{f'  {words}' if words else ''}")
        self.stdout.write(f"{faults} faults")
        if faults:
            raise CommandError(f"{faults} faults")

    def _findings(self) -> Iterator[tuple[str, Finding]]:
        probes: dict[str, Callable[[], Finding]] = {
            "database": health.database,
            "migrations": health.migrations,
            "broker": health.broker,
            "mail": _mail,
            "storage": _storage,
            "beat": lambda: health.life_of("beat"),
            "dispatcher": lambda: health.life_of("dispatcher"),
            "planner": lambda: health.life_of("planner", health.PLANNER_LIMIT),
            "outbox": _outbox,
            "clock": _clock,
            "base URL": _base_url,
            "settings": _settings,
        }
        for name, probe in probes.items():
            try:
                yield name, probe()
            except DatabaseError as error:
                yield name, Finding(fault=f"no answer of the database ({type(error).__name__})")
            except Exception as error:  # whatever ails one part, look at the others
                yield name, Finding(fault=f"{type(error).__name__}: {error}")


def _mail() -> Finding:
    """Talk to the mail server as sending does: with encryption and password, without a mail."""
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        mail.greet(MAIL_SECONDS)
    except OSError as error:
        return Finding(fault=f"{server} {mail.answer_of(error).label}")
    pause = queries.relay_pause()
    if pause is not None:
        return Finding(fault=f"{server} refused us ({pause.code}), next try at {pause.until}")
    return Finding(note=server)


def _storage() -> Finding:
    folder = Path(settings.MEDIA_ROOT)
    probe = folder / f"doctor-{uuid.uuid4()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
        room = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(fault=f"{folder} {error.strerror}")
    words = f"{folder}, {room / 1e9:.1f} GB free"
    return Finding(note=words) if room > LEAST_ROOM else Finding(fault=words)


def _outbox() -> Finding:
    lag, dead = health.outbox_lag(timezone.now()), health.dead_count()
    words = f"{int(lag.total_seconds())} s behind, {dead} undeliverable"
    return Finding(note=words) if lag < health.OUTBOX_LIMIT else Finding(fault=words)


def _clock() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        apart = abs(timezone.now() - cursor.fetchone()[0])
    words = f"{apart.total_seconds():.0f} s from the database"
    is_right = apart < timedelta(seconds=CLOCK_TOLERANCE)
    return Finding(note=words) if is_right else Finding(fault=words)


def _base_url() -> Finding:
    """Look at the address that stands in every mail."""
    address: str = settings.BASE_URL
    host = urlsplit(address).hostname or ""
    if not settings.IS_HTTPS and host not in LOOPBACK:
        return Finding(fault=f"{address} is not https")
    if not any(_covers(allowed, host) for allowed in settings.ALLOWED_HOSTS):
        return Finding(fault=f"{address} is answered with 400: add {host} to ALLOWED_HOSTS")
    return Finding(note=address)


def _covers(allowed: str, host: str) -> bool:
    """Say whether an entry of ALLOWED_HOSTS lets a host in: ".example" is all below it as well."""
    return allowed in ("*", host) or (allowed[:1] == "." and f".{host}".endswith(allowed))


def _settings() -> Finding:
    found = checks.run_checks(include_deployment_checks=settings.IS_HTTPS)
    serious = [message.id or "?" for message in found if message.is_serious(checks.WARNING)]
    if settings.DEBUG:
        serious.insert(0, "DEBUG is on")
    note = "the try-out is on (DEMO_MODE)" if settings.DEMO_MODE else ""
    return Finding(fault=", ".join(serious), note=note)
