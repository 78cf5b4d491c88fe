"""The clock that decides: the database's, which all senders and planners share."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from core.models import Heartbeat

# What it looks like when the server restarts or the line breaks.
DATABASE_AWAY = (OperationalError, InterfaceError)


def database_now() -> datetime:
    """Return the moment by the database's clock; a host with a wrong clock decides nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def one_statement(sql: str, facts: Mapping[str, Any]) -> Any:
    """Return the one value of a statement that is a transaction of its own, which saves two more.

    Only for what a durable transaction came before (``claim_some``): that one refuses to run inside
    another, in which this statement would not be kept by itself either.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, facts)
            return cursor.fetchone()[0]
    except DATABASE_AWAY:
        # A transaction would have noticed by itself that its connection is of no use any more.
        connection.close_if_unusable_or_obsolete()
        raise


def database_is_away() -> bool:
    """Say whether the database can be reached at all, after a statement failed."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DATABASE_AWAY:
        return True
    return False


def show_life(*, name: str) -> None:
    """Note that a part of the installation lives.

    Args:
        name: which part: ``beat`` (through the broker), ``dispatcher``, or ``planner`` (a run that
            left nothing out).
    """
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=database_now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )
