"""What the installation says about itself, for `/readyz` and `manage.py doctor`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from core.models import Heartbeat
from core.scoping import across_organisations
from notifications.models import Message

OLDEST_SERVER: Final = 15  # major version of PostgreSQL
BEAT_LIMIT = timedelta(minutes=3)
# Three runs. It shows life only after a run in which every reminder could be planned.
PLANNER_LIMIT = timedelta(minutes=30)
OUTBOX_LIMIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part is.

    Attributes:
        fault: what is wrong with it, empty when nothing is.
        note: what was found, for people who look.
    """

    fault: str = ""
    note: str = ""

    @property
    def word(self) -> str:
        """Return ``ok``, or what is wrong."""
        return self.fault or "ok"


def facts() -> dict[str, Any]:
    """Return a word per part: ``ok``, or what is wrong with it."""
    try:
        found = {"database": database().word, "migrations": migrations().word}
        if found["migrations"] != "ok":
            return found
        lag, dead = outbox_lag(timezone.now()), dead_count()
        return {
            **found,
            "broker": broker().word,
            "beat": life_of("beat").word,
            "dispatcher": life_of("dispatcher").word,
            "planner": life_of("planner", PLANNER_LIMIT).word,
            "outbox": "ok" if lag < OUTBOX_LIMIT else "late",
            "outbox_lag_seconds": int(lag.total_seconds()),
            "outbox_dead": dead,
            "release": settings.RELEASE,
        }
    except DatabaseError as error:
        return {"database": type(error).__name__, "migrations": "unknown"}


def database(oldest: int = OLDEST_SERVER) -> Finding:
    """Say whether there is a server, and one that is new enough.

    Args:
        oldest: major version of PostgreSQL that will do.

    Raises:
        DatabaseError: there is none.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        (number,) = cursor.fetchone()
    version = f"PostgreSQL {number // 10000}.{number % 10000}"
    if number // 10000 < oldest:
        return Finding(fault=f"{version} is too old, {oldest} or newer is needed")
    return Finding(note=version)


def migrations() -> Finding:
    """Say whether the database is of this version of the code.

    Raises:
        DatabaseError: there is no database.
    """
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Finding(fault=f"{len(pending)} pending" if pending else "")


def broker() -> Finding:
    """Say whether the broker answers."""
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        ) as client:
            client.ping()
    except redis.RedisError as error:
        return Finding(fault=type(error).__name__)
    return Finding()


def life_of(name: str, limit: timedelta = BEAT_LIMIT) -> Finding:
    """Say when a part last showed that it lives.

    Args:
        name: see ``notifications.operations.show_life``.
        limit: after which silence is a fault.

    Raises:
        DatabaseError: there is no database.
    """
    beat = Heartbeat.objects.filter(pk=name).first()
    if beat is None:
        return Finding(fault="never seen")
    age = timezone.now() - beat.at
    words = f"last seen {int(age.total_seconds())} s ago"
    return Finding(note=words) if age < limit else Finding(fault=words)


def outbox_lag(now: datetime) -> timedelta:
    """Return for how long the oldest message that is due has been waiting."""
    with across_organisations():
        oldest = (
            Message.objects.unsettled()
            .filter(next_attempt_at__lte=now)
            .order_by("next_attempt_at")
            .values_list("next_attempt_at", flat=True)
            .first()
        )
    return now - oldest if oldest else timedelta(0)


def dead_count() -> int:
    """Return how many messages could not be delivered; HR looks after those."""
    with across_organisations():
        return Message.objects.dead().count()
