"""What the installation says about itself, for `/readyz` and `manage.py doctor`."""

from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from core.models import Heartbeat
from core.scoping import across_organisations
from notifications.models import Message

BEAT_LIMIT = timedelta(minutes=3)
# Three runs. It shows life only after a run in which every reminder could be planned.
PLANNER_LIMIT = timedelta(minutes=30)
OUTBOX_LIMIT = timedelta(minutes=10)


def facts() -> dict[str, Any]:
    """Return a word per part: ``ok``, or what is wrong with it."""
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            return {"database": "ok", "migrations": f"{len(pending)} pending"}
        return {
            "database": "ok",
            "migrations": "ok",
            "broker": _broker(),
            "beat": _beat("beat"),
            "dispatcher": _beat("dispatcher"),
            "planner": _beat("planner", PLANNER_LIMIT),
            **_outbox(timezone.now()),
            "release": settings.RELEASE,
        }
    except DatabaseError as error:
        return {"database": type(error).__name__, "migrations": "unknown"}


def _broker() -> str:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        ) as client:
            client.ping()
    except redis.RedisError as error:
        return type(error).__name__
    return "ok"


def _beat(name: str, limit: timedelta = BEAT_LIMIT) -> str:
    beat = Heartbeat.objects.filter(pk=name).first()
    if beat is None:
        return "never seen"
    age = timezone.now() - beat.at
    return "ok" if age < limit else f"last seen {int(age.total_seconds())} s ago"


def _outbox(now: datetime) -> dict[str, Any]:
    with across_organisations():
        oldest = (
            Message.objects.unsettled()
            .filter(next_attempt_at__lte=now)
            .order_by("next_attempt_at")
            .values_list("next_attempt_at", flat=True)
            .first()
        )
        dead = Message.objects.dead().count()
    lag = now - oldest if oldest else timedelta(0)
    return {
        "outbox": "ok" if lag < OUTBOX_LIMIT else "late",
        "outbox_lag_seconds": int(lag.total_seconds()),
        "outbox_dead": dead,
    }
