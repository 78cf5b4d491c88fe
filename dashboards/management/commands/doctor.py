import smtplib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from dashboards.queries import health

CLOCK_TOLERANCE = 5  # seconds between this machine and the database


class Command(BaseCommand):
    """Look at everything that Kennisborg needs, one line each."""

    help = "Check database, migrations, broker, mail, storage, beat, outbox, clock and settings."

    def handle(self, **options: Any) -> None:
        faults = 0
        for name, fault in self._findings():
            faults += bool(fault)
            mark = self.style.ERROR("fault") if fault else self.style.SUCCESS("ok")
            self.stdout.write(f"{name:<12} {mark}{f'  {fault}' if fault else ''}")
        self.stdout.write(f"{faults} faults")
        if faults:
            raise CommandError(f"{faults} faults")

    def _findings(self) -> Iterator[tuple[str, str]]:
        facts = health.facts()
        parts = ("database", "migrations", "broker", "beat", "dispatcher", "planner", "outbox")
        for name in parts:
            word = str(facts.get(name, "unknown"))
            yield name, "" if word == "ok" else word
        probes: dict[str, Callable[[], str]] = {
            "mail": self._mail,
            "storage": self._storage,
            "clock": self._clock,
            "base URL": self._base_url,
            "settings": self._settings,
        }
        for name, probe in probes.items():
            yield name, probe()

    @staticmethod
    def _mail() -> str:
        conversation = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
        try:
            with conversation(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=5) as server:
                server.noop()
        except OSError as error:  # SMTPException is one
            return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} {type(error).__name__}"
        return ""

    @staticmethod
    def _storage() -> str:
        probe = Path(settings.MEDIA_ROOT) / f"doctor-{uuid.uuid4()}"
        try:
            probe.parent.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"x")
            probe.unlink()
        except OSError as error:
            return f"{settings.MEDIA_ROOT} {error.strerror}"
        return ""

    @staticmethod
    def _clock() -> str:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT clock_timestamp()")
                apart = abs((timezone.now() - cursor.fetchone()[0]).total_seconds())
        except DatabaseError as error:
            return type(error).__name__
        return "" if apart < CLOCK_TOLERANCE else f"{apart:.0f} s from the database"

    @staticmethod
    def _base_url() -> str:
        is_here = settings.BASE_URL.startswith(("http://127.0.0.1", "http://localhost"))
        return "" if settings.IS_HTTPS or is_here else f"{settings.BASE_URL} is not https"

    @staticmethod
    def _settings() -> str:
        found = checks.run_checks(include_deployment_checks=settings.IS_HTTPS)
        serious = [message.id or "?" for message in found if message.is_serious(checks.WARNING)]
        return ", ".join(serious)
