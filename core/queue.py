"""Leaving work on the queue from a page: at once, or not at all."""

import logging
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from celery import Task, current_app
from django.conf import settings
from kombu.exceptions import KombuError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

# A page waits for this: far less patience than the worker's.
KNOCK_SECONDS: Final[dict[str, Any]] = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
IMPATIENT: Final = {**KNOCK_SECONDS, "retry_on_timeout": False, "socket_keepalive": False}


def leave(task: "Task[..., Any]", *arguments: Any, expires: float | None = None) -> bool:
    """Leave a task on the queue for a worker.

    Args:
        task: what to do.
        arguments: identifiers, never objects.
        expires: seconds after which it is not worth doing any more; None keeps it.

    Returns:
        False when the queue is away or hangs; the caller's work then stands in the database only.
    """
    try:
        _knock()
        with current_app.connection_for_write(transport_options=IMPATIENT) as connection:
            options: dict[str, Any] = {"connection": connection, "retry": False}
            task.apply_async(arguments, **options | ({"expires": expires} if expires else {}))
    except (KombuError, RedisError, OSError) as error:
        logger.warning("queue away", extra={"task": task.name, "error": type(error).__name__})
        return False
    return True


def _knock() -> None:
    """Raise within a moment when the broker is away.

    The publisher's own client tries several times with growing pauses and cannot be told not to:
    six seconds for a page that only wants to leave a hint.
    """
    once = Retry(NoBackoff(), 0)
    with Redis.from_url(settings.REDIS_URL, retry=once, **KNOCK_SECONDS) as client:
        client.ping()


def one_at_a_time(work: Callable[[], None]) -> Callable[[], None]:
    """Let one thread of a worker do this, and the others of it go on to what else waits.

    For work that takes all there is until it is done: a second call would find nothing that the
    first one does not take, and a worker full of them keeps everything else waiting.
    """
    busy = threading.Lock()

    @wraps(work)
    def alone() -> None:
        if busy.acquire(blocking=False):
            try:
                work()
            finally:
                busy.release()

    return alone
