"""Celery only wakes up what stands in the database; losing a task loses nothing."""

import logging
import time
from typing import Any, Final

from celery import current_app, shared_task
from django.conf import settings
from kombu.exceptions import KombuError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from notifications import operations

logger = logging.getLogger(__name__)

BURST_SECONDS: Final = 240  # then the next tick goes on
HINT_SECONDS: Final = 25  # a hint older than this is overtaken by a tick
# A page waits for this: far less patience than the worker's.
KNOCK_SECONDS: Final[dict[str, Any]] = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
IMPATIENT: Final = {**KNOCK_SECONDS, "retry_on_timeout": False, "socket_keepalive": False}


@shared_task(ignore_result=True)
def deliver_messages() -> None:
    """Send what is due; safe at any time and in parallel."""
    deadline = time.monotonic() + BURST_SECONDS
    operations.deliver_burst(should_stop=lambda: time.monotonic() > deadline)


@shared_task(ignore_result=True)
def plan_reminders() -> None:
    """Decide what is due in every organisation; safe at any time and in parallel."""
    results = operations.plan_all()
    if any(result and result.messages for result in results.values()):
        nudge()


@shared_task(ignore_result=True)
def beat() -> None:
    """Show that scheduler, broker and worker work together."""
    operations.show_life(name="beat")


def nudge() -> None:
    """Ask a worker to look at the outbox now; a lost nudge costs half a minute, not a mail."""
    try:
        _knock()
        with current_app.connection_for_write(transport_options=IMPATIENT) as connection:
            options: dict[str, Any] = {"connection": connection, "retry": False}
            deliver_messages.apply_async(expires=HINT_SECONDS, **options)
    except (KombuError, RedisError, OSError) as error:
        logger.warning("no hint to the worker", extra={"error": type(error).__name__})


def _knock() -> None:
    """Raise within a moment when the broker is away.

    The publisher's own client tries several times with growing pauses and cannot be told not to:
    six seconds for a page that only wants to leave a hint.
    """
    once = Retry(NoBackoff(), 0)
    with Redis.from_url(settings.REDIS_URL, retry=once, **KNOCK_SECONDS) as client:
        client.ping()
