"""Two people at the same moment, in the one order that goes wrong."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, transaction
from django.utils import translation

from core.errors import DomainError
from core.scoping import organisation_scope

WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def just_behind(organisation: Any, first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """Let `first` write; commit it when `second`, which did not see it, waits for it.

    Returns:
        What `second` returned, or the domain error that it raised.
    """

    def run() -> Any:
        try:
            with organisation_scope(organisation), translation.override("en"):
                return second()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with organisation_scope(organisation), transaction.atomic():
            first()
            later = pool.submit(run)
            _wait_until_it_waits()
        return later.result(timeout=20)


def _wait_until_it_waits() -> None:
    for _try in range(400):
        with connection.cursor() as cursor:
            # What the server told a transaction about its neighbours, it would tell once more.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        threading.Event().wait(0.025)
    message = "the second call did not wait for the first"
    raise AssertionError(message)
