"""Two people at the same moment: each call in a thread and a transaction of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, connections, transaction
from django.utils import translation

from core.errors import DomainError
from core.scoping import organisation_scope

WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
PATIENCE = 60  # seconds; a test waits as long only when it fails


def just_behind(
    organisation: Any,
    first: Callable[[], Any],
    second: Callable[[], Any],
    then: Callable[[], Any] = lambda: None,
) -> Any:
    """Let `first` write; commit it when `second`, which did not see it, waits for it.

    The one order that goes wrong, every time: a `second` that waits for nothing fails the test.

    Args:
        then: goes on with the work of `first` before it is committed. What it needs, `second` must
            not hold: they would wait for each other.

    Returns:
        What `second` returned, or the domain error that it raised.
    """
    with ThreadPoolExecutor(1) as pool:
        with organisation_scope(organisation), transaction.atomic():
            first()
            later = pool.submit(_alone, organisation, second)
            _wait_until_it_waits(later)
            then()
        return later.result(timeout=PATIENCE)


def while_locked(organisation: Any, first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """Let `second` come to its end while what `first` locks stays locked.

    Returns:
        What `second` returned, or the domain error that it raised.
    """
    with ThreadPoolExecutor(1) as pool, organisation_scope(organisation), transaction.atomic():
        first()
        return pool.submit(_alone, organisation, second).result(timeout=PATIENCE)


def at_once(organisation: Any, *calls: Callable[[], Any]) -> list[Any]:
    """Run calls that begin at the same moment.

    Returns:
        For each call what it returned, or the domain error that it raised.
    """
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(timeout=PATIENCE)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        runs = [pool.submit(_alone, organisation, lambda call=call: run(call)) for call in calls]
    return [each.result() for each in runs]


def winner_of(results: list[Any], *, losers_hear: type[DomainError]) -> Any:
    """Return the one result that is no error, after checking that all others are this error."""
    won = [result for result in results if not isinstance(result, DomainError)]
    assert len(won) == 1
    assert all(isinstance(result, losers_hear) for result in results if result is not won[0])
    return won[0]


def _alone(organisation: Any, call: Callable[[], Any]) -> Any:
    try:
        with organisation_scope(organisation), translation.override("en"):
            return call()
    except DomainError as error:
        return error
    finally:
        connections.close_all()


def _wait_until_it_waits(later: "Future[Any]") -> None:
    for _try in range(PATIENCE * 40):
        with connection.cursor() as cursor:
            # What the server told a transaction about its neighbours, it would tell once more.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        if later.done():
            break
        threading.Event().wait(0.025)
    answer = later.result() if later.done() else "nothing yet"
    message = f"the second call did not wait for the first; it answered {answer!r}"
    raise AssertionError(message)
